"""Wavelet denoising removes noise and keeps clean sound."""

import numpy as np
import pytest
import sounds

from audioclf.effects.denoise import denoise
from audioclf.types import Clip


def snr_db(clean, clip):
    return 10 * np.log10(np.sum(clean.samples**2) / np.sum((clip.samples - clean.samples) ** 2))


@pytest.mark.parametrize("method", ["universal", "bayes"])
@pytest.mark.parametrize("wavelet", ["sym8", "db8"])
def test_denoising_raises_the_snr_of_a_noisy_tone(method, wavelet):
    clean = sounds.tone(50, 1.0, 8000)
    noisy = Clip(clean.samples + sounds.noise(1.0, 8000).samples, 8000)
    better = denoise(noisy, wavelet, method)
    assert len(better.samples) == len(noisy.samples)
    assert snr_db(clean, better) > snr_db(clean, noisy) + 3


def test_denoising_leaves_a_clean_sound_and_silence_alone():
    clean = sounds.tone(180, 1.0, 8000)
    assert snr_db(clean, denoise(clean, "dmey")) > 35
    assert not denoise(sounds.silence(1.0, 8000)).samples.any()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"wavelet": "nope"}, "unknown wavelet 'nope'"), ({"method": "median"}, "universal, bayes")],
)
def test_an_unknown_wavelet_or_method_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        denoise(sounds.noise(1.0, 8000), **settings)
