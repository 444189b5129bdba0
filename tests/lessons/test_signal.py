"""The numbers of the signal path, against physics and SciPy."""

import numpy as np
import pytest
import scipy.fft
import scipy.signal

from audioclf.lessons import mel, resynthesis, sampling, spectrum
from audioclf.lessons.excerpt import excerpt
from audioclf.types import Clip

RATE = 16_000
RNG = np.random.default_rng(0)


def tone(hz: float, seconds: float = 1.0, rate: int = RATE, amplitude: float = 0.5) -> Clip:
    times = np.arange(round(seconds * rate)) / rate
    return Clip((amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32), rate)


def strongest_hz(samples: np.ndarray, rate: int) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * rate / len(middle))


@pytest.mark.parametrize(("hz", "rate", "heard"), [(3000, 4000, 1000), (5000, 4000, 1000), (1500, 2000, 500)])
def test_a_tone_above_half_the_rate_comes_back_as_its_alias_unless_it_is_filtered(hz, rate, heard):
    plain = sampling.sampled(tone(hz), rate, is_filtered=False)
    assert strongest_hz(plain, rate) == pytest.approx(heard, abs=5)
    assert np.sqrt(np.mean(plain**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    kept = sampling.sampled(tone(hz), rate, is_filtered=True)
    assert np.abs(kept[len(kept) // 4 : -len(kept) // 4]).max() < 1e-3


def test_a_tone_below_half_the_rate_is_the_same_with_and_without_the_filter():
    pair = [sampling.sampled(tone(440), 4000, is_filtered) for is_filtered in (False, True)]
    assert np.allclose(pair[0][500:3500], pair[1][500:3500], atol=1e-3)


def test_twice_the_amplitude_is_six_decibels_and_full_scale_is_the_limit():
    quiet, loud = (sampling.amplitude(tone(440, amplitude=a), 0) for a in (0.1, 0.2))
    rise = loud.arrays["level_dbfs"] - quiet.arrays["level_dbfs"]
    assert np.allclose(rise, 20 * np.log10(2), atol=1e-3)
    clipped = sampling.amplified(np.array([0.0, 0.4, -0.9]), 12.0)
    assert clipped.tolist() == [0.0, 1.0, -1.0]


@pytest.mark.parametrize(("name", "bins", "side_lobe"), [
    ("rectangular", 2, -13.3), ("hann", 4, -31.5), ("hamming", 4, -42.7), ("blackman", 6, -58.1),
])  # fmt: skip
def test_windows_have_the_lobes_of_the_textbook(name, bins, side_lobe):
    """Harris (1978), table I."""
    width, highest = spectrum.side_lobe(name)
    assert width == pytest.approx(bins, abs=0.1) and highest == pytest.approx(side_lobe, abs=0.6)


@pytest.mark.parametrize(
    ("n", "name"), [(256, "hann"), (1000, "hamming"), (RATE, "rectangular"), (255, "hann")]
)
def test_the_density_is_that_of_scipy(n, name):
    samples = RNG.standard_normal(RATE)
    hz, power = spectrum.psd(samples, RATE, n, name)
    window = scipy.signal.get_window(spectrum.WINDOWS[name], n)
    expected = scipy.signal.welch(samples, RATE, window, n, n - max(1, n // 2), detrend=False)
    assert np.allclose(hz, expected[0]) and np.allclose(power, expected[1])


@pytest.mark.parametrize("n", [RATE, RATE - 1])
def test_the_area_under_the_periodogram_is_the_mean_square(n):
    samples = RNG.standard_normal(n) + 0.3
    hz, power = spectrum.psd(samples, RATE, n, "rectangular")
    assert power.sum() * hz[1] == pytest.approx(np.mean(samples**2), rel=1e-9)


@pytest.mark.parametrize("n", [512, 511])
def test_all_partials_are_the_frame_and_their_shares_add_up(n):
    frame = RNG.standard_normal(n)
    built, kept, share = spectrum.strongest(frame, n // 2 + 1)
    assert np.allclose(built, frame) and kept.all() and share == pytest.approx(1.0)
    shares = [spectrum.strongest(frame, k)[2] for k in range(1, 40)]
    assert shares == sorted(set(shares))
    part, _, share = spectrum.strongest(frame, 20)
    assert np.sum(part**2) / np.sum(frame**2) == pytest.approx(share, rel=1e-9)  # Parseval


def test_the_mel_formula_passes_its_known_points():
    assert mel.hz_to_mel(0.0) == 0.0 and mel.hz_to_mel(1000.0) == pytest.approx(1000.0, abs=0.1)
    assert mel.hz_to_mel(8000.0) == pytest.approx(2840.0, abs=0.1)
    hz = np.geomspace(20, 8000, 50)
    assert np.allclose(mel.mel_to_hz(mel.hz_to_mel(hz)), hz)


def test_triangles_stand_at_equal_distances_in_mel_and_are_those_of_the_features():
    from audioclf.features.frames import mel_centres

    borders = mel.edges(26)
    assert np.allclose(np.diff(mel.hz_to_mel(borders)), np.diff(mel.hz_to_mel(borders))[0])
    assert np.allclose(borders[1:-1], mel_centres(26, 0.0, mel.TOP_HZ))


def test_correlation_is_that_of_numpy_and_the_dct_lowers_it_for_speech():
    rows = RNG.standard_normal((5, 200)).cumsum(axis=0)
    matrix, mean = mel.correlation(rows)
    assert np.allclose(matrix, np.corrcoef(rows))
    assert mean == pytest.approx((np.abs(np.corrcoef(rows)).sum() - 5) / 20)


@pytest.mark.parametrize("hz", [80.0, 125.0, 220.0, 310.0])
def test_the_cepstral_peak_of_pulses_is_at_their_period(hz):
    times = np.arange(round(0.04 * RATE)) / RATE
    harmonics = sum(np.sin(2 * np.pi * k * hz * times) / k for k in range(1, int(7000 / hz)))
    found, height = resynthesis.pitch(np.hanning(len(times)) * harmonics, RATE)
    assert found == pytest.approx(hz, rel=0.02) and height > resynthesis.VOICED


def test_noise_has_no_pitch():
    heights = [resynthesis.pitch(np.hanning(640) * RNG.standard_normal(640), RATE)[1] for _ in range(20)]
    assert np.median(heights) < resynthesis.VOICED


def test_the_inverse_of_the_short_time_transform_gives_the_samples_back():
    samples = RNG.standard_normal(5000)
    for size, hop in ((512, 128), (256, 64), (64, 16)):
        found = resynthesis.istft(resynthesis.stft(samples, size, hop), len(samples), size, hop)
        assert np.allclose(found, samples)


def test_griffin_lim_comes_close_to_the_magnitudes():
    samples = tone(440).samples.astype(float) + tone(1000).samples
    wanted = np.abs(resynthesis.stft(samples, 512, 128))
    built = resynthesis.griffin_lim(wanted, len(samples), 512, 128)
    error = np.linalg.norm(np.abs(resynthesis.stft(built, 512, 128)) - wanted) / np.linalg.norm(wanted)
    assert error < 0.2


def test_all_coefficients_keep_all_bands_and_fewer_miss_more():
    clip = excerpt(Clip(RNG.standard_normal(RATE).astype(np.float32) * 0.1, RATE))
    errors = []
    for n in (5, 13, 20, 26):
        full, kept, _ = resynthesis.mel_envelopes(clip, 26, n)
        errors.append(float(np.sqrt(np.mean((full - kept) ** 2))))
    assert errors == sorted(errors, reverse=True) and errors[-1] == pytest.approx(0.0, abs=1e-3)


def test_shaped_noise_has_the_band_energies_that_it_was_given():
    """Noise through a low-pass filter: the built sound falls with frequency alike, but for the noise's own spread."""
    from audioclf.features.spectral import LogMel

    white = RNG.standard_normal(RATE)
    low = scipy.signal.lfilter([1.0], [1.0, -0.9], white)
    clip = Clip((0.1 * low / np.abs(low).max()).astype(np.float32), RATE)
    built = resynthesis.noise_like(clip, 26)
    levels = [LogMel(n_mels=20, fmin=0.0)(one).values.mean(axis=1) for one in (clip, built)]
    difference = levels[0] - levels[0].mean() - (levels[1] - levels[1].mean())
    assert np.abs(difference).max() < 3.0
