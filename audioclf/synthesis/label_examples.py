"""Example clips of the labels that have no button in the Upload tab, so that every label can be shown and heard."""

from collections.abc import Callable
from dataclasses import dataclass

from audioclf.synthesis import nature
from audioclf.synthesis.midi import Phrase
from audioclf.synthesis.nature import Maker, outdoors
from audioclf.synthesis.spoken_words import alone, flite
from audioclf.synthesis.tunes import beats, melody, play
from audioclf.types import Clip


@dataclass(frozen=True)
class Example:
    """One clip of the list: its true label (None for unknown), a hint on what to expect, and how to make it."""

    file: str
    task: str
    title: str
    label: str | None
    expect: str
    origin: str
    make: Callable[[], Clip]
    has_button: bool = True


def _digit(word: str, voice: str, who: str, expect: str) -> Example:
    return Example(
        f"{word}.flac",
        "digits",
        f"“{word}”, {who}",
        word,
        expect,
        f"flite, voice {voice}",
        lambda: alone(flite(word, voice)),
        has_button=False,
    )


def _instrument(label: str, title: str, expect: str, patch: str, phrase: Phrase) -> Example:
    return Example(
        f"{label.replace('_', '-')}.flac",
        "instruments",
        title,
        label,
        expect,
        f"fluidsynth, FluidR3 GM, {patch}",
        lambda: play(phrase),
        has_button=False,
    )


def _nature(label: str, title: str, expect: str, origin: str, make: Maker) -> Example:
    file = f"{label.replace('_', '-')}.flac"
    return Example(
        file, "environment", title, label, expect, origin, lambda: outdoors(make), has_button=False
    )


FURTHER = (
    _digit("zero", "kal16", "a man", "Voiced from its first moment to its last."),
    _digit("two", "rms", "a man", "A click of the tongue, then one long vowel."),
    _digit("four", "awb", "a Scot", "It starts with the faint noise of the f, as five does."),
    _digit("five", "slt", "a woman", "Two faint noises, and a vowel that glides between them."),
    _digit("eight", "rms", "a man", "A short gap before the last t."),
    _digit("nine", "awb", "a Scot", "Hummed at both ends; one ends in the same way."),
    _instrument(
        "bass_drum",
        "A bass drum",
        "Low thuds that fade in a tenth of a second.",
        "standard kit",
        beats(36, 0.0, 0.6, 1.2, 1.5, 1.8),
    ),
    _instrument(
        "cello",
        "A cello",
        "Four low notes drawn with a bow.",
        "cello",
        melody(42, (43, 0.6), (50, 0.5), (47, 0.5), (43, 0.9)),
    ),
    _instrument(
        "clarinet",
        "A clarinet",
        "In its low register it has hardly any even overtones.",
        "clarinet",
        melody(71, (60, 0.5), (64, 0.3), (67, 0.4), (72, 1.2)),
    ),
    _instrument(
        "hi_hat",
        "A hi-hat, closed",
        "Short ticks of metal, without any low frequencies.",
        "standard kit",
        beats(42, *(0.3 * i for i in range(8))),
    ),
    _instrument(
        "saxophone",
        "An alto saxophone",
        "A reed, as in the clarinet, but with all overtones.",
        "alto saxophone",
        melody(65, (58, 0.5), (62, 0.4), (65, 0.4), (63, 1.2)),
    ),
    _nature(
        "baby_cry",
        "Two cries of a baby",
        "A trembling voice that rises and falls.",
        "a buzz that follows a pitch, through five resonances",
        nature.baby_cry,
    ),
    _nature(
        "chainsaw",
        "A chainsaw",
        "An engine whose speed rises and falls.",
        "a buzz that follows a pitch, through five resonances",
        nature.chainsaw,
    ),
    _nature(
        "helicopter",
        "A helicopter",
        "Thirteen beats a second; rain has none.",
        "noise in three bands, louder thirteen times a second",
        nature.helicopter,
    ),
    _nature(
        "person_sneeze",
        "A sneeze",
        "Breath drawn in, then a burst.",
        "noise and a buzz that follows a pitch, through three resonances",
        nature.sneeze,
    ),
    _nature(
        "rain",
        "Rain",
        "Steady noise, with drops close by.",
        "noise, and nine hundred short bursts of it",
        nature.rain,
    ),
)
