"""A clip is validated on construction and read-only; the caller's array stays writable."""

import numpy as np
import pytest
from fake_analysis import DIGITS, fake_prediction, fake_silence
from hypothesis import given
from hypothesis import strategies as st

from audioclf.types import AudioclfError, AudioError, Clip
from audioclf.wording import probability


def test_a_clip_is_read_only_and_the_caller_s_array_stays_writable():
    own = np.zeros(8, np.float32)
    clip = Clip(own, 8000)
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1
    own[0] = 1


@pytest.mark.parametrize(
    ("samples", "sample_rate", "words"),
    [
        (np.zeros(0), 8000, "at least one sample"),
        (np.zeros((2, 8)), 8000, r"one channel.*\(2, 8\)"),
        (np.array([0.0, np.nan]), 8000, "not finite"),
        (np.array([0.0, np.inf]), 8000, "not finite"),
        (np.zeros(8, np.int16), 8000, "floats with full scale 1, not int16"),
        (np.zeros(8), 0, "0 Hz is not positive"),
        (np.zeros(8), 768_001, "above 768000"),
        (np.zeros(8), 10**400, "far too many Hz"),
        (np.zeros(8), float("nan"), "nan Hz"),
        (np.zeros(8), True, "'True' is no sample rate"),
        (np.zeros(8), None, "'None' is no sample rate"),
    ],
)
def test_invalid_samples_and_rates_are_refused(samples, sample_rate, words):
    with pytest.raises(AudioError, match=words):
        Clip(samples, sample_rate)


PREDICTIONS = st.builds(
    lambda label, score, none: fake_prediction("cnn", label, score, unknown_score=none),
    st.sampled_from(DIGITS),
    st.floats(0.101, 1),
    st.floats(0, 1),
)


@given(PREDICTIONS)
def test_a_prediction_is_one_distribution_whose_longest_bar_is_the_answer(p):
    assert p.probabilities.sum() == pytest.approx(1)
    (first, most), *others = p.top(len(DIGITS) + 1)
    assert first == p.answer and all(most >= share for _, share in others)
    assert {label for label, _ in p.top(len(DIGITS) + 1)} == {*DIGITS, None}
    assert p.known == (p.probability >= p.none_of_these)
    assert p.certainty == "unknown" if first is None else p.certainty in ("sure", "unsure")


@pytest.mark.parametrize("k", [-1, 0, "a", 2.5, None, True])
def test_a_number_of_answers_that_cannot_be_given_is_refused_in_a_sentence(k):
    with pytest.raises(AudioclfError, match="whole number from 1 on"):
        fake_prediction().top(k)


def test_more_answers_than_there_are_gives_all():
    assert len(fake_prediction().top(np.int64(99))) == len(DIGITS) + 1


@given(PREDICTIONS)
def test_sure_is_decided_by_the_number_that_people_see(p):
    shown = probability(p.probability)
    least = 100 if shown == ">99 %" else 0 if shown == "<1 %" else int(shown.removesuffix(" %"))
    assert (p.certainty == "sure") == (least >= 80)


def test_a_high_probability_of_none_of_these_leaves_nobody_sure():
    assert fake_prediction(score=0.99, unknown_score=0.02).certainty == "sure"
    assert fake_prediction(score=0.99, unknown_score=0.45).certainty == "unsure"
    assert fake_prediction(score=0.99, unknown_score=0.55).certainty == "unknown"


def test_a_silent_clip_has_no_answer_and_no_probabilities():
    p = fake_silence()
    assert not p.probabilities.any() and not p.known and p.label is p.answer is None
    assert p.certainty == "unknown"
