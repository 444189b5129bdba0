"""Musical phrases: notes written down here become a MIDI file, which fluidsynth renders from a soundfont."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from audioclf.audio import load_clip
from audioclf.examples.air import SAMPLE_RATE, on_air
from audioclf.types import Clip

# FluidR3 GM by Frank Wen, under the MIT licence: what is rendered from it may be shared.
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
VELOCITY = 100
DRUMS = 9  # the channel on which every key is another drum

Note = tuple[float, float, int]  # start and length in seconds, MIDI key: 60 is middle C


@dataclass(frozen=True)
class Phrase:
    """What to play. program: of General MIDI, counted from 0; on the channel of the drums it is the kit."""

    program: int
    notes: tuple[Note, ...]
    channel: int = 0


def melody(program: int, *notes: tuple[int, float]) -> Phrase:
    """Note after note, each its key and its length in seconds."""
    ends = accumulate(seconds for _, seconds in notes)
    return Phrase(
        program, tuple((end - seconds, seconds, key) for end, (key, seconds) in zip(ends, notes, strict=True))
    )


def beats(key: int, *times: float) -> Phrase:
    """One drum, struck at these times."""
    return Phrase(0, tuple((at, 0.2, key) for at in times), DRUMS)


def play(phrase: Phrase) -> Clip:
    """The phrase as fluidsynth plays it, in its room."""
    with tempfile.TemporaryDirectory() as folder:
        song, out = Path(folder) / "song.mid", Path(folder) / "song.wav"
        song.write_bytes(midi(phrase))
        how = ("-ni", "-q", "-O", "float", "-r", str(SAMPLE_RATE), "-F", str(out))
        subprocess.run(["fluidsynth", *how, str(SOUNDFONT), str(song)], check=True, capture_output=True)
        played = load_clip(out).samples.astype(np.float64)
    return on_air(played)


def midi(phrase: Phrase) -> bytes:
    """A standard MIDI file of one track (format 0) at 1000 ticks a quarter and one quarter a second."""
    on, off, change = (status | phrase.channel for status in (0x90, 0x80, 0xC0))
    events = [
        (0, bytes([0xFF, 0x51, 3]) + (1_000_000).to_bytes(3, "big")),
        (0, bytes([change, phrase.program])),
    ]
    for start, seconds, key in phrase.notes:
        events.append((round(1000 * start), bytes([on, key, VELOCITY])))
        events.append((round(1000 * (start + seconds)), bytes([off, key, 0])))
    # Where one note ends as it begins again, it must end first.
    events.sort(key=lambda event: (event[0], event[1][0] == on))
    events.append((events[-1][0], bytes([0xFF, 0x2F, 0])))
    gaps = [after - before for before, after in pairwise([0, *(at for at, _ in events)])]
    track = b"".join(_variable(gap) + event for gap, (_, event) in zip(gaps, events, strict=True))
    header = b"MThd" + b"".join(n.to_bytes(size, "big") for n, size in ((6, 4), (0, 2), (1, 2), (1000, 2)))
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


def _variable(number: int) -> bytes:
    """A variable-length quantity: seven bits a byte, all but the last marked."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.insert(0, number & 0x7F | 0x80)
    return bytes(digits)
