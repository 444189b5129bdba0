"""The verdict tells each model's label, which models are sure, and which do not know the sound."""

import re

import numpy as np
import pytest
from fakes import DIGITS, joined, swell
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence

from audioclf.inference.verdict import NOTHING, listened, notices, verdict
from audioclf.types import Clip, Prediction


def pred(family: str, label: str | None, score: float = 0.95, **changes) -> Prediction:
    """One prediction; label None is silence."""
    scores = np.zeros(len(DIGITS))
    if label is not None:
        scores[:] = (1 - score) / (len(DIGITS) - 1)
        scores[DIGITS.index(label)] = score
    values = {
        "task": "digits",
        "model": f"digits-{family}",
        "family": family,
        "labels": DIGITS,
        "scores": scores,
        "window_scores": scores[None],
        "window_seconds": np.array([[0.0, 1.0]]),
        "known": label is not None,
        "unknown_score": 0.1,
        "clip_seconds": 1.0,
        "model_seconds": 0.01,
        "focus": 0,
    }
    return Prediction(**{**values, **changes})


def reject(family: str, label: str, unknown_score: float = 0.9) -> Prediction:
    return pred(family, label, known=False, unknown_score=unknown_score)


def test_a_prediction_with_a_high_unknown_score_is_not_sure():
    assert pred("rnn", "four", 0.99, unknown_score=0.02).certainty == "sure"
    assert pred("rnn", "four", 0.99, unknown_score=0.45).certainty == "unsure"


CASES = [
    # one model
    ([pred("cnn", None)], NOTHING),
    ([pred("cnn", "seven")], "The CNN hears seven and is sure."),
    ([pred("cnn", "seven", 0.5)], "The CNN hears seven, but is unsure."),
    ([reject("cnn", "seven")], "The CNN does not know this sound; its closest guess is seven."),
    # two
    ([pred("cnn", "seven", 0.99), pred("rnn", "seven", 0.9)], "Both models hear seven; the CNN is surest."),
    ([pred("cnn", "seven", 0.9), pred("rnn", "seven", 0.9)], "Both models hear seven and are sure."),
    ([pred("cnn", "seven", 0.6), pred("rnn", "seven", 0.9)], "Both models hear seven; only the RNN is sure."),
    ([pred("cnn", "one", 0.6), pred("rnn", "one", 0.5)], "Both models hear one, but neither is sure."),
    (
        [pred("cnn", "seven"), pred("rnn", "nine", 0.5)],
        "The two disagree: the CNN hears seven; the RNN hears nine, but is unsure.",
    ),
    (
        [pred("cnn", "seven"), reject("rnn", "nine")],
        "The CNN hears seven; the RNN does not know this sound.",
    ),
    (
        [reject("cnn", "six", 0.8), reject("rnn", "six")],
        "Neither model knows this sound; both would guess six.",
    ),
    (
        [reject("cnn", "six"), reject("rnn", "two", 0.7)],
        "Neither model knows this sound; the closest guess is two, by the RNN.",
    ),
    # three
    ([pred("gmm", None), pred("cnn", None), pred("rnn", None)], NOTHING),
    (
        [pred("gmm", "seven", 0.9), pred("cnn", "seven", 0.99), pred("rnn", "seven", 0.95)],
        "All three hear seven; the CNN is surest.",
    ),
    (
        [pred("gmm", "seven", 0.9), pred("cnn", "seven", 0.9), pred("rnn", "seven", 0.9)],
        "All three hear seven and are sure.",
    ),
    (
        [pred("gmm", "seven", 0.5), pred("cnn", "seven"), pred("rnn", "seven")],
        "All three hear seven; the GMM is unsure.",
    ),
    (
        [pred("gmm", "seven", 0.5), pred("cnn", "seven"), pred("rnn", "seven", 0.6)],
        "All three hear seven; only the CNN is sure.",
    ),
    (
        [pred("gmm", "seven", 0.5), pred("cnn", "seven", 0.5), pred("rnn", "seven", 0.6)],
        "All three hear seven, but none of them is sure.",
    ),
    (
        [pred("gmm", "nine", 0.5), pred("cnn", "seven", 0.99), pred("rnn", "seven")],
        "CNN and RNN hear seven; the GMM hears nine, but is unsure.",
    ),
    (
        [pred("gmm", "nine"), pred("cnn", "seven", 0.9), pred("rnn", "seven", 0.6)],
        "CNN and RNN hear seven, though the RNN is unsure; the GMM hears nine.",
    ),
    (
        [pred("gmm", "nine"), pred("cnn", "seven", 0.7), pred("rnn", "seven", 0.6)],
        "CNN and RNN hear seven, but are unsure; the GMM hears nine.",
    ),
    (
        [pred("gmm", "one", 0.5), pred("cnn", "two", 0.9), pred("rnn", "six", 0.6)],
        "The three disagree: the CNN hears two; the RNN hears six, but is unsure; "
        "the GMM hears one, but is unsure.",
    ),
    (
        [pred("gmm", "one", 0.4), pred("cnn", "two", 0.6), pred("rnn", "six", 0.5)],
        "The three disagree, and none of them is sure: "
        "the CNN hears two, the RNN hears six and the GMM hears one.",
    ),
    (
        [pred("gmm", "one", 0.4), pred("cnn", "two", 0.6)],
        "The two disagree, and neither is sure: the CNN hears two and the GMM hears one.",
    ),
    (
        [reject("gmm", "nine"), pred("cnn", "seven", 0.99), pred("rnn", "seven")],
        "CNN and RNN hear seven; the GMM does not know this sound.",
    ),
    (
        [reject("gmm", "nine"), pred("cnn", "seven"), pred("rnn", "six", 0.6)],
        "The CNN hears seven; the RNN hears six, but is unsure; the GMM does not know this sound.",
    ),
    (
        [reject("gmm", "nine"), pred("cnn", "seven", 0.5), reject("rnn", "six")],
        "The CNN hears seven, but is unsure; the GMM and the RNN do not know this sound.",
    ),
    (
        [reject("gmm", "nine", 0.99), reject("cnn", "seven", 0.6), reject("rnn", "six", 0.9)],
        "None of the three knows this sound; the closest guess is seven, by the CNN.",
    ),
    (
        [reject("gmm", "nine", 0.99), reject("cnn", "nine"), reject("rnn", "nine")],
        "None of the three knows this sound; all would guess nine.",
    ),
    # more, and two of one family, which only their ids tell apart
    (
        [pred(family, "six", 0.5) for family in ("gmm", "cnn")] + [pred("rnn", "six"), pred("svm", "six")],
        "All four hear six; the GMM and the CNN are unsure.",
    ),
    (
        [pred("cnn", "six", model="small-cnn"), pred("cnn", "six", 0.99, model="big-cnn")],
        "Both models hear six; big-cnn is surest.",
    ),
    (
        [pred("cnn", "six", 0.5, model="small-cnn"), pred("cnn", "two", 0.99, model="big-cnn")],
        "The two disagree: big-cnn hears two; small-cnn hears six, but is unsure.",
    ),
]


@pytest.mark.parametrize(("predictions", "sentence"), CASES, ids=[sentence[:60] for _, sentence in CASES])
def test_the_sentence(predictions, sentence):
    assert verdict(predictions) == sentence


def test_the_verdict_does_not_depend_on_the_order_of_models():
    predictions = [pred("gmm", "nine", 0.5), pred("cnn", "seven", 0.99), pred("rnn", "seven", 0.9)]
    assert verdict(predictions[::-1]) == "CNN and RNN hear seven; the GMM hears nine, but is unsure."


def test_labels_are_written_without_underscores():
    p = Prediction(
        **{**vars(pred("cnn", "one")), "labels": ("acoustic_guitar", *DIGITS[1:]), "scores": np.eye(10)[0]}
    )
    assert verdict([p]) == "The CNN hears acoustic guitar and is sure."


def test_a_good_clip_has_no_notices():
    assert notices(swell(1.0, level=0.9), [pred("cnn", "one")], 8000) == ()


def test_a_clipped_sine_gets_a_notice_and_a_full_scale_sine_does_not():
    sine = np.sin(np.arange(8000) * 0.3)
    good = Clip(sine.astype(np.float32), 8000)
    damaged = Clip(np.clip(1.5 * sine, -1, 1).astype(np.float32), 8000)
    assert notices(good, [pred("cnn", "one")], 8000) == ()
    (sentence,) = notices(damaged, [pred("cnn", "one")], 8000)
    assert "clipped" in sentence


def test_silence_around_a_clipped_sound_does_not_hide_it():
    damaged = Clip(np.clip(1.5 * np.sin(np.arange(4000) * 0.3), -1, 1).astype(np.float32), 8000)
    (sentence,) = notices(joined(silence(0.2, 8000), damaged, silence(0.2, 8000)), [pred("cnn", "one")], 8000)
    assert "clipped" in sentence


def test_the_notice_for_a_quiet_sound_names_its_level():
    (sentence,) = notices(swell(1.0, level=0.005), [pred("cnn", "one")], 8000)
    assert "46 dB below full scale" in sentence


def test_the_notice_for_a_low_sample_rate_names_the_missing_frequencies():
    (sentence,) = notices(swell(1.0, sample_rate=4000), [pred("cnn", "one")], 8000)
    assert "4 kHz" in sentence
    assert "above 2 kHz are missing" in sentence


def test_the_notice_for_a_long_clip_names_the_part_that_decided():
    p = pred("cnn", "one", window_seconds=np.array([[0.0, 1.0], [3.2, 4.2]]), focus=1)
    (sentence,) = notices(swell(5.0), [p], 8000)
    assert sentence == "The answer rests on the loudest 1 s, from 3.2 s to 4.2 s."


def test_a_clip_hardly_longer_than_a_window_has_no_notice():
    assert notices(swell(1.2), [pred("cnn", "one", window_seconds=np.array([[0.1, 1.1]]))], 8000) == ()


def test_the_notice_for_mean_pooling_counts_the_windows_that_are_not_silent():
    rows = np.array([np.eye(10)[3], np.zeros(10), np.eye(10)[3]])
    spans = np.array([[0.0, 5.0], [2.5, 7.5], [5.0, 10.0]])
    p = pred("cnn", "three", window_scores=rows, window_seconds=spans, focus=None)
    (sentence,) = notices(swell(10.0), [p], 8000)
    assert sentence == "The answer is the mean over 2 windows of 5 s."


def test_silence_has_no_notices_and_no_part_that_decided():
    assert notices(silence(), [pred("cnn", None)], 8000) == ()
    assert listened(silence(), [pred("cnn", None)]) is None


def test_the_part_that_decided_lies_within_the_clip():
    p = pred("cnn", "one", window_seconds=np.array([[-0.25, 0.75]]))
    assert listened(swell(0.5), [p]) == (0.0, 0.5)


ANSWERS = st.tuples(st.sampled_from(DIGITS), st.floats(0.15, 0.999), st.booleans(), st.floats(0, 1))


@given(st.lists(ANSWERS, min_size=1, max_size=12))
def test_any_predictions_give_one_true_sentence(answers):
    predictions = [
        pred("cnn", label, score, known=known, unknown_score=unknown, model=f"model-{i}")
        for i, (label, score, known, unknown) in enumerate(answers)
    ]
    sentence = verdict(predictions)
    assert sentence.endswith(".") and sentence.count(".") == 1
    assert sentence[0].isupper() or sentence.startswith("Model-")
    heard = {p.label for p in predictions if p.known}
    assert heard <= {word for word in DIGITS if re.search(rf"\b{word}\b", sentence)}
    if not heard:
        assert "know" in sentence
    if all(p.certainty != "sure" for p in predictions):
        assert not re.search(r"surest|are sure|only .* is sure|and is sure", sentence)
