"""The words of the page and what they mean: one by one where they stand, and all of them at the end of the page."""

import re
from html import escape

from audioclf.ui.markup.popover import popover
from audioclf.wording import family_name, text

TERMS = (
    "glossary.gmm",
    "glossary.cnn",
    "glossary.rnn",
    "glossary.ubm",
    "glossary.map",
    "glossary.llr",
    "glossary.enrolment",
    "glossary.spectrogram",
    "glossary.mel",
    "glossary.scalogram",
    "glossary.wavelet",
    "glossary.mfcc",
    "glossary.cepstrum",
    "glossary.delta",
    "glossary.frame",
    "glossary.window",
    "glossary.sigma",
    "glossary.decibel",
    "glossary.snr",
    "glossary.probability",
    "glossary.calibration",
    "glossary.temperature",
    "glossary.unknown",
    "glossary.unsure",
    "glossary.threshold",
    "glossary.far",
    "glossary.frr",
    "glossary.eer",
    "glossary.det",
    "glossary.accuracy",
    "glossary.interval",
    "glossary.recall",
    "glossary.confusion",
    "glossary.occlusion",
    "glossary.breaking_point",
    "glossary.augmentation",
)


def term(name: str, face: str = "") -> str:
    """A word that explains itself on tap, Enter or focus, as HTML. name: its key. face: HTML; default: its name.

    KeyError if the glossary does not have it.
    """
    word, meaning = _entry(f"glossary.{name}")
    return popover(face or escape(word), escape(meaning))


def family_term(family: str) -> str:
    """The name of a family; it explains itself if the glossary has it. As HTML."""
    name = family_name(family)
    return term(family, escape(name)) if f"glossary.{family}" in TERMS else escape(name)


def explained(words: str, *names: str) -> str:
    """A text as HTML in which the words of the glossary explain themselves, each once; its own plain text is kept.

    names: keys of the words that may stand in it. A word is found in compounds and in the plural, too.
    """
    found = escape(words)
    patterns = {name: rf"[\w-]*\b{re.escape(_entry(f'glossary.{name}')[0])}[\w-]*" for name in names}
    marks: dict[str, str] = {}
    for i, (name, pattern) in enumerate(patterns.items()):
        mark = chr(0xE000 + i)
        if hit := re.search(pattern, found, re.IGNORECASE):
            marks[mark] = term(name, hit[0])
            found = found[: hit.start()] + mark + found[hit.end() :]
    return "".join(marks.get(character, character) for character in found)


def glossary() -> str:
    """All words, closed until they are asked for, as HTML."""
    entries = "".join(
        f"<div><dt>{escape(word)}</dt><dd>{escape(meaning)}</dd></div>"
        for word, meaning in map(_entry, TERMS)
    )
    return (
        f'<details class="ac-glossary"><summary><h2>{escape(text("glossary.title"))}</h2></summary>'
        f'<p class="ac-about">{escape(text("glossary.about"))}</p><dl>{entries}</dl></details>'
    )


def _entry(key: str) -> tuple[str, str]:
    word, meaning = text(key).split(": ", 1)
    return word, meaning
