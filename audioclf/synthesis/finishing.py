"""Last step of every example: set level and length, add faint noise."""

import numpy as np
from numpy.typing import NDArray

from audioclf.types import Clip

SAMPLE_RATE = 32_000
SECONDS = 2.5
NOISE_DB = -75.0
PEAK = 0.6
FADE_SECONDS = 0.1

Samples = NDArray[np.floating]


def record(
    sound: Samples,
    sample_rate: int = SAMPLE_RATE,
    seconds: float = SECONDS,
    noise_db: float = NOISE_DB,
) -> Clip:
    """The sound with peak PEAK in the middle of `seconds`, over faint noise as in a real recording.

    A longer sound is cut with a fade-out. noise_db: relative to full scale.
    """
    n = round(seconds * sample_rate)
    samples = np.random.default_rng(1).normal(0, 10 ** (noise_db / 20), n)
    sound = PEAK * sound / np.abs(sound).max()
    if len(sound) > n:
        fade = np.linspace(1, 0, round(FADE_SECONDS * sample_rate))
        sound = np.append(sound[: n - len(fade)], sound[n - len(fade) : n] * fade)
    first = (n - len(sound)) // 2
    samples[first : first + len(sound)] += sound
    return Clip(samples.astype(np.float32), sample_rate)
