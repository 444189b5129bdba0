"""Two recordings as HTML: what changes between the answers, pictures on the same axes, and their difference."""

from collections.abc import Callable
from html import escape

from audioclf.service.pairs import Pair
from audioclf.types import Clip, Picture
from audioclf.ui.markup.cards import notices
from audioclf.ui.markup.pictures import READING, figure, player, time_axis
from audioclf.ui.markup.stress import change_table
from audioclf.wording import text


def pair(found: Pair, playable: Callable[[Clip], str]) -> str:
    """The sentence on the answers, their table, and a stack for each recording and for the difference.

    playable: gives a sound's server path.
    """
    heads = (
        f"{text('pair.first')}: {found.first.clip.name}",
        f"{text('pair.second')}: {found.second.clip.name}",
    )
    table = change_table(text("pair.answers"), heads, found.first.predictions, found.second.predictions)
    stacks = (
        _stack(found, text("pair.first_region"), heads[0], [(v.name, v.first) for v in found.views],
               playable(found.sounds[0]), found.first.notices),
        _stack(found, text("pair.second_region"), heads[1], [(v.name, v.second) for v in found.views],
               playable(found.sounds[1]), found.second.notices),
        _stack(found, text("pair.both_region"), text("pair.both"), [(v.name, v.difference) for v in found.views],
               playable(found.both), ()),
    )  # fmt: skip
    most = "".join(f'<p data-set="{escape(v.name)}">{escape(v.sentence)}</p>' for v in found.views)
    about = (found.alignment, text("pair.key"))
    return (
        f'<div class="ac-pair-words"><div><p class="ac-sentence" role="status">{escape(found.change)}</p>'
        f'<div class="ac-about">{most}{"".join(f"<p>{escape(words)}</p>" for words in about)}</div></div>'
        f'{table}</div><div class="ac-pair">{"".join(stacks)}</div>'
    )


def _stack(
    found: Pair,
    region: str,
    heading: str,
    pictures: list[tuple[str, Picture]],
    audio: str,
    sentences: tuple[str, ...],
) -> str:
    drawn = "".join(
        f'<div data-set="{escape(name)}">{figure(picture, (), found.seconds)}</div>'
        for name, picture in pictures
    )
    notes = notices(sentences) if sentences else ""
    return (
        f'<section class="ac-stack" data-seconds="{found.seconds:.4f}" aria-label="{escape(region)}">'
        f"<header><h2>{escape(heading)}</h2>{player(audio, found.seconds)}</header>{notes}{drawn}"
        f"{time_axis(0.0, found.seconds)}{READING}</section>"
    )
