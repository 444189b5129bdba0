"""Musical phrases: write notes as a standard MIDI file and play it with fluidsynth and a soundfont."""

import subprocess
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

DRUMS = 9  # the channel on which every key is a different drum
PROGRAM = "fluidsynth"
TICKS = 1000  # per second
MODULATION, ALL_SOUND_OFF, RESET = 1, 120, 121  # controllers


class Note(NamedTuple):
    """start: seconds from the beginning of the phrase. seconds: length. key: 60 is middle C. velocity: 1 to 127."""

    start: float
    seconds: float
    key: int
    velocity: int = 100


class Control(NamedTuple):
    """Set controller `number`, such as MODULATION, to a value from 0 to 127 at `start`, in seconds."""

    start: float
    number: int
    value: int


@dataclass(frozen=True)
class Phrase:
    """Notes to play. program: General MIDI program, counted from 0; on the drum channel, the kit."""

    program: int
    notes: tuple[Note, ...]
    channel: int = 0
    controls: tuple[Control, ...] = ()


def midi(*phrases: Phrase, slot_seconds: float = 0.0) -> bytes:
    """A standard MIDI file of one track (format 0) at 1000 ticks a quarter and one quarter a second.

    Each phrase begins `slot_seconds` after the one before it.
    """
    events = [(0, b"\xff\x51\x03" + (1_000_000).to_bytes(3, "big"))]
    for i, phrase in enumerate(phrases):
        events += _events(phrase, i * slot_seconds)
    # A note must end before another one begins at the same time: they may have the same key.
    events.sort(key=lambda event: (event[0], event[1][0] >> 4 == 0x9))
    events.append((events[-1][0], b"\xff\x2f\x00"))
    gaps = [after - before for before, after in pairwise([0, *(at for at, _ in events)])]
    track = b"".join(_variable(gap) + event for gap, (_, event) in zip(gaps, events, strict=True))
    header = b"MThd" + b"".join(n.to_bytes(size, "big") for n, size in ((6, 4), (0, 2), (1, 2), (TICKS, 2)))
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


def perform(song: bytes, soundfont: Path, out: Path, sample_rate: int, *options: str) -> None:
    """Play a MIDI file into the WAV file `out`, in 32-bit floats and stereo; `options` are fluidsynth's own.

    OSError if there is no fluidsynth, subprocess.CalledProcessError if it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "song.mid"
        file.write_bytes(song)
        how = ("-ni", "-q", "-O", "float", "-r", str(sample_rate), *options, "-F", str(out))
        subprocess.run([PROGRAM, *how, str(soundfont), str(file)], check=True, capture_output=True)


def _events(phrase: Phrase, begin: float) -> list[tuple[int, bytes]]:
    """(tick, message) of all events of a phrase that begins at `begin`, in seconds."""
    on, off, control, change = (status | phrase.channel for status in (0x90, 0x80, 0xB0, 0xC0))
    events = [(begin, bytes([change, phrase.program]))]
    events += [(begin + start, bytes([control, number, value])) for start, number, value in phrase.controls]
    for start, seconds, key, velocity in phrase.notes:
        events.append((begin + start, bytes([on, key, velocity])))
        events.append((begin + start + seconds, bytes([off, key, 0])))
    return [(round(TICKS * at), message) for at, message in events]


def _variable(number: int) -> bytes:
    """MIDI variable-length quantity: seven bits a byte; the top bit is set on all but the last."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.insert(0, number & 0x7F | 0x80)
    return bytes(digits)
