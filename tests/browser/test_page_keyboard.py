"""The page by keyboard: arrow keys move between tabs, the place is always seen, and no list is left behind."""

import pytest
from playwright.sync_api import expect
from steps import open_tab

N_STOPS = 40
OUTLINE = """() => {
  const node = document.activeElement, label = node.closest('label');
  const seen = [node, ...(label ? [label] : [])].map(getComputedStyle);
  return [node.outerHTML.slice(0, 120), seen.some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)];
}"""


def test_arrow_keys_move_between_the_tabs(page):
    page.get_by_role("tab", name="Upload").focus()
    for key, name in (
        ("ArrowRight", "Microphone"),
        ("End", "Models"),
        ("ArrowRight", "Upload"),
        ("ArrowLeft", "Models"),
    ):
        page.keyboard.press(key)
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")


def test_a_dropdown_that_the_keyboard_has_left_shows_no_list(page):
    open_tab(page, "Compare")
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    page.locator("#compare-clip input").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("option")).to_have_count(0)


@pytest.mark.parametrize(("tab", "place"), [("Compare", "#compare-clip"), ("Explore", "#explore-clip")])
def test_the_mark_of_the_keyboard_does_not_cross_the_text_of_a_dropdown(page, tab, place):
    open_tab(page, tab)
    chosen = page.locator(f"{place} [role=combobox]")
    chosen.focus()
    page.keyboard.press("Escape")
    inside = chosen.evaluate("""node => { const s = getComputedStyle(node);
      const ring = Math.min(0, parseFloat(s.outlineOffset));
      return node.clientHeight + 2 * ring - parseFloat(s.fontSize); }""")
    assert inside >= 0


@pytest.mark.parametrize("tab", ["Upload", "Compare", "Speakers", "Explore", "Models"])
def test_the_place_of_the_keyboard_is_always_seen(page, tab):
    open_tab(page, tab)
    page.wait_for_timeout(1500)
    page.get_by_role("tab", name=tab).focus()
    unseen = set()
    for _ in range(N_STOPS):
        page.keyboard.press("Tab")
        html, is_seen = page.evaluate(OUTLINE)
        if not is_seen and not html.startswith(("<body", "<audio")):
            unseen.add(html)
    assert not unseen
