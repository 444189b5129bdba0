"""The verdict tells each model's label, which models are sure, and which do not know the sound."""

import re
from dataclasses import replace

import numpy as np
import pytest
from fake_analysis import DIGITS, fake_prediction, fake_silence
from fakes import joined, swell
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence

from audioclf.inference.verdict import listened, notices, verdict
from audioclf.types import Clip, Prediction

NOTHING = "Nothing to judge: the clip is silent, or too quiet."
FAMILIES = {1: ["cnn"], 2: ["cnn", "rnn"], 3: ["gmm", "cnn", "rnn"], 4: ["gmm", "cnn", "rnn", "svm"]}


def heard(words: str) -> list[Prediction]:
    """A prediction of each model, as CASES write them."""
    parts = words.split(", ")
    return [predicted(*each) for each in zip(FAMILIES[len(parts)], parts, strict=True)]


def predicted(family: str, words: str) -> Prediction:
    label, _, number = words.removeprefix("not ").partition(" ")
    if label == "nothing":
        return fake_silence(family)
    if words.startswith("not "):
        return fake_prediction(family, label, known=False, unknown_score=float(number or 0.9))
    return fake_prediction(family, label, float(number or 0.95), unknown_score=0.1)


# What each model says, with its score if that is not 0.95. "not six": the model does not know the sound, and
# its closest guess is six; with the unknown score if that is not 0.9.
CASES = [
    # the CNN
    ("nothing", NOTHING),
    ("seven", "The CNN says seven and is sure."),
    ("seven 0.5", "The CNN says seven, but is unsure."),
    ("not seven", "The CNN does not know this sound; its closest guess is seven."),
    # CNN and RNN
    ("seven 0.99, seven 0.9", "Both models say seven; the CNN is surest."),
    ("seven 0.9, seven 0.9", "Both models say seven and are sure."),
    ("seven 0.6, seven 0.9", "Both models say seven; only the RNN is sure."),
    ("one 0.6, one 0.5", "Both models say one, but neither is sure."),
    ("seven, nine 0.5", "The two disagree: the CNN says seven; the RNN says nine, but is unsure."),
    ("one 0.4, two 0.6", "The two disagree, and neither is sure: the RNN says two and the CNN says one."),
    ("seven, not nine", "The CNN says seven; the RNN does not know this sound."),
    ("not six 0.8, not six", "Neither model knows this sound; both would guess six."),
    ("not six, not two 0.7", "Neither model knows this sound; the closest guess is two, by the RNN."),
    # GMM, CNN and RNN
    ("nothing, nothing, nothing", NOTHING),
    ("seven 0.9, seven 0.99, seven", "All three say seven; the CNN is surest."),
    ("seven 0.9, seven 0.9, seven 0.9", "All three say seven and are sure."),
    ("seven 0.5, seven, seven", "All three say seven; the GMM is unsure."),
    ("seven 0.5, seven, seven 0.6", "All three say seven; only the CNN is sure."),
    ("seven 0.5, seven 0.5, seven 0.6", "All three say seven, but none of them is sure."),
    ("nine 0.5, seven 0.99, seven", "CNN and RNN say seven; the GMM says nine, but is unsure."),
    ("nine, seven 0.9, seven 0.6", "CNN and RNN say seven, though the RNN is unsure; the GMM says nine."),
    ("nine, seven 0.7, seven 0.6", "CNN and RNN say seven, but are unsure; the GMM says nine."),
    (
        "one 0.5, two 0.9, six 0.6",
        "The three disagree: the CNN says two; the RNN says six, but is unsure; "
        "the GMM says one, but is unsure.",
    ),
    (
        "one 0.4, two 0.6, six 0.5",
        "The three disagree, and none of them is sure: "
        "the CNN says two, the RNN says six and the GMM says one.",
    ),
    ("not nine, seven 0.99, seven", "CNN and RNN say seven; the GMM does not know this sound."),
    (
        "not nine, seven, six 0.6",
        "The CNN says seven; the RNN says six, but is unsure; the GMM does not know this sound.",
    ),
    (
        "not nine, seven 0.5, not six",
        "The CNN says seven, but is unsure; the GMM and the RNN do not know this sound.",
    ),
    (
        "not nine 0.99, not seven 0.6, not six",
        "None of the three knows this sound; the closest guess is seven, by the CNN.",
    ),
    ("not nine 0.99, not nine, not nine", "None of the three knows this sound; all would guess nine."),
    # one more
    ("six 0.5, six 0.5, six, six", "All four say six; the GMM and the CNN are unsure."),
]


@pytest.mark.parametrize(("words", "sentence"), CASES, ids=[words for words, _ in CASES])
def test_the_sentence(words, sentence):
    assert verdict(heard(words)) == sentence


def test_the_verdict_does_not_depend_on_the_order_of_models():
    predictions = heard("nine 0.5, seven 0.99, seven 0.9")
    assert verdict(predictions[::-1]) == "CNN and RNN say seven; the GMM says nine, but is unsure."


@pytest.mark.parametrize(
    ("label", "score", "sentence"),
    [
        ("six", 0.9, "Both models say six; big-cnn is surest."),
        ("two", 0.5, "The two disagree: big-cnn says six; small-cnn says two, but is unsure."),
    ],
)
def test_only_their_ids_tell_models_of_one_family_apart(label, score, sentence):
    big = fake_prediction("cnn", "six", 0.99, model="big-cnn")
    assert verdict([fake_prediction("cnn", label, score, model="small-cnn"), big]) == sentence


def test_labels_are_written_without_underscores():
    p = fake_prediction("cnn", labels=("acoustic_guitar", *DIGITS[1:]), scores=np.eye(10)[0])
    assert verdict([p]) == "The CNN says acoustic guitar and is sure."


FULL_SCALE = np.sin(np.arange(4000) * 0.3)
CLIPPED = Clip(np.clip(1.5 * FULL_SCALE, -1, 1).astype(np.float32), 8000)
DIGIT = np.eye(10)[3]


@pytest.mark.parametrize(
    ("clip", "changes"),
    [
        (swell(1.0, level=0.9), {}),
        (Clip(FULL_SCALE.astype(np.float32), 8000), {}),
        (swell(1.2), {"window_seconds": np.array([[0.1, 1.1]])}),  # hardly longer than a window
    ],
)
def test_a_good_clip_has_no_notices(clip, changes):
    assert notices(clip, [fake_prediction(**changes)], 8000) == ()


@pytest.mark.parametrize(
    ("clip", "changes", "words"),
    [
        (CLIPPED, {}, "clipped"),
        (joined(silence(0.2, 8000), CLIPPED, silence(0.2, 8000)), {}, "clipped"),
        (swell(1.0, level=0.005), {}, "46 dB below full scale"),
        (swell(1.0, sample_rate=4000), {}, "at 4 kHz.* above 2 kHz are missing"),
        (
            swell(5.0),
            {"window_seconds": np.array([[0.0, 1.0], [3.2, 4.2]]), "focus": 1, "clip_seconds": 5.0},
            r"^The answer rests on 1 s, from 3\.2 s to 4\.2 s: ",
        ),
        (
            swell(10.0),
            {
                "window_scores": np.array([DIGIT, 0 * DIGIT, DIGIT]),
                "window_seconds": np.array([[0.0, 5.0], [2.5, 7.5], [5.0, 10.0]]),
                "focus": None,
            },
            r"^The answer is the mean over 2 windows of 5 s\.$",
        ),
    ],
    ids=["clipped", "clipped amid silence", "quiet", "low rate", "long", "several windows"],
)
def test_the_only_notice_names_what_is_wrong_or_the_part_that_decided(clip, changes, words):
    (sentence,) = notices(clip, [fake_prediction(**changes)], 8000)
    assert re.search(words, sentence)


def test_silence_is_told_what_to_check_and_has_no_part_that_decided():
    (advice,) = notices(silence(), [fake_silence()], 8000)
    assert "microphone" in advice
    assert listened(silence(), [fake_silence()]) == ()


def test_the_part_that_decided_lies_within_the_clip():
    p = fake_prediction(window_seconds=np.array([[-0.25, 0.75]]))
    (part,) = listened(swell(0.5), [p])
    assert (part.start, part.end) == (0.0, 0.5)


def test_models_that_chose_different_parts_are_not_said_to_differ_on_the_same_one():
    spans, at = np.array([[0.0, 1.0], [0.1, 1.1], [3.2, 4.2]]), {"gmm": 0, "cnn": 1, "rnn": 2}
    predictions = [
        replace(p, clip_seconds=5.0, window_seconds=spans, focus=at[p.family])
        for p in heard("seven, seven, nine")
    ]
    own, other = listened(swell(5.0), predictions)
    assert (own.families, other.families) == (("gmm", "cnn"), ("rnn",))
    assert (other.start, other.end) == (3.2, 4.2)
    assert verdict(predictions).startswith("From different parts of the sound, 1 s each: ")
    (notice,) = notices(swell(5.0), predictions, 8000)
    assert "GMM and CNN from 0.0 s to 1.0 s and the RNN from 3.2 s to 4.2 s" in notice


def test_windows_that_overlap_by_more_than_half_hold_the_same_word():
    spans, at = np.array([[1.1, 2.1], [1.4, 2.4]]), {"gmm": 0, "cnn": 1, "rnn": 1}
    predictions = [
        replace(p, clip_seconds=3.0, window_seconds=spans, focus=at[p.family])
        for p in heard("seven, seven, seven")
    ]
    assert len(listened(swell(3.0), predictions)) == 1
    assert verdict(predictions).startswith("In the clearest 1 s, all three say seven")


@pytest.mark.parametrize("words", ["seven", "not seven", "one, two", "not one, not two, not six"])
def test_the_sentence_claims_no_more_than_the_part_that_decided(words):
    spans = np.array([[0.0, 1.0], [3.2, 4.2]])
    predictions = heard(words)
    parts = [replace(p, clip_seconds=5.0, window_seconds=spans, focus=1) for p in predictions]
    whole = verdict(predictions)
    assert verdict(parts) == f"In the clearest 1 s, {whole[0].lower()}{whole[1:]}"
    assert verdict([replace(p, focus=None) for p in parts]) == whole


def test_the_closest_guess_is_the_longest_bar_of_a_label():
    # The GMM is the least sure that it does not know the sound, and yet another bar is longer.
    gmm = fake_prediction("gmm", "seven", 0.3, unknown_score=0.7)
    cnn = fake_prediction("cnn", "nine", 0.99, unknown_score=0.75)
    assert cnn.probability > gmm.probability
    assert verdict([gmm, cnn]) == "Neither model knows this sound; the closest guess is nine, by the CNN."


ANSWERS = st.tuples(st.sampled_from(DIGITS), st.floats(0.15, 0.999), st.floats(0, 1))


@given(st.lists(ANSWERS, min_size=1, max_size=12))
def test_any_predictions_give_one_true_sentence(answers):
    predictions = [
        fake_prediction("cnn", label, score, unknown_score=unknown, model=f"model-{i}")
        for i, (label, score, unknown) in enumerate(answers)
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
