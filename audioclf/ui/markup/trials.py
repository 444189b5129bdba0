"""Held-out trials as HTML: the histogram of known scores, the DET curve, and the slider of the threshold on both."""

import json
from dataclasses import replace
from html import escape
from itertools import pairwise
from statistics import NormalDist

from numpy.typing import NDArray

from audioclf.service.speakers import Answer, says
from audioclf.service.trials import Trials
from audioclf.ui.markup.glossary import explained
from audioclf.ui.markup.pictures import time_ticks
from audioclf.wording import percent, text

# The axes of a DET curve are normal deviates (Martin et al., 1997): two normal distributions of scores give a
# straight line. Rates at its ticks, and at its ends.
RATES = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8)
LOWEST, HIGHEST = 0.001, 0.95
N_TICKS = 5
STEP = 0.1  # of the slider


def threshold_charts(answer: Answer, trials: Trials) -> str:
    """Histogram, slider with the rates at its threshold, and DET curve."""
    low, high = span(answer, trials)
    rates = rates_at(trials, answer.threshold)
    across, up = (deviate(rate) for rate in rates)
    words = rates_words(answer.threshold, rates)
    threshold, score = ((value - low) / (high - low) for value in (answer.threshold, answer.ratio))
    return (
        f'<div class="ac-trials" style="--threshold:{threshold:.4f};--band:{answer.band / (high - low):.4f};'
        f'--far:{across:.4f};--frr:{up:.4f};--score:{score:.4f}">{_histogram(answer, trials)}'
        f'<label class="ac-threshold"><span>{escape(text("speakers.threshold"))}</span>'
        f'<input type="range" min="{low:.1f}" max="{high:.1f}" step="{STEP}" value="{answer.threshold:.1f}" '
        f'autocomplete="off" aria-valuetext="{escape(words)}"></label>'
        f'<p class="ac-rates">{escape(words)}</p>'
        f'<button type="button" class="ac-button" data-reset="{answer.threshold:.1f}">'
        f"{escape(text('speakers.reset'))}</button>{_det(trials)}</div>"
    )


def data(answer: Answer, trials: Trials) -> str:
    """What the script needs to move the threshold, as the value of an attribute."""
    low, high = span(answer, trials)
    points = [[*row, *(deviate(rate) for rate in row[1:])] for row in trials.points.tolist()]
    is_beyond = abs(answer.ratio - answer.threshold) > answer.band
    values = {
        "low": low,
        "high": high,
        "points": [[float(f"{value:.5g}") for value in row] for row in points],
        "ratio": answer.ratio,
        "band": answer.band,
        # With too little speech it cannot tell, wherever the threshold is.
        "told": "unsure" if answer.same is None and is_beyond else "",
        "words": words_of(answer),
    }
    return escape(json.dumps(values))


def words_of(answer: Answer) -> dict[str, str]:
    """What the model would say on either side of its threshold, and near it."""
    kinds = {"same": True, "different": False, "unsure": None}
    return {kind: says(replace(answer, same=same)) for kind, same in kinds.items()}


def span(answer: Answer, trials: Trials) -> tuple[float, float]:
    """Ends of the axis: the known scores and this one, with room for a threshold on either side of it."""
    room = 2 * answer.band + STEP
    ends = (answer.ratio - room, answer.ratio + room, answer.threshold)
    return min(float(trials.edges[0]), *ends), max(float(trials.edges[-1]), *ends)


def rates_at(trials: Trials, threshold: float) -> tuple[float, float]:
    """False accept and false reject rate at a threshold, between two stored ones on a straight line."""
    rows = trials.points.tolist()
    if threshold <= rows[0][0]:
        return rows[0][1], rows[0][2]
    for (left, *before), (right, *after) in pairwise(rows):
        if left <= threshold <= right and left < right:
            share = (threshold - left) / (right - left)
            far, frr = (a + share * (b - a) for a, b in zip(before, after, strict=True))
            return far, frr
    return rows[-1][1], rows[-1][2]


def deviate(rate: float) -> float:
    """Place of a rate on an axis of the DET curve, in [0, 1]."""
    normal = NormalDist()
    low, high = normal.inv_cdf(LOWEST), normal.inv_cdf(HIGHEST)
    return (normal.inv_cdf(min(HIGHEST, max(LOWEST, rate))) - low) / (high - low)


def rates_words(threshold: float, rates: tuple[float, float]) -> str:
    """The rates at a threshold in words, as the script writes them, too."""
    far, frr = (f"{100 * rate:.1f}" for rate in rates)
    return text("script.rates", threshold=_signed(threshold), far=far, frr=frr)


def _histogram(answer: Answer, trials: Trials) -> str:
    low, high = span(answer, trials)
    places = (trials.edges - low) / (high - low)
    most = max(float(trials.targets.max()), float(trials.impostors.max()))
    ticks = "".join(
        f'<span style="left:{100 * (tick - low) / (high - low):.1f}%">{_whole(tick)}</span>'
        for tick in time_ticks(low, high, N_TICKS)
    )
    alt = text(
        "speakers.histogram_alt",
        ratio=_signed(answer.ratio),
        threshold=_signed(answer.threshold),
        n_targets=f"{trials.n_targets:,}",
        n_impostors=f"{trials.n_impostors:,}",
    )
    return (
        f'<figure class="ac-histogram"><figcaption>{escape(text("speakers.histogram"))}'
        f"<small>{escape(_condition(trials))}</small></figcaption>{_legend()}"
        f'<div class="ac-drawn" role="img" aria-label="{escape(alt)}">'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="ac-impostors" d="{_steps(places, trials.impostors / most)}"/>'
        f'<path class="ac-targets" d="{_steps(places, trials.targets / most)}"/></svg>'
        '<i class="ac-between"></i><i class="ac-line"></i><i class="ac-score">▼</i></div>'
        f'<div class="ac-ticks" aria-hidden="true">{ticks}</div>'
        f'<p class="ac-xlabel" aria-hidden="true">{escape(text("speakers.ratio_axis"))}</p></figure>'
    )


def _legend() -> str:
    kinds = (
        ("targets", "█", text("speakers.targets")),
        ("impostors", "░", text("speakers.impostors")),
        ("between", "▒", text("speakers.cannot_tell")),
    )
    items = "".join(
        f'<li data-kind="{kind}"><b aria-hidden="true">{mark}</b> {escape(words)}</li>'
        for kind, mark, words in kinds
    )
    return f'<ul class="ac-legend">{items}</ul>'


def _condition(trials: Trials) -> str:
    """Whose scores these are, in words."""
    enrolments = {"10 s": text("speakers.enrolled_long"), "takes": text("speakers.enrolled_words")}
    tests = {
        "5 s": text("speakers.tested_5"),
        "3 s": text("speakers.tested_3"),
        "word": text("speakers.tested_word"),
    }
    return text("speakers.condition", enrolment=enrolments[trials.enrolment], test=tests[trials.test])


def _steps(places: NDArray, heights: NDArray) -> str:
    """The outline of bars between places, in [0, 1] like their heights, as an SVG path."""
    tops = "".join(
        f"V{100 - 94 * height:.1f}H{100 * right:.2f}"
        for height, right in zip(heights, places[1:], strict=True)
    )
    return f"M{100 * places[0]:.2f} 100{tops}V100Z"


def _det(trials: Trials) -> str:
    points = " ".join(
        f"{100 * deviate(far):.2f},{100 * (1 - deviate(frr)):.2f}" for _, far, frr in trials.points.tolist()
    )
    grid = "".join(
        f'<path class="ac-grid" d="M{100 * at:.2f} 0V100M0 {100 * (1 - at):.2f}H100"/>'
        for at in map(deviate, RATES)
    )
    xs, ys = (
        "".join(f'<span style="{side}:{100 * deviate(rate):.1f}%">{100 * rate:g}</span>' for rate in RATES)
        for side in ("left", "bottom")
    )
    caption = explained(text("speakers.det", eer=percent(trials.eer)), "det", "eer")
    return (
        f'<figure class="ac-det"><figcaption>{caption}</figcaption><div class="ac-square">'
        f'<div class="ac-yaxis" aria-hidden="true"><em>{escape(text("speakers.frr_axis"))}</em>{ys}</div>'
        f'<div class="ac-drawn" role="img" aria-label="{escape(text("speakers.det_alt", eer=percent(trials.eer)))}">'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{grid}'
        f'<polyline points="{points}"/></svg><i class="ac-operating">●</i></div>'
        f'<div class="ac-ticks" aria-hidden="true">{xs}</div></div>'
        f'<p class="ac-xlabel" aria-hidden="true">{escape(text("speakers.far_axis"))}</p></figure>'
    )


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _whole(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")
