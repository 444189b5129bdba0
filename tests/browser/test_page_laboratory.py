"""The sections of the Compare tab: each from its button to its result, separate for every visitor."""

import io
import re
import zipfile

import pytest
from paths import EXAMPLES
from playwright.sync_api import expect
from steps import FAMILIES, SIZES, audio, compare, expect_no_sideways_scrolling, open_tab


def open_section(page, name: str) -> None:
    page.locator(f"#{name} > button").click()


@pytest.mark.parametrize("size", SIZES)
def test_the_breaking_point_is_two_clicks_away(open_page, size):
    page = open_page(viewport=SIZES[size])
    compare(page)
    page.locator("#find-breaking-point").click()
    chart = page.locator("#stress-broken [data-chart=breaking-point]")
    expect(chart).to_be_visible()
    expect(page.locator("#stress-broken .ac-sentence")).to_contain_text("GMM")
    assert [line.get_attribute("data-family") for line in chart.locator("svg g").all()] == list(FAMILIES)
    chart.locator("summary").click()
    expect(chart.locator("tbody tr")).to_have_count(17)
    expect_no_sideways_scrolling(page)


def test_a_slider_changes_sound_answers_and_pictures_until_all_are_off(page):
    compare(page)
    open_section(page, "stress")
    slider = page.locator("#stress-sliders input[name=snr_white]")
    slider.fill("16")
    expect(page.locator("#stress-sliders .ac-slider[data-on=true] output")).to_have_text("−10 dB")
    expect(page.locator("#stress-result .ac-change tbody tr")).to_have_count(len(FAMILIES))
    assert audio(page, "stress-result", "duration") > 0.1
    noisy = page.locator("#stress-result .ac-plot img").first.get_attribute("src")
    assert noisy != page.locator("#compare-result .ac-plot img").first.get_attribute("src")
    page.locator("#stress-reset").click()
    expect(page.locator("#stress-result .ac-change")).to_have_count(0)
    expect(page.locator("#stress-sliders .ac-slider[data-on=true]")).to_have_count(0)


def test_explanations_are_computed_when_opened_and_can_be_played(page):
    compare(page)
    expect(page.locator("#explain-result .ac-reasons")).to_have_count(0)
    open_section(page, "explain")
    expect(page.locator("#explain-result .ac-reasons li")).to_have_count(len(FAMILIES))
    seen = page.locator("#explain-result .ac-why:visible")
    expect(seen).to_have_count(len(FAMILIES))
    boxes = [plot.bounding_box() for plot in page.locator("#explain-result .ac-plot:visible").all()]
    assert len({(round(box["x"], 1), round(box["width"], 1)) for box in boxes}) == 1
    surface = page.locator("#explain-result .ac-seek:visible").nth(1)
    surface.hover()
    tip = page.locator("#explain-result .ac-tip:visible")
    expect(tip).to_contain_text(re.compile(r"s · [\d.,]+ Hz · [+−]?[\d.]+ log-odds"))
    page.evaluate("document.addEventListener('play', () => { window.played = true; }, true)")
    surface.click()
    page.wait_for_function("window.played")
    page.locator("#explain-view label").nth(1).click()
    expect(page.locator("#explain-result .ac-why[data-set=own]").first).to_be_visible()
    expect(page.locator("#explain-result .ac-why[data-set=occlusion]").first).to_be_hidden()


def test_a_job_can_be_cancelled_and_started_again(page):
    compare(page, EXAMPLES / "six-cafe.wav")
    open_section(page, "explain")
    cancel = page.locator("#explain-cancel")
    expect(cancel).to_be_enabled()
    cancel.click()
    expect(page.locator("#explain-result")).to_contain_text("Cancelled")
    expect(cancel).to_be_disabled()
    open_section(page, "explain")
    open_section(page, "explain")
    expect(page.locator("#explain-result .ac-reasons li")).to_have_count(len(FAMILIES))


def test_the_test_set_needs_no_sound(open_page):
    page = open_page(viewport=SIZES["phone"])
    open_tab(page, "Compare")
    open_section(page, "testset")
    expect(page.locator("#testset-result .ac-measured").first).to_contain_text("digits-cnn")
    expect(page.locator("#testset-matrices .ac-matrix")).to_have_count(len(FAMILIES))
    expect_no_sideways_scrolling(page)
    page.locator("#testset-measure").click()
    expect(page.locator("#testset-result [data-chart=cost]")).to_be_visible()
    expect(page.locator("#testset-result .ac-measured").first).to_contain_text("on this machine just now")


def test_a_number_in_a_matrix_lists_its_recordings(page):
    page.locator("#task label").filter(has_text="Musical instruments").click()
    open_tab(page, "Compare")
    open_section(page, "testset")
    cell = page.locator("#testset-matrices .ac-cell[data-true=cello]").first
    n, predicted = int(cell.inner_text()), cell.get_attribute("data-predicted")
    cell.click()
    told = page.locator("#testset-cell .ac-recordings")
    expect(told).to_contain_text(f"{n} × cello")
    expect(told).to_contain_text(predicted.replace("_", " "))
    expect(told.locator("li")).to_have_count(min(n, 12))
    expect(cell).to_have_attribute("aria-pressed", "true")


def test_scores_wait_for_a_guess_and_the_tally_is_kept(page):
    open_tab(page, "Compare")
    page.locator("#predict-first input").check()
    page.locator("#compare-clip input").click()
    page.get_by_role("option", name="Sound 1", exact=True).click()
    expect(page.locator("#predict-show")).to_be_visible()
    expect(page.locator("#compare-result .ac-stack:not([data-state])")).to_be_visible()
    expect(page.locator("#compare-result td[data-score]")).to_have_count(0)
    page.locator("#find-breaking-point").click()
    expect(page.locator("#stress-broken")).to_contain_text("Predict first")
    page.locator("#predict-label").get_by_label("seven", exact=True).check()
    page.locator("#predict-bet").get_by_label("CNN").check()
    page.locator("#predict-show").click()
    expect(page.locator("#predict-tally [data-who=you]")).to_have_text("You 1 of 1")
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    expect(page.locator("#predict-show")).to_be_hidden()


def test_the_chart_is_hidden_while_a_guess_is_due(page):
    compare(page)
    page.locator("#find-breaking-point").click()
    expect(page.locator("#stress-broken [data-chart]")).to_be_visible()
    page.locator("#predict-first input").check()
    expect(page.locator("#predict-show")).to_be_visible()
    expect(page.locator("#stress-broken [data-chart]")).to_have_count(0)


def test_one_sound_is_heard_at_a_time(page):
    compare(page)
    open_section(page, "explain")
    part = page.locator("#explain-result .ac-hear").first
    part.locator("audio").evaluate("a => { a.loop = true; }")
    part.locator("button").click()
    page.wait_for_function("!document.querySelector('#explain-result .ac-hear audio').paused")
    page.locator("#compare-result .ac-play").click()
    page.wait_for_function("document.querySelector('#explain-result .ac-hear audio').paused")


def test_a_bundle_is_downloaded_with_the_commands_that_reproduce_it(page):
    compare(page)
    open_section(page, "bundle")
    page.locator("#bundle-make").click()
    link = page.locator("#bundle-result a").first
    expect(link).to_be_visible()
    for part in ("scores.csv", "segments.csv", "audacity-labels.txt"):
        expect(page.locator(f"#bundle-result a[download='{part}']")).to_be_visible()
    with page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert "audioclf compare clip.wav" in archive.read("README.txt").decode()


def test_the_laboratory_shows_no_other_visitors_sound(open_page):
    one, other = open_page(), open_page()
    compare(one, EXAMPLES / "six-cafe.wav")
    one.locator("#find-breaking-point").click()
    expect(one.locator("#stress-broken [data-chart]")).to_be_visible()
    open_tab(other, "Compare")
    other.locator("#find-breaking-point").click()
    expect(other.locator("#stress-broken [data-chart]")).to_be_visible()
    expect(other.locator("#compare-clip input")).not_to_have_value("Your latest sound")
