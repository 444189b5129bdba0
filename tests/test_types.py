"""A clip is checked when it is made, cannot be changed, and leaves what it was made of alone."""

import numpy as np
import pytest

from audioclf.types import AudioError, Clip


def test_a_clip_cannot_be_changed_and_its_maker_keeps_a_writable_array():
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
        (np.zeros(8), 0, "0 Hz is not positive"),
    ],
)
def test_what_is_no_mono_sound_is_refused(samples, sample_rate, words):
    with pytest.raises(AudioError, match=words):
        Clip(samples, sample_rate)
