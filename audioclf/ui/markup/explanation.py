"""What each model listened to, as HTML: its map over the spectrogram, a sentence, and the part it needed to hear."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby

from audioclf.service.lab import Explained
from audioclf.types import Clip
from audioclf.ui.markup.pictures import figure, play_button, player, time_axis
from audioclf.wording import family_name, readable

VIEWS = {
    "occlusion": "One question to all",
    "own": "Each in its own way",
}
KEY = (
    "Orange speaks for the answer, blue against it. Every part of the grid was brought down to the background once, "
    "and the model asked again; the white box is what it needed most."
)
OWN_KEY = (
    "The GMM shows frame by frame how much likelier the sound is under the answer's mixture than under the "
    "background model (UBM), and which components explain it; the CNN where its last maps speak for the answer; the "
    "RNN which frames it pools from."
)


def explained(found: Sequence[Explained], playable: Callable[[Clip], str]) -> str:
    """A sentence a model, then the pictures of all that listened to the same part, on one time axis.

    playable: gives the server path of a sound.
    """
    stacks = "".join(
        _stack(list(group), playable)
        for _, group in groupby(found, key=lambda e: (e.explanation.start, e.explanation.end))
    )
    notices = "".join(f"<li>{escape(notice)}</li>" for notice in found[0].notices)
    told = f'<ul class="ac-notices">{notices}</ul>' if notices else ""
    return f'{told}<ul class="ac-reasons">{"".join(_reason(e, playable) for e in found)}</ul>{stacks}'


def _reason(found: Explained, playable: Callable[[Clip], str]) -> str:
    name = family_name(found.explanation.family)
    hear = ""
    if found.needed:
        hear = play_button(playable(found.needed), f"Hear only what the {name} needed")
    return f'<li data-family="{escape(found.explanation.family)}">{escape(found.explanation.sentence)} {hear}</li>'


def _stack(group: Sequence[Explained], playable: Callable[[Clip], str]) -> str:
    heard = group[0].heard
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
        f'aria-label="What each model listened to">{player(playable(heard), end)}'
        f'<p class="ac-about" data-set="occlusion">{KEY}</p><p class="ac-about" data-set="own">{OWN_KEY}</p>'
        f"{rows}{time_axis(start, end)}</section>"
    )
