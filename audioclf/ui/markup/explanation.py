"""Explanations as HTML: each model's maps, a sentence, and the most important part of the sound to play."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby

from audioclf.service.lab import Explained
from audioclf.types import Clip
from audioclf.ui.markup.pictures import figure, play_button, player, time_axis
from audioclf.wording import family_name, readable

VIEWS = {
    "occlusion": "Occlusion map (same for all)",
    "own": "Each model's own view",
}
KEY = (
    "Each cell of the grid was reduced to background level in turn, and the model was asked again. Orange cells "
    "support the answer, blue cells contradict it; the white box marks the most important part."
)
OWN_KEY = (
    "GMM: how much likelier each frame is under the answer's mixture than under the background model (UBM), and "
    "which components explain it. CNN: where the last feature maps support the answer. RNN: attention to each frame."
)


def explained(found: Sequence[Explained], playable: Callable[[Clip], str]) -> str:
    """A sentence per model, then pictures, on one time axis per window. playable: gives a sound's server path."""
    stacks = "".join(
        _stack(list(group), playable)
        for _, group in groupby(found, key=lambda e: (e.explanation.start, e.explanation.end))
    )
    notices = "".join(f"<li>{escape(notice)}</li>" for notice in found[0].notices)
    notes = f'<ul class="ac-notices">{notices}</ul>' if notices else ""
    return f'{notes}<ul class="ac-reasons">{"".join(_reason(e, playable) for e in found)}</ul>{stacks}'


def _reason(found: Explained, playable: Callable[[Clip], str]) -> str:
    name = family_name(found.explanation.family)
    hear = ""
    if found.important_part:
        hear = play_button(playable(found.important_part), f"Play only what the {name} relied on")
    return f'<li data-family="{escape(found.explanation.family)}">{escape(found.explanation.sentence)} {hear}</li>'


def _stack(group: Sequence[Explained], playable: Callable[[Clip], str]) -> str:
    heard = group[0].explained_part
    start, end = group[0].pictures[0].start, group[0].pictures[0].end
    seconds = end - start
    rows = "".join(
        f'<div class="ac-why" data-family="{escape(e.explanation.family)}" data-set="{kind}">'
        f"<h3>{escape(family_name(e.explanation.family))}: {escape(readable(e.explanation.label))}</h3>"
        + "".join(figure(p, None, seconds, focusable=rank == 0 and kind == "occlusion") for p in chosen)
        + "</div>"
        for kind, pick in (("occlusion", slice(0, 1)), ("own", slice(1, None)))
        for rank, e in enumerate(group)
        if (chosen := e.pictures[pick])
    )
    return (
        f'<section class="ac-stack" data-seconds="{seconds:.4f}" data-start="{start:.4f}" '
        f'aria-label="What each model relied on">{player(playable(heard), end)}'
        f'<p class="ac-about" data-set="occlusion">{KEY}</p><p class="ac-about" data-set="own">{OWN_KEY}</p>'
        f"{rows}{time_axis(start, end)}</section>"
    )
