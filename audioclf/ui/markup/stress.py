"""The effect of a stress, as HTML: each model's answer before and after, and where it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from audioclf.service import lab
from audioclf.service.lab import Slider, Stressed
from audioclf.types import Prediction
from audioclf.ui.markup.cards import answer_words, verdict
from audioclf.ui.markup.diagrams import Diagram, Series, diagram
from audioclf.ui.markup.pictures import stack
from audioclf.wording import family_name, probability, readable

if TYPE_CHECKING:
    from audioclf.service.lab import Curve, Sweep

ABOUT = (
    "Click a level in the chart to hear it. “None of these” counts as an answer here, so a probability can be lower "
    "than the label's score in the table above."
)
HINT = "Move a slider to degrade the sound: answers and pictures follow."


def stressed(found: Stressed, audio: str) -> str:
    """Verdict, answers before and after, and pictures. audio: server path of the degraded sound."""
    rows = "".join(map(_change, found.before, found.after.predictions))
    return (
        verdict(found.after)
        + '<div class="ac-panel"><table class="ac-compare ac-change"><caption>Answers before and after</caption>'
        '<thead><tr><th scope="col">Model</th><th scope="col">original</th><th scope="col">degraded</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>" + stack(found.after, found.after.pictures, audio)
    )


def _change(before: Prediction, after: Prediction) -> str:
    cells = "".join(
        f'<td data-score="{p.scores.max():.6f}"><strong>{answer_words(p)}</strong>'
        f'<span class="ac-percent">{probability(p.scores.max()) if p.heard else "–"}</span></td>'
        for p in (before, after)
    )
    flipped = answer_words(before) != answer_words(after)
    mark = '<span class="ac-flip" title="answer changed">≠</span>' if flipped else ""
    return (
        f'<tr data-family="{escape(after.family)}" data-flipped="{str(flipped).lower()}"><th scope="row">'
        f"{escape(family_name(after.family))}{mark}<small>{escape(after.model)}</small></th>{cells}</tr>"
    )


def breaking_point(found: Sweep, slider: Slider) -> str:
    """The summary sentence, notices, and the chart with its table."""
    places = [slider.levels.index(level) for level in found.plan.levels]
    off = -slider.first
    last = len(slider.levels) - 1
    series = [_series(curve, slider, [off, *places]) for curve in found.curves]
    drawn = Diagram(
        name="breaking-point",
        title=f"{slider.title}: probability of each model's first answer",
        series=series,
        x_label=f"{slider.title.lower()}, {'more' if slider.remedy else 'harder'} "
        f"{'away from the middle' if off else 'to the right'}",
        x_ticks=[(i / last, words) for i, words in enumerate(slider.words) if (i - off) % 2 == 0],
        y_label="probability",
        alt=found.sentence,
        table=_table(found, [slider.words[i] for i in places]),
        legend=(("◯", "answer changes"), ("┊", "breaking point")),
    )
    return (
        f'<p class="ac-sentence" role="status">{escape(found.sentence)}</p>{_notices(found)}'
        f'<div class="ac-panel">{diagram(drawn, _surfaces(slider))}<p class="ac-about">{ABOUT}</p></div>'
    )


def _notices(found: Sweep) -> str:
    others = lab.setting_words(found.plan.settings)
    notices = [*([f"Also applied: {others}."] if others else []), *found.notices]
    return f'<ul class="ac-notices">{"".join(f"<li>{escape(notice)}</li>" for notice in notices)}</ul>'


def _surfaces(slider: Slider) -> str:
    """The clickable levels."""
    last = len(slider.levels) - 1
    return "".join(
        f'<button type="button" class="ac-level" tabindex="-1" data-stress="{slider.name}" '
        f'data-at="{slider.first + i}" style="left:{100 * (i - 0.5) / last:.2f}%;width:{100 / last:.2f}%" '
        f'title="Hear it: {escape(words)}"></button>'
        for i, words in enumerate(slider.words)
    )


def _series(curve: Curve, slider: Slider, places: Sequence[int]) -> Series:
    """places: slider positions of the clean sound and of every level."""
    last = len(slider.levels) - 1
    answers = [curve.label if curve.known else None, *curve.answers]
    scores = [curve.clean_score, *curve.scores]
    tooltips = [
        f"{probability(float(score))}, says {readable(answer)}"
        for score, answer in zip(scores, answers, strict=True)
    ]
    order = sorted(range(len(places)), key=lambda i: places[i])
    rings = [rank for rank, i in enumerate(order) if i - 1 in curve.flips]
    return Series(
        name=family_name(curve.family),
        family=curve.family,
        points=[(places[i] / last, float(scores[i]), tooltips[i]) for i in order],
        rings=rings,
        falls=[slider.levels.index(level) / last for level in curve.breaks],
    )


def _table(found: Sweep, level_words: Sequence[str]) -> list[list[str]]:
    """Levels by models: probability of the first answer, and the new answer where it has changed."""
    heads = [f"{family_name(c.family)}: {readable(c.label or 'nothing')}" for c in found.curves]
    clean = ["off", *(probability(c.clean_score) for c in found.curves)]
    rows = [
        [level, *(_cell(float(c.scores[i]), c.answers[i], c.label) for c in found.curves)]
        for i, level in enumerate(level_words)
    ]
    return [["level", *heads], clean, *rows]


def _cell(score: float, answer: str | None, label: str | None) -> str:
    return probability(score) + ("" if answer == label else f" (says {readable(answer)})")
