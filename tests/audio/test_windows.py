"""Silence detection, resampling, writing and windows of clips."""

import numpy as np
import pytest
import sounds
from hypothesis import given
from hypothesis import strategies as st

from audioclf.audio import cut, encode_wav, is_silent, load_clip, loudest_window, resample, sliding_windows
from audioclf.types import Clip

# --- silence


def test_a_file_of_zeros_is_a_silent_clip():
    assert is_silent(load_clip(sounds.sndfile_bytes(np.zeros(16_000), 16_000, "WAV")))


@pytest.mark.parametrize("dbfs, silent", [(-70, True), (-62, True), (-58, False), (-20, False)])
def test_silence_begins_60_db_below_full_scale(dbfs, silent):
    assert is_silent(sounds.tone(amplitude=np.sqrt(2) * 10 ** (dbfs / 20))) is silent


def test_a_constant_offset_is_silent_and_a_short_event_is_not():
    offset = Clip(np.full(16_000, 0.3, np.float32), 16_000)
    assert is_silent(offset)
    with_event = np.array(offset.samples)
    with_event[8_000:8_400] += sounds.tone(seconds=0.025).samples * 0.1
    assert not is_silent(Clip(with_event, 16_000))


def test_a_full_scale_square_wave_is_not_silent():
    square = np.sign(np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000 + 0.1))
    assert not is_silent(load_clip(sounds.sndfile_bytes(square, 16_000, "WAV")))


# --- resampling and writing


@pytest.mark.parametrize("sample_rate", [4_000, 8_000, 22_050, 48_000])
def test_resampling_keeps_the_tone_its_level_and_its_length(sample_rate):
    clip = resample(sounds.tone(hz=1000), sample_rate)
    assert clip.sample_rate == sample_rate
    assert clip.seconds == pytest.approx(1.0, abs=1 / sample_rate)
    assert sounds.frequency(clip) == pytest.approx(1000, abs=1.5)
    assert np.sqrt(np.mean(clip.samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_resampling_removes_frequencies_above_the_new_nyquist():
    clip = resample(sounds.tone(hz=6000), 8_000)  # would alias to 2 kHz
    middle = clip.samples[1000:-1000]
    assert np.abs(middle).max() < 0.5 * 10 ** (-90 / 20)


def test_resampling_to_the_same_rate_changes_nothing():
    clip = sounds.noise()
    assert resample(clip, clip.sample_rate) is clip


def test_a_written_wav_is_read_back_within_half_a_step(tmp_path):
    clip = sounds.noise()
    data = encode_wav(clip, tmp_path / "out.wav")
    assert (tmp_path / "out.wav").read_bytes() == data
    np.testing.assert_allclose(load_clip(data).samples, clip.samples, atol=0.5 / 32768 + 1e-7)


def test_writing_clips_at_full_scale_instead_of_wrapping():
    back = load_clip(encode_wav(sounds.tone(amplitude=3.0)))
    assert back.samples.max() > 0.99 and back.samples.min() < -0.99
    assert np.abs(np.diff(back.samples)).max() < 0.6


# --- windows

lengths = st.integers(1, 4000)


@given(n=lengths, seconds=st.floats(0.001, 0.6), hop=st.none() | st.floats(0.01, 0.6))
def test_windows_are_of_equal_length_and_cover_the_clip(n, seconds, hop):
    clip = Clip(np.arange(1, n + 1, dtype=np.float32), 1000)
    parts = sliding_windows(clip, seconds, hop)
    size = max(1, round(seconds * 1000))
    assert {len(part.samples) for _, part in parts} == {size}
    seen = np.concatenate([part.samples for _, part in parts])
    starts = [start for start, _ in parts]
    if n < size:
        assert len(parts) == 1 and starts[0] <= 0  # 0 if only rounding makes the clip shorter
        np.testing.assert_array_equal(np.trim_zeros(seen), clip.samples)
        left, right = np.flatnonzero(seen)[0], size - 1 - np.flatnonzero(seen)[-1]
        assert abs(left - right) <= 1
    else:
        assert starts[0] == 0 and starts == sorted(set(starts))
        assert starts[-1] + size / 1000 == pytest.approx(clip.seconds)
        if hop is None or round(hop * 1000) <= size:
            assert set(seen) == set(clip.samples)
        for start, part in parts:
            np.testing.assert_array_equal(cut(clip, start, seconds).samples, part.samples)


def test_windows_overlap_by_half_by_default():
    assert [start for start, _ in sliding_windows(sounds.silence(3.2), 1.0)] == [0, 0.5, 1, 1.5, 2, 2.2]


def test_cut_puts_zeros_outside_the_clip():
    clip = Clip(np.ones(1000, np.float32), 1000)
    np.testing.assert_array_equal(cut(clip, -0.25, 0.5).samples, [0] * 250 + [1] * 250)
    np.testing.assert_array_equal(cut(clip, 0.9, 0.2).samples, [1] * 100 + [0] * 100)
    assert not cut(clip, 5.0, 0.2).samples.any() and not cut(clip, -5.0, 0.2).samples.any()


@pytest.mark.parametrize("start", [0.5, 0.9, 1.3, 1.77, 2.0])
def test_the_loudest_window_has_the_burst_in_its_middle(start):
    begin = loudest_window(sounds.burst(start), 1.0)
    assert begin + 0.5 == pytest.approx(start + 0.2, abs=0.02)


@pytest.mark.parametrize("start, expected", [(0.0, 0.0), (2.6, 2.0)])
def test_the_loudest_window_stays_inside_the_clip(start, expected):
    assert loudest_window(sounds.burst(start), 1.0) == pytest.approx(expected, abs=1e-6)


def test_the_loudest_window_of_a_short_clip_is_its_sliding_window():
    clip = sounds.tone(seconds=0.4)
    assert loudest_window(clip, 1.0) == pytest.approx(sliding_windows(clip, 1.0)[0][0]) == pytest.approx(-0.3)


@given(n=lengths, seconds=st.floats(0.001, 3.0), seed=st.integers(0, 9))
def test_the_loudest_window_can_always_be_cut_from_a_longer_clip(n, seconds, seed):
    clip = Clip(np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32), 1000)
    begin = loudest_window(clip, seconds)
    if clip.seconds > seconds:
        assert 0 <= begin <= clip.seconds - seconds
    else:
        assert begin <= 0


@given(
    n=st.integers(1, 2000),
    old=st.sampled_from([4000, 11025, 44100]),
    new=st.sampled_from([4000, 8000, 48000]),
)
def test_resampling_keeps_the_length(n, old, new):
    clip = resample(Clip(np.random.default_rng(n).uniform(-1, 1, n).astype(np.float32), old), new)
    assert abs(len(clip.samples) - n * new / old) <= 1
