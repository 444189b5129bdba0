"""Listening: the models say to windows and sounds of a stream what `classify` says to them as files."""

import numpy as np
import pytest
from fakes import asked, joined, swell
from sounds import silence

from audioclf.audio import cut, resample
from audioclf.inference.loading import load_models
from audioclf.service.listening import Listening, ears, hear, listened
from audioclf.types import AudioError, Clip
from audioclf.wording import NONE

SAID = joined(silence(0.7, 8000), swell(hz=300.0), silence(1.0, 8000), swell(hz=1900.0), silence(1.5, 8000))


def records(selection, clip: Clip, size: int = 1000) -> list[dict]:
    listening = Listening(ears(selection), clip.sample_rate)
    found = []
    for first in range(0, len(clip.samples), size):
        listening.feed(clip.samples[first : first + size])
        found += listened(selection, listening)
    listening.feed(np.zeros(0, np.float32), last=True)
    return found + listened(selection, listening)


def test_windows_and_sounds_are_answered_as_classify_answers_them(fake_zoo):
    selection = asked(fake_zoo)
    classifiers, said = load_models(selection), 0
    for record in records(selection, SAID):
        start = record.get("start", record.get("end") - 1)
        part = cut(SAID, start, record["end"] - start)
        for classifier, answer in zip(classifiers, record["answers"], strict=True):
            if answer["heard"]:
                expected = classifier(part)
                assert list(answer["probabilities"].values()) == expected.probabilities.tolist()
                assert (answer["label"], answer["known"]) == (expected.label, expected.known)
                said += 1
    assert said > 20


def test_each_sound_is_one_record_and_probabilities_are_one_distribution(fake_zoo):
    sounds = [record for record in records(asked(fake_zoo), SAID) if record["kind"] == "sound"]
    assert len(sounds) == 2
    for answer in sounds[0]["answers"]:
        assert list(answer["probabilities"])[-1] == NONE
        assert sum(answer["probabilities"].values()) == pytest.approx(1)


def test_a_stream_at_another_rate_is_brought_to_the_models_rate(fake_zoo):
    selection = asked(fake_zoo)
    labels = [
        [answer["label"] for r in records(selection, clip) if r["kind"] == "sound" for answer in r["answers"]]
        for clip in (SAID, resample(SAID, 44_100))
    ]
    assert labels[0] == labels[1]


@pytest.mark.parametrize("rate", [0, 100, 1_000_000, "8000", True, [8000], 8000.5, float("inf"), None])
def test_a_rate_that_no_recorder_has_is_refused(fake_zoo, rate):
    with pytest.raises(AudioError, match="rate"):
        Listening(ears(asked(fake_zoo)), rate)


def test_nothing_is_scored_for_silence(fake_zoo):
    assert hear(asked(fake_zoo), (), ()).windows == ()
    found = records(asked(fake_zoo), silence(2.0, 8000))
    assert found and not any(answer["heard"] for record in found for answer in record["answers"])
