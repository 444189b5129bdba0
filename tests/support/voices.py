"""Synthetic voices: a pulse train through the resonances of changing vowels, told apart by pitch and vocal tract."""

import numpy as np
from scipy.signal import lfilter

from audioclf.types import Clip

VOWELS = ((700, 1200, 2600), (300, 2300, 3000), (350, 900, 2400), (550, 1700, 2500), (400, 1000, 2500))


def speech(
    pitch_hz: float = 120.0,
    tract: float = 1.0,
    seconds: float = 2.0,
    seed: int = 0,
    sample_rate: int = 16_000,
) -> Clip:
    """Vowels of 0.2 s by one voice. tract: its resonances relative to those of a man. seed: of the vowels."""
    rng = np.random.default_rng(seed)
    n = round(0.2 * sample_rate)
    parts = []
    for _ in range(round(seconds / 0.2)):
        hz = pitch_hz * (1 + 0.05 * np.sin(np.linspace(0, 2 * np.pi, n)) + rng.normal(0, 0.03))
        pulses = np.diff(np.floor(np.cumsum(hz) / sample_rate), prepend=0.0)
        sound = pulses + rng.normal(0, 0.003, n)
        for f in VOWELS[rng.integers(len(VOWELS))]:
            radius = np.exp(-np.pi * 90 / sample_rate)
            angle = 2 * np.pi * f * tract * (1 + rng.normal(0, 0.02)) / sample_rate
            sound = lfilter([1], [1, -2 * radius * np.cos(angle), radius**2], sound)
        parts.append(sound * np.hanning(n) ** 0.3)
    samples = np.concatenate(parts)
    samples = 0.3 * samples / np.abs(samples).max() + rng.normal(0, 1e-4, len(samples))
    return Clip(samples.astype(np.float32), sample_rate, f"voice at {pitch_hz:g} Hz, {seed}")
