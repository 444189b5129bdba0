"""Spectra compared with SciPy and their definitions, and with known properties of test signals."""

from functools import partial

import numpy as np
import pytest
import scipy.fft
import scipy.signal
import sounds

from audioclf.features.frames import power_to_db
from audioclf.features.spectral import Deltas, LogMel, Mfcc, Spectrogram
from audioclf.types import Clip

chirp = partial(sounds.chirp, sample_rate=8000)
tone = partial(sounds.tone, sample_rate=8000)

ALL = [Spectrogram(), LogMel(), Mfcc(), Deltas()]


def noise(seconds=1.0, sample_rate=8000):
    return sounds.noise(seconds, sample_rate)


@pytest.mark.parametrize("sample_rate", [4000, 4050, 8000, 11025, 16000, 22050, 44100, 48000, 192000])
def test_one_second_gives_13_by_99_mfccs_at_any_rate(sample_rate):
    assert Mfcc()(noise(1.0, sample_rate)).values.shape == (13, 99)


@pytest.mark.parametrize("feature", ALL, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.333, 1.0, 21.0])
def test_frames_cover_the_clip_and_carry_their_times(feature, seconds):
    clip = noise(seconds)
    found = feature(clip)
    assert found.seconds[0] == pytest.approx(0.0125, abs=1e-3)
    assert np.allclose(np.diff(found.seconds), 0.010)
    # The last frame reaches the end of the clip, and the one before does not.
    assert found.seconds[-1] + 0.0125 >= clip.seconds - 1e-9
    assert len(found.seconds) == 1 or found.seconds[-2] + 0.0125 < clip.seconds


def test_silence_is_at_the_floor():
    silence = Clip(np.zeros(8000, np.float32), 8000)
    assert (LogMel(top_db=70.0)(silence).values == -70.0).all()
    assert np.abs(Deltas()(silence).values).max() < 0.05


def test_decibels_are_relative_to_the_loudest_and_floored():
    assert np.allclose(power_to_db(np.array([1e-3, 1e-5, 1e-30, 0], np.float32), 40.0), [0, -20, -40, -40])


@pytest.mark.parametrize("hz", [150, 500, 1234, 3000, 3900])
def test_a_tone_lands_in_its_band(hz):
    for feature in (Spectrogram(), LogMel()):
        found = feature(tone(hz))
        nearest = np.abs(found.hz - hz).argmin()
        assert (np.abs(found.values.argmax(axis=0) - nearest) <= 1).all()


def test_a_chirp_rises():
    for feature in (Spectrogram(), LogMel()):
        found = feature(chirp(200, 3800))
        ridge = found.hz[found.values.argmax(axis=0)]
        assert (np.diff(ridge) >= 0).all()
        # Within a mel band's width of the chirp's own frequency at each frame's centre.
        assert np.abs(ridge - (200 + 3600 * found.seconds)).max() < 180


def test_parseval_of_each_frame():
    clip = noise()
    found = Spectrogram(top_db=300.0, n_fft=512)(clip)
    power = 10 ** (found.values[:, :97] / 10)
    from_spectrum = power[0] + 2 * power[1:-1].sum(axis=0) + power[-1]
    window = scipy.signal.get_window("hann", 200)
    frames = np.lib.stride_tricks.sliding_window_view(clip.samples, 200)[: 97 * 80 : 80]
    from_samples = np.square((frames - frames.mean(axis=1, keepdims=True)) * window).sum(axis=1)
    assert np.allclose(from_spectrum / from_spectrum[0], from_samples / from_samples[0], rtol=1e-3)


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_spectrogram_agrees_with_scipy(sample_rate):
    clip = noise(0.5, sample_rate)
    win, hop = round(0.025 * sample_rate), round(0.010 * sample_rate)
    found = Spectrogram()(clip)
    n_fft = 2 * (len(found.hz) - 1)
    hz, seconds, power = scipy.signal.spectrogram(
        clip.samples, sample_rate, "hann", win, win - hop, n_fft, detrend="constant", scaling="spectrum"
    )
    power[1:-1] /= 2  # SciPy folds the negative frequencies in
    expected = power_to_db(power, 80.0)
    n = len(seconds)
    assert np.allclose(found.hz, hz)
    assert np.allclose(found.seconds[:n], seconds, atol=0.5 / sample_rate)
    difference = found.values[:, :n] - expected
    assert np.abs(difference - np.median(difference)).max() < 0.02


def mel_edges(n_mels, fmin):
    """Edges and centres of the bands up to 4 kHz, evenly spaced in ln(1 + f / 700 Hz) as in HTK."""
    return 700 * np.expm1(np.linspace(np.log1p(fmin / 700), np.log1p(4000 / 700), n_mels + 2))


def mel_db(samples, n_mels, fmin):
    """Mel spectrogram by its definition, on our frames: mean removed per frame, the last one padded."""
    padded = np.pad(samples, (0, -(len(samples) - 200) % 80))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 200)[::80]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * scipy.signal.get_window("hann", 200)
    power = np.abs(scipy.fft.rfft(frames, 256)) ** 2
    edges, hz = mel_edges(n_mels, fmin), scipy.fft.rfftfreq(256, 1 / 8000)
    mel = np.stack([power @ np.interp(hz, edges[i : i + 3], (0, 1, 0)) for i in range(n_mels)])
    return np.maximum(10 * np.log10(mel / mel.max()), -80)


def test_log_mel_agrees_with_its_definition():
    found = LogMel()(noise())
    assert np.allclose(found.values, mel_db(noise().samples, 40, 60.0), atol=0.02)
    assert np.allclose(found.hz, mel_edges(40, 60.0)[1:-1])


@pytest.mark.parametrize("lifter", [0, 22])
def test_mfcc_agrees_with_scipy(lifter):
    samples = noise().samples
    bands = mel_db(np.append(samples[0], samples[1:] - 0.97 * samples[:-1]), 26, 0.0)
    expected = scipy.fft.dct(bands, axis=0, norm="ortho")[:13]
    if lifter:
        expected *= (1 + lifter / 2 * np.sin(np.pi * np.arange(13) / lifter))[:, None]
    assert np.allclose(Mfcc(lifter=lifter)(noise()).values, expected, atol=0.02 * (1 + lifter / 2))


def test_deltas_agree_with_scipy():
    """The slope of the line through five frames."""
    slopes = partial(scipy.signal.savgol_filter, window_length=5, polyorder=1, deriv=1, mode="nearest")
    base, found = Mfcc()(noise()).values, Deltas(cmvn=False)(noise()).values
    assert np.allclose(found[:13], base)
    assert np.allclose(found[13:], np.concatenate([slopes(base), slopes(slopes(base))]), atol=1e-3)


def test_normalised_rows_have_mean_zero_and_variance_one():
    values = Deltas()(noise()).values
    assert np.abs(values.mean(axis=1)).max() < 1e-4
    # The smallest standard deviation of a delta is about 0.3 dB; the guard against 0/0 adds 0.01.
    assert np.abs(values.std(axis=1) - 1).max() < 0.05


def test_normalisation_ignores_pauses_around_the_sound():
    clip = noise(0.5)
    alone = Deltas()(clip).values
    padded = Deltas()(Clip(np.pad(clip.samples, (2400, 1600)), 8000)).values[:, 30:79]
    # Frames 3 to 45 hold the same samples; the rest comes from the few half-filled frames at either end.
    assert np.abs(alone[:13, 3:45] - padded[:13, 3:45]).mean() < 0.3


def test_normalisation_removes_a_constant_colour():
    # A filter that is short against a frame adds the same cepstrum to every frame.
    clip = noise(2.0)
    coloured = Clip(scipy.signal.lfilter([1.0, 0.6], [1.0], clip.samples).astype(np.float32), 8000)
    change = np.abs(Mfcc()(coloured).values - Mfcc()(clip).values).mean(axis=1)
    raw, normalised = Mfcc(), Deltas(orders=0)
    spread = raw(clip).values.std(axis=1)
    left = np.abs(normalised(coloured).values - normalised(clip).values).mean(axis=1)
    assert change[1] / spread[1] > 2.0  # the first cepstrum is the spectrum's tilt
    assert left[1] < 0.3


def test_a_limit_above_half_the_rate_means_half_the_rate():
    clip = noise()
    assert np.array_equal(LogMel(fmax=20000.0)(clip).values, LogMel()(clip).values)


def test_a_long_clip_in_blocks_equals_its_parts():
    clip = noise(25.0)
    whole = Spectrogram(top_db=200.0)(clip).values
    part = Spectrogram(top_db=200.0)(Clip(clip.samples[80 * 2040 :], 8000)).values
    difference = whole[:, 2040:2100] - part[:, :60]
    assert np.abs(difference - np.median(difference)).max() < 0.01
