"""Where there is sound, where words may end, and how a long recording is cut."""

import numpy as np
import pytest

from audioclf.audio.activity import LONGEST_UTTERANCE, outline, sounding_windows, span_seconds, utterances
from audioclf.types import Clip

RATE = 8000


def bursts(*spans: tuple[float, float], seconds: float, background: float = 1e-4) -> Clip:
    """Tones with smooth edges in soft noise."""
    at = np.arange(round(seconds * RATE)) / RATE
    samples = np.random.default_rng(0).normal(0, background, len(at))
    for start, end in spans:
        inside = (at >= start) & (at < end)
        share = (at[inside] - start) / (end - start)
        samples[inside] += 0.3 * np.sin(2 * np.pi * 300 * at[inside]) * np.sqrt(np.sin(np.pi * share))
    return Clip(samples.astype(np.float32), RATE)


def test_sound_is_where_the_tones_are():
    active = outline(bursts((0.5, 1.0), (1.5, 2.0), seconds=2.5)).active
    assert active[55:95].all() and active[155:195].all()
    assert not active[:48].any() and not active[102:148].any() and not active[202:].any()


def test_the_span_is_from_the_first_sound_to_the_last():
    assert abs(span_seconds(bursts((0.5, 1.0), (1.5, 2.0), seconds=2.5)) - 1.5) < 0.1
    assert span_seconds(Clip(np.zeros(800, np.float32), RATE)) <= 0.1


@pytest.mark.parametrize("gap", [0.0, 0.1, 0.3])
def test_words_may_begin_and_end_where_tones_do(gap):
    spans = [(0.3 + i * (0.4 + gap), 0.7 + i * (0.4 + gap)) for i in range(4)]
    moments = outline(bursts(*spans, seconds=3.5)).moments / 100
    for edge in np.ravel(spans):
        assert np.abs(moments - edge).min() <= 0.04


def test_moments_rise_from_the_start_to_the_end_and_are_few():
    shape = outline(bursts((0.1, 3.9), seconds=4.0))
    assert shape.moments[0] == 0 and shape.moments[-1] == len(shape.active)
    assert (np.diff(shape.moments) > 0).all()
    assert len(shape.moments) <= 4 + 6 * 3.8


@pytest.mark.parametrize("n", [1, 50, 80, 100])
def test_a_clip_of_a_few_samples_has_an_outline(n):
    shape = outline(Clip(np.full(n, 0.1, np.float32), RATE))
    assert len(shape.active) == 1
    assert utterances(Clip(np.full(n, 0.1, np.float32), RATE)) == [(0.0, n / RATE)]


def test_a_long_recording_is_cut_in_its_pauses():
    spans = [(i * 2.0 + 0.2, i * 2.0 + 1.6) for i in range(20)]
    cuts = utterances(bursts(*spans, seconds=40.0))
    assert cuts[0][0] == 0 and cuts[-1][1] == 40.0
    assert [end for _, end in cuts[:-1]] == [start for start, _ in cuts[1:]]
    assert max(end - start for start, end in cuts) <= LONGEST_UTTERANCE
    assert all(not any(start < cut < end for start, end in spans) for _, cut in cuts[:-1])


@pytest.mark.parametrize("seconds", [0.5, 1.0])
def test_a_short_clip_has_one_window(seconds):
    clip = bursts((0.1, 0.3), seconds=seconds)
    assert sounding_windows(clip, 1.0) == [(seconds - 1) / 2]


@pytest.mark.parametrize("at", [0.8, 2.1, 3.3])
def test_a_word_in_a_quiet_room_has_one_window(at):
    (start,) = sounding_windows(bursts((at, at + 0.4), seconds=5.0), 1.0)
    assert start + 0.5 == pytest.approx(at + 0.2, abs=0.1)


@pytest.mark.parametrize("below_db", [5, 34])
def test_a_word_among_clicks_has_a_window_of_its_own_however_soft_it_is(below_db):
    clip = bursts((1.8, 2.3), seconds=4.0)
    samples = clip.samples * np.float32(10 ** (-below_db / 20))
    for at in (0.2, 3.7):
        first = round(at * RATE)
        samples[first : first + RATE // 50] = np.random.default_rng(1).normal(0, 0.3, RATE // 50)
    starts = sounding_windows(Clip(samples, RATE), 1.0)
    assert len(starts) <= 4
    assert min(abs(start + 0.5 - 2.05) for start in starts) < 0.1


def test_windows_are_apart_and_inside_the_clip():
    clip = bursts((0.2, 0.4), (0.9, 1.2), (2.0, 3.9), (4.5, 4.7), seconds=5.0)
    starts = sounding_windows(clip, 1.0)
    assert 2 <= len(starts) <= 4
    assert all(0 <= start <= 4 for start in starts)
    assert np.diff(sorted(starts)).min() > 0.25
