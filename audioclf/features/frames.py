"""Steps that features share: frames, decibels, the mel scale, the DCT and normalisation over time.

PyTorch is imported by the first computation: a server names features whose work its workers do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

MAX_DEVIATIONS = np.float32(10)

Array = NDArray[np.float32]


def check_positive(feature: object, *names: str) -> None:
    """ValueError for the first of the named settings that is not above 0."""
    for name in names:
        value = getattr(feature, name)
        if not value > 0:
            raise ValueError(f"{type(feature).__name__}: {name} must be above 0, not {value}")


@dataclass(frozen=True)
class Framing:
    """Samples of each frame: frame i starts at round(i · hop), the last one is padded with zeros.

    There are 1 + ceil((seconds − window) / hop) frames. Counting in seconds gives one second the same number
    of frames at any sample rate, even if a hop is not a whole number of samples.
    """

    starts: NDArray[np.intp]
    win_length: int
    n_fft: int
    seconds: NDArray[np.float64]


@lru_cache(maxsize=64)
def framing(
    n_samples: int, sample_rate: int, win_seconds: float, hop_seconds: float, n_fft: int | None
) -> Framing:
    """Frames of a clip; n_fft is at least the power of two that holds a window."""
    win_length = max(2, round(win_seconds * sample_rate))
    # The small term: rounding in 0.975 / 0.010 must not add a frame.
    n_hops = math.ceil((n_samples / sample_rate - win_seconds) / hop_seconds - 1e-6)
    starts = np.rint(np.arange(1 + max(0, n_hops)) * (hop_seconds * sample_rate)).astype(np.intp)
    size = max(n_fft or 0, 1 << (win_length - 1).bit_length())
    seconds = (starts + win_length / 2) / sample_rate
    seconds.setflags(write=False)  # every FeatureMap of this length shares it
    return Framing(starts, win_length, size, seconds)


def power_to_db(power: Array, top_db: float) -> Array:
    """Decibels relative to the loudest value, at least -top_db; independent of the level.

    power: non-negative, any shape. Input that is zero, or next to zero, gives -top_db everywhere.
    """
    peak = float(power.max())
    if peak < np.finfo(np.float32).tiny:  # its inverse would overflow
        return np.full_like(power, -top_db)
    return 10.0 * np.log10(np.maximum(power * np.float32(1.0 / peak), np.float32(10.0 ** (-top_db / 10.0))))


def mel_centres(n_mels: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """(n_mels,) Hz, centres of the HTK mel triangles: mel = 2595 log10(1 + f / 700)."""
    low, high = (2595.0 * math.log10(1.0 + f / 700.0) for f in (fmin, fmax))
    mel = np.linspace(low, high, n_mels + 2, dtype=np.float64)[1:-1]
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


@lru_cache(maxsize=32)
def dct_matrix(n_cepstra: int, n_bands: int, lifter: int = 0) -> Array:
    """(n_cepstra, n_bands) orthonormal DCT-II; rows scaled by 1 + L/2 sin(πn/L) where `lifter` L is not 0."""
    from torchaudio import functional as F

    matrix = F.create_dct(n_cepstra, n_bands, norm="ortho").numpy().T
    if lifter:
        n = np.arange(n_cepstra)
        matrix = matrix * (1.0 + lifter / 2.0 * np.sin(np.pi * n / lifter))[:, None]
    return np.ascontiguousarray(matrix, dtype=np.float32)


def slopes(rows: Array, width: int) -> Array:
    """The slope of every row over `width` frames (odd), like torchaudio's compute_deltas, with repeated edges."""
    import torch

    n = width // 2
    padded = torch.nn.functional.pad(torch.from_numpy(rows)[None], (n, n), mode="replicate")
    sums = torch.nn.functional.conv1d(padded, _slope_kernel(width, len(rows)), groups=len(rows))
    return np.asarray((sums / (n * (n + 1) * (2 * n + 1) / 3))[0].numpy())


@lru_cache(maxsize=32)
def _slope_kernel(width: int, n_rows: int) -> torch.Tensor:
    import torch

    return torch.arange(-(width // 2), width // 2 + 1, dtype=torch.float32).repeat(n_rows, 1, 1)


def standardise(rows: Array, active: NDArray[np.bool_]) -> Array:
    """Each row minus its mean, divided by its standard deviation; both are measured over the active frames.

    A constant row becomes zeros. active: (n_frames,); if none is active, all count. The result is clipped at
    ±MAX_DEVIATIONS: the two active frames of a click do not measure how much its pauses vary.
    """
    counted = rows[:, active] if active.any() else rows
    # Double precision, or the division would amplify the rounding errors of a constant row.
    mean = counted.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    deviations = (rows - mean) / (counted.std(axis=1, keepdims=True) + np.float32(1e-2))
    return deviations.clip(-MAX_DEVIATIONS, MAX_DEVIATIONS)
