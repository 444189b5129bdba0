"""What a stress does, as HTML: each model's answer before and after it, and where each of them breaks."""

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
    "Click a level in the diagram to hear it. “None of these” counts as one more answer here, so that a probability "
    "can be lower than the score of the label among the others."
)
HINT = "Move a slider: the sound gets harder, and every answer and picture follows."


def stressed(found: Stressed, audio: str) -> str:
    """Verdict on the harder sound, what became of every answer, and the sound with its pictures. audio: of it."""
    rows = "".join(map(_change, found.before, found.after.predictions))
    return (
        verdict(found.after)
        + '<div class="ac-panel"><table class="ac-compare ac-change"><caption>What became of every answer</caption>'
        '<thead><tr><th scope="col">Model</th><th scope="col">as it was</th><th scope="col">under stress</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>" + stack(found.after, found.after.pictures, audio)
    )


def _change(before: Prediction, after: Prediction) -> str:
    cells = "".join(
        f'<td data-score="{p.scores.max():.6f}"><strong>{answer_words(p)}</strong>'
        f'<span class="ac-percent">{probability(p.scores.max()) if p.heard else "–"}</span></td>'
        for p in (before, after)
    )
    flipped = answer_words(before) != answer_words(after)
    mark = '<span class="ac-flip" title="another answer">≠</span>' if flipped else ""
    return (
        f'<tr data-family="{escape(after.family)}" data-flipped="{str(flipped).lower()}"><th scope="row">'
        f"{escape(family_name(after.family))}{mark}<small>{escape(after.model)}</small></th>{cells}</tr>"
    )


def breaking_point(found: Sweep, slider: Slider) -> str:
    """The sentence, the curves with their table twin, and what of the sound was used."""
    places = [slider.levels.index(level) for level in found.plan.levels]
    off = -slider.first
    last = len(slider.levels) - 1
    series = [_series(curve, slider, [off, *places]) for curve in found.curves]
    drawn = Diagram(
        name="breaking-point",
        title=f"{slider.title}: how sure each model stays of its first answer",
        series=series,
        x_label=f"{slider.title.lower()}, {'more' if slider.remedy else 'harder'} "
        f"{'away from the middle' if off else 'to the right'}",
        x_ticks=[(i / last, words) for i, words in enumerate(slider.words) if (i - off) % 2 == 0],
        y_label="probability",
        alt=found.sentence,
        table=_table(found, [slider.words[i] for i in places]),
        legend=(("◯", "answer changes"), ("┊", "breaks for good")),
    )
    return (
        f'<p class="ac-sentence" role="status">{escape(found.sentence)}</p>{_notices(found)}'
        f'<div class="ac-panel">{diagram(drawn, _surfaces(slider))}<p class="ac-about">{ABOUT}</p></div>'
    )


def _notices(found: Sweep) -> str:
    others = lab.setting_words(found.plan.settings)
    told = [*([f"On all the time: {others}."] if others else []), *found.notices]
    return f'<ul class="ac-notices">{"".join(f"<li>{escape(notice)}</li>" for notice in told)}</ul>'


def _surfaces(slider: Slider) -> str:
    """What is clicked to hear a level."""
    last = len(slider.levels) - 1
    return "".join(
        f'<button type="button" class="ac-level" tabindex="-1" data-stress="{slider.name}" '
        f'data-at="{slider.first + i}" style="left:{100 * (i - 0.5) / last:.2f}%;width:{100 / last:.2f}%" '
        f'title="Hear it: {escape(words)}"></button>'
        for i, words in enumerate(slider.words)
    )


def _series(curve: Curve, slider: Slider, places: Sequence[int]) -> Series:
    """places: positions of the clean sound and then of every level."""
    last = len(slider.levels) - 1
    answers = [curve.label if curve.known else None, *curve.answers]
    scores = [curve.clean_score, *curve.scores]
    told = [
        f"{probability(float(score))}, says {readable(answer)}"
        for score, answer in zip(scores, answers, strict=True)
    ]
    order = sorted(range(len(places)), key=lambda i: places[i])
    rings = [rank for rank, i in enumerate(order) if i - 1 in curve.flips]
    return Series(
        name=family_name(curve.family),
        family=curve.family,
        points=[(places[i] / last, float(scores[i]), told[i]) for i in order],
        rings=rings,
        falls=[slider.levels.index(level) / last for level in curve.breaks],
    )


def _table(found: Sweep, level_words: Sequence[str]) -> list[list[str]]:
    """Levels down, models across: probability of the first answer, and the answer where it is another."""
    heads = [f"{family_name(c.family)}: {readable(c.label or 'nothing')}" for c in found.curves]
    clean = ["off", *(probability(c.clean_score) for c in found.curves)]
    rows = [
        [level, *(_cell(float(c.scores[i]), c.answers[i], c.label) for c in found.curves)]
        for i, level in enumerate(level_words)
    ]
    return [["level", *heads], clean, *rows]


def _cell(score: float, answer: str | None, label: str | None) -> str:
    return probability(score) + ("" if answer == label else f" (says {readable(answer)})")
