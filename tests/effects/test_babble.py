"""Babble has the statistics of speech and the requested level."""

import numpy as np
import sounds

from audioclf import effects
from audioclf.effects import babble


def crowd(n_voices=6, seconds=4.0, seed=0):
    """The babble that is added to a tone, at 0 dB."""
    clip = sounds.tone(440, seconds, 8000)
    return effects.Babble(0.0, n_voices)(clip, np.random.default_rng(seed)).samples - clip.samples


def swings(samples):
    """Relative variation of the level over frames of 50 ms."""
    level = np.sqrt(np.square(samples[: len(samples) // 400 * 400]).reshape(-1, 400).mean(1))
    return float(level.std() / level.mean())


def test_babble_is_low_and_uneven_like_speech():
    talk = crowd()
    power = np.abs(np.fft.rfft(talk)) ** 2
    assert power[: len(power) // 4].sum() > 0.7 * power.sum()  # below 1 kHz
    white = effects.coloured_noise(len(talk), 0.0, np.random.default_rng(0))
    assert swings(talk) > 3 * swings(white)


def test_more_voices_fill_the_gaps():
    assert swings(crowd(12)) < 0.7 * swings(crowd(1))


def test_a_voice_has_a_pitch():
    voice = babble.murmur(16_000, 8000, np.random.default_rng(4))
    frames = voice[: 16_000 // 480 * 480].reshape(-1, 480)  # 60 ms
    loudest = frames[np.square(frames).sum(1).argmax()]
    lags = np.correlate(loudest, loudest, "full")[479:]
    assert lags[8000 // 250 : 8000 // 80].max() > 0.4 * lags[0]


def test_another_seed_gives_other_babble():
    assert not np.array_equal(crowd(seed=3), crowd(seed=4))


def test_long_babble_is_as_long_as_the_clip():
    assert len(crowd(seconds=30.0)) == 30 * 8000
