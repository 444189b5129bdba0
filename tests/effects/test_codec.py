"""Codecs change quality but not timing, level or length."""

import numpy as np
import pytest
import sounds

from audioclf.effects.codec import CODINGS, Codec

RICH = {"mp3": 64, "opus": 64, "mulaw": 128, "alaw": 128}
POOR = {"mp3": 8, "opus": 6, "mulaw": 24, "alaw": 24}


def through(name, kbps, clip):
    return Codec(name, kbps)(clip, np.random.default_rng(0))


def delay(a, b):
    """Delay of b against a in samples."""
    n = 2 * len(a)
    product = np.fft.irfft(np.fft.rfft(b, n) * np.fft.rfft(a, n).conj(), n)
    at = int(product.argmax())
    return at - n if at > n // 2 else at


@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize("sample_rate", [8000, 16_000, 44_100])
def test_length_timing_and_level_are_kept(name, sample_rate):
    clip = sounds.burst(0.2, seconds=0.9, sample_rate=sample_rate)
    coded = through(name, RICH[name], clip)
    assert coded.sample_rate == sample_rate
    assert len(coded.samples) == len(clip.samples)
    assert abs(delay(clip.samples, coded.samples)) <= 0.001 * sample_rate
    assert np.linalg.norm(coded.samples) == pytest.approx(np.linalg.norm(clip.samples), rel=0.1)


@pytest.mark.parametrize("name", CODINGS)
def test_a_lower_bit_rate_has_a_larger_error(name):
    clip = sounds.burst(0.2, seconds=1.0)

    def error(kbps):
        return np.linalg.norm(through(name, kbps, clip).samples - clip.samples)

    assert error(RICH[name]) < 0.5 * error(POOR[name])


def test_mulaw_carries_nothing_above_half_its_sample_rate():
    high = sounds.tone(3000, 1.0, 16_000)
    middle = slice(2000, -2000)  # the abrupt onset holds all frequencies
    assert np.abs(through("mulaw", 32, high).samples[middle]).max() < 0.02  # 32 kbit/s are 4 kHz, up to 2 kHz
    assert np.abs(through("mulaw", 64, high).samples[middle]).max() > 0.4


@pytest.mark.parametrize(("name", "kbps", "words"), [("aac", 64, "mp3, opus"), ("mp3", 0, "1 to 512")])
def test_invalid_codec_settings_are_named(name, kbps, words):
    with pytest.raises(ValueError, match=words):
        Codec(name, kbps)
