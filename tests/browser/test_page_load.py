"""Loading the page: few requests, files that browsers keep, nothing that moves; large type for a room."""

import pytest
from playwright.sync_api import expect
from steps import SIZES, expect_no_sideways_scrolling, open_tab

MOST_REQUESTS = 59
MOST_SHIFT = 0.05  # half of what web.dev calls good
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("size", SIZES)
def test_nothing_moves_while_the_page_loads_on_a_slow_device(open_page, size):
    page = open_page(script=SHIFTS, viewport=SIZES[size], slower=6)
    expect(page.locator("#upload-tell .ac-card").first).to_be_visible()
    page.wait_for_timeout(3000)
    assert page.evaluate("window.shifted") < MOST_SHIFT


def test_the_page_takes_few_requests_and_its_parts_are_kept(open_page):
    page = open_page()
    expect(page.locator("#upload-answer .ac-card").first).to_be_visible()
    page.wait_for_timeout(2000)
    loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert len(loaded) + 1 <= MOST_REQUESTS, loaded
    parts = [url for url in loaded if "/assets/" in url]
    assert parts and all("immutable" in page.request.get(url).headers["cache-control"] for url in parts[:3])


def test_large_type_is_a_switch_of_the_header_and_part_of_the_address(open_page):
    page = open_page(query="?view=projector")
    switch = page.locator("#projector")
    expect(switch).to_have_attribute("aria-pressed", "true")
    heading = page.locator("#header h1")
    large = heading.bounding_box()["height"]
    expect_no_sideways_scrolling(page)
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert heading.bounding_box()["height"] < 0.8 * large
    assert "view=" not in page.url
    switch.click()
    assert "view=projector" in page.url


@pytest.mark.parametrize("tab", ["Upload", "Microphone", "Compare", "Models"])
def test_the_glossary_is_a_click_away_from_every_tab(page, tab):
    open_tab(page, tab)
    page.locator("#open-glossary").click()
    expect(page.locator("#glossary dt").first).to_be_in_viewport()


def test_a_word_explains_itself_where_it_stands(page):
    page.locator("#header .ac-term").nth(1).click()
    expect(page.locator(".ac-words:popover-open")).to_contain_text("Convolutional neural network")


@pytest.mark.parametrize("route", ["**/queue/join*", "**/queue/data*"])
@pytest.mark.parametrize("size", SIZES)
def test_a_page_whose_session_is_lost_says_so_and_offers_the_way_back(open_page, route, size):
    page = open_page(viewport=SIZES[size])
    # Gradio logs the refusal, and the reload cuts off its stream.
    page.expected_errors = ["404", "Error", "error", "network", "Response"]
    expect(page.locator("#upload-tell .ac-card").first).to_be_visible()
    expect(page.locator("#lost")).to_have_count(0)
    page.route(route, lambda one: one.fulfill(status=404, json={"detail": "Session not found."}))
    page.locator("#examples button:visible").nth(1).click()
    notice = page.get_by_role("alert").filter(has_text="lost its connection")
    expect(notice).to_be_in_viewport()
    page.unroute(route)
    notice.get_by_role("button", name="Reload").click()
    expect(page.locator("#lost")).to_have_count(0)
    expect(page.locator("#upload-tell .ac-card").first).to_be_visible()
