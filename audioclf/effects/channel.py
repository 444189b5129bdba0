"""Ways in which the same sound reaches us differently: other voices, rooms, microphones, noise.

Every perturbation is a frozen dataclass that maps a Clip to a Clip; chance enters only through the `rng` of the
call, so that one seed reproduces one result. Training draws chains of them, listeners turn them up one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve, istft, lfilter, stft

from audioclf.types import Clip

Samples = NDArray[np.float32]


class Perturbation(Protocol):
    """One change to a clip; `rng` is the only chance in it."""

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip: ...


def chain(clip: Clip, steps: Sequence[Perturbation], rng: np.random.Generator) -> Clip:
    """Apply `steps` in order."""
    for step in steps:
        clip = step(clip, rng)
    return clip


def _like(clip: Clip, samples: NDArray) -> Clip:
    return Clip(np.asarray(samples, dtype=np.float32), clip.sample_rate, clip.name)


@dataclass(frozen=True)
class Gain:
    """Louder or softer by `db`."""

    db: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return _like(clip, clip.samples * 10 ** (self.db / 20))


@dataclass(frozen=True)
class Clipping:
    """Overdrive: the peak would stand `db` above full scale and is cut there. Level is kept otherwise."""

    db: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        limit = np.abs(clip.samples).max() / 10 ** (self.db / 20)
        return _like(clip, np.clip(clip.samples, -limit, limit))


@dataclass(frozen=True)
class Shift:
    """Silence put before the sound (`seconds` > 0), or its beginning cut off (< 0)."""

    seconds: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        n = round(self.seconds * clip.sample_rate)
        if n >= 0:
            return _like(clip, np.concatenate([np.zeros(n, np.float32), clip.samples]))
        return _like(clip, clip.samples[min(-n, len(clip.samples) - 1) :])


@dataclass(frozen=True)
class Gate:
    """What a voice-operated recorder keeps: from where the level first comes within `db` of its peak to the last.

    The level is the root mean square of 20 ms. The breath of an s or an f at the ends of a word, 20 to 30 dB below
    its vowel, is what a gate swallows.
    """

    db: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        width = max(round(0.02 * clip.sample_rate), 1)
        power = np.convolve(np.square(clip.samples, dtype=np.float64), np.ones(width) / width, "same")
        open_at = np.flatnonzero(power >= power.max() * 10 ** (-self.db / 10))
        return _like(clip, clip.samples[open_at[0] : open_at[-1] + 1])


@dataclass(frozen=True)
class Speed:
    """Played `factor` times faster, as a tape is: tempo, pitch and formants all move with it."""

    factor: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return _like(clip, soxr.resample(clip.samples, self.factor, 1.0, quality="MQ"))


@dataclass(frozen=True)
class Pitch:
    """Pitch and formants moved up by `semitones`, at the same tempo."""

    semitones: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        factor = 2 ** (self.semitones / 12)
        return Tempo(1 / factor)(Speed(factor)(clip, rng), rng)


# Noise power falls with frequency as f**-exponent.
NOISE_COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}


@dataclass(frozen=True)
class Noise:
    """Stationary noise of a colour, `snr_db` below the clip's mean power over its sounding part."""

    snr_db: float
    colour: str = "white"

    def __post_init__(self) -> None:
        if self.colour not in NOISE_COLOURS:
            raise ValueError(f"noise colour {self.colour!r} is not one of {', '.join(NOISE_COLOURS)}")

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return mixed(clip, coloured_noise(len(clip.samples), NOISE_COLOURS[self.colour], rng), self.snr_db)


def mixed(clip: Clip, noise: NDArray, snr_db: float) -> Clip:
    """The clip with `noise`, of unit power and its length, `snr_db` below its mean power while it sounds."""
    level = np.sqrt(sounding_power(clip.samples)) * 10 ** (-snr_db / 20)
    return _like(clip, clip.samples + level * noise)


def coloured_noise(n_samples: int, exponent: float, rng: np.random.Generator) -> Samples:
    """Gaussian noise of unit power whose spectrum falls as f**-exponent (flat below 1/64 of Nyquist)."""
    n_fft = 1 << max(n_samples - 1, 1).bit_length()
    f = np.maximum(np.arange(n_fft // 2 + 1), n_fft / 128)
    spectrum = (rng.standard_normal(len(f)) + 1j * rng.standard_normal(len(f))) * f ** (-exponent / 2)
    noise = np.fft.irfft(spectrum, n_fft)[:n_samples]
    return (noise / max(np.sqrt(np.mean(noise**2)), 1e-12)).astype(np.float32)


def sounding_power(samples: NDArray) -> float:
    """Mean power of the samples within 30 dB of the loudest 256-sample stretch, so that pauses do not dilute it."""
    n = -(-len(samples) // 256) * 256
    power = np.square(np.pad(samples.astype(np.float64), (0, n - len(samples)))).reshape(-1, 256).mean(1)
    return float(power[power >= power.max() * 1e-3].mean())


@dataclass(frozen=True)
class Reverb:
    """A room: exponentially decaying noise after the direct sound (Polack, 1988), echoes `level_db` to direct.

    seconds: T60, the time in which the tail falls by 60 dB. The clip keeps its length.
    """

    seconds: float
    level_db: float = -3.0

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        n = max(int(self.seconds * clip.sample_rate), 2)
        tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
        tail[: max(int(0.002 * clip.sample_rate), 1)] = 0
        tail *= 10 ** (self.level_db / 20) / max(np.sqrt(np.square(tail).sum()), 1e-12)
        tail[0] = 1.0
        return _like(clip, fftconvolve(clip.samples, tail)[: len(clip.samples)])


@dataclass(frozen=True)
class Response:
    """A microphone or loudspeaker: gain in dB at `hz`, drawn as straight lines over log frequency. Zero phase."""

    hz: tuple[float, ...]
    gain_db: tuple[float, ...]

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        # Twice the length, so that the response's tails do not wrap around onto the other end.
        n_fft = 1 << (2 * len(clip.samples) - 1).bit_length()
        f = np.maximum(np.fft.rfftfreq(n_fft, 1 / clip.sample_rate), 1.0)
        gain = 10 ** (np.interp(np.log(f), np.log(self.hz), self.gain_db) / 20)
        return _like(clip, np.fft.irfft(np.fft.rfft(clip.samples, n_fft) * gain, n_fft)[: len(clip.samples)])


def band_limit(low_hz: float, high_hz: float) -> Response:
    """A channel that passes low_hz…high_hz and falls by 24 dB an octave outside, as a telephone does."""
    return Response((low_hz / 4, low_hz, high_hz, high_hz * 4), (-48.0, 0.0, 0.0, -48.0))


@dataclass(frozen=True)
class Telephone:
    """µ-law companding at 8 bits (ITU-T G.711), relative to the clip's peak."""

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        peak = max(np.abs(clip.samples).max(), 1e-9)
        x = clip.samples / peak
        coded = np.round(127 * np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)) / 127
        return _like(clip, peak * np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255)


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
        return _like(clip, _istft(mixed * np.exp(1j * phase), win, hop, n_samples))


@dataclass(frozen=True)
class Formants:
    """Spectral envelope moved up by `factor` with the pitch left alone: a shorter or longer vocal tract.

    The envelope is the cepstrally smoothed spectrum (Oppenheim and Schafer, 1968), lags up to 2.5 ms.
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
        return _like(clip, _istft(spectrum * gain, win, hop, len(clip.samples)))


def voice(pitch: float, formants: float, tempo: float) -> tuple[Perturbation, ...]:
    """Steps that turn one voice into another: pitch and formants times these factors, `tempo` times faster."""
    # The tape moves pitch, formants and tempo together; the other two take back what was not asked for.
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


def resonances(clip: Clip, hz: Sequence[float], rng: np.random.Generator) -> Clip:
    """Ring through two-pole resonators at `hz`, bandwidth 80 Hz: noise becomes a vowel-like murmur."""
    samples = clip.samples.astype(np.float64)
    radius = np.exp(-np.pi * 80 / clip.sample_rate)
    for f in hz:
        pole = 2 * radius * np.cos(2 * np.pi * f / clip.sample_rate)
        samples = lfilter([1 - radius], [1, -pole, radius**2], samples)
    return _like(clip, samples / max(np.abs(samples).max(), 1e-9))
