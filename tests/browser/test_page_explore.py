"""The Explore tab: opened by a link, gone through by hand, and accessible."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from steps import SIZES, expect_no_sideways_scrolling, open_tab
from test_page_accessible import violations

from audioclf.lessons.outline import STEPS, numbered

PARTS = "#explore-path, #explore-lesson, #explore-sounds, #explore-more, #explore-view, #explore-onward"


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def test_a_link_opens_its_step_with_its_settings_and_sound(open_page):
    page = open_page(query="?tab=explore&step=sampling&example=three&set=rate:8000,alias_filter:True")
    expect(page.locator("#explore-view .ac-step-said")).to_contain_text("8,000 Hz")
    expect(page.locator("#explore-lesson select[name=rate]")).to_have_value("8000")
    expect(page.locator("#explore-lesson select[name=alias_filter]")).to_have_value("True")
    expect(page.locator("#explore-clip input")).to_have_value("“three”, a woman")
    page.wait_for_function("location.search.includes('set=rate:8000')")
    assert query(page)["step"] == "sampling"


def test_next_and_back_turn_the_pages_and_a_control_redraws_and_is_in_the_address(page):
    open_tab(page, "Explore")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    page.locator("[data-turn=next]").click()
    expect(page.locator("#ac-lesson-title")).to_have_text("Amplitude and level")
    expect(page.locator("#ac-lesson-title")).to_be_focused()
    page.locator("#explore-lesson [data-by='1']").click()
    expect(page.locator("#explore-view .ac-step-said")).to_contain_text("With 1 dB of gain")
    page.wait_for_function("location.search.includes('set=gain:1')")
    page.locator("#explore-lesson .ac-ask button").nth(1).click()
    expect(page.locator(".ac-answered")).to_contain_text("Right. 20·log10(2)")
    page.go_back()
    expect(page.locator("#ac-lesson-title")).to_have_text("Samples")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", SIZES)
def test_every_step_is_accessible_and_fits(open_page, size):
    """From the first step to the last by Next alone, in both themes."""
    page, found = open_page(query="?tab=explore&example=seven", viewport=SIZES[size]), []
    for number, step in numbered():
        expect(page.locator(f"#explore-lesson [data-lesson={step.id}]")).to_be_visible()
        expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
        expect_no_sideways_scrolling(page)
        found += violations(page, step.id, PARTS if number > 1 else "")
        if number < len(STEPS):
            page.locator("[data-turn=next]").click()
    assert not found, "\n".join(found)


def test_a_link_draws_its_step_once(open_page):
    """The sentence of the step is put on the page once; a second drawing would put it there again."""
    script = """addEventListener("DOMContentLoaded", () => { window.drawn = 0; new MutationObserver((all) => {
      const added = all.flatMap((one) => [...one.addedNodes]);
      window.drawn += added.filter((node) => node.querySelector?.(".ac-step-said")
        || node.matches?.(".ac-step-view")).length;
    }).observe(document.body, { childList: true, subtree: true }); });"""
    page = open_page(query="?tab=explore&step=mel&example=three", script=script)
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    page.wait_for_timeout(1500)
    assert page.evaluate("window.drawn") == 1
