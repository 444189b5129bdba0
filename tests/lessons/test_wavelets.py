"""Wavelets: the transform against PyWavelets, packet bands against tones, thresholds against known noise."""

import numpy as np
import pytest
import pywt
from scipy.signal import chirp

from audioclf.effects.denoise import denoise as effect
from audioclf.lessons import cwt, denoising, packets
from audioclf.types import Clip

RATE = 8000
RNG = np.random.default_rng(0)


def tone(hz: float, n: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(n) / RATE)


@pytest.mark.parametrize("name", cwt.WAVELETS)
def test_a_tone_has_its_amplitude_at_its_own_scale_and_less_at_all_others(name):
    hz = np.geomspace(100, 3000, 41)
    sizes = np.abs(cwt.transform(tone(float(hz[20])), RATE, hz, name))[:, 2000:6000].mean(axis=1)
    assert sizes[20] == pytest.approx(0.5, rel=0.03)
    assert sizes[0] < 0.05 and sizes[-1] < 0.05
    assert sizes[20] == pytest.approx(sizes.max(), rel=1e-3)


@pytest.mark.parametrize(("name", "theirs"), [("morlet", "cmor1.5-1.0"), ("complex_gaussian", "cgau4")])
def test_the_transform_is_that_of_pywavelets_up_to_its_scaling(name, theirs):
    samples = chirp(np.arange(4096) / RATE, 200, 0.512, 1500) * np.hanning(4096)
    hz = np.geomspace(300, 1200, 5)
    # PyWavelets names scales by its own centre frequency of a wavelet.
    scales = cwt_centre(theirs) * RATE / hz
    expected, _ = pywt.cwt(samples, scales, theirs, method="fft")
    found = cwt.transform(samples, RATE, hz, name)
    for row, other in zip(np.abs(found), np.abs(expected), strict=True):
        assert np.corrcoef(row[500:-500], other[500:-500])[0, 1] > 0.995


def cwt_centre(name: str) -> float:
    """Where the spectrum of PyWavelets' wavelet has its peak, in cycles per unit of its time."""
    psi, times = pywt.ContinuousWavelet(name).wavefun(12)
    spectrum = np.abs(np.fft.fft(psi, 16 * len(psi)))
    frequencies = np.abs(np.fft.fftfreq(len(spectrum), times[1] - times[0]))
    return float(frequencies[spectrum.argmax()])


def test_a_click_reaches_as_far_as_the_cone_of_influence_says():
    samples = np.zeros(RATE)
    samples[RATE // 2] = 1.0
    size = np.abs(cwt.transform(samples, RATE, np.array([200.0]), "morlet"))[0]
    reach = round(cwt.WAVELETS["morlet"].decay / 200 * RATE)
    # Torrence and Compo (1998): the power falls by e² at the distance of the e-folding time.
    assert size[RATE // 2 + reach] == pytest.approx(size[RATE // 2] / np.e, rel=0.05)


@pytest.mark.parametrize("wavelet", packets.FAMILIES.values())
def test_packet_bands_are_in_the_order_of_frequency(wavelet):
    order = []
    for band in range(8):
        low, high = band / 8 * RATE / 2, (band + 1) / 8 * RATE / 2
        found = packets.bands_of(tone((low + high) / 2), wavelet, 3, "packets")
        energies = [float(np.sum(coefficients**2)) for _, _, coefficients, _ in found]
        order.append(int(np.argmax(energies)))
        assert (found[band][0] * RATE / 2, found[band][1] * RATE / 2) == (low, high)
    assert order == list(range(8))


@pytest.mark.parametrize("tree", ["dwt", "packets"])
@pytest.mark.parametrize("depth", [1, 3, 4])
@pytest.mark.parametrize("wavelet", packets.FAMILIES.values())
def test_the_bands_add_up_to_the_sound_and_their_energies_to_its_energy(tree, depth, wavelet):
    samples = RNG.standard_normal(4096)
    found = packets.bands_of(samples, wavelet, depth, tree)
    assert len(found) == (depth + 1 if tree == "dwt" else 2**depth)
    assert np.allclose(sum(alone for _, _, _, alone in found), samples)
    assert sum(np.sum(c**2) for _, _, c, _ in found) == pytest.approx(np.sum(samples**2))
    assert [low for low, _, _, _ in found][1:] == [high for _, high, _, _ in found][:-1]


def test_all_coefficients_give_the_sound_back_and_the_error_falls_with_their_number():
    samples = tone(440) + 0.05 * RNG.standard_normal(RATE)
    assert np.allclose(packets.largest(samples, "sym8", 1.0)[0], samples)
    snrs = [packets.snr_db(samples, packets.largest(samples, "sym8", p / 100)[0]) for p in (1, 5, 20, 50)]
    assert snrs == sorted(snrs)
    rebuilt, _, sizes = packets.largest(samples, "sym8", 0.1)
    lost = np.sum(np.sort(sizes**2)[: -round(0.1 * len(sizes))])
    assert np.sum((rebuilt - samples) ** 2) == pytest.approx(lost, rel=1e-6)  # an orthogonal transform


def test_the_bit_rate_is_that_of_all_coefficients_or_none():
    assert packets.bit_rate(1000, 1000, 1.0) == 1000 * packets.BITS
    half = packets.bit_rate(500, 1000, 2.0)
    assert half == pytest.approx((500 * packets.BITS + 1000) / 2)


@pytest.mark.parametrize("rule", denoising.RULES)
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_denoising_a_tone_gains_signal_to_noise_ratio(rule, mode):
    clean = tone(100)
    noisy = denoising.noisy(clean, 10)
    assert packets.snr_db(clean, noisy) == pytest.approx(10, abs=0.01)
    found, zeros, _ = denoising.denoised(noisy, "sym8", 5, rule, mode)
    assert packets.snr_db(clean, found) > 13 and 0.5 < zeros < 1


@pytest.mark.parametrize("rule", ["universal", "bayes"])
def test_soft_thresholds_are_those_of_the_effect(rule):
    samples = (tone(300) + 0.1 * RNG.standard_normal(RATE)).astype(np.float32)
    level = pywt.dwt_max_level(len(samples), pywt.Wavelet("sym8").dec_len)
    found, _, _ = denoising.denoised(samples.astype(float), "sym8", level, rule, "soft")
    assert np.allclose(found, effect(Clip(samples, RATE), method=rule).samples, atol=1e-4)


def test_the_noise_level_is_estimated_and_sure_minimises_the_risk_it_estimates():
    noise = 0.3 * RNG.standard_normal(20_000)
    assert denoising.noise_level(noise) == pytest.approx(0.3, rel=0.03)
    signal = np.where(RNG.random(20_000) < 0.2, 4.0, 0.0)
    values = signal + RNG.standard_normal(20_000)
    best = denoising.sure(values, 1.0, len(values))
    risks = [np.mean((denoising.shrink(values, t, "soft") - signal) ** 2) for t in np.linspace(0.1, 4, 40)]
    assert np.mean((denoising.shrink(values, best, "soft") - signal) ** 2) <= 1.02 * min(risks)


def test_soft_and_hard_thresholds():
    values = np.array([-3.0, -1.0, 0.5, 2.0])
    assert denoising.shrink(values, 1.0, "soft").tolist() == [-2.0, -0.0, 0.0, 1.0]
    assert denoising.shrink(values, 1.0, "hard").tolist() == [-3.0, 0.0, 0.0, 2.0]


@pytest.mark.parametrize("name", packets.CODECS)
def test_codecs_have_about_the_rate_of_the_kept_coefficients(name):
    from audioclf.effects.codec import Codec

    clip = Clip((tone(440) + tone(700)).astype(np.float32) / 2, RATE)
    small, large = (len(Codec(name, kbps).encoded(clip)) for kbps in (8, 32))
    assert large > 1.5 * small and 0.5 < 8 * large / 32_000 < 2.0  # the clip is one second long
    (words,) = [s.words for s in packets.compress_sounds(clip, 10, "sym8") if packets.CODECS[name] in s.words]
    assert "kB" in words and "SNR" in words
