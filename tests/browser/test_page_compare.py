"""The Compare tab: shows the visitor's latest clip, and no other visitor's."""

from playwright.sync_api import expect
from steps import SILENCE, analyse, clear, compare, expect_empty, open_tab, sevens, upload


def test_an_example_can_be_compared_until_a_new_clip_takes_its_place(page):
    open_tab(page, "Compare")
    expect(page.locator("#compare-result [data-state=empty]").first).to_be_visible()
    page.locator("#compare-clip input").click()
    page.get_by_role("option").nth(2).click()
    expect(page.locator("#compare-result td[data-score]")).to_have_count(30)
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


def test_two_visitors_do_not_see_each_others_clips(open_page):
    one, other = open_page(), open_page()
    analyse(one)
    open_tab(other, "Compare")
    other.wait_for_timeout(1000)
    expect(other.locator("#compare-result .ac-verdict[data-state=empty]")).to_be_visible()
    expect(other.locator("#upload-answer .ac-verdict[data-state=empty]")).to_have_count(1)


def test_a_newer_clip_replaces_the_one_before_even_if_it_is_still_being_analysed(page, tmp_path):
    compare(page)
    open_tab(page, "Upload")
    clear(page)
    expect_empty(page)
    upload(page, path=sevens(tmp_path / "long.wav", 100))
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("long")
