"""Short-time spectra: linear and mel spectrograms, MFCCs and their deltas."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torchaudio import functional as F

from audioclf.types import Clip, FeatureMap

MAX_DEVIATIONS = np.float32(10)
BLOCK_FRAMES = 2048  # frames transformed at once: bounds the memory a ten-minute clip needs

Array = NDArray[np.float32]


def power_to_db(power: Array, top_db: float) -> Array:
    """Decibels relative to the loudest value, floored `top_db` below it; so a louder copy gives the same.

    power: non-negative, any shape. All-zero input, or next to zero, gives -top_db everywhere.
    """
    peak = float(power.max())
    if peak < np.finfo(np.float32).tiny:  # its inverse would overflow
        return np.full_like(power, -top_db)
    return 10.0 * np.log10(np.maximum(power * np.float32(1.0 / peak), np.float32(10.0 ** (-top_db / 10.0))))


@dataclass(frozen=True)
class Framing:
    """Which samples each frame holds: frame i starts at round(i · hop), the last one is padded with zeros.

    There are 1 + ceil((seconds − window) / hop) frames, counted in seconds, so that one second gives the
    same number at any sample rate even where a hop is no whole number of samples.
    """

    starts: NDArray[np.intp]
    win_length: int
    n_fft: int
    seconds: NDArray[np.float64]


@lru_cache(maxsize=64)
def framing(
    n_samples: int, sample_rate: int, win_seconds: float, hop_seconds: float, n_fft: int | None
) -> Framing:
    """Where frames of a clip begin; n_fft as given, raised to the power of two that holds a window."""
    win_length = max(2, round(win_seconds * sample_rate))
    # The small term keeps 0.975 / 0.010 from counting a frame more through rounding.
    n_hops = math.ceil((n_samples / sample_rate - win_seconds) / hop_seconds - 1e-6)
    starts = np.rint(np.arange(1 + max(0, n_hops)) * (hop_seconds * sample_rate)).astype(np.intp)
    size = max(n_fft or 0, 1 << (win_length - 1).bit_length())
    seconds = (starts + win_length / 2) / sample_rate
    seconds.setflags(write=False)  # every FeatureMap of this length shares it
    return Framing(starts, win_length, size, seconds)


@lru_cache(maxsize=32)
def _hann(win_length: int) -> Array:
    return torch.hann_window(win_length, periodic=True).numpy()


@lru_cache(maxsize=32)
def _mel_filters(sample_rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> torch.Tensor:
    """(n_fft // 2 + 1, n_mels) triangles of height one, evenly spaced on the HTK mel scale."""
    return F.melscale_fbanks(n_fft // 2 + 1, fmin, fmax, n_mels, sample_rate, norm=None, mel_scale="htk")


@lru_cache(maxsize=32)
def dct_matrix(n_cepstra: int, n_bands: int, lifter: int = 0) -> Array:
    """(n_cepstra, n_bands) orthonormal DCT-II; rows scaled by 1 + L/2 sin(πn/L) where `lifter` L is not 0."""
    matrix = F.create_dct(n_cepstra, n_bands, norm="ortho").numpy().T
    if lifter:
        n = np.arange(n_cepstra)
        matrix = matrix * (1.0 + lifter / 2.0 * np.sin(np.pi * n / lifter))[:, None]
    return np.ascontiguousarray(matrix, dtype=np.float32)


def mel_centres(n_mels: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """(n_mels,) Hz, where each HTK-mel triangle has its tip: mel = 2595 log10(1 + f / 700)."""
    low, high = (2595.0 * math.log10(1.0 + f / 700.0) for f in (fmin, fmax))
    mel = np.linspace(low, high, n_mels + 2, dtype=np.float64)[1:-1]
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


def _power_blocks(samples: Array, frames: Framing) -> Iterator[torch.Tensor]:
    """|STFT|² of Hann-windowed frames without their mean, (n_block, n_fft // 2 + 1) at a time."""
    padded = np.zeros(max(int(frames.starts[-1]) + frames.win_length, len(samples)), dtype=np.float32)
    padded[: len(samples)] = samples - samples.mean()
    view = np.lib.stride_tricks.as_strided(
        padded, (len(padded) - frames.win_length + 1, frames.win_length), padded.strides * 2, writeable=False
    )
    window = _hann(frames.win_length)
    for first in range(0, len(frames.starts), BLOCK_FRAMES):
        block = view[frames.starts[first : first + BLOCK_FRAMES]]
        # Cheap microphones add an offset, and it drifts: its leakage would fill the lowest bands.
        block -= block.mean(axis=1, keepdims=True)
        block *= window
        spectrum = torch.fft.rfft(torch.from_numpy(block), n=frames.n_fft)
        yield spectrum.real.square() + spectrum.imag.square()


def _mel_power(samples: Array, frames: Framing, filters: torch.Tensor) -> Array:
    """(n_mels, n_frames) energy in each mel triangle."""
    blocks = [power @ filters for power in _power_blocks(samples, frames)]
    return np.ascontiguousarray(torch.cat(blocks).numpy().T)


def check_positive(feature: object, *names: str) -> None:
    """ValueError for the first of the named settings that is not above 0."""
    for name in names:
        value = getattr(feature, name)
        if not value > 0:
            raise ValueError(f"{type(feature).__name__}: {name} must be above 0, not {value}")


def _band_edges(sample_rate: int, fmin: float, fmax: float | None) -> tuple[float, float]:
    nyquist = sample_rate / 2.0
    high = min(fmax or nyquist, nyquist)
    if not 0.0 <= fmin < high:
        raise ValueError(f"fmin of {fmin:g} Hz is not below the highest band edge, {high:g} Hz")
    return fmin, high


@dataclass(frozen=True)
class Spectrogram:
    """Power spectrogram in dB below its loudest cell: (n_fft // 2 + 1, n_frames), linear in frequency."""

    win_seconds: float = 0.025
    hop_seconds: float = 0.010
    n_fft: int | None = None
    top_db: float = 80.0

    def __post_init__(self) -> None:
        check_positive(self, "win_seconds", "hop_seconds", "top_db")

    def __call__(self, clip: Clip) -> FeatureMap:
        """(n_fft // 2 + 1, n_frames), dB."""
        frames = framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, self.n_fft)
        power = torch.cat(list(_power_blocks(clip.samples, frames))).numpy().T
        hz = np.arange(frames.n_fft // 2 + 1, dtype=np.float64) * (clip.sample_rate / frames.n_fft)
        return FeatureMap(power_to_db(np.ascontiguousarray(power), self.top_db), frames.seconds, hz, "dB")


@dataclass(frozen=True)
class LogMel:
    """Mel spectrogram in dB below its loudest cell: (n_mels, n_frames). A level change leaves it as it was.

    fmax: None, or anything above it, means half the sample rate. n_fft: at least the next power of two
    that holds a window.
    """

    n_mels: int = 40
    win_seconds: float = 0.025
    hop_seconds: float = 0.010
    fmin: float = 60.0
    fmax: float | None = None
    n_fft: int | None = None
    top_db: float = 80.0

    def __post_init__(self) -> None:
        check_positive(self, "n_mels", "win_seconds", "hop_seconds", "top_db")

    def __call__(self, clip: Clip) -> FeatureMap:
        """(n_mels, n_frames), dB."""
        frames = framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, self.n_fft)
        fmin, fmax = _band_edges(clip.sample_rate, self.fmin, self.fmax)
        filters = _mel_filters(clip.sample_rate, frames.n_fft, self.n_mels, fmin, fmax)
        values = power_to_db(_mel_power(clip.samples, frames, filters), self.top_db)
        return FeatureMap(values, frames.seconds, mel_centres(self.n_mels, fmin, fmax), "dB")


@dataclass(frozen=True)
class Mfcc:
    """Mel-frequency cepstral coefficients, (n_mfcc, n_frames): one second gives 13 × 99 as it stands.

    Pre-emphasis, HTK mel triangles, dB below the loudest cell, orthonormal DCT-II (Davis & Mermelstein 1980);
    `lifter` is HTK's L, 0 for none. Taking dB relative to the clip's loudest cell makes c0 level-invariant.
    """

    n_mfcc: int = 13
    n_mels: int = 26
    win_seconds: float = 0.025
    hop_seconds: float = 0.010
    fmin: float = 0.0
    fmax: float | None = None
    n_fft: int | None = None
    pre_emphasis: float = 0.97
    lifter: int = 0
    top_db: float = 80.0

    def __post_init__(self) -> None:
        check_positive(self, "n_mfcc", "n_mels", "win_seconds", "hop_seconds", "top_db")
        if self.n_mfcc > self.n_mels:
            raise ValueError(
                f"{self.n_mels} mel bands hold no more than {self.n_mels} cepstra, not {self.n_mfcc}"
            )

    def __call__(self, clip: Clip) -> FeatureMap:
        """(n_mfcc, n_frames), coefficients of dB."""
        frames, power = self._bands(clip)
        return FeatureMap(self._cepstra(power), frames.seconds, None, "dB")

    def _bands(self, clip: Clip) -> tuple[Framing, Array]:
        """The frames and their (n_mels, n_frames) power after pre-emphasis."""
        frames = framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, self.n_fft)
        fmin, fmax = _band_edges(clip.sample_rate, self.fmin, self.fmax)
        filters = _mel_filters(clip.sample_rate, frames.n_fft, self.n_mels, fmin, fmax)
        emphasised = clip.samples - clip.samples.mean()
        emphasised[1:] -= np.float32(self.pre_emphasis) * emphasised[:-1]
        return frames, _mel_power(emphasised, frames, filters)

    def _cepstra(self, power: Array) -> Array:
        return dct_matrix(self.n_mfcc, self.n_mels, self.lifter) @ power_to_db(power, self.top_db)


@dataclass(frozen=True)
class Deltas(Mfcc):
    """MFCCs stacked on their time derivatives: (n_mfcc · (1 + orders), n_frames), 39 rows as it stands.

    width: frames the regression of each derivative spans, odd. cmvn: every row to mean 0 and variance 1,
    which takes out the microphone's and the room's constant colour (Atal 1974), both measured over the frames
    within active_db of the loudest one: a pause would say more about the padding than about the voice.
    """

    orders: int = 2
    width: int = 5
    cmvn: bool = True
    active_db: float = 30.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self, "active_db")
        if self.orders < 0 or self.width < 3 or self.width % 2 == 0:
            raise ValueError(
                f"Deltas: orders must be >= 0 and width odd and >= 3, not {self.orders} and {self.width}"
            )

    def __call__(self, clip: Clip) -> FeatureMap:
        """(n_mfcc · (1 + orders), n_frames); in standard deviations with cmvn."""
        frames, power = self._bands(clip)
        stack = [torch.from_numpy(self._cepstra(power))]
        for _ in range(self.orders):
            stack.append(F.compute_deltas(stack[-1], self.width))
        values = torch.cat(stack).numpy()
        if not self.cmvn:
            return FeatureMap(values, frames.seconds, None, "dB")
        active = power_to_db(power.sum(axis=0), self.top_db) >= -self.active_db
        return FeatureMap(standardise(values, active), frames.seconds, None, "σ")


def standardise(rows: Array, active: NDArray[np.bool_]) -> Array:
    """Each row less its mean over its standard deviation, both over the active frames.

    A row that never changes becomes zeros. active: (n_frames,); where none is, all are. Nothing is further
    than MAX_DEVIATIONS from the mean: a click's two loud frames say little of how much its pauses vary.
    """
    counted = rows[:, active] if active.any() else rows
    # In double precision, or rounding would be blown up to a pattern where a row never changes.
    mean = counted.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    deviations = (rows - mean) / (counted.std(axis=1, keepdims=True) + np.float32(1e-2))
    return deviations.clip(-MAX_DEVIATIONS, MAX_DEVIATIONS)
