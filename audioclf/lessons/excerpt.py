"""The part of a sound that the lessons compute with: its loudest second."""

import numpy as np
from numpy.typing import NDArray

from audioclf.audio import cut, loudest_window, resample
from audioclf.types import Clip

SECONDS = 1.0
MAX_RATE = 16_000
SILENT_DB = -120.0

Samples = NDArray[np.float64]


def excerpt(clip: Clip, max_rate: int = MAX_RATE) -> Clip:
    """The loudest second, with zeros around a shorter clip, at no more than `max_rate` Hz."""
    part = cut(clip, loudest_window(clip, SECONDS), SECONDS)
    return resample(part, max_rate) if part.sample_rate > max_rate else part


def samples_of(clip: Clip) -> Samples:
    """(n_samples,) in double precision."""
    return clip.samples.astype(np.float64)


def sound_of(samples: NDArray, sample_rate: int, name: str = "sound") -> Clip:
    """Samples as a Clip; nothing above full scale, where playback would clip."""
    peak = float(np.abs(samples).max(initial=0.0))
    return Clip((samples / max(1.0, peak)).astype(np.float32), sample_rate, name)


def like(samples: NDArray, clip: Clip, name: str = "sound") -> Clip:
    """Samples as a Clip with the RMS of `clip`, as far as full scale allows."""
    here, there = rms(samples), rms(clip.samples)
    return sound_of(samples * (there / here if here > 0 else 1.0), clip.sample_rate, name)


def rms(samples: NDArray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def level_db(amplitude: float) -> float:
    """Level in dB relative to full scale (dBFS) of an amplitude, at least SILENT_DB."""
    return max(SILENT_DB, 20.0 * float(np.log10(max(amplitude, 1e-300))))


def power_db(power: NDArray, floor_db: float = 80.0) -> NDArray:
    """Power in dB relative to the largest value, at least −floor_db; all −floor_db without any power."""
    peak = float(np.max(power, initial=0.0))
    if peak <= 0:
        return np.full(np.shape(power), -floor_db)
    return 10.0 * np.log10(np.maximum(power / peak, 10.0 ** (-floor_db / 10.0)))


def loudest_at(clip: Clip, seconds: float) -> int:
    """First sample of the loudest part of this length."""
    n = max(1, round(seconds * clip.sample_rate))
    total = np.concatenate([[0.0], np.cumsum(np.square(samples_of(clip)))])
    return int(np.argmax(total[n:] - total[:-n])) if len(clip.samples) > n else 0


def repeated(frame: NDArray, clip: Clip, seconds: float = 1.0) -> Clip:
    """A frame over and over, so that it can be heard."""
    n = max(1, round(seconds * clip.sample_rate / len(frame)))
    return like(np.tile(frame, n), clip)
