"""Random phrases for each instrument: its General MIDI programs, its range and ways of playing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from audioclf.synthesis.midi import DRUMS, MODULATION, Control, Note, Phrase

MAX_SECONDS = 3.5  # of notes; they may ring longer
VELOCITIES = (50, 127)
STRIKE_SECONDS = 2.5  # longer than a drum sounds: some soundfonts damp a key that is released early
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), tuple(range(12)))

Compose = Callable[[np.random.Generator, Sequence[int]], list[Note]]


@dataclass(frozen=True)
class Part:
    """Instruments with one label ("": background) and one range.

    programs: of General MIDI; for drums, the kits in which `keys` are that drum. way: a key of WAYS.
    """

    label: str
    programs: Sequence[int]
    keys: Sequence[int]
    way: str
    drums: bool = False


# Key ranges: MIDI keys from the lowest to the highest note that the real instrument plays with ease. Kits 24 and 25
# are electronic, 40 to 42 are played with brushes, and 48 has timpani where others have cymbals.
NO_ORCHESTRA = (*range(20), 24, 25, *range(32, 37), 40, 41, 42)
NO_BRUSHES = (*range(20), 24, 25, *range(32, 37), 48)
# Near misses are neither a label nor background: no model should learn that an oboe, a bassoon, a viola, a piccolo,
# a recorder, a string ensemble or a side stick is unlike all instruments of the task.
PARTS = (
    Part("acoustic_guitar", (24, 25), range(40, 80), "chords"),
    Part("bass_drum", (*NO_ORCHESTRA, 48), (35, 36), "struck", drums=True),
    Part("cello", (42,), range(36, 77), "bowed"),
    Part("clarinet", (71,), range(50, 91), "solo"),
    Part("double_bass", (43,), range(28, 56), "bowed"),
    Part("double_bass", (32,), range(28, 56), "fixed"),
    Part("flute", (73,), range(60, 94), "solo"),
    Part("hi_hat", NO_ORCHESTRA, (42, 44, 46), "struck", drums=True),
    Part("saxophone", (64,), range(56, 88), "solo"),
    Part("saxophone", (65,), range(49, 81), "solo"),
    Part("saxophone", (66,), range(44, 76), "solo"),
    Part("saxophone", (67,), range(36, 69), "solo"),
    Part("snare_drum", NO_BRUSHES, (38, 40), "struck", drums=True),
    Part("violin_or_fiddle", (40, 110), range(55, 97), "bowed"),
    Part("", range(8), range(30, 97), "chords"),  # pianos, harpsichord, clavinet
    Part("", (9, 10, 11, 12, 13, 14, 114), range(55, 97), "fixed"),  # xylophone and other tuned percussion
    Part("", range(16, 20), range(36, 90), "chords"),  # organs
    Part("", range(26, 31), range(40, 85), "chords"),  # electric guitars
    Part("", range(33, 40), range(28, 60), "fixed"),  # electric and synthetic basses
    Part("", (46,), range(36, 97), "chords"),  # harp
    Part("", (52, 53, 54), range(48, 80), "solo"),  # choirs
    Part("", (56, 59), range(54, 85), "solo"),  # trumpets
    Part("", (57,), range(40, 73), "solo"),  # trombone
    Part("", (58,), range(28, 60), "solo"),  # tuba
    Part("", (60,), range(41, 78), "solo"),  # French horn
    Part("", (80, 81, 84, 86, 87), range(40, 90), "solo"),  # synthetic leads
    Part("", range(88, 96), range(40, 85), "chords"),  # pads
    Part("", NO_ORCHESTRA, (41, 43, 45, 47), "struck", drums=True),  # toms
    Part("", NO_ORCHESTRA, (49, 51, 53, 57, 59), "struck", drums=True),  # cymbals
    Part("", NO_ORCHESTRA, (54, 56), "struck", drums=True),  # tambourine, cowbell
)


def note(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """One sustained note."""
    return [Note(0.0, _ms(float(np.exp(rng.uniform(*np.log((0.5, MAX_SECONDS)))))), int(rng.choice(keys)))]


def scale(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """A scale up or down."""
    return _run(rng, keys, [int(rng.choice((-1, 1)))] * int(rng.integers(3, 11)), 0)


def arpeggio(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """Every second step of a scale, up and down."""
    n = int(rng.integers(2, 5))
    return _run(rng, keys, [2] * n + [-2] * int(rng.integers(0, n + 1)), 0)


def melody(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """Small steps, and notes of unequal lengths."""
    return _run(rng, keys, rng.integers(-2, 3, rng.integers(2, 9)).tolist(), 2)


def strum(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """A strummed chord of three to five notes, one to three times."""
    rungs = _ladder(rng, keys)
    first = int(rng.integers(0, max(1, len(rungs) - 9)))
    chord = [rungs[min(first + step, len(rungs) - 1)] for step in (0, 2, 4, 7, 9)[: rng.integers(3, 6)]]
    n_times, delay = int(rng.integers(1, 4)), rng.uniform(0.0, 0.04)
    every = _ms(rng.uniform(0.5, MAX_SECONDS / n_times))
    return [
        Note(_ms(time * every + i * delay), _ms(every - i * delay - 0.01), key)
        for time in range(n_times)
        for i, key in enumerate(dict.fromkeys(chord))
    ]


def strike(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """One drum stroke."""
    return _strikes([0.0], [int(rng.choice(keys))])


def repeat(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """One drum at equal intervals."""
    gap = rng.uniform(0.25, 0.8)
    times = np.arange(min(int(rng.integers(2, 8)), int(MAX_SECONDS / gap))) * gap
    return _strikes(times.tolist(), [int(rng.choice(keys))] * len(times))


def pattern(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """A bar of a random rhythm in sixteenths, with all keys of the drum."""
    grid = np.flatnonzero(np.append(True, rng.random(15) < rng.uniform(0.2, 0.6)))
    times = grid * rng.uniform(0.09, MAX_SECONDS / 16)
    return _strikes(times.tolist(), rng.choice(keys, len(times)).tolist())


def roll(rng: np.random.Generator, keys: Sequence[int]) -> list[Note]:
    """A drum roll."""
    times = np.arange(int(rng.integers(8, 25))) * rng.uniform(0.05, 0.12)
    return _strikes(times.tolist(), [int(rng.choice(keys))] * len(times))


# Way of playing -> probabilities of its phrases (most are single notes, as in sample collections), and of vibrato.
TUNES = ((0.5, note), (0.18, scale), (0.2, melody), (0.12, arpeggio))
WAYS: Mapping[str, tuple[tuple[tuple[float, Compose], ...], float]] = {
    "bowed": (TUNES, 0.4),
    "solo": (TUNES, 0.15),
    "fixed": (TUNES, 0.0),
    "chords": (((0.4, note), (0.12, scale), (0.13, melody), (0.15, arpeggio), (0.2, strum)), 0.0),
    "struck": (((0.45, strike), (0.2, repeat), (0.2, pattern), (0.15, roll)), 0.0),
}


def phrase(part: Part, program: int, keys: Sequence[int], rng: np.random.Generator) -> Phrase:
    """A random phrase on `keys` of the part, at a random loudness and sometimes with vibrato."""
    tunes, vibrato = WAYS[part.way]
    share = [share for share, _ in tunes]
    notes = tunes[int(rng.choice(len(tunes), p=share))][1](rng, keys)
    loudness = rng.uniform(*VELOCITIES) + rng.normal(0, 6, len(notes))
    velocities = np.clip(np.rint(loudness), *VELOCITIES).astype(int).tolist()
    controls = (
        (Control(_ms(rng.uniform(0, 0.5)), MODULATION, int(rng.integers(30, 111))),)
        if rng.random() < vibrato
        else ()
    )
    played = tuple(n._replace(velocity=velocity) for n, velocity in zip(notes, velocities, strict=True))
    return Phrase(program, played, DRUMS if part.drums else 0, controls)


def _ladder(rng: np.random.Generator, keys: Sequence[int]) -> list[int]:
    """The keys that belong to a random scale."""
    steps, root = SCALES[rng.integers(len(SCALES))], rng.integers(12)
    return [key for key in keys if (key - root) % 12 in steps]


def _run(rng: np.random.Generator, keys: Sequence[int], steps: Sequence[int], freedom: int) -> list[Note]:
    """Consecutive notes, `steps` of a scale apart, staccato or legato; each 1 to 1 + `freedom` units long."""
    rungs = _ladder(rng, keys)
    walk = np.array([0, *accumulate(steps)])
    start = rng.integers(0, max(1, len(rungs) - np.ptp(walk))) - walk.min()
    units = rng.integers(1, 2 + freedom, len(walk))
    unit = _ms(rng.uniform(0.12, min(0.6, MAX_SECONDS / units.sum())))
    ends, held = np.cumsum(units) * unit, rng.choice((0.4, 0.9, 1.0))
    return [
        Note(_ms(end - n * unit), _ms(n * unit * held), rungs[min(start + step, len(rungs) - 1)])
        for end, n, step in zip(ends.tolist(), units.tolist(), walk.tolist(), strict=True)
    ]


def _strikes(times: Sequence[float], keys: Sequence[int]) -> list[Note]:
    """Drum strokes, each held until the next one."""
    ends = [*times[1:], times[-1] + STRIKE_SECONDS]
    return [Note(_ms(at), _ms(end - at), key) for at, end, key in zip(times, ends, keys, strict=True)]


def _ms(seconds: float) -> float:
    """Round to a MIDI tick, so that no note ends just after the next one begins on its key."""
    return round(float(seconds), 3)
