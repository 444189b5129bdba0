"""Made cases: a word in a few seconds of quiet room, with louder sounds before and after it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioclf import effects
from audioclf.data.datasets import Item, decoded
from audioclf.evaluation.unknown_sounds import music
from audioclf.types import Clip

LEVELS_DB = (5, 15, 25, 34)  # of the loudest 20 ms of the other sound above those of the word
SECONDS = 4.0
ROOM_DB = 30.0  # noise of the room below the word
FADE_SECONDS = 0.02  # at both ends of a word, so that the noise of its recording does not click
GAP_SECONDS = 0.3  # between the word and music
PEAK = 0.9
Samples = NDArray[np.float64]
# (samples, first and last second of the word, sample rate, rng) -> the other sounds
Maker = Callable[[int, tuple[float, float], int, np.random.Generator], Samples]


@dataclass(frozen=True, eq=False)
class MadeCase:
    """family: a key of FAMILIES. above_db: how far the other sound is above the word."""

    clip: Clip
    label: str
    speaker: str
    family: str
    above_db: int


def made_cases(words: Sequence[Item], sample_rate: int, seed: int) -> Iterator[MadeCase]:
    """Every word in every family and at every level; the same seed gives the same sounds."""
    for i, item in enumerate(words):
        word = decoded(item.file, sample_rate)
        for family in FAMILIES:
            for above_db in LEVELS_DB:
                clip = made_case(word, family, above_db, np.random.default_rng((seed, i)))
                yield MadeCase(clip, item.label, item.row.get("speaker", ""), family, above_db)


def chosen_words(items: Sequence[Item], n_each: int, seed: int) -> list[Item]:
    """`n_each` recordings of each label, of different people as far as there are enough."""
    rng = np.random.default_rng(seed)
    shuffled = [items[i] for i in rng.permutation(len(items))]
    chosen: list[Item] = []
    for label in sorted({item.label for item in items if item.label}):
        of_label = [item for item in shuffled if item.label == label]
        met: list[str] = []
        turns = []
        for item in of_label:
            turns.append(met.count(item.row.get("speaker", "")))
            met.append(item.row.get("speaker", ""))
        order = np.argsort(turns, kind="stable")[:n_each]
        chosen += [of_label[i] for i in order]
    return chosen


def made_case(word: Clip, family: str, above_db: float, rng: np.random.Generator) -> Clip:
    """SECONDS of room with the word near the middle and the sounds of `family` around it, `above_db` louder."""
    rate = word.sample_rate
    n = round(SECONDS * rate)
    speech = _faded(word.samples[:n].astype(np.float64), rate)
    first = int(rng.uniform(0.32, 0.68) * n) - len(speech) // 2
    first = int(np.clip(first, 0, n - len(speech)))
    placed = np.zeros(n)
    placed[first : first + len(speech)] = speech / _loudest(speech, rate)
    placed += 10 ** (-ROOM_DB / 20) * effects.coloured_noise(n, rng.uniform(0.5, 1.5), rng)
    other = FAMILIES[family](n, (first / rate, (first + len(speech)) / rate), rate, rng)
    samples = placed + 10 ** (above_db / 20) * other / _loudest(other, rate)
    return Clip((PEAK / np.abs(samples).max() * samples).astype(np.float32), rate, f"made case, {family}")


def clicks(n: int, word: tuple[float, float], rate: int, rng: np.random.Generator) -> Samples:
    """A click of 20 ms near each end, as of a mouse."""
    sound = np.zeros(n)
    for at in (rng.uniform(0.05, 0.3), SECONDS - rng.uniform(0.1, 0.35)):
        _add(sound, _burst(0.02, 0.005, rng.uniform(0, 1), rate, rng), at, rate)
    return sound


def knocks(n: int, word: tuple[float, float], rate: int, rng: np.random.Generator) -> Samples:
    """Two or three knocks on wood before the word, and one or two after it."""
    sound = np.zeros(n)
    hz = rng.uniform(120, 300) * np.array([1.0, 2.4, 4.1])
    spacing = rng.uniform(0.13, 0.2)
    before = 0.05 + spacing * np.arange(rng.integers(2, 4))
    after = SECONDS - 0.2 - spacing * np.arange(rng.integers(1, 3))
    for at in (*before, *after):
        t = np.arange(round(0.15 * rate)) / rate
        wood = np.sum(
            [np.sin(2 * np.pi * f * t) * np.exp(-t / 0.02) / (k + 1) for k, f in enumerate(hz)], axis=0
        )
        _add(sound, rng.uniform(0.6, 1) * wood, at, rate)
        _add(sound, 0.3 * _burst(0.01, 0.003, 0.5, rate, rng), at, rate)
    return sound


def door(n: int, word: tuple[float, float], rate: int, rng: np.random.Generator) -> Samples:
    """A door that falls shut before or after the word: a latch, a thud, and the room that answers."""
    sound = np.zeros(n)
    at = rng.uniform(0.05, 0.25) if rng.random() < 0.5 else SECONDS - rng.uniform(0.6, 0.75)
    _add(sound, 0.5 * _burst(0.03, 0.008, 0.3, rate, rng), at, rate)
    _add(sound, _burst(0.4, 0.08, 2.0, rate, rng), at + rng.uniform(0.05, 0.1), rate)
    room = effects.Reverb(rng.uniform(0.2, 0.4), -6.0)(Clip(sound.astype(np.float32), rate), rng)
    return room.samples[:n].astype(np.float64)


def tunes(n: int, word: tuple[float, float], rate: int, rng: np.random.Generator) -> Samples:
    """Music before and after the word, as of a radio that is turned down for it."""
    sound = np.resize(music(rate, rng).samples.astype(np.float64), n)
    seconds = np.arange(n) / rate
    away = np.maximum(word[0] - GAP_SECONDS - seconds, seconds - word[1] - GAP_SECONDS)
    return sound * np.clip(away / 0.05, 0, 1)


FAMILIES: Mapping[str, Maker] = {"clicks": clicks, "knocks": knocks, "a door": door, "music": tunes}


def _burst(seconds: float, decay: float, colour: float, rate: int, rng: np.random.Generator) -> Samples:
    """Noise that starts at once and falls to 1/e in `decay` seconds."""
    n = max(2, round(seconds * rate))
    noise = effects.coloured_noise(n, colour, rng).astype(np.float64)
    return noise * np.exp(-np.arange(n) / rate / decay)


def _add(sound: Samples, part: Samples, at: float, rate: int) -> None:
    """Add `part` to `sound` in place from `at` seconds on; the end that does not fit is dropped."""
    first = round(at * rate)
    part = part[: len(sound) - first]
    sound[first : first + len(part)] += part


def _faded(samples: Samples, rate: int) -> Samples:
    n = min(round(FADE_SECONDS * rate), len(samples) // 2)
    ramp = np.linspace(0, 1, n)
    samples[:n] *= ramp
    samples[len(samples) - n :] *= ramp[::-1]
    return samples


def _loudest(samples: Samples, rate: int) -> float:
    """RMS of the loudest 20 ms."""
    width = max(1, round(0.02 * rate))
    return float(np.sqrt(np.convolve(np.square(samples), np.full(width, 1 / width), "same").max()))
