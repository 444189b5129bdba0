"""The Upload tab, as a visitor uses it."""

import pytest
from paths import SEVEN
from playwright.sync_api import expect
from steps import (
    SILENCE,
    SIZES,
    VIEWS,
    analyse,
    answers,
    audio,
    clear,
    expect_answer,
    expect_no_answer,
    expect_no_sideways_scrolling,
    open_tab,
    sevens,
    upload,
)

SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: false });
}"""


def test_every_picture_shares_the_time_axis_and_has_a_table(page):
    analyse(page)
    boxes = [plot.bounding_box() for plot in page.locator("#upload-pictures .ac-plot").all()]
    assert len(boxes) == len(VIEWS)
    assert len({(round(box["x"], 1), round(box["width"], 1)) for box in boxes}) == 1
    axis = page.locator("#upload-pictures .ac-times").first.bounding_box()
    assert axis["x"] == pytest.approx(boxes[0]["x"], abs=0.6)
    table = page.locator("#upload-pictures details").nth(2)
    table.locator("summary").click()
    expect(table.locator("table")).to_be_visible()


def test_a_file_that_is_no_sound_is_refused_and_the_next_sound_works(page):
    page.expected_errors += ["Waveform load error", "EncodingError", "Unable to decode"]
    upload(page, name="notes.wav", data=b"These are notes, not a sound. " * 40)
    alert = page.locator("#upload-answer [role=alert]")
    expect(alert).to_contain_text("notes")
    assert "/" not in alert.inner_text()
    expect_no_answer(page)
    clear(page)
    analyse(page)


def test_silence_is_not_given_a_label(page):
    analyse(page, SILENCE)
    assert set(answers(page)) == {"nothing to judge"}


def test_a_file_name_is_shown_as_text_and_never_as_markup(page):
    # Gradio removes most of what could be markup from a file's name, but not this.
    upload(page, name="6 &lt; 7 &amp; 8.wav", data=SEVEN.read_bytes())
    expect_answer(page, about="6 &lt; 7 &amp; 8.wav")


def test_a_click_in_any_picture_plays_from_that_moment(page):
    analyse(page)
    seconds = audio(page, "upload-pictures", "duration")
    sound = page.locator("#upload-pictures audio")
    # At the call itself: the event comes later on a busy machine, when the sound has played on.
    sound.evaluate(
        "a => { const play = a.play.bind(a); a.play = () => { window.from = a.currentTime; return play(); }; }"
    )
    plots = page.locator("#upload-pictures .ac-seek").all()
    assert len(plots) == len(VIEWS)
    for i, plot in enumerate(plots):
        sound.evaluate("a => { a.pause(); window.from = undefined; }")
        box, place = plot.bounding_box(), 0.2 + 0.1 * i
        plot.click(position={"x": place * box["width"], "y": box["height"] / 2})
        page.wait_for_function("window.from !== undefined")
        assert page.evaluate("window.from") == pytest.approx(place * seconds, abs=0.05)


def test_the_keyboard_moves_and_plays_too(page):
    analyse(page)
    slider = page.get_by_role("slider", name="Playback position")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    now = float(slider.get_attribute("aria-valuenow"))
    assert now > 0
    assert audio(page, "upload-pictures", "currentTime") == pytest.approx(now, abs=0.02)
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
    page.keyboard.press("Home")
    assert float(slider.get_attribute("aria-valuenow")) == 0
    page.evaluate("window.played = 0; document.addEventListener('play', () => { window.played += 1; }, true)")
    page.keyboard.press("Enter")
    page.wait_for_function("window.played === 1")


def test_nothing_moves_while_an_answer_arrives(page):
    page.wait_for_timeout(500)
    page.evaluate(SHIFTS)
    page.locator("#examples button").nth(1).click()
    expect_answer(page)
    page.wait_for_timeout(500)
    assert page.evaluate("window.shifted") < 0.05


def test_a_phone_needs_no_sideways_scrolling(open_page):
    page = open_page(viewport=SIZES["phone"], has_touch=True)
    expect_no_sideways_scrolling(page)
    page.locator("#examples button").first.click()
    expect_answer(page)
    expect_no_sideways_scrolling(page)
    expect(page.locator("#upload-answer .ac-sentence")).to_be_in_viewport()
    for tab in ("Microphone", "Compare"):
        open_tab(page, tab)
        page.wait_for_timeout(300)
        expect_no_sideways_scrolling(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_of_a_card_has_enough_contrast(open_page, theme):
    """WCAG AA: a contrast of 4.5 to 1, in both themes."""
    page = open_page(theme=theme)
    page.locator("#examples button").first.click()
    expect_answer(page)
    for words in ("h3", "header > span", ".ac-answer", ".ac-percent", "footer span"):
        for card in page.locator("#upload-answer .ac-card").all():
            ink = card.locator(words).first.evaluate("node => getComputedStyle(node).color")
            ground = card.evaluate("node => getComputedStyle(node).backgroundColor")
            assert contrast(ink, ground) >= 4.5, (words, ink, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.1's contrast ratio of two rgb(...) colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(c) / 255 for c in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_what_belongs_to_the_sound_before_fades_until_the_new_answer_is_there(page, tmp_path):
    upload(page, path=SEVEN)
    expect_answer(page, about="seven")
    upload(page, path=sevens(tmp_path / "long.wav", 100))
    expect(page.locator("#upload-pictures")).to_have_css("opacity", "0.2")
    expect_answer(page, about="long")
    expect(page.locator("#upload-pictures")).to_have_css("opacity", "1")
