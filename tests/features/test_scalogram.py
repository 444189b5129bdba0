"""The scalogram compared with PyWavelets' transform and with known properties of test signals."""

from functools import partial

import numpy as np
import pytest
import pywt
import scipy.signal
import sounds

from audioclf.features.scalogram import Scalogram, make_plan
from audioclf.types import Clip

chirp = partial(sounds.chirp, high=3600.0, sample_rate=8000)
noise = partial(sounds.noise, sample_rate=8000)
tone = partial(sounds.tone, sample_rate=8000)


def clicks(seconds=1.0, places=(0.2, 0.5, 0.83)):
    samples = np.zeros(round(8000 * seconds), np.float32)
    samples[[round(8000 * place) for place in places]] = 1.0
    return Clip(samples, 8000)


def voiced(seconds=1.0):
    """Pulses through a resonance, like a voiced sound."""
    pulses = np.zeros(round(8000 * seconds))
    pulses[::67] = 1.0
    return Clip(scipy.signal.lfilter([1], [1, -1.6, 0.9], pulses).astype(np.float32), 8000)


def faded(clip):
    """Without mean and with faded ends: the resampling below assumes a periodic clip."""
    ramp = np.minimum(1, np.minimum(np.arange(len(clip.samples)), np.arange(len(clip.samples))[::-1]) / 800)
    samples = clip.samples * ramp
    return Clip((samples - samples.mean()).astype(np.float32), clip.sample_rate)


def reference(clip, feature, monkeypatch, up=8):
    """pywt.cwt at the clip's samples, with peak gain 1 and without two approximations of PyWavelets.

    It reads the wavelet from a table of 1,024 points (we give it a finer one) and averages it over each sample
    interval, which loses 4 dB at half the rate (we pass eight times as many samples).
    """
    integrate = pywt.integrate_wavelet
    monkeypatch.setattr(
        "pywt._cwt.integrate_wavelet", lambda wavelet, precision: integrate(wavelet, precision=15)
    )
    hz = make_plan(feature, len(clip.samples), clip.sample_rate).hz
    scales = feature.centre * clip.sample_rate * up / hz
    samples = scipy.signal.resample(clip.samples.astype(np.float64), len(clip.samples) * up)
    found, _ = pywt.cwt(samples, scales, f"cmor{feature.bandwidth}-{feature.centre}", method="fft")
    return found[:, ::up] / np.sqrt(scales)[:, None]


SOUNDS = {"noise": noise, "chirp": chirp, "clicks": clicks, "voiced": voiced}


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("wavelet", [(1.5, 1.0), (2.5, 1.5)])
def test_agrees_with_pywavelets_at_every_sample(sound, wavelet, monkeypatch):
    clip = faded(SOUNDS[sound]())
    feature = Scalogram(n_scales=24, n_columns=len(clip.samples), bandwidth=wavelet[0], centre=wavelet[1])
    expected = np.abs(reference(clip, feature, monkeypatch))
    assert np.abs(np.sqrt(feature.energy(clip)) - expected).max() < 0.02 * expected.max()


@pytest.mark.parametrize("sample_rate", [16_000, 44_100])
def test_agrees_with_unmodified_pywavelets_well_below_half_the_rate(sample_rate):
    # Up to a sixteenth of the rate, what PyWavelets loses by averaging over a sample stays below 1 %.
    t = np.arange(sample_rate) / sample_rate
    swell = np.hanning(sample_rate)
    samples = swell * sum(np.sin(2 * np.pi * hz * t) / n for n, hz in enumerate((150, 400, 900), start=1))
    clip = Clip(samples.astype(np.float32), sample_rate)
    feature = Scalogram(n_scales=32, fmax=1000.0)
    plan = make_plan(feature, sample_rate, sample_rate)
    scales = sample_rate / plan.hz
    expected, _ = pywt.cwt(clip.samples, scales, "cmor1.5-1.0", method="fft")
    expected = np.abs(expected[:, :: plan.step]) / np.sqrt(scales)[:, None]
    assert np.abs(np.abs(feature.coefficients(clip)) - expected).max() < 0.02 * expected.max()


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("seconds", [1.0, 5.0])
def test_folded_coefficients_agree_with_pywavelets_at_the_columns(sound, seconds, monkeypatch):
    clip, feature = faded(SOUNDS[sound](seconds=seconds)), Scalogram(n_scales=24)
    step = make_plan(feature, len(clip.samples), 8000).step
    expected = np.abs(reference(clip, feature, monkeypatch)[:, ::step])
    found = feature.coefficients(clip)
    assert found.shape == expected.shape
    assert np.abs(np.abs(found) - expected).max() < 0.02 * expected.max()


@pytest.mark.parametrize("sound", ["noise", "chirp", "voiced"])
def test_columns_hold_the_mean_energy_of_their_samples(sound):
    clip = faded(SOUNDS[sound]())
    every = Scalogram(n_scales=24, n_columns=8000).energy(clip)
    expected = np.sqrt(every.reshape(24, 800, 10).mean(axis=2))
    assert np.abs(np.sqrt(Scalogram(n_scales=24).energy(clip)) - expected).max() < 0.03 * expected.max()


def test_wide_bands_of_a_long_clip_hold_the_mean_energy_too():
    # Overlapping frames spread energy near a column's border to the next column: compare means, not peaks.
    clip, feature = faded(noise(20.0)), Scalogram(n_scales=24)
    plan = make_plan(feature, 160_000, 8000)
    assert len(plan.wide_rows) >= 6
    every = Scalogram(n_scales=24, n_columns=160_000).energy(clip)
    expected = every[:, : plan.step * 750].reshape(24, 750, plan.step).mean(axis=2)[plan.wide_rows]
    found = feature.energy(clip)[plan.wide_rows, :750]
    assert np.abs(found.sum(axis=1) / expected.sum(axis=1) - 1).max() < 0.01
    assert np.abs(np.sqrt(found) - np.sqrt(expected)).mean() < 0.05 * np.sqrt(expected).mean()


def test_coefficients_have_the_phase_of_a_tone():
    # Peak gain 1 on half the spectrum: half the tone's amplitude, turning at the tone's frequency.
    clip, feature = tone(500), Scalogram(n_scales=3, fmin=250.0, fmax=1000.0)
    plan = make_plan(feature, 8000, 8000)
    middle = slice(200, 600)
    found = feature.coefficients(clip)[1, middle]
    times = np.arange(plan.n_columns)[middle] * plan.step / 8000
    assert plan.hz[1] == pytest.approx(500)
    assert np.allclose(found, -0.25j * np.exp(2j * np.pi * 500 * times), atol=2e-3)


@pytest.mark.parametrize("hz", [80, 250, 1000, 3000])
@pytest.mark.parametrize("seconds", [1.0, 30.0])
def test_a_tone_lands_in_its_band(hz, seconds):
    found = Scalogram()(tone(hz, seconds))
    loudest = found.values[:, 50:-50].argmax(axis=0)
    assert (np.abs(loudest - np.abs(found.hz - hz).argmin()) <= 1).all()


@pytest.mark.parametrize("seconds", [1.0, 30.0])
def test_a_chirp_rises(seconds):
    found = Scalogram()(chirp(200, high=3000, seconds=seconds))
    ridge = found.hz[found.values.argmax(axis=0)][20:-20]
    assert (np.diff(ridge) >= 0).all()
    expected = 200 + 2800 * found.seconds[20:-20] / seconds
    assert np.abs(ridge / expected - 1).max() < 0.08  # two bands


def test_tones_of_one_amplitude_look_alike_in_all_bands():
    feature = Scalogram(n_scales=8, fmin=100.0, fmax=3000.0)
    for seconds in (1.0, 30.0):
        hz = make_plan(feature, int(8000 * seconds), 8000).hz
        peaks = [feature.energy(tone(f, seconds))[row, 100:-100].mean() for row, f in enumerate(hz)]
        assert np.allclose(peaks, 0.25**2, rtol=0.05)  # 0.2 dB are lost where frames blur a bump


@pytest.mark.parametrize("seconds", [1.0, 30.0, 100.0])
def test_a_click_anywhere_between_columns_is_counted(seconds):
    # Point samples of the high bands would miss most of these clicks.
    feature = Scalogram(n_scales=12, fmin=100.0)
    plan = make_plan(feature, int(8000 * seconds), 8000)
    totals = []
    for place in range(int(4000 * seconds), int(4000 * seconds) + plan.step, max(1, plan.step // 7)):
        samples = np.zeros(int(8000 * seconds), np.float32)
        samples[place] = 1.0
        energy = feature.energy(Clip(samples, 8000))
        column = place // plan.step
        totals.append(energy[-3:, column - 4 : column + 5].sum(axis=1))
        assert (energy[-3:].argmax(axis=1) - column <= 1).all()
    assert np.allclose(totals, np.mean(totals, axis=0), rtol=0.05)


def test_the_end_of_a_clip_does_not_wrap_around_to_its_start():
    samples = np.zeros(8000, np.float32)
    samples[7000:] = tone(100, 0.125).samples
    clip = Clip(samples - samples.mean(), 8000)
    found = Scalogram(top_db=80.0)(clip)
    assert found.values[:, 40:400].max() < -40


@pytest.mark.parametrize("n_samples", [1, 7, 80, 799, 8001, 80_003])
@pytest.mark.parametrize("sample_rate", [4000, 8000, 44100, 192_000])
def test_any_length_gives_columns_over_the_whole_clip(n_samples, sample_rate):
    clip = sounds.noise(n_samples / sample_rate, sample_rate)
    found = Scalogram(n_scales=16)(clip)
    assert found.values.shape == (16, len(found.seconds))
    assert found.values.shape[1] <= 800
    assert np.isfinite(found.values).all()
    column = 2 * found.seconds[0]
    assert clip.seconds - 1e-9 <= len(found.seconds) * column < clip.seconds + column


def test_silence_and_offset_are_at_the_floor():
    for level in (0.0, 0.5):
        assert (Scalogram(top_db=50.0)(Clip(np.full(8000, level, np.float32), 8000)).values == -50.0).all()
