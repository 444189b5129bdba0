"""Short-time spectra: linear and mel spectrograms, MFCCs and their deltas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from audioclf.features.frames import (
    Array,
    Framing,
    check_positive,
    dct_matrix,
    framing,
    mel_centres,
    power_to_db,
    slopes,
    standardise,
)
from audioclf.types import Clip, FeatureMap

if TYPE_CHECKING:
    import torch

BLOCK_FRAMES = 2048  # frames transformed at once: bounds the memory for a ten-minute clip


@lru_cache(maxsize=32)
def _hann(win_length: int) -> Array:
    import torch

    return torch.hann_window(win_length, periodic=True).numpy()


@lru_cache(maxsize=32)
def _mel_filters(sample_rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> torch.Tensor:
    """(n_fft // 2 + 1, n_mels) triangles of height one, evenly spaced on the HTK mel scale."""
    from torchaudio import functional as F

    return F.melscale_fbanks(n_fft // 2 + 1, fmin, fmax, n_mels, sample_rate, norm=None, mel_scale="htk")


def _power_blocks(samples: Array, frames: Framing) -> Iterator[torch.Tensor]:
    """|STFT|² of Hann-windowed frames without their mean, in blocks of (n_block, n_fft // 2 + 1)."""
    import torch

    padded = np.zeros(max(int(frames.starts[-1]) + frames.win_length, len(samples)), dtype=np.float32)
    padded[: len(samples)] = samples - samples.mean()
    view = np.lib.stride_tricks.as_strided(
        padded, (len(padded) - frames.win_length + 1, frames.win_length), padded.strides * 2, writeable=False
    )
    window = _hann(frames.win_length)
    for first in range(0, len(frames.starts), BLOCK_FRAMES):
        block = view[frames.starts[first : first + BLOCK_FRAMES]]
        # Cheap microphones add a drifting offset; its leakage would fill the lowest bands.
        block -= block.mean(axis=1, keepdims=True)
        block *= window
        spectrum = torch.fft.rfft(torch.from_numpy(block), n=frames.n_fft)
        yield spectrum.real.square() + spectrum.imag.square()


def _mel_power(samples: Array, frames: Framing, filters: torch.Tensor) -> Array:
    """(n_mels, n_frames) energy in each mel triangle."""
    import torch

    blocks = [power @ filters for power in _power_blocks(samples, frames)]
    return np.ascontiguousarray(torch.cat(blocks).numpy().T)


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
        import torch

        frames = framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, self.n_fft)
        power = torch.cat(list(_power_blocks(clip.samples, frames))).numpy().T
        hz = np.arange(frames.n_fft // 2 + 1, dtype=np.float64) * (clip.sample_rate / frames.n_fft)
        return FeatureMap(power_to_db(np.ascontiguousarray(power), self.top_db), frames.seconds, hz, "dB")


@dataclass(frozen=True)
class LogMel:
    """Mel spectrogram in dB below its loudest cell: (n_mels, n_frames). Independent of the level.

    fmax: None, or too high, means half the sample rate. n_fft: at least the power of two that holds a window.
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
        fmin, fmax = _band_edges(clip.sample_rate, self.fmin, self.fmax)
        values = power_to_db(self.energy(clip), self.top_db)
        return FeatureMap(values, self._frames(clip).seconds, mel_centres(self.n_mels, fmin, fmax), "dB")

    def energy(self, clip: Clip) -> Array:
        """(n_mels, n_frames) energy in each mel triangle."""
        frames = self._frames(clip)
        fmin, fmax = _band_edges(clip.sample_rate, self.fmin, self.fmax)
        return _mel_power(
            clip.samples, frames, _mel_filters(clip.sample_rate, frames.n_fft, self.n_mels, fmin, fmax)
        )

    def _frames(self, clip: Clip) -> Framing:
        return framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, self.n_fft)


@dataclass(frozen=True)
class Mfcc:
    """Mel-frequency cepstral coefficients, (n_mfcc, n_frames): by default 13 × 99 for one second.

    Pre-emphasis, HTK mel triangles, dB below the loudest cell, orthonormal DCT-II (Davis & Mermelstein 1980);
    `lifter` is HTK's L, 0 for none. The dB are relative to the loudest cell, so c0 is independent of the level.
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
            raise ValueError(f"Mfcc: n_mfcc must be at most n_mels = {self.n_mels}, not {self.n_mfcc}")

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
    """MFCCs stacked on their time derivatives: (n_mfcc · (1 + orders), n_frames), by default 39 rows.

    width: frames in the regression of each derivative, odd. cmvn: normalise every row to mean 0 and variance 1,
    which removes the constant colour of microphone and room (Atal 1974). Mean and variance are measured over the
    frames within active_db of the loudest: pauses would measure the padding and not the voice.
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
        stack = [self._cepstra(power)]
        for _ in range(self.orders):
            stack.append(slopes(stack[-1], self.width))
        values = np.concatenate(stack)
        if not self.cmvn:
            return FeatureMap(values, frames.seconds, None, "dB")
        active = power_to_db(power.sum(axis=0), self.top_db) >= -self.active_db
        return FeatureMap(standardise(values, active), frames.seconds, None, "σ")
