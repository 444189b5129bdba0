"""Explanations that open on a tap, on Enter and on keyboard focus, wherever their buttons stand."""

import pytest
from playwright.sync_api import expect
from steps import SIZES, analyse, open_tab

from audioclf.ui.markup.popover import popover

WORDS = "unsure: eight has 78 % and none of these has 21 %"
CORNERS = ("left:0;top:0", "right:0;top:0", "left:0;bottom:0", "right:0;bottom:0")


def put(page, *styles: str) -> None:
    """Put one button per style on the page, over everything else."""
    markup = "".join(
        f'<div style="position:fixed;z-index:9;{style}">{popover(f"chip {i}", WORDS)}</div>'
        for i, style in enumerate(styles)
    )
    page.locator(".ac-header").evaluate("(node, markup) => node.innerHTML = markup", markup)


@pytest.mark.parametrize("size", SIZES)
def test_a_tap_opens_the_words_inside_the_window_and_beside_their_button(open_page, size):
    page = open_page(viewport=SIZES[size], has_touch=True)
    put(page, *CORNERS)
    for i in range(len(CORNERS)):
        button, words = (
            page.locator(".ac-header .ac-explains").nth(i),
            page.locator(".ac-header .ac-words").nth(i),
        )
        button.tap()
        expect(words).to_be_visible()
        expect(page.locator(".ac-words:popover-open")).to_have_count(1)
        page.wait_for_function(f"document.querySelectorAll('.ac-words')[{i}].style.top")
        box, face = words.bounding_box(), button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= SIZES[size]["width"]
        assert box["y"] >= 0 and box["y"] + box["height"] <= SIZES[size]["height"]
        gap = max(box["y"] - face["y"] - face["height"], face["y"] - box["y"] - box["height"])
        assert 0 <= gap < 10
        button.tap()
        expect(words).to_be_hidden()


def test_the_keyboard_opens_the_words_on_focus_and_closes_them(open_page):
    page = open_page()
    put(page, "left:40px;top:40px", "left:40px;top:300px")
    first, second = page.locator(".ac-header .ac-words").all()
    page.keyboard.press("Tab")
    expect(first).to_be_visible()
    page.keyboard.press("Enter")
    expect(first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    expect(first).to_be_hidden()
    expect(second).to_be_visible()
    page.keyboard.press("Escape")
    expect(second).to_be_hidden()


def test_a_mouse_opens_and_closes_the_words_and_a_click_elsewhere_closes_them(open_page):
    page = open_page()
    put(page, "left:40px;top:40px")
    button, words = page.locator(".ac-header .ac-explains"), page.locator(".ac-header .ac-words")
    for _ in range(2):
        button.click()
        expect(words).to_be_visible()
        button.click()
        expect(words).to_be_hidden()
    button.click()
    page.mouse.click(700, 500)
    expect(words).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_families_and_features_explain_themselves_where_they_stand(open_page, size):
    page = open_page(viewport=SIZES[size], has_touch=True)
    analyse(page)
    said = page.locator(".ac-words:popover-open")
    for part, words in (
        (".ac-card[data-family=cnn] h3", "Convolutional neural network"),
        ("[data-view=digits-gmm-input] figcaption", "short wave"),
        ("[data-view=digits-cnn-input] figcaption", "scale of pitch"),
        ("[data-view=digits-rnn-input] figcaption", "cepstral coefficients"),
    ):
        button = page.locator(f"#upload-tell {part} .ac-term").first
        button.tap()
        expect(said).to_contain_text(words)
        button.tap()
        expect(said).to_have_count(0)
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        expect(said).to_contain_text(words)
        page.keyboard.press("Escape")


def test_measures_explain_themselves_on_the_test_set_and_on_models(open_page):
    page = open_page()
    analyse(page)
    open_tab(page, "Compare")
    page.locator("#testset > button").click()
    said = page.locator(".ac-words:popover-open")
    for part, words in (
        ("#testset-result th", "interval"),
        ("#testset-result th", "calibration"),
        ("#testset-matrices figcaption", "confusion matrix"),
    ):
        page.locator(f"{part} .ac-term", has_text=words).first.click()
        expect(said).to_have_count(1)
    open_tab(page, "Models")
    for words in ("Recall", "interval", "Confusion matrix"):
        page.locator("#models-charts figcaption .ac-term", has_text=words).first.click()
        expect(said).to_have_count(1)
