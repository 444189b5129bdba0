"""All models side by side, as HTML: facts, probabilities of all answers, and answers over time for a long clip."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise

import numpy as np

from audioclf.service.catalogue import Row
from audioclf.types import Analysis, Picture, Prediction
from audioclf.ui.markup.cards import (
    FAMILIES,
    answer_words,
    chip,
    empty_verdict,
    failed_verdict,
    veil,
    verdict,
    words,
)
from audioclf.ui.markup.glossary import family_term
from audioclf.ui.markup.lanes import bar, differ_lane, lane
from audioclf.ui.markup.models import size
from audioclf.ui.markup.pictures import empty_stack, stack
from audioclf.wording import NONE, family_name, percent, probability, readable, text

Run = tuple[float, float, str | None, float]  # start, end, label, NONE or None for silence, mean probability

N_GUESSED = 2  # pictures shown while a guess is due: the questions stay in sight below them
N_SPOKEN = 20  # intervals read out by a screen reader; a long clip has hundreds


def comparison(analysis: Analysis, rows: Mapping[str, Row], audio: str | None) -> str:
    """Verdict, waveform with each model's answers over time, and score table. audio: as for `stack`."""
    return (
        verdict(analysis)
        + stack(analysis, waveform_of(analysis), audio, timeline(analysis))
        + f'<div class="ac-panel">{score_table(analysis.predictions, rows)}</div>'
    )


def waveform_of(analysis: Analysis) -> list[Picture]:
    """The waveform alone; it shows where sounds are without taking much room."""
    return [picture for picture in analysis.pictures if picture.name == "waveform"]


def guessing(analysis: Analysis, audio: str | None) -> str:
    """The sound and its pictures, without the models' answers."""
    return veil() + stack(analysis, analysis.pictures[:N_GUESSED], audio)


def empty_comparison(hint: str) -> str:
    """An empty comparison, about as tall as a full one."""
    return empty_verdict(hint) + _outline()


def failed_comparison(sentence: str) -> str:
    """An error sentence above empty panels."""
    return failed_verdict(sentence) + _outline()


def score_table(predictions: Sequence[Prediction], rows: Mapping[str, Row]) -> str:
    """One column per model: answer and cost first, then the probability of every answer."""
    columns = "".join(
        f'<th scope="col" data-family="{escape(p.family)}">{family_term(p.family)}'
        f"<small>{escape(p.model)}</small></th>"
        for p in predictions
    )
    lines = "".join(
        f'<tr><th scope="row">{text(name)}</th>'
        + "".join(f"<td>{read(p, rows.get(p.model))}</td>" for p in predictions)
        + "</tr>"
        for name, read in LINES
    )
    labels = "".join(
        _probability_row(label, i, predictions) for i, label in enumerate((*predictions[0].labels, None))
    )
    return (
        f'<table class="ac-compare"><caption>{_caption(predictions)}</caption>'
        f"<thead><tr>{_corner()}{columns}</tr></thead>"
        f'<tbody>{lines}</tbody><tbody class="ac-scores"><tr class="ac-divider"><th scope="rowgroup" '
        f'colspan="{1 + len(predictions)}">{text("compare.every_answer")}</th></tr>{labels}</tbody></table>'
    )


def _corner() -> str:
    return f'<th scope="col"><span class="ac-hidden">{text("compare.quantity")}</span></th>'


def _caption(predictions: Sequence[Prediction]) -> str:
    return text("compare.caption_agree", caption=text("compare.caption"), agreement=agreement(predictions))


def agreement(predictions: Sequence[Prediction]) -> str:
    """How many models give the most frequent answer, as HTML: "2 of 3 say seven"."""
    answers = Counter(p.answer for p in predictions if p.heard)
    if not answers:
        return text("compare.no_answer")
    label, count = answers.most_common(1)[0]
    if count == 1 < len(answers):
        return text("compare.no_two_agree")
    say = "says" if count == 1 else "say"
    return text("compare.agree", count=count, n=len(predictions), say=say, label=words(label))


def timeline(analysis: Analysis) -> str:
    """One lane per model with its label over time, and one where they differ. Empty for a one-window clip."""
    seconds = analysis.clip.seconds
    long = [(p, runs(p)) for p in analysis.predictions if p.clip_seconds > _window_seconds(p)]
    lanes = "".join(_lane(p, segments, seconds) for p, segments in long)
    return lanes + (_differences([segments for _, segments in long], seconds) if len(long) > 1 else "")


def differences(segments: Sequence[Sequence[Run]]) -> list[tuple[float, float]]:
    """(start, end) of intervals in which not all models give the same answer."""
    edges = sorted({at for run in segments for start, end, _, _ in run for at in (start, end)})
    found: list[tuple[float, float]] = []
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        answers = {next((r[2] for r in run if r[0] <= middle < r[1]), None) for run in segments}
        if len(answers) < 2:
            continue
        if found and found[-1][1] == start:
            start = found.pop()[0]
        found.append((start, end))
    return found


def runs(prediction: Prediction) -> list[Run]:
    """Neighbouring windows with the same answer, joined, with the mean probability of that answer.

    Windows overlap; each counts for the time that is closest to its centre.
    """
    order = np.argsort(prediction.window_seconds.mean(axis=1), kind="stable")
    windows, rows = prediction.window_seconds[order], prediction.window_probabilities[order]
    centres = windows.mean(axis=1)
    edges = np.concatenate([windows[:1, 0], (centres[1:] + centres[:-1]) / 2, windows[-1:, 1]])
    edges = edges.clip(0.0, prediction.clip_seconds)
    joined: list[tuple[float, float, str | None, list[float]]] = []
    for row, start, end in zip(rows, edges[:-1], edges[1:], strict=True):
        answer = (*prediction.labels, NONE)[int(row.argmax())] if row.any() else None
        if joined and joined[-1][2] == answer:
            first, _, _, values = joined.pop()
            joined.append((first, float(end), answer, [*values, float(row.max())]))
        else:
            joined.append((float(start), float(end), answer, [float(row.max())]))
    return [(start, end, answer, float(np.mean(values))) for start, end, answer, values in joined]


def _lane(prediction: Prediction, segments: list[Run], seconds: float) -> str:
    bars = "".join(
        bar(label, share, start, end, seconds) for start, end, label, share in segments if label is not None
    )
    parts = [
        text("compare.lane_part", start=f"{start:.1f}", end=f"{end:.1f}", answer=_part_answer(label))
        for start, end, label, _ in segments
    ]
    spoken = text("compare.lane", model=family_name(prediction.family), parts=_spoken(parts))
    return lane(prediction.family, spoken, bars)


def _part_answer(label: str | None) -> str:
    return readable(label) if label else text("compare.lane_silence")


def _differences(segments: Sequence[Sequence[Run]], seconds: float) -> str:
    found = differences(segments)
    parts = [text("compare.differ_part", start=f"{start:.1f}", end=f"{end:.1f}") for start, end in found]
    spoken = text("compare.differ_at", parts=_spoken(parts) or text("compare.differ_nowhere"))
    return differ_lane(text("compare.differ"), spoken, found, seconds)


def _spoken(intervals: Sequence[str]) -> str:
    more = len(intervals) - N_SPOKEN
    return "; ".join([*intervals[:N_SPOKEN], *([text("compare.more", n=more)] if more > 0 else [])])


def _outline() -> str:
    """Empty panels, about as tall as full ones."""
    heads = "".join(
        f'<th scope="col" data-family="{family}">{family_name(family)}<small>–</small></th>'
        for family in FAMILIES
    )
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th>{"<td>–</td>" * len(FAMILIES)}</tr>' for name, _ in LINES
    )
    return (
        f'{empty_stack(1)}<div class="ac-panel" data-state="empty"><table class="ac-compare">'
        f"<caption>{text('compare.caption')}</caption>"
        f"<thead><tr>{_corner()}{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _window_seconds(prediction: Prediction) -> float:
    windows = prediction.window_seconds
    return float(windows[0, 1] - windows[0, 0]) if len(windows) else float("inf")


def _probability_row(label: str | None, i: int, predictions: Sequence[Prediction]) -> str:
    cells = "".join(_probability_cell(p, i) for p in predictions)
    return f'<tr><th scope="row">{words(label)}</th>{cells}</tr>'


def _probability_cell(prediction: Prediction, i: int) -> str:
    share = float(prediction.probabilities[i])
    best = ' class="ac-best"' if prediction.heard and i == int(prediction.probabilities.argmax()) else ""
    return (
        f'<td data-family="{escape(prediction.family)}" data-score="{share!r}"{best}>'
        f'<span class="ac-percent">{probability(share) if prediction.heard else "–"}</span>'
        f'<span class="ac-bar" aria-hidden="true"><i style="width:{100 * share:.1f}%"></i></span></td>'
    )


def _accuracy(row: Row) -> str:
    if row.accuracy is None:
        return "–"
    return f"{percent(row.accuracy)}<small>{escape(row.protocol or '')}</small>"


# Key of the row heading, and its cell for a prediction and the model's registry row.
LINES: tuple[tuple[str, Callable[[Prediction, Row | None], str]], ...] = (
    ("compare.answer", lambda p, _: f"<strong>{answer_words(p)}</strong>{chip(p)}"),
    ("compare.answer_time", lambda p, _: f"{1000 * p.model_seconds:.1f} ms" if p.heard else "–"),
    ("compare.size", lambda _, row: size(row.bytes) if row else "–"),
    ("compare.parameters", lambda _, row: f"{row.n_parameters:,}" if row else "–"),
    ("compare.accuracy", lambda _, row: _accuracy(row) if row else "–"),
)
