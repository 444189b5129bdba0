"""Melodies and drum beats of the examples, played by fluidsynth with a soundfont."""

import tempfile
from itertools import accumulate
from pathlib import Path

import numpy as np

from audioclf.audio import load_clip
from audioclf.synthesis.finishing import SAMPLE_RATE, record
from audioclf.synthesis.midi import DRUMS, Note, Phrase, midi, perform
from audioclf.types import Clip

# FluidR3 GM by Frank Wen, MIT licence: sound rendered from it may be shared.
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")


def melody(program: int, *notes: tuple[int, float]) -> Phrase:
    """Consecutive notes, given as (key, length in seconds)."""
    ends = accumulate(seconds for _, seconds in notes)
    return Phrase(
        program,
        tuple(Note(end - seconds, seconds, key) for end, (key, seconds) in zip(ends, notes, strict=True)),
    )


def beats(key: int, *times: float) -> Phrase:
    """One drum, struck at `times` in seconds."""
    return Phrase(0, tuple(Note(at, 0.2, key) for at in times), DRUMS)


def play(phrase: Phrase) -> Clip:
    """The phrase played by fluidsynth, with its default reverberation."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "song.wav"
        perform(midi(phrase), SOUNDFONT, out, SAMPLE_RATE)
        played = load_clip(out).samples.astype(np.float64)
    return record(played)
