"""Pictures side by side with the answer; values read off them; zoom in time; settings of the spectrogram."""

import re

import numpy as np
import pytest
from paths import SEVEN
from playwright.sync_api import Page, expect
from steps import OWN, analyse, audio, sevens

from audioclf.audio import load_clip, resample
from audioclf.features.spectral import LogMel, Spectrogram
from audioclf.types import FeatureMap

MIDDLE = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}


def plot(page: Page, view: str):
    return page.locator(f'#upload-pictures .ac-figure[data-view="{view}"] .ac-plot')


def point(page: Page, view: str, across: float, up: float) -> str:
    """The text beside the pointer at a place of a picture, in fractions from left and bottom."""
    surface = plot(page, view).locator(".ac-seek")
    box = surface.bounding_box()
    surface.hover(position={"x": across * box["width"], "y": (1 - up) * box["height"]})
    return page.locator("#upload-pictures .ac-tip").inner_text()


def numbers(text: str) -> tuple[float, float, float]:
    """Seconds, Hz and dB of a reading."""
    seconds, hz, value = text.split(" · ")
    number = re.search(r"[\d.,]+", hz)[0].replace(",", "")
    return (
        float(seconds.removesuffix(" s")),
        float(number) * (1000 if "kHz" in hz else 1),
        float(value.removeprefix("≤ ").removesuffix(" dB").replace("−", "-")),
    )


def at(found: FeatureMap, seconds: float, hz: float) -> np.ndarray:
    """Values of the cells within one frame and one band of a point."""
    column, row = np.abs(found.seconds - seconds).argmin(), np.abs(found.hz - hz).argmin()
    return found.values[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]


def test_answer_spectrogram_and_scalogram_are_in_one_glance(page):
    analyse(page)
    page.evaluate("window.scrollTo(0, 0)")
    for part in ("#upload-answer .ac-sentence", "#upload-answer .ac-card >> nth=2"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900
    for view in ("spectrogram", "scalogram"):
        box = plot(page, view).bounding_box()
        assert box["y"] + box["height"] <= 900, view
        assert box["width"] > 600 and box["height"] > 80


@pytest.mark.parametrize("size", [MIDDLE, PHONE], ids=["tablet", "phone"])
def test_cards_keep_their_bars_and_nothing_overlaps(open_page, size):
    page = open_page(viewport=size, has_touch=True)
    analyse(page)
    for card in page.locator("#upload-answer .ac-card").all():
        outer, chip = card.bounding_box(), card.locator(".ac-chip").first.bounding_box()
        name = card.locator("h3").bounding_box()
        assert chip["x"] + chip["width"] <= outer["x"] + outer["width"]
        words = card.locator("h3").evaluate(
            "node => { const r = document.createRange(); r.selectNodeContents(node);"
            "return r.getBoundingClientRect().right; }"
        )
        assert words <= chip["x"] or chip["y"] >= name["y"] + name["height"]
        for bar in card.locator(".ac-bar").all():
            assert bar.bounding_box()["width"] >= 60
    answer = page.locator("#upload-answer .ac-cards").bounding_box()
    assert answer["y"] + answer["height"] <= plot(page, "spectrogram").bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_pointer_reads_what_the_feature_computed(page):
    analyse(page)
    clip = resample(load_clip(SEVEN), 8000)
    found = LogMel(fmin=60.0, top_db=60.0)(clip)  # as the bundled CNN's config has it
    for across, up in ((0.5, 0.1), (0.5, 0.5), (0.62, 0.3), (0.45, 0.9)):
        seconds, hz, db = numbers(point(page, "digits-cnn-input", across, up))
        assert seconds == pytest.approx(across * clip.seconds, abs=0.01)
        near = at(found, seconds, hz)
        assert near.min() - 0.3 <= db <= near.max() + 0.3
    for view in ("spectrogram", "scalogram", "digits-gmm-bands"):
        assert re.fullmatch(r"[\d.]+ s · [\d.,]+ Hz · (≤ )?−?[\d.]+ dB", point(page, view, 0.5, 0.2))
    assert re.fullmatch(r"[\d.]+ s · Δ*c\d+ · .*σ", point(page, "digits-gmm-input", 0.5, 0.5))
    assert "energy" in point(page, "digits-gmm-input", 0.5, 0.01)
    assert re.fullmatch(r"[\d.]+ s · Δ*c\d+ · .*dB", point(page, "digits-rnn-input", 0.5, 0.5))


def test_arrow_keys_read_and_are_read_out(page):
    analyse(page)
    surface = plot(page, "scalogram").locator(".ac-seek")
    surface.focus()
    page.keyboard.press("ArrowUp")
    said = page.locator("#upload-pictures .ac-reading")
    expect(said).to_contain_text("Hz")
    first = numbers(said.inner_text())
    page.keyboard.press("ArrowUp")
    second = numbers(said.inner_text())
    assert second[1] > first[1] and second[0] == first[0]
    page.keyboard.press("Shift+ArrowRight")
    assert numbers(said.inner_text())[0] > second[0]


def test_a_finger_reads_without_stopping_the_page_from_scrolling(open_page):
    page = open_page(viewport=PHONE, has_touch=True)
    analyse(page)
    surface = plot(page, "scalogram").locator(".ac-seek")
    surface.scroll_into_view_if_needed()
    assert surface.evaluate("node => getComputedStyle(node).touchAction") == "pan-y"
    box = surface.bounding_box()
    touch = {"pointerType": "touch", "isPrimary": True, "bubbles": True, "pointerId": 1}
    place = {"clientX": box["x"] + 40, "clientY": box["y"] + 50}
    surface.dispatch_event("pointerdown", {**touch, **place})
    surface.dispatch_event("pointermove", {**touch, **place, "clientX": box["x"] + 120})
    tip = page.locator("#upload-pictures .ac-tip")
    expect(tip).to_contain_text("Hz")
    shown = tip.bounding_box()
    assert shown["x"] >= 0 and shown["x"] + shown["width"] <= PHONE["width"]
    surface.dispatch_event("pointerup", {**touch, **place})
    # Two fingers zoom the picture, not the page.
    hand, x, y = page.context.new_cdp_session(page), box["x"] + box["width"] / 2, box["y"] + 50

    def fingers(kind: str, *apart: float) -> None:
        points = [{"x": x + side * d / 2, "y": y, "id": i} for d in apart for i, side in enumerate((-1, 1))]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 60)
    for distance in range(80, 200, 20):
        fingers("touchMove", distance)
    fingers("touchEnd")
    stack = page.locator("#upload-pictures .ac-stack")
    assert float(stack.get_attribute("data-to")) - float(stack.get_attribute("data-from")) < 0.5
    assert page.evaluate("window.visualViewport.scale") == 1


def test_zoom_moves_all_pictures_and_redraws_the_axis(page, tmp_path):
    analyse(page, sevens(tmp_path / "long.wav", 20))
    stack = page.locator("#upload-pictures .ac-stack")
    whole = float(stack.get_attribute("data-seconds"))
    times = page.locator("#upload-pictures .ac-times").first.locator("span")
    before = times.all_inner_texts()
    for _ in range(3):
        stack.get_by_role("button", name="Zoom in").click()
    after = [float(text) for text in times.all_inner_texts()]
    assert len(after) >= 3 and after != before and after[-1] - after[0] <= whole / 8
    assert len(set(page.locator("#upload-pictures .ac-span").evaluate_all(
        "all => all.map(node => getComputedStyle(node).width)"))) == 1  # fmt: skip
    # A click plays what is under it, and the readout agrees.
    seconds = numbers(point(page, "scalogram", 0.25, 0.5))[0]
    box = plot(page, "scalogram").bounding_box()
    page.evaluate("() => { const a = document.querySelector('#upload-pictures audio');"
                  "a.play = () => { window.from = a.currentTime; return Promise.resolve(); }; }")  # fmt: skip
    audio(page, "upload-pictures", "duration")
    plot(page, "scalogram").locator(".ac-seek").click(
        position={"x": 0.25 * box["width"], "y": box["height"] / 2}
    )
    assert page.evaluate("window.from") == pytest.approx(seconds, abs=whole / 800 + 0.01)
    stack.locator(".ac-pan").fill("1000")
    assert float(times.last.inner_text()) == pytest.approx(whole, abs=1)
    surface = plot(page, "scalogram").locator(".ac-seek")
    surface.focus()
    page.keyboard.press("0")
    assert times.all_inner_texts() == before
    expect(stack.locator(".ac-pan")).to_be_hidden()


def test_a_drag_moves_the_view_and_plays_nothing(page):
    analyse(page)
    stack = page.locator("#upload-pictures .ac-stack")
    stack.get_by_role("button", name="Zoom in").click()
    start = float(stack.get_attribute("data-from"))
    box = plot(page, "scalogram").bounding_box()
    page.evaluate("window.played = 0; document.addEventListener('play', () => { window.played += 1; }, true)")
    page.mouse.move(box["x"] + 300, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 40, steps=4)
    page.mouse.up()
    assert float(stack.get_attribute("data-from")) > start
    page.wait_for_timeout(200)
    assert page.evaluate("window.played") == 0
    page.mouse.wheel(0, 200)
    page.wait_for_function("window.scrollY > 0")


def test_ctrl_and_the_wheel_zoom_around_the_pointer(page):
    analyse(page)
    before = numbers(point(page, "scalogram", 0.25, 0.5))[0]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("document.querySelector('#upload-pictures .ac-stack').dataset.to < 0.9")
    assert numbers(point(page, "scalogram", 0.25, 0.5))[0] == pytest.approx(before, abs=0.02)
    assert page.evaluate("window.visualViewport.scale") == 1


def test_settings_redraw_the_spectrogram_with_its_true_values(page):
    analyse(page)
    view = plot(page, "spectrogram")
    image = view.locator("img")
    first = image.get_attribute("src")
    page.locator("#upload-pictures .ac-settings summary").click()
    expect(page.locator("#upload-pictures .ac-settings")).to_contain_text("models keep their own settings")
    for name, value in (("n_fft", "512"), ("overlap", "0.5"), ("frequency", "linear"), ("range", "80")):
        page.locator(f"#upload-pictures select[name={name}]").select_option(value)
    expect(view).to_have_attribute("data-spans", re.compile("-80"))
    clip = resample(load_clip(SEVEN), 8000)
    found = Spectrogram(win_seconds=512 / 8000, hop_seconds=256 / 8000, top_db=80.0)(clip)
    for across, up in ((0.5, 0.1), (0.55, 0.4), (0.4, 0.85)):
        seconds, hz, db = numbers(point(page, "spectrogram", across, up))
        assert hz == pytest.approx(4000 * up, abs=40)
        near = at(found, seconds, hz)
        # The browser resamples the file in its own way.
        assert near.min() - 2 <= db <= near.max() + 2
    page.get_by_role("button", name="Reset").click()
    expect(image).to_have_attribute("src", first)


def test_the_models_own_pictures_follow_the_two_for_the_eye(page):
    analyse(page)
    views = page.locator("#upload-pictures .ac-figure").evaluate_all(
        "all => all.map(one => one.dataset.view)"
    )
    assert views == ["spectrogram", "scalogram", "waveform", *OWN]
    families = page.locator("#upload-pictures .ac-seen").evaluate_all(
        "all => all.map(one => one.dataset.family)"
    )
    assert families == ["", "", "", "gmm", "gmm", "cnn", "rnn"]
    expect(page.locator("#upload-pictures .ac-marked")).to_contain_text("between the white lines")
