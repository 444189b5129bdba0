"""What the models say about a voice, as HTML: sentence, cards with the threshold, all voices, and the evidence."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from audioclf.service.speakers import Answer, Tested, says
from audioclf.types import Analysis
from audioclf.ui.markup.cards import verdict
from audioclf.ui.markup.glossary import explained, family_term
from audioclf.ui.markup.pictures import stack
from audioclf.ui.markup.trials import data, threshold_charts
from audioclf.wording import listed, model_names, percent, signed, text

# A few words on each family, by their keys.
FAMILIES = {"gmm": "speakers.gmm", "cnn": "speakers.cnn", "rnn": "speakers.rnn"}
STATES = {True: "same", False: "different", None: "unsure"}
MOST_RATIO = math.log(1_000_000)  # beyond, the odds are not said as a number


def answer(found: Tested, audio: str) -> str:
    """The whole answer. audio: server path of the tested sound."""
    seen = Analysis(clip=found.clip, task="", predictions=(), verdict=found.sentence, notices=found.notices)
    cards = "".join(map(card, found.answers))
    several = table(found.answers) if len(found.answers[0].ratios) > 1 else ""
    evidence = f"{_lesson(found.answers)}{stack(seen, found.pictures, audio)}" if found.pictures else ""
    return f'{verdict(seen)}<div class="ac-cards ac-voices">{cards}</div>{several}{evidence}'


def card(one: Answer) -> str:
    """One model's answer, its score in words and, if the model was measured, its threshold on known scores."""
    charts, attributes = "", ""
    if one.trials:
        charts, attributes = threshold_charts(one, one.trials), f' data-trials="{data(one, one.trials)}"'
    about = f"<span>{text(FAMILIES[one.family])}</span>" if one.family in FAMILIES else ""
    is_named = len(one.ratios) == 1 or one.same
    closest = "" if is_named else f"<small>{escape(text('speakers.closest', name=one.voice))}</small>"
    return (
        f'<article class="ac-card ac-voice" data-family="{escape(one.family)}" data-says="{STATES[one.same]}"'
        f"{attributes}><header><h3>{family_term(one.family)}</h3>{about}</header>"
        f'<p class="ac-answer"><b>{escape(says(one))}</b>{closest}</p>'
        f'<p class="ac-ratio">{explained(ratio_words(one), "llr")}</p>{charts}'
        f"<footer><span>{escape(one.model)}</span><span>{1000 * one.model_seconds:.0f} ms</span></footer></article>"
    )


def ratio_words(one: Answer) -> str:
    """The log-likelihood ratio, and how much likelier it makes one answer than the other."""
    times = math.exp(min(abs(one.ratio), MOST_RATIO))
    written = f"{times:.1f}" if times < 10 else f"{times:,.0f}"
    if abs(one.ratio) > MOST_RATIO:
        written = text("speakers.over_a_million")
    key = text("speakers.likelier_same", times=written)
    if one.ratio < 0:
        key = text("speakers.likelier_different", times=written)
    return text("speakers.ratio", ratio=signed(one.ratio), words=key)


def table(answers: Sequence[Answer]) -> str:
    """Every enrolled voice by every model; the last row is what each model answers."""
    names = model_names((one.model, one.family) for one in answers)
    heads = "".join(
        f'<th scope="col" data-family="{escape(one.family)}">{escape(name)}</th>'
        for name, one in zip(names, answers, strict=True)
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(voice)}</th>{"".join(_cell(one, voice) for one in answers)}</tr>'
        for voice in answers[0].ratios
    )
    last = "".join(f"<td><strong>{escape(says(one))}</strong></td>" for one in answers)
    return (
        f'<div class="ac-panel"><table class="ac-compare ac-identified"><caption>{escape(text("speakers.table"))}'
        f'</caption><thead><tr><th scope="col">{escape(text("speakers.voice"))}</th>{heads}</tr></thead>'
        f'<tbody>{rows}<tr><th scope="row">{escape(text("speakers.answer"))}</th>{last}</tr></tbody></table></div>'
    )


def _cell(one: Answer, voice: str) -> str:
    is_closest = voice == one.voice
    mark = "✓ " if is_closest and one.same else ""
    return f'<td data-closest="{str(is_closest).lower()}">{mark}{signed(one.ratios[voice])}</td>'


def _lesson(answers: Sequence[Answer]) -> str:
    """What the frames of each model say, and what background model, adaptation and ratio are."""
    shares = "".join(
        f'<li data-family="{escape(one.family)}">{escape(_share(one))}</li>'
        for one in answers
        if one.evidence and one.family == "gmm"
    )
    if not shares:
        return ""
    about = explained(text("speakers.lesson"), "ubm", "map", "llr", "frame")
    title = escape(text("speakers.lesson_title"))
    return (
        f'<div class="ac-lesson-voice"><h2>{title}</h2><p class="ac-about">{about}</p>'
        f'<ul class="ac-reasons">{shares}</ul></div>'
    )


def _share(one: Answer) -> str:
    assert one.evidence
    share = float(np.mean(one.evidence.ratios > 0))
    return text(
        "speakers.frames",
        model=listed(model_names([(one.model, one.family)])),
        share=percent(share, 0),
        rest=percent(1 - share, 0),
        name=one.voice,
    )
