"""The effect of a stress, as HTML: each model's answer before and after, and where it breaks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from audioclf.service import lab
from audioclf.service.lab import Settings, Slider, Stressed
from audioclf.types import Prediction
from audioclf.ui.markup.cards import answer_words, notices, verdict
from audioclf.ui.markup.diagrams import Diagram, Series, diagram
from audioclf.ui.markup.pictures import play_button, stack
from audioclf.wording import family_name, model_names, probability, readable, text

if TYPE_CHECKING:
    from audioclf.service.lab import Curve, Sweep


def now(found: Stressed, settings: Settings, audio: str) -> str:
    """One line that stays in sight while sliders are moved: settings, answers, and a button that plays the sound."""
    names = model_names((p.model, p.family) for p in found.after.predictions)
    answers = "".join(
        f'<li data-family="{escape(after.family)}"><b>{escape(name)}</b> {_says(after)}'
        f"{_flip() if _says(before) != _says(after) else ''}</li>"
        for name, before, after in zip(names, found.before, found.after.predictions, strict=True)
    )
    return (
        f'<div class="ac-now">{play_button(audio, text("stress.play"))}'
        f'<div role="status"><p>{escape(lab.setting_words(settings))}</p><ul>{answers}</ul></div></div>'
    )


def off() -> str:
    """The same line while every slider is off."""
    return f'<div class="ac-now" data-state="off"><p>{text("stress.hint")}</p></div>'


def stressed(found: Stressed, audio: str) -> str:
    """Verdict, answers before and after, and pictures. audio: server path of the degraded sound."""
    heads = text("stress.original"), text("stress.degraded")
    return (
        verdict(found.after)
        + change_table(text("stress.change"), heads, found.before, found.after.predictions)
        + stack(found.after, found.after.pictures, audio)
    )


def change_table(
    caption: str, heads: tuple[str, str], before: Sequence[Prediction], after: Sequence[Prediction]
) -> str:
    """Each model's answer and its probability for two sounds; marks the answers that differ."""
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in (text("stress.model"), *heads))
    return (
        f'<div class="ac-panel"><table class="ac-compare ac-change"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{''.join(map(_change, before, after))}</tbody></table></div>"
    )


def _flip() -> str:
    """The mark of an answer that has changed."""
    return f'<span class="ac-flip">≠<span class="ac-hidden">{text("stress.changed")}</span></span>'


def _says(prediction: Prediction) -> str:
    """A model's answer as HTML, in one or a few words."""
    if not prediction.heard:
        return text("stress.nothing")
    return escape(readable(prediction.label if prediction.known else None))


def _change(before: Prediction, after: Prediction) -> str:
    cells = "".join(
        f'<td data-score="{p.probabilities.max():.6f}"><strong>{answer_words(p)}</strong>'
        f'<span class="ac-percent">{probability(p.probabilities.max()) if p.heard else "–"}</span></td>'
        for p in (before, after)
    )
    flipped = answer_words(before) != answer_words(after)
    mark = _flip() if flipped else ""
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
        title=text("stress.chart", title=slider.title),
        series=series,
        x_label=_x_label(slider),
        x_ticks=[(i / last, words) for i, words in enumerate(slider.words) if (i - off) % 2 == 0],
        y_label=text("stress.probability"),
        alt=found.sentence,
        table=_table(found, [slider.words[i] for i in places]),
        legend=(("◯", text("stress.ring")), ("┊", text("stress.line"))),
    )
    return (
        f'<p class="ac-sentence" role="status">{escape(found.sentence)}</p>{_notices(found)}'
        f'<div class="ac-panel">{diagram(drawn, _levels(found, slider))}'
        f'<p class="ac-about">{text("stress.about_levels")}</p></div>'
    )


def _x_label(slider: Slider) -> str:
    title = slider.title.lower()
    if slider.remedy:
        key = "stress.more_outwards" if slider.first else "stress.more_right"
    else:
        key = "stress.harder_outwards" if slider.first else "stress.harder_right"
    return text(key, title=title)


def _notices(found: Sweep) -> str:
    others = lab.setting_words(found.plan.settings)
    return notices([*([text("stress.also", others=others)] if others else []), *found.notices])


def _levels(found: Sweep, slider: Slider) -> str:
    """The surface to choose a level on, by pointer, finger or arrow keys, and the line that reads it out."""
    readouts = [_readout(found, slider, i) for i in range(len(slider.levels))]
    return (
        f'<div class="ac-levels" role="slider" tabindex="0" data-stress="{slider.name}" '
        f'aria-label="{escape(text("stress.level", title=slider.title))}" aria-valuemin="{slider.first}" '
        f'aria-valuemax="{slider.last}" aria-valuenow="0" aria-valuetext="{escape(readouts[-slider.first])}" '
        f'data-readouts="{escape(json.dumps(readouts))}"><i hidden></i></div>'
    )


def _readout(found: Sweep, slider: Slider, at: int) -> str:
    """Every model's probability and answer at one position of the slider."""
    names = model_names((c.model, c.family) for c in found.curves)
    level = slider.levels[at]
    parts = [
        f"{name} {_level_words(curve, found, level)}" for name, curve in zip(names, found.curves, strict=True)
    ]
    return f"{slider.words[at]}: {'; '.join(parts)}"


def _level_words(curve: Curve, found: Sweep, level: float) -> str:
    return _tooltips(curve)[found.plan.levels.index(level) + 1 if level in found.plan.levels else 0]


def _tooltips(curve: Curve) -> list[str]:
    """Probability and answer for the clean sound, then at every level."""
    return [
        text("stress.point", share=probability(share), answer=says)
        for share, says in zip(curve.shares, curve.says, strict=True)
    ]


def _series(curve: Curve, slider: Slider, places: Sequence[int]) -> Series:
    """places: slider positions of the clean sound and of every level."""
    last = len(slider.levels) - 1
    tooltips = _tooltips(curve)
    order = sorted(range(len(places)), key=lambda i: places[i])
    rings = [rank for rank, i in enumerate(order) if i - 1 in curve.flips]
    return Series(
        name=family_name(curve.family),
        family=curve.family,
        points=[(places[i] / last, curve.shares[i], tooltips[i]) for i in order],
        rings=rings,
        falls=[slider.levels.index(level) / last for level in curve.breaks],
    )


def _table(found: Sweep, level_words: Sequence[str]) -> list[list[str]]:
    """Levels by models: probability of the first answer, and the new answer where it has changed."""
    heads = [text("stress.head", model=family_name(c.family), answer=c.subject) for c in found.curves]
    clean = [text("stress.off"), *(probability(c.clean_score) for c in found.curves)]
    rows = [[level, *(_cell(c, i) for c in found.curves)] for i, level in enumerate(level_words, 1)]
    return [[text("stress.level_column"), *heads], clean, *rows]


def _cell(curve: Curve, i: int) -> str:
    """The probability at the i-th level, counted from 1, and the answer if it is another one."""
    share, says = probability(curve.shares[i]), curve.says[i]
    return share if says == curve.subject else text("stress.cell", share=share, answer=says)
