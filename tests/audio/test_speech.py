"""Where there is speech, and how voiced it is."""

import numpy as np
import pytest
import sounds
import voices

from audioclf.audio.speech import frame_levels, speech_frames, voicing

MOMENTS = np.arange(0, 3, 0.01)


def test_a_burst_in_noise_is_speech_and_the_noise_is_not():
    found = speech_frames(sounds.burst(1.0, 0.5), MOMENTS)
    inside = (MOMENTS > 1.1) & (MOMENTS < 1.4)
    assert found[inside].all() and not found[(MOMENTS < 0.9) | (MOMENTS > 1.6)].any()


def test_levels_are_decibels_re_full_scale():
    levels = frame_levels(sounds.tone(amplitude=0.5), np.array([0.5]))
    assert levels == pytest.approx([10 * np.log10(0.125)], abs=0.1)


@pytest.mark.parametrize("pitch", [80, 120, 250, 400])
def test_a_voice_is_periodic_and_noise_is_not(pitch):
    found = voicing(voices.speech(pitch))
    assert np.median(found.strength) > 0.8 and np.median(voicing(sounds.noise()).strength) < 0.5
    assert np.median(found.octaves) == pytest.approx(np.log2(pitch), abs=0.1)


def test_a_sound_shorter_than_a_frame_is_one_frame():
    found = voicing(sounds.tone(seconds=0.01))
    assert len(found.seconds) == len(found.strength) == len(found.octaves) == 1
