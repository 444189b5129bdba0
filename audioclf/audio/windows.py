"""Windows of a clip, the loudest window, silence detection, resampling and change of speed."""

import numpy as np
import soxr
from numpy.typing import NDArray

from audioclf.types import Clip

FRAME_SECONDS = 0.025  # usual in speech analysis; long enough for two periods of a low voice
# 16-bit rounding makes noise near -98 dBFS and the quietest rooms and microphones leave -75; a word spoken
# far too softly still reaches -50. No intended sound is below -60.
SILENCE_DBFS = -60.0


def resample(clip: Clip, sample_rate: int) -> Clip:
    """The clip at another rate in Hz (soxr HQ: flat to 0.91 of the lower Nyquist frequency)."""
    if sample_rate == clip.sample_rate:
        return clip
    samples = soxr.resample(clip.samples, clip.sample_rate, sample_rate, quality="HQ")
    if not len(samples):  # a clip of a few samples can round to none
        samples = clip.samples[:1]
    return Clip(samples, sample_rate, clip.name)


def is_silent(clip: Clip) -> bool:
    """True if even the loudest 25 ms are below SILENCE_DBFS; a constant offset is silence."""
    # The standard deviation within a frame is its RMS without the offset, even if the offset drifts.
    frames = _frames(clip.samples, max(2, round(FRAME_SECONDS * clip.sample_rate)))
    return bool(frames.std(axis=1, dtype=np.float64).max() < 10 ** (SILENCE_DBFS / 20))


def loudest_window(clip: Clip, seconds: float) -> float:
    """Start in seconds of the window of `seconds` with most energy, centred on that energy where possible.

    The window lies inside the clip. A clip shorter than the window is put in its middle, as in
    `sliding_windows`, and the start is negative.
    """
    if clip.seconds <= seconds:
        return (clip.seconds - seconds) / 2
    hop = max(1, round(0.01 * clip.sample_rate))
    energy = _frames(clip.samples, hop).var(axis=1, dtype=np.float64)
    # Subtract the steady part, background noise, to keep the energy of the event.
    energy = np.maximum(energy - np.percentile(energy, 20), 0)
    n = min(len(energy), max(1, round(seconds * clip.sample_rate / hop)))
    total = np.concatenate([[0.0], np.cumsum(energy)])
    best = int(np.argmax(total[n:] - total[:-n]))
    middle = best + n / 2
    # Many windows contain a sound shorter than they are: move to the one centred on it.
    for _ in range(5):
        first = int(np.clip(round(middle - n / 2), 0, len(energy) - n))
        part = energy[first : first + n]
        if not part.sum():
            break
        middle = first + np.average(np.arange(n) + 0.5, weights=part)
    start = middle * hop / clip.sample_rate - seconds / 2
    return float(np.clip(start, 0, clip.seconds - seconds))


def cut(clip: Clip, start: float, seconds: float) -> Clip:
    """Exactly `seconds` of the clip from `start` on, with zeros outside the clip."""
    n = max(1, round(seconds * clip.sample_rate))
    first = round(start * clip.sample_rate)
    window = np.zeros(n, np.float32)
    inside = clip.samples[max(first, 0) : max(first + n, 0)]
    offset = max(-first, 0)
    window[offset : offset + len(inside)] = inside
    return Clip(window, clip.sample_rate, clip.name)


def at_speed(window: Clip, speed: float) -> Clip:
    """The window played `speed` times as fast, like a tape; cut or zero-padded at both ends to its old length."""
    if speed == 1:
        return window
    samples = soxr.resample(window.samples, speed, 1.0, quality="HQ")
    first = (len(samples) - len(window.samples)) / 2 / window.sample_rate
    return cut(Clip(samples, window.sample_rate, window.name), first, window.seconds)


def sliding_windows(clip: Clip, seconds: float, hop_seconds: float | None = None) -> list[tuple[float, Clip]]:
    """Windows of exactly `seconds` as (start in seconds, clip), every `hop_seconds` (default: half a window).

    The last window ends where the clip ends. A clip shorter than `seconds` gives one window with a negative
    start: the clip in the middle, zeros around it.
    """
    n = max(1, round(seconds * clip.sample_rate))
    hop = max(1, round((seconds / 2 if hop_seconds is None else hop_seconds) * clip.sample_rate))
    last = len(clip.samples) - n
    firsts = [-(-last // 2)] if last < 0 else [*range(0, last, hop), last]
    starts = [first / clip.sample_rate for first in firsts]
    return [(start, cut(clip, start, seconds)) for start in starts]


def _frames(samples: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """(n_frames, n) whole frames without the remainder; a clip shorter than n is one short frame."""
    if len(samples) <= n:
        return samples[None]
    return samples[: len(samples) // n * n].reshape(-1, n)
