"""Where a recording has speech, frame by frame, and how much of its sound is voiced."""

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


def speech_frames(clip: Clip, seconds: NDArray) -> NDArray[np.bool_]:
    """Whether there is speech at each of the moments `seconds`, by the energy of the 25 ms around it.

    The threshold follows the recording, whatever its level. The loudest frame is always speech.
    """
    level = frame_levels(clip, seconds)
    background, loudest = np.percentile(level, (10, 98))
    threshold = max(loudest - RANGE_DB, min(background + ABOVE_NOISE_DB, loudest - LEAST_RANGE_DB))
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


def voicing(clip: Clip) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(seconds, strength) of frames every 10 ms: 1 for a periodic sound, about 0 for noise.

    strength: the largest normalised autocorrelation for periods of PITCH_HZ, with that of the window divided out
    (Boersma, 1993, equation 9).
    """
    low = resample(clip, VOICING_RATE)
    n, hop = round(VOICING_SECONDS * VOICING_RATE), round(VOICING_HOP * VOICING_RATE)
    samples = np.pad(low.samples.astype(np.float64), (0, max(0, n - len(low.samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, n)[::hop]
    window = np.hanning(n)
    lags = np.arange(int(VOICING_RATE / PITCH_HZ[1]), int(VOICING_RATE / PITCH_HZ[0]) + 1)
    frames = (frames - frames.mean(1, keepdims=True)) * window
    spectrum = np.abs(np.fft.rfft(frames, 2 * n)) ** 2
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * n)) ** 2)[lags]
    own_zero = np.square(window).sum()
    correlation = np.fft.irfft(spectrum)
    energy = np.maximum(correlation[:, :1], 1e-12)
    strength: NDArray[np.float64] = (correlation[:, lags] / energy / (own / own_zero)).max(1)
    moments = np.arange(len(frames), dtype=np.float64) * VOICING_HOP + VOICING_SECONDS / 2
    return moments, np.clip(strength, 0.0, 1.0)
