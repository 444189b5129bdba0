"""Change a voice: pitch, formants and tempo, by resampling and by short-time spectra."""

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import istft, stft

from audioclf.effects.base import Perturbation, like
from audioclf.types import Clip


@dataclass(frozen=True)
class Speed:
    """Played `factor` times faster, like a tape: tempo, pitch and formants change together."""

    factor: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return like(clip, soxr.resample(clip.samples, self.factor, 1.0, quality="MQ"))


@dataclass(frozen=True)
class Pitch:
    """Pitch and formants raised by `semitones`, at the same tempo."""

    semitones: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        factor = 2 ** (self.semitones / 12)
        return Tempo(1 / factor)(Speed(factor)(clip, rng), rng)


@dataclass(frozen=True)
class Tempo:
    """Played `factor` times faster at the same pitch: a phase vocoder (Flanagan and Golden, 1966)."""

    factor: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        win, hop = _stft_sizes(clip.sample_rate)
        spectrum = _stft(clip.samples, win, hop)
        position = np.arange(0, spectrum.shape[1] - 1, self.factor)
        left = position.astype(int)
        magnitude = np.abs(spectrum)
        frac = position - left
        mixed = (1 - frac) * magnitude[:, left] + frac * magnitude[:, left + 1]
        advance = np.angle(spectrum[:, left + 1] * spectrum[:, left].conj())
        phase = np.angle(spectrum[:, :1]) + np.concatenate(
            [np.zeros((len(spectrum), 1)), np.cumsum(advance, axis=1)[:, :-1]], axis=1
        )
        n_samples = max(round(len(clip.samples) / self.factor), 1)
        return like(clip, _istft(mixed * np.exp(1j * phase), win, hop, n_samples))


@dataclass(frozen=True)
class Formants:
    """Spectral envelope stretched by `factor` at the same pitch: a shorter or longer vocal tract.

    The envelope is the cepstrally smoothed spectrum (Oppenheim and Schafer, 1968) with lags up to 2.5 ms.
    """

    factor: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        win, hop = _stft_sizes(clip.sample_rate)
        spectrum = _stft(clip.samples, win, hop)
        magnitude = np.abs(spectrum)
        log_magnitude = np.log(magnitude + 1e-4 * magnitude.max() + 1e-12)
        cepstrum = np.fft.irfft(log_magnitude, axis=0)
        keep = round(0.0025 * clip.sample_rate)
        cepstrum[keep + 1 : -keep] = 0
        envelope = np.fft.rfft(cepstrum, axis=0).real
        source = np.minimum(np.arange(len(envelope)) / self.factor, len(envelope) - 1)
        left = np.minimum(source.astype(int), len(envelope) - 2)
        frac = (source - left)[:, None]
        moved = (1 - frac) * envelope[left] + frac * envelope[left + 1]
        gain = np.exp(np.clip(moved - envelope, -4.0, 4.0))
        return like(clip, _istft(spectrum * gain, win, hop, len(clip.samples)))


def voice(pitch: float, formants: float, tempo: float) -> tuple[Perturbation, ...]:
    """Steps that turn one voice into another: pitch and formants times these factors, `tempo` times faster."""
    # Speed changes pitch, formants and tempo together; the other two steps undo what was not asked for.
    return (Speed(pitch), Formants(formants / pitch), Tempo(tempo / pitch))


def _stft_sizes(sample_rate: int) -> tuple[int, int]:
    win = 1 << round(np.log2(0.032 * sample_rate))
    return win, win // 4


def _stft(samples: NDArray, win: int, hop: int) -> NDArray[np.complex128]:
    padded = np.pad(samples, (0, max(win - len(samples), 0)))
    return stft(padded, nperseg=win, noverlap=win - hop)[2]


def _istft(spectrum: NDArray, win: int, hop: int, n_samples: int) -> NDArray:
    samples = istft(spectrum, nperseg=win, noverlap=win - hop)[1]
    return np.pad(samples, (0, max(n_samples - len(samples), 0)))[:n_samples]
