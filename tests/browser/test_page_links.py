"""Links: an address reopens a result, and can hide the scores behind a click."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from steps import answers, compare, expect_answer, open_tab, sevens


def test_a_copied_link_reopens_the_result(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.locator("#examples button").nth(1).click()
    expect_answer(page, about="three")
    page.locator("#upload-link .ac-copy").click()
    expect(page.locator("#upload-link .ac-copied")).to_have_text("Copied")
    link = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    reopened = open_page(query=f"?{link.query}")
    expect_answer(reopened, about="three")
    assert answers(reopened) == answers(page)


def test_a_link_opens_its_tab_its_example_and_its_models(open_page):
    page = open_page(query="?task=digits&tab=compare&example=three&models=digits-gmm,digits-rnn")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("three")
    expect(page.locator("#compare-result td[data-score]")).to_have_count(22)
    expect(page.locator("#link-note li")).to_have_count(0)


def test_a_link_to_a_model_opens_its_card(open_page):
    page = open_page(query="?task=digits&tab=models&models=digits-rnn")
    expect(page.locator("#models-card")).to_contain_text("recurrent")


def test_a_link_can_hide_the_scores_until_a_click(open_page):
    page = open_page(query="?example=seven&hide=scores")
    show = page.get_by_text("Show the scores")
    expect(show).to_be_visible()
    expect(page.locator("#upload-answer .ac-card").first).to_be_hidden()
    expect(page.locator("#upload-pictures .ac-figure img").first).to_be_visible()
    show.click()
    expect(page.locator("#upload-answer .ac-card").first).to_be_visible()
    expect(page.locator("#upload-answer .ac-card[data-family=cnn]")).to_contain_text("seven")


def test_nothing_on_view_tells_a_hidden_answer(open_page):
    page = open_page(query="?task=digits&example=1&hide=scores")
    expect(page.get_by_text("Show the scores")).to_be_visible()
    expect(page.locator("#examples button:visible").first).to_have_text("Sound 1")
    page.wait_for_function("location.search.includes('example=1')")
    # The line that lists all labels names each of them.
    page.locator(".ac-known").evaluate_all("lines => lines.forEach(line => line.remove())")
    seen = page.locator("body").inner_text().lower()
    assert "seven" not in seen and "seven" not in page.url


@pytest.mark.parametrize("step", ["neighbours", "cnn&set=layer:answer"])
def test_a_step_of_explore_shows_a_hidden_answer_after_a_click(open_page, step):
    page = open_page(query=f"?task=digits&tab=explore&step={step}&example=1&hide=scores")
    shown = page.locator("#explore-view .ac-step-view")
    show = page.locator("#explore-view summary", has_text="Show the scores")
    expect(show).to_be_visible()
    expect(shown).to_be_hidden()
    show.click()
    expect(shown).to_contain_text("seven")


def test_invalid_parts_of_a_link_are_named_and_the_rest_opens(open_page):
    page = open_page(query="?task=weather&tab=attic&example=seven&models=digits-svm")
    expect(page.locator("#link-note li")).to_have_count(3)
    expect_answer(page, about="seven")


def test_a_visitors_own_sound_has_no_link_and_the_page_says_why(page, tmp_path):
    """Even if its file has the name of an example."""
    compare(page, sevens(tmp_path / "seven.wav", 2))
    open_tab(page, "Upload")
    expect(page.locator("#upload-link")).to_contain_text("your own sound stays on this server")
    expect(page.locator("#upload-link .ac-copy")).to_have_count(0)
