"""The Microphone tab, with Chromium's fake microphone playing an example."""

import json

import numpy as np
import pytest
from paths import SEVEN
from playwright.sync_api import expect
from steps import (
    SIZES,
    VIEWS,
    audio,
    choose_task,
    expect_answer,
    expect_empty,
    expect_no_sideways_scrolling,
    open_tab,
    record,
    record_button,
)

from audioclf.audio import load_clip

# Records the constraints and the tracks of each microphone request.
LISTEN_IN = """
  window.asked = []; window.tracks = [];
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    window.asked.push(constraints);
    const stream = await original(constraints);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
"""
# A microphone that gives a tone of `window.level` for `window.seconds`, from when it is heard on; or refuses.
PRETEND = """
  window.level = 0.3; window.seconds = 0.6; window.refusal = "";
  let begin = () => {};
  const source = AudioContext.prototype.createMediaStreamSource;
  AudioContext.prototype.createMediaStreamSource = function (stream) { begin(); return source.call(this, stream); };
  navigator.mediaDevices.getUserMedia = async () => {
    if (window.refusal) throw new DOMException("refused", window.refusal);
    const context = new AudioContext(), gain = context.createGain();
    const tone = context.createOscillator(), out = context.createMediaStreamDestination();
    gain.gain.value = 0;
    tone.frequency.value = 400 + Math.random() * 100;  // so that no two takes are equal
    tone.connect(gain).connect(out);
    tone.start();
    begin = () => {
      gain.gain.setValueAtTime(window.level, context.currentTime + 0.2);
      gain.gain.setValueAtTime(0, context.currentTime + 0.2 + window.seconds);
    };
    return out.stream;
  };
"""
HAS_MICROPHONE = True
STATUS = "#microphone-audio .ac-record-status"


@pytest.fixture
def page(open_page):
    page = open_page(script=LISTEN_IN, permissions=["microphone"])
    open_tab(page, "Microphone")
    return page


@pytest.fixture
def pretending(open_page):
    page = open_page(script=PRETEND)
    open_tab(page, "Microphone")
    return page


def set_option(page, name: str, on: bool) -> None:
    """Open the settings of the recorder and set one of its switches."""
    options = page.locator("#microphone-audio details")
    if options.get_attribute("open") is None:
        options.locator("summary").click()
    page.get_by_label(name).set_checked(on)


def expect_done(page) -> None:
    expect(record_button(page)).to_have_text("Record again")


def test_a_recording_is_answered_and_its_loudest_part_marked(page):
    expect_empty(page, "microphone")
    record(page)
    expect_answer(page, "microphone")
    for view in VIEWS:
        expect(page.locator(f"#microphone-pictures [data-view={view}] .ac-band").first).to_be_visible()
    assert audio(page, "microphone-pictures", "duration") > 1.5


def test_the_browser_processes_the_voice_only_if_switched_on(page):
    record(page, 1.0)
    expect_answer(page, "microphone")
    set_option(page, "Let the browser process my voice", True)
    record(page, 1.0)
    expect_done(page)
    asked = [each["audio"] for each in json.loads(page.evaluate("JSON.stringify(window.asked)"))]
    for name in ("autoGainControl", "noiseSuppression", "echoCancellation"):
        assert [asked[0][name], asked[-1][name]] == [False, True]


def test_a_take_can_be_opened_again(page):
    takes = page.locator("#takes button:not([disabled])")
    lengths = []
    for count in (1, 2):
        record(page, 0.5 + 0.6 * count)
        expect(takes).to_have_count(count)
        expect_answer(page, "microphone")
        lengths.append(audio(page, "microphone-pictures", "duration"))
    assert lengths[1] > lengths[0] + 0.2
    takes.nth(1).click()
    page.wait_for_function(
        "want => Math.abs(document.querySelector('#microphone-pictures audio').duration - want) < 0.01",
        arg=lengths[0],
    )
    page.wait_for_timeout(500)
    expect(takes).to_have_count(2)


def test_one_tap_records_anew_in_place_and_nothing_moves(open_page):
    for size in SIZES.values():
        page = open_page(script=PRETEND, viewport=size)
        open_tab(page, "Microphone")
        page.wait_for_timeout(300)
        places = []
        for _ in range(2):
            places += [place(page)]
            record_button(page).click()
            expect(record_button(page)).to_have_text("Stop")
            places += [place(page)]
            expect_done(page)
            expect_answer(page, "microphone")
            places += [place(page)]
        assert len(set(places)) == 1, places
        assert places[0][3] >= 64
        expect(page.locator("#takes button:not([disabled])")).to_have_count(2)
        expect_no_sideways_scrolling(page)


def place(page) -> tuple[float, ...]:
    """Where on the page the button and the answer are, and the height of the button."""
    return tuple(
        page.evaluate(
            """() => {
              const box = document.querySelector(".ac-record").getBoundingClientRect();
              const answer = document.querySelector("#microphone-answer").getBoundingClientRect();
              return [box.top + scrollY, box.left, answer.top + scrollY, box.height].map(Math.round);
            }"""
        )
    )


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_records_and_stops(pretending, key):
    set_option(pretending, "Stop by itself", False)
    record_button(pretending).focus()
    pretending.keyboard.press(key)
    expect(record_button(pretending)).to_have_text("Stop")
    pretending.wait_for_timeout(800)
    pretending.keyboard.press(key)
    expect_answer(pretending, "microphone")


def test_a_recording_stops_by_itself_after_a_pause_unless_that_is_switched_off(pretending):
    record_button(pretending).click()
    expect_done(pretending)
    expect(pretending.locator(STATUS)).to_contain_text("after the pause")
    expect_answer(pretending, "microphone")
    length = audio(pretending, "microphone-pictures", "duration")
    assert 1.2 < length < 4
    set_option(pretending, "Stop by itself", False)
    record_button(pretending).click()
    expect(record_button(pretending)).to_have_text("Stop")
    pretending.wait_for_timeout(1000 * (length + 1))
    expect(record_button(pretending)).to_have_text("Stop")


REFUSALS = {
    "NotAllowedError": ("does not let", "allow the microphone"),
    "NotFoundError": ("No microphone", "Plug one in"),
    "NotReadableError": ("in use", "Close the other program"),
    "InvalidStateError": ("could not be started", "upload a recording"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_microphone_is_explained_and_can_be_tried_again(pretending, refusal):
    pretending.evaluate("name => { window.refusal = name; }", refusal)
    record_button(pretending).click()
    for words in REFUSALS[refusal]:
        expect(pretending.locator(STATUS)).to_contain_text(words)
    expect_empty(pretending, "microphone")
    pretending.evaluate("window.refusal = ''")
    record_button(pretending).click()
    expect_answer(pretending, "microphone")
    expect(pretending.locator(STATUS)).not_to_contain_text(REFUSALS[refusal][0])


@pytest.mark.parametrize(("level", "words"), [(0, "only zeros"), (0.0005, "almost nothing")])
def test_a_microphone_that_hears_nothing_is_explained(pretending, level, words):
    pretending.evaluate("level => { window.level = level; }", level)
    record_button(pretending).click()
    expect(record_button(pretending)).to_have_text("Stop")
    pretending.wait_for_timeout(500)
    record_button(pretending).click()
    expect(pretending.locator(STATUS)).to_contain_text(words)
    expect(pretending.locator("#takes button:not([disabled])")).to_have_count(0)
    expect_empty(pretending, "microphone")


def test_a_page_without_https_says_where_the_microphone_works(open_page):
    page = open_page(script="Object.defineProperty(window, 'isSecureContext', { value: false })")
    open_tab(page, "Microphone")
    expect(page.locator(".ac-insecure-note")).to_be_visible()


def test_leaving_the_tab_ends_the_recording_and_frees_the_microphone(page):
    record_button(page).click()
    expect(record_button(page)).to_have_text("Stop")
    open_tab(page, "Upload")
    page.wait_for_function("window.tracks.every((track) => track.readyState === 'ended')")
    open_tab(page, "Microphone")
    expect(page.locator(STATUS)).to_contain_text("discarded")
    expect_empty(page, "microphone")


def test_another_microphone_can_be_chosen(page):
    record(page, 0.8)
    expect_answer(page, "microphone")
    set_option(page, "Stop by itself", True)
    devices = page.locator(".ac-device")
    expect(devices).to_be_enabled()
    chosen = devices.locator("option").nth(2).get_attribute("value")
    devices.select_option(chosen)
    record(page, 0.8)
    assert page.evaluate("window.asked.at(-1).audio.deviceId.exact") == chosen


def test_what_is_uploaded_is_the_sound_of_the_microphone_without_loss(page):
    clip = load_clip(SEVEN)
    data = page.evaluate(
        """async ([samples, rate]) => {
          const file = window.audioclf.wav([Float32Array.from(samples)], rate);
          return [...new Uint8Array(await file.arrayBuffer())];
        }""",
        [clip.samples.tolist(), clip.sample_rate],
    )
    back = load_clip(bytes(data))
    assert back.sample_rate == clip.sample_rate
    np.testing.assert_allclose(back.samples, clip.samples, atol=2 / 32768)


# Levels in dB of blocks of 20 ms; where the take ends, in seconds, and why.
HEARD = """([levels, rule]) => {
  const listener = window.audioclf.listener(rule);
  for (const level of levels) {
    const end = listener.hear(level, 0.02);
    if (end) return [end, listener.seconds];
  }
  return ["", listener.seconds];
}"""
DIGITS = {"pause": 1.2, "most": 30, "waiting": 8}


@pytest.mark.parametrize("room", [-80, -55, -45, -35])
def test_a_pause_is_heard_in_a_quiet_and_in_a_loud_room(page, room):
    levels = [room] * 50 + [-18] * 30 + [room] * 2000
    why, seconds = page.evaluate(HEARD, [levels, DIGITS])
    assert why == "pause"
    assert 1.6 + 1.1 < seconds < 8


def test_words_with_short_gaps_are_one_take(page):
    levels = [-60] * 30 + ([-20] * 20 + [-60] * 40) * 5 + [-60] * 2000
    why, seconds = page.evaluate(HEARD, [levels, DIGITS])
    assert why == "pause"
    assert seconds > 0.6 + 5 * 1.2


def test_a_take_ends_when_nothing_is_said_and_at_its_longest(page):
    assert page.evaluate(HEARD, [[-70] * 4000, DIGITS]) == ["nothing", pytest.approx(8, abs=0.1)]
    loud = ([-20] * 20 + [-60] * 20) * 200
    assert page.evaluate(HEARD, [loud, DIGITS]) == ["limit", pytest.approx(30, abs=0.1)]
    rain = {"pause": 0, "most": 5, "waiting": 8}
    assert page.evaluate(HEARD, [[-90] * 1000, rain]) == ["limit", pytest.approx(5, abs=0.1)]


def test_each_task_says_what_to_record_and_when_it_stops(page):
    prompt = page.locator("#microphone-prompt .ac-prompt")
    expect(prompt).to_contain_text("when you pause")
    choose_task(page, "Environmental sounds")
    expect(prompt).to_contain_text("after 5 s")
    assert prompt.get_attribute("data-pause") == "0"
