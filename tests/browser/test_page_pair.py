"""Two recordings side by side: chosen in every way, read, played, zoomed together, refused in words."""

import re

import numpy as np
import pytest
from paths import SEVEN
from playwright.sync_api import Page, expect
from steps import FAMILIES, SILENCE, SIZES, expect_in_view, expect_no_sideways_scrolling, open_tab
from test_page_accessible import violations

from audioclf.audio import encode_wav, load_clip
from audioclf.types import Clip

REGIONS = ("First recording", "Second recording", "Difference of the recordings")


def open_pair(page: Page) -> None:
    open_tab(page, "Compare")
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    page.locator("#pair > button").click()
    expect(page.locator("#pair-result .ac-pair")).to_be_visible()


def choose(page: Page, name: str) -> None:
    page.locator("#pair-second input").click()
    page.get_by_role("option", name=name).click()


def own_file(page: Page, name: str, data: bytes) -> None:
    page.locator("#pair-file input[type=file]").set_input_files(
        {"name": name, "mimeType": "audio/wav", "buffer": data}
    )


def louder(db: float) -> bytes:
    clip = load_clip(SEVEN)
    return encode_wav(Clip(clip.samples * np.float32(10 ** (db / 20)), clip.sample_rate))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", SIZES)
def test_two_recordings_are_compared_read_and_played(open_page, size):
    page = open_page(viewport=SIZES[size])
    open_pair(page)
    expect_in_view(page, "#pair")
    expect(page.locator("#pair-result .ac-sentence")).to_contain_text(
        re.compile("The answer changes|No model")
    )
    rows = page.locator("#pair-result .ac-change tbody tr")
    assert [row.get_attribute("data-family") for row in rows.all()] == list(FAMILIES)
    expect(rows.first.locator("td[data-score]")).to_have_count(2)
    boxes = [plot.bounding_box() for plot in page.locator("#pair-result .ac-plot:visible").all()]
    assert len(boxes) == 3 and len({(box["x"], box["width"]) for box in boxes}) == 1
    for region in REGIONS:
        stack = page.get_by_role("region", name=region, exact=True)
        stack.locator(".ac-seek:visible").hover()
        expect(stack.locator(".ac-tip")).to_contain_text(
            re.compile(r"s · [\d.,]+ Hz · [≤≥]? ?[+−]?[\d.]+ dB")
        )
        stack.locator(".ac-play").click()
        expect(stack.locator(".ac-play")).to_have_text("❚❚")
        stack.locator(".ac-play").click()
    expect_no_sideways_scrolling(page)
    page.locator("#pair-view label").nth(1).click()
    expect(page.locator('#pair-result [data-view="scalogram"]:visible')).to_have_count(2)
    expect(page.locator('#pair-result [data-view="scalogram-difference"]')).to_be_visible()
    expect(page.locator('#pair-result [data-view="spectrogram"]').first).to_be_hidden()
    page.locator("#pair-align label").nth(1).click()
    expect(page.locator("#pair-result")).to_contain_text("Both recordings begin at 0 s.")
    assert not (found := violations(page, "pair")), "\n".join(found)


def test_a_file_of_the_visitor_6_db_softer_reads_6_db_by_keyboard(page):
    open_pair(page)
    own_file(page, "softer.wav", louder(-6))
    expect(page.locator("#pair-second input")).to_have_value("Your file: softer.wav")
    expect(page.locator("#pair-result")).to_contain_text("Second: softer.wav")
    stack = page.get_by_role("region", name=REGIONS[2], exact=True)
    surface = stack.locator(".ac-seek:visible")
    stack.locator(".ac-play").focus()
    for _ in range(9):
        page.keyboard.press("Tab")
        if surface.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("ArrowDown")
    expect(stack.locator(".ac-reading")).to_contain_text(re.compile(r"· −6\.0 dB$"))
    page.keyboard.press("+")
    expect(page.locator("#pair-result .ac-pan:visible")).to_have_count(3)  # all pictures show the same part


def test_a_clip_beside_itself_has_no_difference_and_the_latest_sound_may_be_one_of_them(page):
    page.locator("#examples button:visible").first.click()
    expect(page.locator("#upload-answer .ac-card:not([data-state])")).to_have_count(3)
    open_pair(page)
    choose(page, "Your latest sound")
    expect(page.locator("#pair-result")).to_contain_text("The two pictures are the same to within 0.5 dB.")
    page.get_by_role("region", name=REGIONS[2], exact=True).locator(".ac-seek:visible").hover()
    expect(page.locator("#pair-result .ac-tip:visible")).to_contain_text("· 0.0 dB")


def test_what_cannot_be_compared_is_said_and_the_next_sound_works(page):
    open_pair(page)
    own_file(page, "nothing.wav", b"")
    expect(page.locator("#pair-file .ac-drop-note")).to_contain_text("nothing.wav is empty")
    own_file(page, "no-sound.wav", b"no sound at all" * 20)
    expect(page.locator("#pair-result [role=alert]")).to_contain_text("no-sound.wav")
    own_file(page, "silence.wav", SILENCE.read_bytes())
    expect(page.locator("#pair-result .ac-change")).to_contain_text("nothing to judge")
    page.locator("#task label", has_text="Musical instruments").click()
    expect(page.locator("#pair-second input")).to_have_value("Your file: silence.wav")
    expect(page.locator("#pair-result .ac-change")).to_contain_text("instruments-cnn")


def test_a_guess_is_not_spoiled(page):
    open_tab(page, "Compare")
    page.locator("#predict-first input").check()
    expect(page.locator("#predict-show")).to_be_visible()
    page.locator("#pair > button").click()
    expect(page.locator("#pair-result [role=alert]")).to_contain_text("Predict first")
    page.locator("#pair-second input").click()
    offered = page.locator("#pair-second").get_by_role("option").all_inner_texts()
    names = [re.sub(r"[^\w ]", "", words).strip() for words in offered]
    assert names and all(re.fullmatch(r"Sound \d+|Your latest sound", name) for name in names), names
    page.keyboard.press("Escape")
    page.locator("#predict-label").get_by_label("seven", exact=True).check()
    page.locator("#predict-bet").get_by_label("CNN").check()
    page.locator("#predict-show").click()
    expect(page.locator("#pair-result")).to_contain_text("guess it, too")
    own_file(page, "mine.wav", louder(-3))  # the content of an example would be one
    expect(page.locator("#pair-result .ac-pair")).to_be_visible()
