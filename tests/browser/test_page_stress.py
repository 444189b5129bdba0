"""The stress section in use: its results are in sight when they arrive, can be heard, and stay until replaced."""

import pytest
from playwright.sync_api import expect
from steps import expect_in_view, expect_no_sideways_scrolling, open_tab, slow_network

SIZES = {
    "wide": {"width": 1440, "height": 900},
    "laptop": {"width": 1366, "height": 657},
    "tablet": {"width": 820, "height": 1180},
    "phone": {"width": 390, "height": 844},
    "small": {"width": 320, "height": 700},
}


def open_compare(open_page, size: str = "wide", query: str = "?tab=compare&example=seven"):
    page = open_page(viewport=SIZES[size], query=query)
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    return page


def degrade(page, stress: str = "snr_white", position: int = 15) -> None:
    page.locator(f"#stress-sliders input[name={stress}]").fill(str(position))
    expect(page.locator("#stress-now .ac-now ul")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_the_breaking_point_is_in_sight_when_it_is_found(open_page, size):
    page = open_compare(open_page, size)
    page.locator("#find-breaking-point").click()
    expect(page.locator("#stress-broken [data-chart]")).to_be_visible()
    expect_in_view(page, "#stress-broken .ac-sentence", gap=8)
    expect_in_view(page, "#stress-broken .ac-plot")
    expect_no_sideways_scrolling(page)


@pytest.mark.parametrize("size", SIZES)
def test_the_answers_stay_in_sight_while_a_slider_is_moved(open_page, size):
    page = open_compare(open_page, size)
    page.locator("#stress > button").click()
    for stress, position in (("pitch", 3), ("denoise", 4)):
        degrade(page, stress, position)
        page.locator(f"#stress-sliders input[name={stress}]").scroll_into_view_if_needed()
        expect_in_view(page, "#stress-now .ac-now")
    expect(page.locator("#stress-now")).to_contain_text("Pitch +3 semitones, Wavelet denoising")
    expect(page.locator("#stress-now li")).to_have_count(3)
    expect_no_sideways_scrolling(page)


def test_a_level_of_the_chart_is_heard(open_page):
    page = open_compare(open_page)
    page.locator("#find-breaking-point").click()
    levels = page.locator("#stress-broken .ac-levels")
    box = levels.bounding_box()
    page.evaluate("document.addEventListener('playing', (e) => { window.heard = e.target.src; }, true)")
    levels.click(position={"x": box["width"] * 14 / 16, "y": box["height"] / 2})
    expect(page.locator("#stress-sliders input[name=snr_white]")).to_have_value("14")
    page.wait_for_function("window.heard")
    assert page.evaluate("window.heard") == page.locator("#stress-now audio").evaluate("a => a.src")
    expect(page.locator("#stress-broken .ac-readout")).to_contain_text("−3 dB: GMM")
    expect_in_view(page, "#stress-now .ac-hear")


def test_a_level_is_chosen_and_heard_from_the_keyboard(open_page):
    page = open_compare(open_page)
    page.locator("#find-breaking-point").click()
    levels = page.locator("#stress-broken .ac-levels")
    levels.focus()
    for key in ("End", "ArrowLeft"):
        page.keyboard.press(key)
    expect(levels).to_have_attribute(
        "aria-valuetext", page.locator("#stress-broken .ac-readout").inner_text()
    )
    page.evaluate("document.addEventListener('playing', () => { window.heard = true; }, true)")
    page.keyboard.press("Enter")
    expect(page.locator("#stress-sliders input[name=snr_white]")).to_have_value("15")
    page.wait_for_function("window.heard")


def test_the_result_before_stays_until_the_next_one_and_is_marked(open_page):
    page = open_compare(open_page)
    page.locator("#stress > button").click()
    degrade(page)
    page.evaluate(
        """() => new MutationObserver(() => {
             const section = document.getElementById('stress');
             if (!section.querySelector('#stress-result .ac-change')) window.gone = true;
             if ('stale' in section.dataset) window.marked = true;
           }).observe(document.getElementById('stress'), {subtree: true, childList: true, attributes: true})"""
    )
    degrade(page, "reverb", 12)
    expect(page.locator("#stress-now")).to_contain_text("Reverberation")
    expect(page.locator("#stress")).not_to_have_attribute("data-stale", "true")
    assert page.evaluate("[window.marked, window.gone || false]") == [True, False]


def test_a_slider_is_filled_from_the_position_that_changes_nothing(open_page):
    page = open_compare(open_page)
    page.locator("#stress > button").click()
    filled = "i => ['--low', '--high'].map(n => Number(i.style.getPropertyValue(n)))"
    slider = page.locator("#stress-sliders input[name=pitch]")
    assert slider.evaluate(filled) == [0.5, 0.5]
    slider.fill("-4")
    low, high = slider.evaluate(filled)
    assert low < high == 0.5


def test_what_was_missing_is_not_said_any_more_once_it_is_there(open_page):
    page = open_compare(open_page)
    page.locator("#predict-first input").check()
    expect(page.locator("#predict-show")).to_be_visible()
    page.locator("#find-breaking-point").click()
    expect(page.locator("#stress-broken")).to_contain_text("Predict first")
    page.locator("#predict-label").get_by_label("seven", exact=True).check()
    page.locator("#predict-bet").get_by_label("CNN").check()
    page.locator("#predict-show").click()
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    expect(page.locator("#stress-broken")).not_to_contain_text("Predict first")


@pytest.mark.parametrize("size", SIZES)
def test_one_listens_first_and_guesses_below_and_then_sees_the_answers(open_page, size):
    page = open_compare(open_page, size)
    page.locator("#predict-first input").check()
    expect(page.locator("#predict-show")).to_be_visible()
    play, form = (page.locator(part).bounding_box() for part in ("#compare-result .ac-play", "#predict"))
    assert play["y"] < form["y"]
    page.locator("#predict-label").get_by_label("seven", exact=True).check()
    page.locator("#predict-bet").get_by_label("CNN").check()
    page.locator("#predict-show").click()
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    expect_in_view(page, "#predict-tally")
    expect_in_view(page, "#compare-result .ac-verdict")


def test_a_newcomer_meets_an_example_with_its_answers(page):
    open_tab(page, "Compare")
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    expect(page.locator("#compare-clip input")).not_to_have_value("Your latest sound")


@pytest.mark.parametrize("size", ["laptop", "phone"])
@pytest.mark.parametrize("section", ["explain", "testset"])
def test_a_section_that_is_opened_shows_its_result(open_page, section, size):
    page = open_compare(open_page, size)
    page.locator(f"#{section} > button").click()
    expect(page.locator(f"#{section}-result :is(.ac-reasons, .ac-measured)").first).to_be_visible()
    expect_in_view(page, f"#{section}-result :is(.ac-reasons, .ac-measured h2)")


def test_sliders_moved_while_a_sound_is_analysed_all_count(open_page):
    page = open_compare(open_page)
    page.locator("#stress > button").click()
    expect(page.locator("#stress-sliders input[name=pitch]")).to_be_visible()
    slow_network(page)
    for stress, position in (("pitch", 3), ("denoise", 4)):
        page.locator(f"#stress-sliders input[name={stress}]").fill(str(position))
        page.wait_for_timeout(400)
    expect(page.locator("#stress-now")).to_contain_text("Pitch +3 semitones, Wavelet denoising")
