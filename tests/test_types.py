"""A clip is validated on construction and read-only; the caller's array stays writable."""

import numpy as np
import pytest

from audioclf.types import AudioError, Clip


def test_a_clip_is_read_only_and_the_caller_s_array_stays_writable():
    own = np.zeros(8, np.float32)
    clip = Clip(own, 8000)
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1
    own[0] = 1


@pytest.mark.parametrize(
    ("samples", "sample_rate", "words"),
    [
        (np.zeros(0), 8000, "at least one sample"),
        (np.zeros((2, 8)), 8000, r"one channel.*\(2, 8\)"),
        (np.array([0.0, np.nan]), 8000, "not finite"),
        (np.array([0.0, np.inf]), 8000, "not finite"),
        (np.zeros(8, np.int16), 8000, "floats with full scale 1, not int16"),
        (np.zeros(8), 0, "0 Hz is not positive"),
        (np.zeros(8), 768_001, "above 768000"),
        (np.zeros(8), True, "'True' is no sample rate"),
        (np.zeros(8), None, "'None' is no sample rate"),
    ],
)
def test_invalid_samples_and_rates_are_refused(samples, sample_rate, words):
    with pytest.raises(AudioError, match=words):
        Clip(samples, sample_rate)
