"""Example clips of the Speakers tab: two voices, three takes each, with other words in every take."""

from functools import partial

from audioclf.synthesis.label_examples import Example
from audioclf.synthesis.spoken_words import alone, flite
from audioclf.types import Clip

SECONDS = 2.8
SAID = ("Four, seven, one, nine.", "Zero, three, eight, five.", "Six, two, nine, one.")


def _take(words: str, voice: str) -> Clip:
    return alone(flite(words, voice), SECONDS)


VOICES = tuple(
    Example(
        f"{who}-{take}.flac",
        "speakers",
        f"A {who}, take {take}",
        None,
        f"One of three takes of the same voice: “{words}”.",
        f"flite, voice {voice}",
        partial(_take, words, voice),
        has_button=False,
    )
    for who, voice in (("woman", "slt"), ("man", "rms"))
    for take, words in enumerate(SAID, 1)
)
