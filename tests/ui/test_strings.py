"""The string of digits as HTML: every digit can be played, every model has a lane, differences are marked."""

import numpy as np
from markup_reader import Page

from audioclf.inference.transcript import Alternative, ReadLabel, Transcript
from audioclf.service.transcription import Strings, sentence
from audioclf.types import Clip
from audioclf.ui import session
from audioclf.ui.markup import strings
from audioclf.ui.markup.giving import STOPS
from audioclf.ui.tabs.strings import MOST_OFFERED, ONE, STRING, Reading
from audioclf.zoo.registry import BUNDLED, open_registry

CLIP = Clip(np.zeros(24_000, np.float32), 8000, "<b>number</b>.wav")


def transcript(family: str, *labels: str) -> Transcript:
    parts = tuple(ReadLabel(label, 0.9, 0.5 * i, 0.5 * i + 0.4) for i, label in enumerate(labels))
    return Transcript(
        task="digits",
        model=f"digits-{family}",
        family=family,
        parts=parts,
        share=0.8,
        alternatives=(Alternative(("nine", "nine"), 0.2),),
        clip_seconds=3.0,
        model_seconds=0.1,
    )


def found(*transcripts: Transcript) -> Strings:
    return Strings(CLIP, "digits", transcripts, sentence(transcripts))


def test_every_digit_is_a_button_that_knows_its_place():
    page = Page(strings.reading(found(transcript("gmm", "three", "one")), (), None))
    digits = page.having(class_="ac-digit")
    assert [(d["type"], d["data-start"], d["data-end"]) for d in digits] == [
        ("button", "0.000", "0.400"),
        ("button", "0.500", "0.900"),
    ]
    assert all("Play" in digit["aria-label"] and "90 %" in digit["aria-label"] for digit in digits)


def test_every_model_has_a_lane_and_differences_are_marked():
    said = transcript("gmm", "three", "one"), transcript("cnn", "three", "nine"), transcript("rnn", "three")
    page = Page(strings.reading(found(*said), (), None))
    assert len(page.having(class_="ac-lane")) == 4
    assert len(page.having(class_="ac-said")) == 3
    assert "Places where the models read different digits: 1" in str(page.elements)
    assert "nine nine" in page.text


def test_a_strange_file_name_is_escaped_and_nothing_read_has_no_lanes():
    markup = strings.reading(found(transcript("gmm")), (), None)
    assert "<b>number" not in markup and "&lt;b&gt;number" in markup
    assert "No digit is found" in markup and "ac-lane" not in markup


def test_the_offer_says_what_was_read():
    assert "GMM reads: three one." in strings.offer(found(transcript("gmm", "three", "one")))


def test_what_was_read_serves_this_sound_and_these_models_only():
    ask = session.Options("digits", open_registry(BUNDLED))
    offered, whole = Reading("a.wav", ask.selection), Reading("a.wav", ask.selection, "offer", "string")
    assert offered.serves("a.wav", ask, ONE) and not offered.serves("a.wav", ask, STRING)
    assert whole.serves("a.wav", ask, ONE) and whole.serves("a.wav", ask, STRING)
    fewer = session.Options("digits", ask.registry, ("digits-cnn",))
    assert not whole.serves("b.wav", ask, STRING) and not whole.serves("a.wav", fewer, STRING)


def test_every_recording_of_the_microphone_may_be_offered_as_a_string():
    assert STOPS["digits"].most < MOST_OFFERED
