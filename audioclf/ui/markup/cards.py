"""The verdict and one card per model, as HTML; every visitor's string is escaped."""

from html import escape

from audioclf.types import Analysis, Prediction
from audioclf.wording import NONE, family_name, probability, readable

# A few words on each family. Its colour is in style.css, by data-family.
FAMILIES = {
    "gmm": "mixtures on wavelets",
    "cnn": "network on spectrograms",
    "rnn": "network on MFCC sequences",
}
# Certainty: a mark that needs no colour, and the word.
CERTAINTY = {"sure": ("✓", "sure"), "unsure": ("~", "unsure"), "unknown": ("?", "unknown")}
N_BARS = 3


def chip(certainty: str) -> str:
    """Sure, unsure or unknown, as a mark and a word."""
    mark, word = CERTAINTY[certainty]
    return (
        f'<span class="ac-chip" data-certainty="{certainty}"><b aria-hidden="true">{mark}</b> {word}</span>'
    )


def verdict(analysis: Analysis) -> str:
    """The verdict sentence, the file, and notices about the sound."""
    clip = analysis.clip
    about = f"{escape(clip.name)} · {clip.seconds:.2f} s · {clip.sample_rate / 1000:g} kHz"
    notices = "".join(f"<li>{escape(notice)}</li>" for notice in analysis.notices)
    return (
        '<div class="ac-verdict" role="status">'
        f'<p class="ac-sentence">{escape(analysis.verdict)}</p><p class="ac-about">{about}</p>'
        f'<ul class="ac-notices">{notices}</ul></div>'
    )


def empty_verdict(hint: str) -> str:
    """A hint in place of the verdict."""
    return (
        '<div class="ac-verdict" data-state="empty" role="status">'
        f'<p class="ac-sentence">{escape(hint)}</p>'
        '<p class="ac-about">Your sound stays on the machine that serves this page.</p>'
        "</div>"
    )


def veiled(markup: str) -> str:
    """An answer hidden behind a click, so that the visitor can guess first."""
    return (
        '<div class="ac-verdict" data-state="veiled" role="status">'
        '<p class="ac-sentence">What do you hear? Listen, look at the pictures, and guess first.</p></div>'
        f'<details class="ac-veil"><summary>Show the scores</summary>{markup}</details>'
    )


def words(label: str) -> str:
    """A label as HTML, with spaces for underscores."""
    return escape(readable(label))


def failed_verdict(sentence: str) -> str:
    """An error sentence, announced at once by screen readers."""
    return (
        '<div class="ac-verdict" data-state="failed" role="alert">'
        f'<p class="ac-sentence">{escape(sentence)}</p>'
        '<p class="ac-about">Try another sound.</p></div>'
    )


def card(prediction: Prediction) -> str:
    """One model's answer, likeliest labels, certainty and time."""
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
    """An empty card, as tall as a full one."""
    name, what = family_name(family), FAMILIES[family]
    dash = '<span class="ac-label">–</span><span class="ac-bar"></span><span class="ac-percent">–</span>'
    return (
        f'<article class="ac-card" data-family="{family}" data-state="empty">'
        f"<header><h3>{name}</h3><span>{what}</span></header>"
        f'<p class="ac-answer">…</p><ol class="ac-bars" aria-hidden="true">{f"<li>{dash}</li>" * N_BARS}</ol>'
        "<footer><span>waiting for a sound</span></footer></article>"
    )


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
        return "nothing to hear"
    label = words(prediction.label or "")
    return label if prediction.known else f"{NONE} <small>closest: {label}</small>"
