"""Protocol of an effect (a frozen dataclass that maps a Clip to a Clip), and the steps that effects share."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from audioclf.types import Clip

Samples = NDArray[np.float32]


class Perturbation(Protocol):
    """One change to a clip; `rng` is its only source of randomness."""

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip: ...


def chain(clip: Clip, steps: Sequence[Perturbation], rng: np.random.Generator) -> Clip:
    """Apply `steps` in order."""
    for step in steps:
        clip = step(clip, rng)
    return clip


def like(clip: Clip, samples: NDArray) -> Clip:
    """A clip of `samples` with the rate and the name of `clip`."""
    return Clip(np.asarray(samples, dtype=np.float32), clip.sample_rate, clip.name)


def mixed(clip: Clip, noise: NDArray, snr_db: float) -> Clip:
    """The clip plus `noise` (unit power, same length), `snr_db` below the mean power of its sounding part."""
    level = np.sqrt(sounding_power(clip.samples)) * 10 ** (-snr_db / 20)
    return like(clip, clip.samples + level * noise)


def sounding_power(samples: NDArray) -> float:
    """Mean power of the 256-sample blocks within 30 dB of the loudest one: pauses do not count."""
    n = -(-len(samples) // 256) * 256
    power = np.square(np.pad(samples.astype(np.float64), (0, n - len(samples)))).reshape(-1, 256).mean(1)
    return float(power[power >= power.max() * 1e-3].mean())


def resonances(clip: Clip, hz: Sequence[float], rng: np.random.Generator) -> Clip:
    """Filter by two-pole resonators at `hz`, bandwidth 80 Hz: noise becomes a vowel-like murmur."""
    samples = clip.samples.astype(np.float64)
    radius = np.exp(-np.pi * 80 / clip.sample_rate)
    for f in hz:
        pole = 2 * radius * np.cos(2 * np.pi * f / clip.sample_rate)
        samples = lfilter([1 - radius], [1, -pole, radius**2], samples)
    return like(clip, samples / max(np.abs(samples).max(), 1e-9))
