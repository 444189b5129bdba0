"""Strings of several models: in words, side by side, and as telephone numbers are said."""

import pytest
from paths import SEVEN

from audioclf.inference.loading import Selection
from audioclf.inference.transcript import ReadLabel, Transcript
from audioclf.service.transcription import differs, offered, sentence, side_by_side, spoken
from audioclf.zoo.registry import BUNDLED, open_registry


def transcript(family: str, *parts: tuple[str, float, float]) -> Transcript:
    return Transcript(
        task="digits",
        model=f"digits-{family}",
        family=family,
        parts=tuple(ReadLabel(label, 0.9, start, end) for label, start, end in parts),
        share=1.0,
        alternatives=(),
        clip_seconds=3.0,
        model_seconds=0.1,
    )


GMM = transcript("gmm", ("three", 0.1, 0.5), ("one", 0.6, 1.0))
CNN = transcript("cnn", ("three", 0.12, 0.5), ("nine", 0.6, 1.0), ("four", 1.1, 1.5))
RNN = transcript("rnn", ("three", 0.1, 0.48), ("one", 0.62, 1.0))


def test_places_are_put_side_by_side_in_time():
    places = side_by_side([GMM, CNN, RNN])
    assert [[part.label if part else None for part in place] for place in places] == [
        ["three", "three", "three"],
        ["one", "nine", "one"],
        [None, "four", None],
    ]
    assert [differs(place) for place in places] == [False, True, True]
    assert side_by_side([transcript("gmm")]) == []


def test_a_model_has_one_label_at_a_place():
    near = transcript("rnn", ("two", 0.1, 0.2), ("two", 0.2, 0.3))
    assert [sum(map(bool, place)) for place in side_by_side([GMM, near])] == [1, 2, 1]


def test_the_sentence_says_whether_the_models_agree():
    assert sentence([GMM, RNN]) == "GMM and RNN read the same string: three one."
    assert sentence([GMM]) == "GMM reads: three one."
    assert sentence([GMM, CNN, RNN]) == (
        "They read different strings. GMM and RNN: three one; CNN: three nine four."
    )
    assert "nothing" in sentence([GMM, transcript("cnn")])
    assert sentence([transcript("gmm"), transcript("cnn")]) == "No digit is found in this recording."


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("three one", "three one"),
        ("zero seven seven one", "oh double seven one"),
        ("two two two zero", "triple two oh"),
        ("zero zero", "double oh"),
        ("five five five five", "five five five five"),
        ("", ""),
    ],
)
def test_telephone_numbers_are_written_as_they_are_said(labels, said):
    assert spoken(labels.split(), "phone") == said
    assert spoken(labels.split()) == labels


def test_one_word_is_offered_nothing_and_costs_no_model():
    assert offered(SEVEN, Selection(open_registry(BUNDLED), "digits", ("missing",)), 30.0) is None
