"""What all features share: finite values at any length, independence of level and offset, settings, and storing."""

import numpy as np
import pytest
import sounds

from audioclf.features import FEATURES, feature_from_config, feature_to_config
from audioclf.features.scalogram import Scalogram
from audioclf.features.spectral import Deltas, LogMel, Mfcc, Spectrogram
from audioclf.features.wavelet import WaveletCepstra
from audioclf.types import Clip, ZooError

NOISE = sounds.noise(1.0, 8000)


@pytest.fixture(params=FEATURES)
def feature(request):
    return FEATURES[request.param]()


def test_level_and_offset_change_nothing(feature):
    expected = feature(NOISE).values
    for samples in (NOISE.samples * np.float32(1e-3), NOISE.samples + np.float32(0.3)):
        assert np.allclose(feature(Clip(samples, 8000)).values, expected, atol=2e-3)


def test_an_offset_and_a_lone_pulse_are_finite(feature):
    for samples in (np.full(8000, 0.5), np.eye(1, 8000, 4000)[0]):
        assert np.isfinite(feature(Clip(samples.astype(np.float32), 8000)).values).all()


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.333, 1.0, 21.0])
def test_sound_and_silence_of_any_length_give_a_value_for_every_row_and_time(feature, seconds):
    for clip in (sounds.noise(seconds, 8000), sounds.silence(seconds, 8000)):
        found = feature(clip)
        assert np.isfinite(found.values).all()
        assert found.values.dtype == np.float32
        assert found.values.shape == (len(found.values), len(found.seconds))
        assert found.hz is None or len(found.hz) == len(found.values)


@pytest.mark.parametrize("feature", [Deltas(), WaveletCepstra()], ids=["mfcc", "wavelet"])
def test_a_click_in_a_quiet_room_leaves_normalised_cepstra_in_bounds(feature):
    samples = 1e-4 * np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    samples[4000:4016] = 0.9
    rows = feature(Clip(samples, 8000)).values
    assert np.abs(rows[1:]).max() <= 10


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LogMel(n_mels=0), "n_mels"),
        (lambda: Spectrogram(hop_seconds=0.0), "hop_seconds"),
        (lambda: Mfcc(n_mfcc=30, n_mels=26), "n_mels = 26, not 30"),
        (lambda: Deltas(width=4), "width"),
        (lambda: LogMel(fmin=5000.0)(NOISE), "5000 Hz"),
        (lambda: Scalogram(n_columns=0), "n_columns"),
        (lambda: Scalogram(fmin=5000.0)(NOISE), "5000 Hz"),
        (lambda: WaveletCepstra(wavelet="morlet9"), "unknown wavelet 'morlet9'"),
        (lambda: WaveletCepstra(n_cepstra=30), "1 to 24, not 30"),
        (lambda: WaveletCepstra(delta_width=4), "odd"),
        (lambda: WaveletCepstra(depth=3)(NOISE), "raise depth"),
    ],
)
def test_invalid_settings_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_checkpoint_stores_and_restores_each_feature(feature):
    assert feature_from_config(feature_to_config(feature)) == feature


@pytest.mark.parametrize(("changes", "words"), [({"os": "system"}, "no setting"), ({"width": 4}, "width")])
def test_a_checkpoint_with_a_wrong_setting_is_refused(changes, words):
    with pytest.raises(ZooError, match=words):
        feature_from_config({**feature_to_config(Deltas()), **changes})
