"""Wavelet features compared with PyWavelets' packet tree and with known properties of test signals."""

from functools import partial

import numpy as np
import pytest
import pywt
import scipy.fft
import sounds

from audioclf.features.wavelet import WaveletCepstra, packet_nodes
from audioclf.types import Clip

chirp = partial(sounds.chirp, sample_rate=8000)
noise = partial(sounds.noise, sample_rate=8000)
tone = partial(sounds.tone, sample_rate=8000)


@pytest.mark.parametrize("wavelet", ["haar", "db8", "sym8", "coif5", "dmey"])
@pytest.mark.parametrize("depth", [1, 4, 6])
def test_nodes_agree_with_pywavelets_in_frequency_order(wavelet, depth):
    samples = noise(0.512).samples.copy()  # PyWavelets takes no read-only array
    tree = pywt.WaveletPacket(samples, wavelet, "periodization", maxlevel=depth)
    expected = np.stack([node.data for node in tree.get_level(depth, order="freq")])
    assert np.allclose(packet_nodes(samples, wavelet, depth), expected, atol=1e-5)


def test_nodes_keep_the_energy():
    samples = noise(0.512).samples.copy()
    nodes = packet_nodes(samples, "sym8", 6)
    assert np.sum(nodes**2) == pytest.approx(np.sum(samples**2), rel=1e-5)


def test_nodes_reconstruct_the_sound():
    samples = noise(0.512).samples.copy()
    tree = pywt.WaveletPacket(None, "sym8", "periodization", maxlevel=3)
    order = pywt.WaveletPacket(samples, "sym8", "periodization", maxlevel=3).get_level(3, "freq")
    for place, node in zip(order, packet_nodes(samples, "sym8", 3), strict=True):
        tree[place.path] = node
    assert np.allclose(tree.reconstruct(update=False), samples, atol=1e-5)


@pytest.mark.parametrize("hz", [100, 300, 740, 1150, 2000, 3100, 3900])
def test_a_tone_lands_in_its_band(hz):
    found = WaveletCepstra().bands(tone(hz))
    loudest = np.bincount(found.values[:, 5:-5].argmax(axis=0)).argmax()
    assert loudest == np.abs(found.hz - hz).argmin()


@pytest.mark.parametrize("node", [0, 1, 2, 3, 10, 21, 31])
def test_nodes_are_ordered_by_frequency(node):
    energy = np.square(packet_nodes(tone((node + 0.5) * 125, 1.024).samples, "sym8", 5)).sum(axis=1)
    assert energy.argmax() == node
    assert energy[node] > 0.75 * energy.sum()


def test_a_chirp_rises():
    found = WaveletCepstra().bands(chirp(200, 3800))
    ridge = found.hz[found.values.argmax(axis=0)][3:-3]
    assert (np.diff(ridge) >= 0).all()
    assert np.abs(ridge - (200 + 3600 * found.seconds[3:-3])).max() < 250


def test_every_band_has_a_click_at_its_time():
    # Without undoing the nodes' delays, bands are up to 5 ms off; 16 positions average out the frames.
    feature, delays = WaveletCepstra(top_db=40.0), []
    for place in range(4000, 4160, 10):
        found = feature.bands(Clip(np.eye(1, 8000, place)[0].astype(np.float32), 8000))
        power = 10 ** (found.values / 10)
        delays.append((power * found.seconds).sum(axis=1) / power.sum(axis=1) - place / 8000)
    assert np.abs(np.mean(delays, axis=0)).max() < 0.001


def test_the_end_of_a_clip_does_not_wrap_around_to_its_start():
    samples = np.zeros(8000, np.float32)
    samples[7600:] = noise(0.05).samples
    found = WaveletCepstra(top_db=60.0).bands(Clip(samples - samples.mean(), 8000))
    assert found.values[3:, :60].max() < -45


def test_rows_are_energy_cepstra_and_two_deltas():
    found = WaveletCepstra(n_cepstra=13)(noise())
    assert found.values.shape == (1 + 3 * 13, 98)
    assert WaveletCepstra(n_cepstra=13, delta_width=0, wide_delta_width=0)(noise()).values.shape == (14, 98)
    assert found.seconds[0] == pytest.approx(0.016)


def test_cepstra_are_the_cosine_transform_of_the_bands():
    feature = WaveletCepstra(delta_width=0, wide_delta_width=0, cmvn=False)
    clip = noise()
    expected = scipy.fft.dct(feature.bands(clip).values, axis=0, norm="ortho")[:16]
    assert np.allclose(feature(clip).values[1:], expected, atol=1e-3)


def test_row_zero_separates_pauses_from_sound():
    samples = noise().samples.copy()
    samples[:4000] *= 0.01
    loudness = WaveletCepstra()(Clip(samples, 8000)).values[0]
    assert loudness.max() == 0
    assert (loudness[55:] > -5).all()
    assert np.allclose(loudness[:45], -40, atol=4)


def test_steady_noise_changes_a_word_less_when_it_is_subtracted():
    word = _word()
    hiss = Clip(word.samples + 0.03 * noise(1.0).samples[: len(word.samples)], word.sample_rate)
    errors = []
    for share in (0.0, 0.2):
        cepstra = WaveletCepstra(noise_share=share)
        rows = [cepstra(clip).values for clip in (word, hiss)]
        sounding = rows[0][0] > -30
        errors.append(np.abs(rows[0][1:] - rows[1][1:])[:, sounding].mean())
    assert errors[1] < 0.8 * errors[0]


def test_without_noise_there_is_nothing_to_subtract():
    word = _word()
    assert np.array_equal(WaveletCepstra(noise_share=0.2)(word).values, WaveletCepstra()(word).values)


@pytest.mark.parametrize("setting", [{"noise_share": 1.0}, {"noise_share": -0.1}, {"noise_factor": -1.0}])
def test_a_share_of_noise_that_makes_no_sense_is_refused(setting):
    with pytest.raises(ValueError, match="noise_share must be"):
        WaveletCepstra(**setting)


def _word() -> Clip:
    """Digital silence, 0.4 s of a chirp, silence."""
    samples = np.zeros(8000, np.float32)
    samples[2400:5600] = chirp(0.4).samples[:3200]
    return Clip(samples, 8000)
