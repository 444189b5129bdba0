"""A string of digits as HTML: the sentence, lanes under the pictures, every digit, and the next best strings."""

from collections.abc import Sequence
from html import escape

from audioclf.inference.transcript import ReadLabel, Transcript
from audioclf.service.transcription import Strings, differs, side_by_side, spoken
from audioclf.types import Analysis, Picture
from audioclf.ui.markup.cards import verdict, words
from audioclf.ui.markup.lanes import bar, differ_lane, lane
from audioclf.ui.markup.pictures import stack
from audioclf.wording import family_name, probability, text


def offer(found: Strings) -> str:
    """A sentence that offers the string, for a sound that is shown with a single label."""
    sentence = " ".join([text("strings.offer"), found.sentence])
    return f'<div class="ac-offer" role="status"><p>{escape(sentence)}</p></div>'


def instead(markup: str) -> str:
    """Something in place of a string: progress, or why there is none."""
    return f'<div class="ac-strings" data-mode="string">{markup}</div>'


def reading(found: Strings, pictures: Sequence[Picture], audio: str | None) -> str:
    """The whole result. audio: as for `pictures.stack`."""
    seen = Analysis(clip=found.clip, task=found.task, predictions=(), verdict=found.sentence)
    heard = [one for one in found.transcripts if one.parts]
    lanes = (
        "".join(_lane(one, found.clip.seconds) for one in found.transcripts) + _differing(found)
        if heard
        else ""
    )
    return (
        f'<div class="ac-strings" data-mode="string">{verdict(seen)}'
        f"{stack(seen, pictures, audio, lanes)}"
        f'<div class="ac-said-by-each">{"".join(map(_reading, heard))}</div></div>'
    )


def _reading(one: Transcript) -> str:
    """One model's digits, as buttons that play them, and its next best strings."""
    name = escape(family_name(one.family))
    digits = "".join(_digit(part) for part in one.parts)
    others = "".join(
        f"<li>{escape(_said(other.labels))} <small>{probability(other.share)}</small></li>"
        for other in one.alternatives
    )
    title = escape(text("strings.others"))
    more = f"<details><summary>{title}</summary><ol>{others}</ol></details>" if others else ""
    return (
        f'<article class="ac-said" data-family="{escape(one.family)}"><header><h3>{name}</h3>'
        f"<span>{escape(one.model)}</span><span>{1000 * one.model_seconds:.0f} ms</span></header>"
        f'<div class="ac-digits">{digits}</div>{more}</article>'
    )


def _said(labels: Sequence[str]) -> str:
    return spoken(labels) or text("strings.nothing")


def _digit(part: ReadLabel) -> str:
    said = text(
        "strings.play",
        label=part.label,
        start=f"{part.start:.2f}",
        end=f"{part.end:.2f}",
        p=probability(part.probability),
    )
    return (
        f'<button type="button" class="ac-digit" data-start="{part.start:.3f}" data-end="{part.end:.3f}" '
        f'aria-label="{escape(said)}"><b>{words(part.label)}</b><small>{probability(part.probability)}</small></button>'
    )


def _lane(one: Transcript, seconds: float) -> str:
    bars = "".join(bar(part.label, part.probability, part.start, part.end, seconds) for part in one.parts)
    return lane(one.family, f"{family_name(one.family)}: {_said(one.labels)}", bars)


def _differing(found: Strings) -> str:
    """The lane that marks where the models read different digits."""
    if len(found.transcripts) < 2:
        return ""
    places = [[part for part in place if part] for place in side_by_side(found.transcripts) if differs(place)]
    spans = [(min(part.start for part in place), max(part.end for part in place)) for place in places]
    spoken = text("strings.places", n=len(spans))
    return differ_lane(text("strings.differ_lane"), spoken, spans, found.clip.seconds)
