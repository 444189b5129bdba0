"""Explanations as HTML: each model's maps, a sentence, and the most important part of the sound to play."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby

from audioclf.service.lab import Explained
from audioclf.types import Clip
from audioclf.ui.markup.cards import notices
from audioclf.ui.markup.pictures import READING, figure, play_button, player, time_axis
from audioclf.wording import family_name, readable, text


def explained(found: Sequence[Explained], playable: Callable[[Clip], str]) -> str:
    """A sentence per model, then pictures, on one time axis per window. playable: gives a sound's server path."""
    stacks = "".join(
        _stack(list(group), playable)
        for _, group in groupby(found, key=lambda e: (e.explanation.start, e.explanation.end))
    )
    notes = notices(found[0].notices) if found[0].notices else ""
    return f'{notes}<ul class="ac-reasons">{"".join(_reason(e, playable) for e in found)}</ul>{stacks}'


def _reason(found: Explained, playable: Callable[[Clip], str]) -> str:
    name = family_name(found.explanation.family)
    hear = ""
    if found.important_part:
        hear = play_button(playable(found.important_part), text("explain.play", name=name))
    return f'<li data-family="{escape(found.explanation.family)}">{escape(found.explanation.sentence)} {hear}</li>'


def _stack(group: Sequence[Explained], playable: Callable[[Clip], str]) -> str:
    heard = group[0].explained_part
    start, end = group[0].pictures[0].start, group[0].pictures[0].end
    seconds = end - start
    rows = "".join(
        f'<div class="ac-why" data-family="{escape(e.explanation.family)}" data-set="{kind}">'
        f"<h2>{escape(family_name(e.explanation.family))}: {escape(readable(e.explanation.label))}</h2>"
        + "".join(figure(p, (), seconds) for p in chosen)
        + "</div>"
        for kind, pick in (("occlusion", slice(0, 1)), ("own", slice(1, None)))
        for e in group
        if (chosen := e.pictures[pick])
    )
    return (
        f'<section class="ac-stack" data-seconds="{seconds:.4f}" data-start="{start:.4f}" '
        f'aria-label="{text("explain.stack", start=start, end=end)}">{player(playable(heard), end)}'
        f'<p class="ac-about" data-set="occlusion">{text("explain.key")}</p>'
        f'<p class="ac-about" data-set="own">{text("explain.own_key")}</p>'
        f"{rows}{time_axis(start, end)}{READING}</section>"
    )
