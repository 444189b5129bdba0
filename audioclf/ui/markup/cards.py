"""The verdict and one card per family, as HTML: pure functions, with every visitor's string escaped."""

from html import escape

from audioclf.types import Analysis, Prediction
from audioclf.wording import NONE, family_name, probability, readable

# What each family is. Its colour is in style.css, by data-family.
FAMILIES = {
    "gmm": "mixtures on wavelets",
    "cnn": "network on spectrograms",
    "rnn": "network on MFCC sequences",
}
# Certainty: a mark that reads without colour, and the word.
CERTAINTY = {"sure": ("✓", "sure"), "unsure": ("~", "unsure"), "unknown": ("?", "unknown")}
N_BARS = 3


def chip(certainty: str) -> str:
    """Sure, unsure or unknown: a mark and a word, so that colour is not needed."""
    mark, word = CERTAINTY[certainty]
    return (
        f'<span class="ac-chip" data-certainty="{certainty}"><b aria-hidden="true">{mark}</b> {word}</span>'
    )


def verdict(analysis: Analysis) -> str:
    """The one sentence, the file it is about, and what was noticed about the sound."""
    clip = analysis.clip
    about = f"{escape(clip.name)} · {clip.seconds:.2f} s · {clip.sample_rate / 1000:g} kHz"
    notices = "".join(f"<li>{escape(notice)}</li>" for notice in analysis.notices)
    return (
        '<div class="ac-verdict" role="status">'
        f'<p class="ac-sentence">{escape(analysis.verdict)}</p><p class="ac-about">{about}</p>'
        f'<ul class="ac-notices">{notices}</ul></div>'
    )


def empty_verdict(hint: str) -> str:
    """What to do first."""
    return (
        '<div class="ac-verdict" data-state="empty" role="status">'
        f'<p class="ac-sentence">{escape(hint)}</p>'
        '<p class="ac-about">Your sound stays on the machine that serves this page.</p>'
        "</div>"
    )


def veiled(markup: str) -> str:
    """An answer behind a click, for a guess of one's own first."""
    return (
        '<div class="ac-verdict" data-state="veiled" role="status">'
        '<p class="ac-sentence">What do you hear? Listen, look at the pictures, and guess first.</p></div>'
        f'<details class="ac-veil"><summary>Show the scores</summary>{markup}</details>'
    )


def words(label: str) -> str:
    """A label as people read it, as HTML: a data set's names have underscores for spaces."""
    return escape(readable(label))


def failed_verdict(sentence: str) -> str:
    """What went wrong, announced at once by screen readers."""
    return (
        '<div class="ac-verdict" data-state="failed" role="alert">'
        f'<p class="ac-sentence">{escape(sentence)}</p>'
        '<p class="ac-about">Give it another sound to go on.</p></div>'
    )


def card(prediction: Prediction) -> str:
    """One model's answer, its likeliest labels, how sure it is and how long it took."""
    name, what = family_name(prediction.family), FAMILIES.get(prediction.family, "")
    bars = prediction.top(N_BARS) if prediction.heard else [("–", 0.0)] * N_BARS
    rows = "".join(
        f'<li><span class="ac-label">{words(label)}</span>'
        f'<span class="ac-bar" aria-hidden="true"><i style="width:{100 * score:.1f}%"></i></span>'
        f'<span class="ac-percent">{probability(score) if prediction.heard else "–"}</span></li>'
        for label, score in bars
    )
    return (
        f'<article class="ac-card" data-family="{escape(prediction.family)}" '
        f'data-certainty="{prediction.certainty}">'
        f"<header><h3>{escape(name)}</h3><span>{escape(what)}</span>{chip(prediction.certainty)}</header>"
        f'<p class="ac-answer">{answer_words(prediction)}</p><ol class="ac-bars">{rows}</ol>'
        f"<footer><span>{escape(prediction.model)}</span>"
        f"<span>{1000 * prediction.model_seconds:.0f} ms</span></footer></article>"
    )


def empty_card(family: str) -> str:
    """The outline of a card, as tall as a full one."""
    name, what = family_name(family), FAMILIES[family]
    dash = '<span class="ac-label">–</span><span class="ac-bar"></span><span class="ac-percent">–</span>'
    return (
        f'<article class="ac-card" data-family="{family}" data-state="empty">'
        f"<header><h3>{name}</h3><span>{what}</span></header>"
        f'<p class="ac-answer">…</p><ol class="ac-bars" aria-hidden="true">{f"<li>{dash}</li>" * N_BARS}</ol>'
        "<footer><span>waiting for a sound</span></footer></article>"
    )


def answer(analysis: Analysis) -> str:
    """Verdict and cards together: the part of the page that answers."""
    return verdict(analysis) + _row("".join(card(prediction) for prediction in analysis.predictions))


def empty_answer(hint: str) -> str:
    """As tall as a full one, so that nothing moves when an answer arrives."""
    return empty_verdict(hint) + _row("".join(map(empty_card, FAMILIES)))


def failed_answer(sentence: str) -> str:
    """The sentence that says what went wrong, over empty cards."""
    return failed_verdict(sentence) + _row("".join(map(empty_card, FAMILIES)))


def _row(cards: str) -> str:
    return f'<div class="ac-cards">{cards}</div>'


def answer_words(prediction: Prediction) -> str:
    """What a model says, as HTML: its label, or that there is none and which one comes closest."""
    if not prediction.heard:
        return "nothing to hear"
    label = words(prediction.label or "")
    return label if prediction.known else f"{NONE} <small>closest: {label}</small>"
