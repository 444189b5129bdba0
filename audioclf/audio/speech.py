"""Where a recording has speech, frame by frame, and how much of its sound is voiced."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.windows import resample
from audioclf.types import Clip

WINDOW_SECONDS = 0.025
RANGE_DB = 30.0  # below the loudest frames: softer frames are pauses
ABOVE_NOISE_DB = 8.0  # speech rises so far above the quietest tenth of the recording
LEAST_RANGE_DB = 12.0  # in a recording without pauses the quietest tenth is speech, too
VOICING_RATE, VOICING_SECONDS, VOICING_HOP = 8000, 0.040, 0.010
PITCH_HZ = (60.0, 450.0)
OCTAVE_COST = 0.02  # of a period twice as long


def speech_frames(clip: Clip, seconds: NDArray, least_range_db: float = LEAST_RANGE_DB) -> NDArray[np.bool_]:
    """Whether there is speech at each of the moments `seconds`, by the energy of the 25 ms around it.

    The threshold follows the recording, whatever its level. The loudest frame is always speech.
    """
    level = frame_levels(clip, seconds)
    background, loudest = np.percentile(level, (10, 98))
    threshold = max(loudest - RANGE_DB, min(background + ABOVE_NOISE_DB, loudest - least_range_db))
    return (level > threshold) | (level == level.max())


def frame_levels(clip: Clip, seconds: NDArray) -> NDArray[np.float64]:
    """Mean power of the 25 ms around each of the moments `seconds`, in dB re full scale, without the offset."""
    power = np.square(clip.samples - clip.samples.mean(), dtype=np.float64)
    running = np.concatenate([[0.0], np.cumsum(power)])
    ends = [
        np.clip(np.rint((seconds + side * WINDOW_SECONDS / 2) * clip.sample_rate), 0, len(power)).astype(int)
        for side in (-1, 1)
    ]
    mean = (running[ends[1]] - running[ends[0]]) / max(1.0, WINDOW_SECONDS * clip.sample_rate)
    return 10 * np.log10(np.maximum(mean, 0) + 1e-14)


@dataclass(frozen=True, eq=False)
class Voicing:
    """How periodic a sound is, in frames every 10 ms.

    seconds: (n_frames,) centres. strength: (n_frames,) from 0 for noise to 1 for a periodic sound.
    octaves: (n_frames,) log2 of the likeliest pitch in Hz, whatever the strength.
    """

    seconds: NDArray[np.float64]
    strength: NDArray[np.float64]
    octaves: NDArray[np.float64]


def voicing(clip: Clip) -> Voicing:
    """The largest normalised autocorrelation of each frame for periods of PITCH_HZ.

    That of the window is divided out (Boersma, 1993, equation 9); among equal peaks the shortest period wins.
    """
    low = resample(clip, VOICING_RATE)
    n, hop = round(VOICING_SECONDS * VOICING_RATE), round(VOICING_HOP * VOICING_RATE)
    samples = np.pad(low.samples.astype(np.float64), (0, max(0, n - len(low.samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, n)[::hop]
    window = np.hanning(n)
    spectrum = np.abs(np.fft.rfft((frames - frames.mean(1, keepdims=True)) * window, 2 * n)) ** 2
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * n)) ** 2)
    lags = np.arange(int(VOICING_RATE / PITCH_HZ[1]), int(VOICING_RATE / PITCH_HZ[0]) + 1)
    found = np.fft.irfft(spectrum)
    peaks = found[:, lags] / np.maximum(found[:, :1], 1e-12) / (own[lags] / own[0]) - OCTAVE_COST * np.log2(
        lags
    )
    best = np.clip(peaks.argmax(1), 1, len(lags) - 2)
    left, top, right = (peaks[np.arange(len(peaks)), best + step] for step in (-1, 0, 1))
    # The vertex of the parabola through the peak and its neighbours lies between two lags.
    between = np.clip(0.5 * (left - right) / np.minimum(left - 2 * top + right, -1e-9), -1, 1)
    moments = np.arange(len(frames), dtype=np.float64) * VOICING_HOP + VOICING_SECONDS / 2
    strength = np.clip(top + OCTAVE_COST * np.log2(lags[best]), 0.0, 1.0)
    return Voicing(moments, strength, np.log2(VOICING_RATE / (lags[best] + between)))
