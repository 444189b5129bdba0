"""Babble has the statistics of speech and the requested level."""

import numpy as np
import pytest
import sounds

from audioclf import effects
from audioclf.effects import babble
from audioclf.effects.babble import Babble
from audioclf.types import Clip


def crowd(n_voices=6, seconds=4.0, seed=0, **more):
    """The babble that is added to a tone, at 0 dB."""
    clip = sounds.tone(440, seconds, 8000)
    return Babble(0.0, n_voices, **more)(clip, np.random.default_rng(seed)).samples - clip.samples


def swings(samples):
    """Relative variation of the level over frames of 50 ms."""
    level = np.sqrt(np.square(samples[: len(samples) // 400 * 400]).reshape(-1, 400).mean(1))
    return float(level.std() / level.mean())


@pytest.mark.parametrize("snr_db", [0, 10])
def test_babble_has_the_requested_snr(snr_db):
    clip = sounds.tone(440, 2.0)
    loud = Babble(snr_db)(clip, np.random.default_rng(0))
    noise = loud.samples - clip.samples
    assert 10 * np.log10(np.mean(clip.samples**2) / np.mean(noise**2)) == pytest.approx(snr_db, abs=0.2)


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


def test_babble_depends_on_the_seed_alone():
    assert np.array_equal(crowd(seed=3), crowd(seed=3))
    assert not np.array_equal(crowd(seed=3), crowd(seed=4))


@pytest.mark.parametrize("n_samples", [1, 5, 900])
def test_very_short_clips_survive(n_samples):
    clip = Clip(np.full(n_samples, 0.1, np.float32), 8000)
    assert len(Babble(0.0)(clip, np.random.default_rng(0)).samples) == n_samples


def test_long_babble_is_as_long_as_the_clip():
    clip = sounds.tone(440, 30.0, 8000)
    assert len(Babble(0.0)(clip, np.random.default_rng(0)).samples) == len(clip.samples)
