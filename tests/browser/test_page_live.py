"""Live listening, with Chromium's fake microphone saying the example `seven` again and again."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from steps import choose_task, expect_answer, open_tab, record_button
from test_page_microphone import LISTEN_IN, PRETEND

WATCH = (
    LISTEN_IN
    + """
  window.sockets = [];
  const Plain = WebSocket;
  window.WebSocket = class extends Plain { constructor(...given) { super(...given); window.sockets.push(this); } };
"""
)
HAS_MICROPHONE = True
SCRIPT = Path(__file__).parents[2] / "audioclf/ui/static/worklet/live.js"
ENDED = (
    "window.tracks.every((track) => track.readyState === 'ended') && window.sockets.at(-1).readyState === 3"
)


@pytest.fixture
def page(open_page):
    page = open_page(script=WATCH, permissions=["microphone"])
    open_tab(page, "Microphone")
    page.locator("#microphone-way label", has_text="Live").click()
    expect(record_button(page)).to_have_text("Listen")
    return page


def listen(page) -> None:
    record_button(page).click()
    expect(record_button(page)).to_have_text("Stop")


def status(page):
    return page.locator("#microphone-audio .ac-record-status")


def downloaded(page, name: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return Path(download.value.path()).read_text("utf-8")


def test_what_is_said_is_named_logged_and_becomes_a_clip(page):
    listen(page)
    rows = page.locator(".ac-live-log tbody tr")
    expect(rows.filter(has_text="seven").nth(2)).to_be_visible()
    expect(page.locator(".ac-live-card .ac-answer", has_text="seven").first).to_be_visible()
    expect(page.locator(".ac-live-delay")).to_contain_text("ms after the sound")
    table = list(csv.DictReader(io.StringIO(downloaded(page, "Download as table"))))
    assert {row["model"] for row in table} == {"digits-gmm", "digits-cnn", "digits-rnn"}
    assert "seven" in {row["label"] for row in table}
    start, end, words = downloaded(page, "Download for Audacity").splitlines()[0].split("\t")
    assert 0 <= float(start) < float(end) and words.startswith("GMM: ")
    page.get_by_role("button", name="Keep the last 10 seconds").click()
    expect_answer(page, "upload")
    page.wait_for_function(ENDED)


def test_stopping_leaving_and_losing_the_connection_free_the_microphone(page):
    listen(page)
    assert page.evaluate("window.asked.at(-1).audio.autoGainControl") is False
    record_button(page).click()
    expect(status(page)).to_contain_text("Stopped")
    page.wait_for_function(ENDED)
    listen(page)
    open_tab(page, "Upload")
    page.wait_for_function(ENDED)
    open_tab(page, "Microphone")
    expect(status(page)).to_contain_text("out of sight")
    listen(page)
    page.evaluate("window.sockets.at(-1).close()")
    expect(status(page)).to_contain_text("connection to the server was lost")
    page.wait_for_function(ENDED)


def test_the_clock_starts_anew_with_every_take_and_way(page):
    clock, ways = page.locator("#microphone-audio .ac-elapsed"), page.locator("#microphone-way label")
    listen(page)
    expect(clock).to_have_text(re.compile("^[1-9]"))
    record_button(page).click()
    expect(clock).to_have_text(re.compile("^[1-9]"))
    ways.filter(has_text="Record").click()
    expect(clock).to_have_text("0.0 s")
    ways.filter(has_text="Live").click()
    expect(clock).to_have_text("0.0 s")


def test_a_muted_microphone_is_told_until_it_is_heard(open_page):
    page = open_page(script=PRETEND)
    page.evaluate("window.level = 0")
    open_tab(page, "Microphone")
    page.locator("#microphone-way label", has_text="Live").click()
    listen(page)
    expect(status(page)).to_contain_text("only zeros")
    expect(record_button(page)).to_have_text("Stop")
    record_button(page).click()
    page.evaluate("window.level = 0.3; window.seconds = 60")
    listen(page)
    page.wait_for_timeout(4000)
    expect(status(page)).not_to_contain_text("only zeros")


def test_another_task_listens_anew_with_its_own_models(page):
    listen(page)
    choose_task(page, "Environmental sounds")
    expect(page.locator(".ac-live-card header span", has_text="environment-cnn")).to_be_visible()
    expect(record_button(page)).to_have_text("Stop")
    assert page.evaluate("window.sockets.length") == 2
    expect(page.locator(".ac-live-delay")).to_contain_text("ms after the sound")
    page.locator("#microphone-way label", has_text="Record").click()
    expect(record_button(page)).to_have_text("Record")
    page.wait_for_function(ENDED)


def test_the_picture_is_a_spectrogram_or_a_scalogram(page):
    listen(page)
    axis = page.locator("[data-view=live-sound] .ac-yaxis")
    mel = axis.locator("span", has_text="2k").evaluate("mark => mark.style.bottom")
    page.get_by_role("radio", name="Scalogram").check()
    expect(page.get_by_role("img", name="Scalogram of the last 12 seconds")).to_be_visible()
    assert axis.locator("span", has_text="2k").evaluate("mark => mark.style.bottom") != mel


# Where a tone is brightest, from 0 at the bottom to 1, and where the axis has its frequency.
BRIGHTEST = """([kind, rate, hz]) => {
  const columns = window.audioclf.liveColumns(kind, rate, 2), high = 144;
  columns.hear(Int16Array.from({ length: rate }, (_, i) => 3000 * Math.sin((2 * Math.PI * hz * i) / rate)));
  const pen = Object.assign(document.createElement("canvas"), { width: 200, height: high }).getContext("2d");
  columns.draw(pen, 1, 200, high);
  const { data } = pen.getImageData(150, 0, 1, high);
  const light = Array.from({ length: high }, (_, y) => data[4 * y] + data[4 * y + 1] + data[4 * y + 2]);
  const best = light.flatMap((value, y) => (value === Math.max(...light) ? [y + 0.5] : []));
  return [1 - best.reduce((sum, y) => sum + y, 0) / best.length / high, columns.place(hz)];
}"""


@pytest.mark.parametrize("kind", ["spectrogram", "scalogram"])
def test_a_tone_stands_where_the_axis_says(page, kind):
    for rate, hz in ((8000, 300), (8000, 2500), (32_000, 300), (32_000, 9000)):
        found, expected = page.evaluate(BRIGHTEST, [kind, rate, hz])
        assert found == pytest.approx(expected, abs=0.03), (rate, hz)


# Energy of what comes out at the new rate for a tone of this frequency at the old one, in blocks of 128 samples.
RESAMPLED = """([from, to, hz]) => {
  const resampler = new AudioclfResampler(from, to), found = [];
  for (let first = 0; first < from; first += 128)
    found.push(...resampler.push(
      Float32Array.from({ length: 128 }, (_, i) => Math.sin((2 * Math.PI * hz * (first + i)) / from))));
  const middle = found.slice(to / 4, to / 2);
  return [found.length, 10 * Math.log10((2 * middle.reduce((sum, value) => sum + value * value, 0)) / middle.length)];
}"""


def test_the_sound_is_brought_to_the_models_rate_without_aliases(page):
    page.add_script_tag(content=SCRIPT.read_text("utf-8"))
    for rates in ((48_000, 8000), (44_100, 8000), (44_100, 32_000), (16_000, 32_000), (8000, 8000)):
        nyquist = min(rates) / 2
        n, kept = page.evaluate(RESAMPLED, [*rates, 0.8 * nyquist])
        assert n == pytest.approx(rates[1], rel=0.02) and kept == pytest.approx(0, abs=0.1), rates
        if rates[0] > 2.3 * nyquist:
            assert page.evaluate(RESAMPLED, [*rates, 1.1 * nyquist])[1] < -60, rates
