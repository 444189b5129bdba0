"""Coloured noise, mixed into a clip at a given signal-to-noise ratio."""

from dataclasses import dataclass

import numpy as np

from audioclf.effects.base import Samples, mixed
from audioclf.types import Clip

# Noise power falls with frequency as f**-exponent.
NOISE_COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}


@dataclass(frozen=True)
class Noise:
    """Stationary coloured noise, `snr_db` below the mean power of the clip's sounding part."""

    snr_db: float
    colour: str = "white"

    def __post_init__(self) -> None:
        if self.colour not in NOISE_COLOURS:
            raise ValueError(f"noise colour {self.colour!r} is not one of {', '.join(NOISE_COLOURS)}")

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return mixed(clip, coloured_noise(len(clip.samples), NOISE_COLOURS[self.colour], rng), self.snr_db)


def coloured_noise(n_samples: int, exponent: float, rng: np.random.Generator) -> Samples:
    """Gaussian noise of unit power whose spectrum falls as f**-exponent (flat below 1/64 of Nyquist)."""
    n_fft = 1 << max(n_samples - 1, 1).bit_length()
    f = np.maximum(np.arange(n_fft // 2 + 1), n_fft / 128)
    spectrum = (rng.standard_normal(len(f)) + 1j * rng.standard_normal(len(f))) * f ** (-exponent / 2)
    noise = np.fft.irfft(spectrum, n_fft)[:n_samples]
    return (noise / max(np.sqrt(np.mean(noise**2)), 1e-12)).astype(np.float32)
