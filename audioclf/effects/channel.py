"""Effects between a sound and its file: rooms, microphones, levels, clipping, companding."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve

from audioclf.effects.base import like
from audioclf.types import Clip


@dataclass(frozen=True)
class Gain:
    """Louder or softer by `db`."""

    db: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return like(clip, clip.samples * 10 ** (self.db / 20))


@dataclass(frozen=True)
class Clipping:
    """Overdrive: samples are clipped `db` below the peak. The level is not changed otherwise."""

    db: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        limit = np.abs(clip.samples).max() / 10 ** (self.db / 20)
        return like(clip, np.clip(clip.samples, -limit, limit))


@dataclass(frozen=True)
class Shift:
    """Put silence before the sound (`seconds` > 0) or cut off its beginning (< 0)."""

    seconds: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        n = round(self.seconds * clip.sample_rate)
        if n >= 0:
            return like(clip, np.concatenate([np.zeros(n, np.float32), clip.samples]))
        return like(clip, clip.samples[min(-n, len(clip.samples) - 1) :])


@dataclass(frozen=True)
class Gate:
    """A voice-operated recorder: keeps the clip from the first to the last moment within `db` of the peak level.

    The level is the RMS over 20 ms. A gate cuts off an s or f at the ends of a word, 20 to 30 dB below its vowel.
    """

    db: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        width = max(round(0.02 * clip.sample_rate), 1)
        power = np.convolve(np.square(clip.samples, dtype=np.float64), np.ones(width) / width, "same")
        open_at = np.flatnonzero(power >= power.max() * 10 ** (-self.db / 10))
        return like(clip, clip.samples[open_at[0] : open_at[-1] + 1])


@dataclass(frozen=True)
class Reverb:
    """A room: exponentially decaying noise after the direct sound (Polack, 1988).

    seconds: T60, in which the tail falls by 60 dB. level_db: echoes relative to direct sound. Keeps the length.
    """

    seconds: float
    level_db: float = -3.0

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        n = max(int(self.seconds * clip.sample_rate), 2)
        tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
        tail[: max(int(0.002 * clip.sample_rate), 1)] = 0
        tail *= 10 ** (self.level_db / 20) / max(np.sqrt(np.square(tail).sum()), 1e-12)
        tail[0] = 1.0
        return like(clip, fftconvolve(clip.samples, tail)[: len(clip.samples)])


@dataclass(frozen=True)
class Response:
    """A microphone or loudspeaker: gain in dB at `hz`, interpolated linearly over log frequency. Zero phase."""

    hz: tuple[float, ...]
    gain_db: tuple[float, ...]

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        # Twice the length, so that the impulse response does not wrap around to the other end.
        n_fft = 1 << (2 * len(clip.samples) - 1).bit_length()
        f = np.maximum(np.fft.rfftfreq(n_fft, 1 / clip.sample_rate), 1.0)
        gain = 10 ** (np.interp(np.log(f), np.log(self.hz), self.gain_db) / 20)
        return like(clip, np.fft.irfft(np.fft.rfft(clip.samples, n_fft) * gain, n_fft)[: len(clip.samples)])


def band_limit(low_hz: float, high_hz: float) -> Response:
    """A channel like a telephone: passes low_hz…high_hz and falls by 24 dB an octave outside."""
    return Response((low_hz / 4, low_hz, high_hz, high_hz * 4), (-48.0, 0.0, 0.0, -48.0))


@dataclass(frozen=True)
class Telephone:
    """µ-law companding at 8 bits (ITU-T G.711), relative to the clip's peak."""

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        peak = max(np.abs(clip.samples).max(), 1e-9)
        x = clip.samples / peak
        coded = np.round(127 * np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)) / 127
        return like(clip, peak * np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255)


@dataclass(frozen=True)
class FullScale:
    """Clip at full scale, as every integer file format does."""

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return Clip(np.clip(clip.samples, -1, 1), clip.sample_rate, clip.name)
