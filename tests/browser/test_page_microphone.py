"""The Microphone tab, with Chromium's fake microphone playing an example."""

import json
from pathlib import Path

import numpy as np
import pytest
from chromium import chromium_with
from paths import SEVEN
from playwright.sync_api import expect
from steps import audio, expect_answer, expect_empty, open_tab

from audioclf.audio import encode_wav, load_clip, resample
from audioclf.types import Clip

# Records the constraints of each microphone request; the page's own script then wraps this.
LISTEN_IN = """
  window.asked = [];
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = constraints => {
    window.asked.push(constraints);
    return original(constraints);
  };
"""


def fake_microphone(folder: Path) -> list[str]:
    """Chromium's flags for a microphone that repeats the example `seven`, a second apart."""
    clip = resample(load_clip(SEVEN), 48_000)
    pause = np.zeros(24_000, np.float32)
    encode_wav(Clip(np.concatenate([pause, clip.samples, pause]), 48_000, "said"), folder / "said.wav")
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={folder / 'said.wav'}",
    ]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium_with(*fake_microphone(tmp_path_factory.mktemp("microphone"))) as running:
        yield running


@pytest.fixture
def page(open_page):
    page = open_page(script=LISTEN_IN, permissions=["microphone"])
    open_tab(page, "Microphone")
    return page


def record(page, seconds: float = 2.5) -> None:
    box = page.locator("#microphone-audio")
    box.get_by_role("button", name="Record", exact=True).locator("visible=true").click()
    page.wait_for_timeout(1000 * seconds)
    box.get_by_role("button", name="Stop", exact=True).locator("visible=true").click()


def test_a_recording_is_answered_and_its_loudest_part_marked(page):
    expect_empty(page, "microphone")
    record(page)
    expect_answer(page, "microphone")
    expect(page.locator("#microphone-pictures .ac-band")).to_have_count(4)
    assert audio(page, "microphone-pictures", "duration") > 1.5


def test_the_browser_processes_the_voice_only_if_switched_on(page):
    record(page, 1.2)
    expect_answer(page, "microphone")
    page.locator("#microphone-audio").get_by_role("button", name="Clear").click()
    expect_empty(page, "microphone")
    page.get_by_label("Let the browser process my voice").check()
    record(page, 1.2)
    expect_answer(page, "microphone")
    asked = [each["audio"] for each in json.loads(page.evaluate("JSON.stringify(window.asked)"))]
    for name in ("autoGainControl", "noiseSuppression", "echoCancellation"):
        assert [asked[0][name], asked[-1][name]] == [False, True]


def test_a_take_can_be_opened_again(page):
    takes = page.locator("#takes button:not([disabled])")
    for count in (1, 2):
        record(page, 0.8 + 0.5 * count)
        expect(takes).to_have_count(count)
        expect_answer(page, "microphone")
        length = audio(page, "microphone-pictures", "duration")
        page.locator("#microphone-audio").get_by_role("button", name="Clear").click()
        expect_empty(page, "microphone")
    takes.first.click()
    expect_answer(page, "microphone")
    assert audio(page, "microphone-pictures", "duration") == pytest.approx(length, abs=0.01)
    page.wait_for_timeout(500)
    expect(takes).to_have_count(2)
