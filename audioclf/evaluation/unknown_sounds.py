"""Unknown sounds, which no model of a task was trained on, by kind, to test rejection."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audioclf import effects
from audioclf.data.datasets import Dataset, decoded, fingerprint
from audioclf.data.other_sounds import unknown_files
from audioclf.types import Clip

N_FILES = 150  # at most, of each other data set
N_MADE = 60  # of each synthesised kind
SECONDS = 4.0
NAMES = {
    "digits": "spoken digits",
    "voices": "other words",
    "instruments": "musical instruments",
    "environment": "environmental sounds",
    "renders": "instruments from a soundfont",
}
VERSION = 1  # of the synthesised sounds

MadeSound = tuple[str, int]


@dataclass(frozen=True)
class Unknowns:
    """sounds: files, or a synthesised kind and a number. kinds: the kind of each sound, for the report."""

    sounds: tuple[Path | MadeSound, ...]
    kinds: tuple[str, ...]
    sample_rate: int

    @property
    def names(self) -> tuple[str, ...]:
        """Identity of each sound, for cache keys."""
        return tuple(
            f"{sound.name} {fingerprint(sound)}"
            if isinstance(sound, Path)
            else f"{sound[0]} {sound[1]} {VERSION}"
            for sound in self.sounds
        )

    def clips(self) -> Iterator[Clip]:
        for sound in self.sounds:
            if isinstance(sound, Path):
                yield decoded(sound, self.sample_rate)
            else:
                kind, i = sound
                yield MAKERS[kind](self.sample_rate, np.random.default_rng([i, VERSION]))


def collect_unknowns(dataset: Dataset, root: Path) -> Unknowns:
    """Unknown sounds from every other data set below `root`, and synthesised noise, music and silence.

    Models train on other kinds of noise, so noise is an easy test; they train on nothing like the music.
    """
    sounds: list[Path | MadeSound] = []
    kinds: list[str] = []
    rng = np.random.default_rng(0)
    for name, files in unknown_files(dataset, root).items():
        chosen = [files[i] for i in rng.permutation(len(files))[:N_FILES]]
        sounds += chosen
        kinds += [NAMES.get(name, name)] * len(chosen)
    for kind in MAKERS:
        sounds += [(kind, i) for i in range(N_MADE)]
        kinds += [kind] * N_MADE
    return Unknowns(tuple(sounds), tuple(kinds), dataset.task.sample_rate)


def noise(sample_rate: int, rng: np.random.Generator) -> Clip:
    """Steady noise of random colour, band and audible level."""
    samples = effects.coloured_noise(round(SECONDS * sample_rate), rng.uniform(0, 2), rng)
    low = rng.uniform(50, 1000)
    band = effects.band_limit(low, min(low * rng.uniform(2, 40), 0.45 * sample_rate))
    return _levelled(band(Clip(samples, sample_rate), rng), rng.uniform(-40, -3))


def music(sample_rate: int, rng: np.random.Generator) -> Clip:
    """A tune over chords with a beat: several synthetic voices at once."""
    n, root, beat = round(SECONDS * sample_rate), rng.integers(40, 60), rng.uniform(0.18, 0.4)
    samples = np.zeros(n)
    for step in range(int(SECONDS / beat)):
        chord = root + rng.choice([0, 5, 7, 9]) + np.array([0, rng.choice([3, 4]), 7])
        notes = [*chord, root + 12 + rng.choice([0, 2, 4, 5, 7, 9, 11])]
        first = round(step * beat * sample_rate)
        t = np.arange(n - first) / sample_rate
        for note in notes:
            hz = 440 * 2 ** ((note - 69) / 12)
            partials = [
                np.sin(2 * np.pi * k * hz * t) / k**1.5 for k in range(1, 6) if k * hz < sample_rate / 2
            ]
            samples[first:] += sum(partials) * np.exp(-t * rng.uniform(1, 6)) * np.minimum(1, t / 0.01)
        hit = effects.coloured_noise(len(t), rng.uniform(0, 2), rng) * np.exp(-t * rng.uniform(20, 80))
        samples[first:] += rng.uniform(0, 1.5) * hit
    return _levelled(Clip(samples.astype(np.float32), sample_rate), rng.uniform(-20, -3))


def silence(sample_rate: int, rng: np.random.Generator) -> Clip:
    """A quiet room: faint noise and mains hum, from below the silence threshold to just above it."""
    n = round(SECONDS * sample_rate)
    hum = np.sin(2 * np.pi * rng.choice([50, 60]) * np.arange(n) / sample_rate) * rng.uniform(0, 1)
    samples = effects.coloured_noise(n, rng.uniform(0.5, 2), rng) + hum
    return _levelled(Clip(samples.astype(np.float32), sample_rate), rng.uniform(-75, -48))


MAKERS = {"noise": noise, "music": music, "silence": silence}


def _levelled(clip: Clip, peak_db: float) -> Clip:
    scale = 10 ** (peak_db / 20) / max(float(np.abs(clip.samples).max()), 1e-9)
    return Clip((clip.samples * scale).astype(np.float32), clip.sample_rate, clip.name)
