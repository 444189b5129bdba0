"""The Compare tab: shows the visitor's latest clip, and no other visitor's."""

import re

from playwright.sync_api import expect
from steps import SILENCE, analyse, clear, compare, expect_empty, open_tab, sevens, upload


def test_an_example_can_be_compared_until_a_new_clip_takes_its_place(page):
    open_tab(page, "Compare")
    page.locator("#compare-clip input").click()
    page.get_by_role("option").nth(2).click()
    expect(page.locator("#compare-result td[data-score]")).to_have_count(33)
    open_tab(page, "Upload")
    compare(page, SILENCE)
    expect(page.locator("#compare-clip input")).to_have_value("Your latest sound")


def test_a_long_clip_shows_an_answer_for_every_moment(page, tmp_path):
    compare(page, sevens(tmp_path / "many.wav", 6))
    expect(page.locator("#compare-result .ac-lane:not(.ac-differ)")).to_have_count(3)
    expect(page.locator("#compare-result .ac-differ")).to_have_count(1)
    plot = page.locator("#compare-result .ac-plot").bounding_box()
    lane = page.locator("#compare-result .ac-lane > div").first.bounding_box()
    assert abs(plot["x"] - lane["x"]) < 0.6 and abs(plot["width"] - lane["width"]) < 0.6
    # Its words are read by pointer, and by arrow keys.
    page.mouse.move(lane["x"] + lane["width"] / 20, lane["y"] + lane["height"] / 2)
    expect(page.locator("#compare-result .ac-tip")).to_contain_text("seven")
    # A window with the ends of two words may be none of these; the answer there is read out, whatever it is.
    second = page.locator("#compare-result .ac-lane").nth(1)
    said = second.locator("[data-words]").evaluate_all("bars => bars.map(bar => bar.dataset.words)")
    second.locator(".ac-seek").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#compare-result .ac-reading")).to_have_text(
        re.compile("|".join(map(re.escape, said)))
    )


def test_two_visitors_do_not_see_each_others_clips(open_page):
    one, other = open_page(), open_page()
    analyse(one, SILENCE)
    open_tab(other, "Compare")
    expect(other.locator("#compare-result td[data-score]").first).to_be_visible()
    expect(other.locator("#compare-result .ac-about")).not_to_contain_text("silence")
    expect(other.locator("#upload-answer .ac-verdict[data-state=empty]")).to_have_count(1)


def test_a_newer_clip_replaces_the_one_before_even_if_it_is_still_being_analysed(page, tmp_path):
    compare(page)
    open_tab(page, "Upload")
    clear(page)
    expect_empty(page)
    upload(page, path=sevens(tmp_path / "long.wav", 100))
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("long")
