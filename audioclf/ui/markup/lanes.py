"""Lanes below the pictures, as HTML: what a model says over time, and where models differ, on the same time axis."""

from collections.abc import Sequence
from html import escape

from audioclf.ui.markup.cards import words
from audioclf.ui.markup.pictures import PLAYHEAD
from audioclf.wording import NONE, family_name, probability, text


def lane(family: str, spoken: str, bars: str) -> str:
    """A model's lane. spoken: all of it as a sentence. bars: of `bar`."""
    name = escape(family_name(family))
    return (
        f'<div class="ac-lane" data-family="{escape(family)}"><em>{name}</em>{_surface(spoken, bars)}</div>'
    )


def bar(label: str, share: float, start: float, end: float, seconds: float) -> str:
    """A label and its probability from `start` to `end`. seconds: of the whole sound."""
    said = f"{start:.2f}–{end:.2f} s: {words(label)} {probability(share)}"
    none = ' data-answer="none"' if label == NONE else ""
    place = f"{_place(start, end, seconds)};--s:{share:.2f}"
    return f'<span style="{place}"{none} data-words="{said}"><b>{words(label)}</b></span>'


def differ_lane(name: str, spoken: str, spans: Sequence[tuple[float, float]], seconds: float) -> str:
    """The lane that marks where models differ. spans: start and end of each place."""
    bars = "".join(
        f'<span style="{_place(start, end, seconds)}" '
        f'data-words="{escape(text("pictures.differ", start=f"{start:.2f}", end=f"{end:.2f}"))}"></span>'
        for start, end in spans
    )
    return f'<div class="ac-lane ac-differ"><em>{escape(name)}</em>{_surface(spoken, bars)}</div>'


def _surface(spoken: str, bars: str) -> str:
    """The bars; pointer, touch and arrow keys read them."""
    return (
        f'<div class="ac-seek" role="application" tabindex="0" aria-label="{escape(spoken)}">'
        f'<div class="ac-span">{bars}{PLAYHEAD}</div></div>'
    )


def _place(start: float, end: float, seconds: float) -> str:
    return f"left:{100 * start / seconds:.3f}%;width:{100 * (end - start) / seconds:.3f}%"
