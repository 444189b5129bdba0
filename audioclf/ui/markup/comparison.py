"""All models side by side, as HTML: facts, the score of every label, and the answers over time for a long clip."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise

import numpy as np

from audioclf.service.catalogue import Row
from audioclf.types import Analysis, Prediction
from audioclf.ui.markup.cards import (
    FAMILIES,
    answer_words,
    chip,
    empty_verdict,
    failed_verdict,
    verdict,
    words,
)
from audioclf.ui.markup.models import size
from audioclf.ui.markup.pictures import empty_stack, stack
from audioclf.wording import family_name, percent, probability

Run = tuple[float, float, str | None, float]  # start, end, label or None for silence, mean score

PLAYHEAD = '<div class="ac-playhead"></div>'
N_SPOKEN = 20  # intervals read out by a screen reader; a long clip has hundreds
CAPTION = "All models on this clip"


def comparison(analysis: Analysis, rows: Mapping[str, Row], audio: str | None) -> str:
    """Verdict, waveform with each model's answers over time, and score table. audio: as for `stack`."""
    return (
        verdict(analysis)
        + stack(analysis, analysis.pictures[:1], audio, timeline(analysis))
        + f'<div class="ac-panel">{score_table(analysis.predictions, rows)}</div>'
    )


def guessing(analysis: Analysis, audio: str | None) -> str:
    """The sound and its pictures, without the models' answers."""
    return (
        '<div class="ac-verdict" data-state="veiled" role="status">'
        '<p class="ac-sentence">What do you hear? Listen, look at the pictures, and guess.</p></div>'
        + stack(analysis, analysis.pictures, audio)
    )


def empty_comparison(hint: str) -> str:
    """An empty comparison, about as tall as a full one."""
    return empty_verdict(hint) + _outline()


def failed_comparison(sentence: str) -> str:
    """An error sentence above empty panels."""
    return failed_verdict(sentence) + _outline()


def score_table(predictions: Sequence[Prediction], rows: Mapping[str, Row]) -> str:
    """One column per model: answer and cost first, then the score of every label."""
    columns = "".join(
        f'<th scope="col" data-family="{escape(p.family)}">{escape(family_name(p.family))}'
        f"<small>{escape(p.model)}</small></th>"
        for p in predictions
    )
    lines = "".join(
        f'<tr><th scope="row">{name}</th>'
        + "".join(f"<td>{read(p, rows.get(p.model))}</td>" for p in predictions)
        + "</tr>"
        for name, read in LINES
    )
    labels = "".join(_label_row(label, i, predictions) for i, label in enumerate(predictions[0].labels))
    return (
        f'<table class="ac-compare"><caption>{CAPTION}: {agreement(predictions)}</caption>'
        f'<thead><tr><th scope="col"><span class="ac-hidden">Quantity</span></th>{columns}</tr></thead>'
        f'<tbody>{lines}</tbody><tbody class="ac-scores"><tr class="ac-divider"><th scope="rowgroup" '
        f'colspan="{1 + len(predictions)}">Score of every label</th></tr>{labels}</tbody></table>'
    )


def agreement(predictions: Sequence[Prediction]) -> str:
    """How many models give the most frequent answer, as HTML: "2 of 3 hear seven"."""
    answers = Counter(p.label for p in predictions if p.label is not None and p.known)
    if not answers:
        return "no model gives an answer"
    label, count = answers.most_common(1)[0]
    if count == 1 < len(answers):
        return "no two models agree"
    return f"{count} of {len(predictions)} {'hears' if count == 1 else 'hear'} {words(label)}"


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
    """Neighbouring windows with the same answer, joined: (start, end, label or None for silence, mean score).

    Windows overlap; each counts for the time that is closest to its centre.
    """
    order = np.argsort(prediction.window_seconds.mean(axis=1), kind="stable")
    windows, scores = prediction.window_seconds[order], prediction.window_scores[order]
    centres = windows.mean(axis=1)
    edges = np.concatenate([windows[:1, 0], (centres[1:] + centres[:-1]) / 2, windows[-1:, 1]])
    edges = edges.clip(0.0, prediction.clip_seconds)
    joined: list[tuple[float, float, str | None, list[float]]] = []
    for row, start, end in zip(scores, edges[:-1], edges[1:], strict=True):
        label = prediction.labels[int(row.argmax())] if row.any() else None
        if joined and joined[-1][2] == label:
            first, _, _, values = joined.pop()
            joined.append((first, float(end), label, [*values, float(row.max())]))
        else:
            joined.append((float(start), float(end), label, [float(row.max())]))
    return [(start, end, label, float(np.mean(values))) for start, end, label, values in joined]


def _lane(prediction: Prediction, segments: list[Run], seconds: float) -> str:
    bars = "".join(
        f'<span style="left:{100 * start / seconds:.3f}%;width:{100 * (end - start) / seconds:.3f}%;'
        f'--s:{score:.2f}" title="{start:.2f}–{end:.2f} s: {words(label)} {probability(score)}">'
        f"<b>{words(label)}</b></span>"
        for start, end, label, score in segments
        if label is not None
    )
    name = escape(family_name(prediction.family))
    text = _spoken([f"{start:.1f} to {end:.1f} s {label or 'silence'}" for start, end, label, _ in segments])
    return (
        f'<div class="ac-lane" data-family="{escape(prediction.family)}"><em>{name}</em>'
        f'<div class="ac-seek" role="img" aria-label="{name}: {escape(text)}">{bars}{PLAYHEAD}</div></div>'
    )


def _differences(segments: Sequence[Sequence[Run]], seconds: float) -> str:
    found = differences(segments)
    bars = "".join(
        f'<span style="left:{100 * start / seconds:.3f}%;width:{100 * (end - start) / seconds:.3f}%" '
        f'title="{start:.2f}–{end:.2f} s: models differ"></span>'
        for start, end in found
    )
    text = _spoken([f"{start:.1f} to {end:.1f} s" for start, end in found]) or "nowhere"
    return (
        '<div class="ac-lane ac-differ"><em>Differ</em>'
        f'<div class="ac-seek" role="img" aria-label="The models differ: {text}">{bars}{PLAYHEAD}</div></div>'
    )


def _spoken(intervals: Sequence[str]) -> str:
    more = len(intervals) - N_SPOKEN
    return "; ".join([*intervals[:N_SPOKEN], *([f"and {more} more"] if more > 0 else [])])


def _outline() -> str:
    """Empty panels, about as tall as full ones."""
    heads = "".join(
        f'<th scope="col" data-family="{family}">{family_name(family)}<small>–</small></th>'
        for family in FAMILIES
    )
    rows = "".join(f'<tr><th scope="row">{name}</th>{"<td>–</td>" * len(FAMILIES)}</tr>' for name, _ in LINES)
    return (
        f'{empty_stack(1)}<div class="ac-panel" data-state="empty"><table class="ac-compare">'
        f"<caption>{CAPTION}</caption>"
        f'<thead><tr><th scope="col"><span class="ac-hidden">Quantity</span></th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _window_seconds(prediction: Prediction) -> float:
    windows = prediction.window_seconds
    return float(windows[0, 1] - windows[0, 0]) if len(windows) else float("inf")


def _label_row(label: str, i: int, predictions: Sequence[Prediction]) -> str:
    cells = "".join(_score_cell(p, i) for p in predictions)
    return f'<tr><th scope="row">{words(label)}</th>{cells}</tr>'


def _score_cell(prediction: Prediction, i: int) -> str:
    score = float(prediction.scores[i])
    best = ' class="ac-best"' if prediction.heard and i == int(prediction.scores.argmax()) else ""
    text = probability(score) if prediction.heard else "–"
    return (
        f'<td data-family="{escape(prediction.family)}" data-score="{score!r}"{best}>'
        f'<span class="ac-percent">{text}</span>'
        f'<span class="ac-bar" aria-hidden="true"><i style="width:{100 * score:.1f}%"></i></span></td>'
    )


def _accuracy(row: Row) -> str:
    if row.accuracy is None:
        return "–"
    return f"{percent(row.accuracy)}<small>{escape(row.protocol or '')}</small>"


# Row heading, and its cell for a prediction and the model's registry row.
LINES: tuple[tuple[str, Callable[[Prediction, Row | None], str]], ...] = (
    ("Answer", lambda p, _: f"<strong>{answer_words(p)}</strong>{chip(p.certainty)}"),
    ("None of these", lambda p, _: probability(p.unknown_score)),
    ("Time", lambda p, _: f"{1000 * p.model_seconds:.1f} ms"),
    ("Size", lambda _, row: size(row.bytes) if row else "–"),
    ("Parameters", lambda _, row: f"{row.n_parameters:,}" if row else "–"),
    ("Accuracy", lambda _, row: _accuracy(row) if row else "–"),
)
