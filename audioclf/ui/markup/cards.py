"""The verdict and one card per model, as HTML; every visitor's string is escaped."""

from collections.abc import Iterable
from html import escape

from audioclf.types import Analysis, Prediction
from audioclf.ui.markup.glossary import family_term
from audioclf.ui.markup.popover import popover
from audioclf.wording import NONE, probability, readable, text

# A few words on each family, by their keys. Its colour is in style/base.css, by data-family.
FAMILIES = {"gmm": "cards.gmm", "cnn": "cards.cnn", "rnn": "cards.rnn"}
# Certainty: a mark that needs no colour, and the key of the word.
CERTAINTY = {
    "sure": ("✓", "cards.sure"),
    "unsure": ("~", "cards.unsure"),
    "unknown": ("?", "cards.unknown"),
    "silent": ("–", "cards.silent"),
}
N_BARS = 3
DASH = '<span class="ac-label">–</span><span class="ac-bar"></span><span class="ac-percent">–</span>'
NO_BARS = f"<li>{DASH}</li>" * N_BARS


def chip(prediction: Prediction) -> str:
    """Sure, unsure, unknown or silent, as a mark and a word, on a button that says why."""
    state = _state(prediction)
    mark, word = CERTAINTY[state]
    face = f'<b aria-hidden="true">{mark}</b> {text(word)}'
    return popover(face, escape(reason(prediction)), "ac-chip", f' data-certainty="{state}"')


def _state(prediction: Prediction) -> str:
    return prediction.certainty if prediction.heard else "silent"


def reason(prediction: Prediction) -> str:
    """Why a model counts as sure, unsure or unknown, with the numbers that decide it."""
    values = {
        "label": readable(prediction.label),
        "share": probability(prediction.probability),
        "none": probability(prediction.none_of_these),
        "least": probability(prediction.SURE),
    }
    sentences = {
        "sure": text("cards.why_sure", **values),
        "unsure": text("cards.why_unsure", **values),
        "unknown": text("cards.why_unknown", **values),
        "silent": text("cards.why_silent"),
    }
    return sentences[_state(prediction)]


def verdict(analysis: Analysis) -> str:
    """The verdict sentence, the file, and notices about the sound."""
    clip = analysis.clip
    about = f"{escape(clip.name)} · {clip.seconds:.2f} s · {clip.sample_rate / 1000:g} kHz"
    return (
        '<div class="ac-verdict" role="status">'
        f'<p class="ac-sentence">{escape(analysis.verdict)}</p><p class="ac-about">{about}</p>'
        f"{notices(analysis.notices)}</div>"
    )


def notices(sentences: Iterable[str], attributes: str = "") -> str:
    """Sentences about a sound or a result as a list. attributes: more of them, with a space before each."""
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="ac-notices"{attributes}>{lines}</ul>'


def empty_verdict(hint: str) -> str:
    """A hint in place of the verdict."""
    return (
        '<div class="ac-verdict" data-state="empty" role="status">'
        f'<p class="ac-sentence">{escape(hint)}</p>'
        f'<p class="ac-about">{text("cards.stays")}</p></div>'
    )


def veil() -> str:
    """A question in place of the verdict."""
    return (
        '<div class="ac-verdict" data-state="veiled" role="status">'
        f'<p class="ac-sentence">{text("cards.guess")}</p></div>'
    )


def veiled(markup: str) -> str:
    """An answer hidden behind a click, so that the visitor can guess first."""
    return f'{veil()}<details class="ac-veil"><summary>{text("cards.show")}</summary>{markup}</details>'


def words(label: str | None) -> str:
    """A label as HTML, with spaces for underscores; NONE for None."""
    return escape(readable(label))


def failed_verdict(sentence: str) -> str:
    """An error sentence, announced at once by screen readers."""
    return (
        '<div class="ac-verdict" data-state="failed" role="alert">'
        f'<p class="ac-sentence">{escape(sentence)}</p>'
        f'<p class="ac-about">{text("cards.another")}</p></div>'
    )


def card(prediction: Prediction) -> str:
    """One model's answer, likeliest answers, certainty and time."""
    rows = "".join(
        f'<li><span class="ac-label">{words(label)}</span>'
        f'<span class="ac-bar" aria-hidden="true"><i style="width:{100 * share:.1f}%"></i></span>'
        f'<span class="ac-percent">{probability(share)}</span></li>'
        for label, share in bars(prediction)
    )
    time = f"<span>{1000 * prediction.model_seconds:.0f} ms</span>"
    return (
        f'<article class="ac-card" data-family="{escape(prediction.family)}" '
        f'data-certainty="{_state(prediction)}">'
        f"<header>{_family(prediction.family)}{chip(prediction)}</header>"
        f'<p class="ac-answer">{answer_words(prediction)}</p>'
        f'<ol class="ac-bars">{rows if prediction.heard else NO_BARS}</ol>'
        f"<footer><span>{escape(prediction.model)}</span>{time if prediction.heard else ''}</footer></article>"
    )


def bars(prediction: Prediction) -> list[tuple[str | None, float]]:
    """The N_BARS likeliest answers; none of these is one of them wherever it decides that a model is unsure."""
    likeliest = prediction.top(N_BARS)
    none = (None, prediction.none_of_these)
    sure_without = round(100 * prediction.scores.max()) >= round(100 * prediction.SURE)
    if prediction.certainty == "unsure" and sure_without and none not in likeliest:
        return [*likeliest[:-1], none]
    return likeliest


def empty_card(family: str) -> str:
    """An empty card, as tall as a full one."""
    return (
        f'<article class="ac-card" data-family="{family}" data-state="empty">'
        f"<header>{_family(family)}</header>"
        f'<p class="ac-answer">…</p><ol class="ac-bars" aria-hidden="true">{NO_BARS}</ol>'
        f"<footer><span>{text('cards.waiting')}</span></footer></article>"
    )


def _family(family: str) -> str:
    """A family's name, which explains itself, and a few words on it."""
    what = f"<span>{text(FAMILIES[family])}</span>" if family in FAMILIES else ""
    return f"<h3>{family_term(family)}</h3>{what}"


def answer(analysis: Analysis) -> str:
    """Verdict and cards."""
    return verdict(analysis) + _row("".join(card(prediction) for prediction in analysis.predictions))


def empty_answer(hint: str) -> str:
    """An empty answer, as tall as a full one, so that nothing moves when the answer arrives."""
    return empty_verdict(hint) + _row("".join(map(empty_card, FAMILIES)))


def failed_answer(sentence: str) -> str:
    """An error sentence above empty cards."""
    return failed_verdict(sentence) + _row("".join(map(empty_card, FAMILIES)))


def _row(cards: str) -> str:
    return f'<div class="ac-cards">{cards}</div>'


def answer_words(prediction: Prediction) -> str:
    """A model's answer as HTML: its label, or NONE and the closest label."""
    if not prediction.heard:
        return text("cards.nothing")
    label = words(prediction.label)
    closest = text("cards.closest", label=label)
    return label if prediction.known else f"{NONE} <small>{closest}</small>"
