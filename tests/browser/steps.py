"""Steps of the browser tests: what a visitor does and sees."""

from pathlib import Path

import numpy as np
from paths import EXAMPLES, SEVEN
from playwright.sync_api import Page, expect

from audioclf.audio import encode_wav, load_clip
from audioclf.types import Clip

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SILENCE = EXAMPLES / "silence.wav"
FAMILIES = ("gmm", "cnn", "rnn")
OWN = ("digits-gmm-bands", "digits-gmm-input", "digits-cnn-input", "digits-rnn-input")
VIEWS = ("spectrogram", "scalogram", "waveform", *OWN)


def upload(
    page: Page, *, path: Path | None = None, name: str = "", data: bytes = b"", kind: str = "audio/wav"
) -> None:
    """Give the Upload tab a file, or bytes under a name and MIME type."""
    given = path or {"name": name, "mimeType": kind, "buffer": data}
    page.locator("#upload-audio input[type=file]").set_input_files(given)


def analyse(page: Page, path: Path = SEVEN) -> None:
    """Upload a sound and wait for its answer."""
    upload(page, path=path)
    expect_answer(page, about=path.stem)


def compare(page: Page, path: Path = SEVEN) -> None:
    """Take a sound to the Compare tab, which shows the same verdict and a score for every label of every model."""
    analyse(page, path)
    verdict = page.locator("#upload-answer .ac-sentence").inner_text()
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text(path.stem)
    expect(page.locator("#compare-result .ac-sentence")).to_have_text(verdict)
    expect(page.locator("#compare-result td[data-score]")).to_have_count(33)


def sevens(path: Path, count: int) -> Path:
    """Write the example `seven` several times in a row."""
    clip = load_clip(SEVEN)
    encode_wav(Clip(np.tile(clip.samples, count), clip.sample_rate, path.stem), path)
    return path


def clear(page: Page) -> None:
    page.locator("#upload-audio").get_by_role("button", name="Remove").click()


def choose_task(page: Page, title: str) -> None:
    page.locator("#task label", has_text=title).click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def expect_answer(page: Page, tab: str = "upload", about: str = "") -> None:
    """A verdict about the clip of this name, one card per family, and pictures that have loaded."""
    expect(page.locator(f"#{tab}-answer .ac-about")).to_contain_text(about or "kHz")
    expect(page.locator(f"#{tab}-answer .ac-verdict:not([data-state]) .ac-sentence")).not_to_be_empty()
    cards = page.locator(f"#{tab}-answer .ac-card:not([data-state])")
    expect(cards).to_have_count(len(FAMILIES))
    assert tuple(card.get_attribute("data-family") for card in cards.all()) == FAMILIES
    expect(page.locator(f"#{tab}-pictures .ac-figure img")).to_have_count(len(VIEWS))
    widths = page.locator(f"#{tab}-pictures .ac-figure img").evaluate_all(
        "all => all.map(i => i.naturalWidth)"
    )
    assert min(widths) > 100


def expect_empty(page: Page, tab: str = "upload") -> None:
    """The state before the first sound."""
    expect(page.locator(f"#{tab}-answer .ac-verdict[data-state=empty]")).to_be_visible()
    expect_no_answer(page, tab)


def expect_no_answer(page: Page, tab: str = "upload") -> None:
    expect(page.locator(f"#{tab}-answer .ac-card[data-state=empty]")).to_have_count(len(FAMILIES))
    expect(page.locator(f"#{tab}-pictures .ac-stack[data-state=empty]")).to_be_visible()


def expect_no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def audio(page: Page, part: str, expression: str):
    """A property of the player in this part of the page, such as currentTime, once its sound has loaded."""
    page.wait_for_function(f"document.querySelector('#{part} audio.ac-sound').readyState > 0")
    return page.locator(f"#{part} audio.ac-sound").evaluate(f"a => a.{expression}")


def answers(page: Page, tab: str = "upload") -> list[str]:
    return page.locator(f"#{tab}-answer .ac-answer").all_inner_texts()


IN_VIEW = """(id) => new Promise((done) => {
  let before = null, calm = 0;
  const look = () => {
    const box = document.querySelector(id).getBoundingClientRect();
    calm = before === box.top ? calm + 1 : 0;
    before = box.top;
    if (calm < 30) return requestAnimationFrame(look);
    done([box.top, box.bottom, window.innerHeight]);
  };
  look();
})"""


def expect_in_view(page, part: str, gap: int = 0) -> None:
    """Once the page rests, the part is in the viewport; if it is taller, its beginning is.

    gap: pixels that must be free above it.
    """
    top, bottom, height = page.evaluate(IN_VIEW, part)
    assert top >= gap - 1 and (bottom <= height + 1 or (bottom - top > height and top < 100)), (
        part,
        top,
        bottom,
    )


def record_button(page):
    return page.locator("#microphone-audio .ac-record")


def record(page, seconds: float = 2.5) -> None:
    record_button(page).click()
    expect(record_button(page)).to_have_text("Stop")
    page.wait_for_timeout(1000 * seconds)
    record_button(page).click()


def slow_network(page: Page, latency: int = 800) -> None:
    """Every answer of the server comes later, by ms: what is done meanwhile meets an unfinished request."""
    session = page.context.new_cdp_session(page)
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )
