"""A recording of several digits: the string is offered, read, drawn and played, and is that of the other doors."""

import itertools

import pytest
from paths import EXAMPLES, SEVEN
from playwright.sync_api import expect
from steps import (
    SIZES,
    analyse,
    audio,
    expect_answer,
    expect_no_sideways_scrolling,
    open_tab,
    record,
    sevens,
    upload,
)

import audioclf
from audioclf.audio import encode_wav, load_clip, resample
from audioclf.evaluation.strings import joined, trimmed

SAID = ("three", "one", "seven", "one")
HAS_MICROPHONE = True  # it says "seven" again and again


@pytest.fixture(scope="module")
def number(tmp_path_factory):
    """A string of the bundled examples."""
    path = tmp_path_factory.mktemp("strings") / "number.wav"
    clips = [trimmed(resample(load_clip(EXAMPLES / f"{word}.wav"), 16_000)) for word in SAID]
    encode_wav(joined(clips, 0.2), path)
    return path


def read(page, path):
    upload(page, path=path)
    expect_answer(page, about=path.stem)
    page.locator("#upload-accept").click()
    expect(page.locator("#upload-string .ac-said")).to_have_count(3)


@pytest.mark.parametrize("size", SIZES)
def test_a_string_is_offered_and_read(open_page, number, size):
    page = open_page(viewport=SIZES[size])
    read(page, number)
    for family in ("gmm", "cnn", "rnn"):
        digits = page.locator(f"#upload-string .ac-said[data-family={family}] .ac-digit b").all_inner_texts()
        assert tuple(digits) == audioclf.transcribe(number, f"digits-{family}").labels == SAID
    expect(page.locator("#upload-string .ac-lane")).to_have_count(4)
    expect(page.locator("#upload-string .ac-figure img")).to_have_count(2)
    expect(page.locator("#upload-answer")).to_be_hidden()
    expect_no_sideways_scrolling(page)
    page.locator("#upload-mode").get_by_text("One digit").click()
    expect(page.locator("#upload-answer")).to_be_visible()


def test_a_spoken_string_is_read_in_the_microphone_tab(open_page):
    page = open_page(permissions=["microphone"])
    open_tab(page, "Microphone")
    record(page, seconds=4)
    expect_answer(page, "microphone")
    page.locator("#microphone-accept").click()
    for family in ("gmm", "cnn", "rnn"):
        digits = page.locator(f"#microphone-string .ac-said[data-family={family}] .ac-digit b")
        expect(digits.nth(1)).to_have_text("seven")
        assert set(digits.all_inner_texts()) == {"seven"}


def test_a_digit_plays_from_its_start_to_its_end(page, number):
    read(page, number)
    digit = page.locator("#upload-string .ac-digit").nth(2)
    start, end = (float(digit.get_attribute(f"data-{edge}")) for edge in ("start", "end"))
    digit.click()
    page.wait_for_function("() => document.querySelector('#upload-string audio.ac-sound').currentTime > 0")
    page.wait_for_function("() => document.querySelector('#upload-string audio.ac-sound').paused")
    assert start < audio(page, "upload-string", "currentTime") < end + 0.6  # timeupdate comes every 0.25 s


def test_a_single_digit_and_another_task_are_offered_nothing(page):
    upload(page, path=SEVEN)
    expect_answer(page, about="seven")
    expect(page.locator("#upload-mode")).to_be_visible()
    page.wait_for_timeout(500)
    expect(page.locator("#upload-accept")).to_be_hidden()
    page.locator("#task").get_by_text("Environmental sounds").click()
    expect(page.locator("#upload-mode")).to_be_hidden()
    open_tab(page, "Microphone")
    expect(page.locator("#microphone-mode")).to_be_hidden()


def test_the_parts_of_a_string_are_in_the_order_of_time(number):
    parts = audioclf.transcribe(number).parts
    assert all(first.end <= second.start for first, second in itertools.pairwise(parts))


def test_reading_a_long_recording_can_be_cancelled(page, tmp_path):
    analyse(page, sevens(tmp_path / "long.wav", 100))
    page.locator("#upload-mode").get_by_text("A string").click()
    page.locator("#upload-cancel").click()
    expect(page.locator("#upload-string")).to_contain_text("Cancelled")
    expect(page.locator("#upload-cancel")).to_be_hidden()
