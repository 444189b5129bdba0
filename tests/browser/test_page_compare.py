"""The Compare tab: shows the visitor's latest clip, and no other visitor's."""

import numpy as np
from paths import SEVEN
from playwright.sync_api import expect
from steps import SILENCE, clear, expect_answer, expect_empty, open_tab, upload

from audioclf.audio import encode_wav, load_clip
from audioclf.types import Clip


def test_the_clip_is_carried_over_with_all_scores(page):
    upload(page, path=SEVEN)
    expect_answer(page)
    verdict = page.locator("#upload-answer .ac-sentence").inner_text()
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("seven")
    expect(page.locator("#compare-result .ac-sentence")).to_have_text(verdict)
    expect(page.locator("#compare-result td[data-score]")).to_have_count(30)
    expect(page.locator("#compare-result .ac-best")).to_have_count(3)


def test_the_latest_clip_replaces_the_one_before(page):
    upload(page, path=SEVEN)
    expect_answer(page)
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("seven")
    open_tab(page, "Upload")
    clear(page)
    upload(page, path=SILENCE)
    expect_answer(page, about="silence")
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("silence")


def test_an_example_can_be_compared_without_any_clip(page):
    open_tab(page, "Compare")
    expect(page.locator("#compare-result [data-state=empty]").first).to_be_visible()
    page.locator("#compare-clip input").click()
    page.get_by_role("option").nth(2).click()
    expect(page.locator("#compare-result td[data-score]")).to_have_count(30)


def test_a_new_clip_takes_the_place_of_an_example(page):
    open_tab(page, "Compare")
    page.locator("#compare-clip input").click()
    page.get_by_role("option").nth(2).click()
    expect(page.locator("#compare-result td[data-score]")).to_have_count(30)
    open_tab(page, "Upload")
    upload(page, path=SILENCE)
    expect_answer(page, about="silence")
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("silence")
    expect(page.locator("#compare-clip input")).to_have_value("Your latest sound")


def test_a_long_clip_shows_an_answer_for_every_moment(page, tmp_path):
    clip = load_clip(SEVEN)
    encode_wav(Clip(np.tile(clip.samples, 6), clip.sample_rate, "many"), tmp_path / "many.wav")
    upload(page, path=tmp_path / "many.wav")
    expect_answer(page, about="many")
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-lane:not(.ac-differ)")).to_have_count(3)
    expect(page.locator("#compare-result .ac-differ")).to_have_count(1)
    plot = page.locator("#compare-result .ac-plot").bounding_box()
    lane = page.locator("#compare-result .ac-lane > div").first.bounding_box()
    assert abs(plot["x"] - lane["x"]) < 0.6 and abs(plot["width"] - lane["width"]) < 0.6


def test_two_visitors_do_not_see_each_others_clips(open_page):
    one, other = open_page(), open_page()
    upload(one, path=SEVEN)
    expect_answer(one)
    open_tab(other, "Compare")
    other.wait_for_timeout(1000)
    expect(other.locator("#compare-result .ac-verdict[data-state=empty]")).to_be_visible()
    upload_state = other.locator("#upload-answer .ac-verdict[data-state=empty]")
    expect(upload_state).to_have_count(1)


def test_a_clip_still_being_analysed_is_shown_when_it_is_ready(page, tmp_path):
    upload(page, path=SEVEN)
    expect_answer(page)
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("seven")
    open_tab(page, "Upload")
    clear(page)
    expect_empty(page)
    clip = load_clip(SEVEN)
    encode_wav(Clip(np.tile(clip.samples, 100), clip.sample_rate, "long"), tmp_path / "long.wav")
    upload(page, path=tmp_path / "long.wav")
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("long")
