"""The Explore tab: opened by a link, gone through by hand, and accessible."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from steps import SIZES, expect_no_sideways_scrolling, open_tab
from test_page_accessible import violations

from audioclf.lessons.outline import CHAPTERS, STEPS, numbered
from audioclf.lessons.step import Choice, Slider

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


def unusual(step) -> dict[str, str]:
    """A value of every control that is not its own."""
    found = {}
    for control in step.controls:
        if isinstance(control, Choice):
            value = next(value for value, _ in control.options if value != control.default)
        else:
            value = control.default + (1 if control.default < control.high else -1) * control.step
        found[control.name] = f"{value:g}" if isinstance(control, Slider) else str(value)
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title.partition(".")[2])
def test_a_link_sets_every_control_of_its_step_and_back_returns_to_it(open_page, chapter):
    for step in chapter.steps:
        settings = unusual(step)
        written = ",".join(f"{name}:{value}" for name, value in settings.items())
        page = open_page(query=f"?tab=explore&example=seven&step={step.id}&set={written}")
        for turned in (False, True):
            if turned:
                page.locator("#explore-onward button").first.click()
                expect(page.locator(f"#explore-lesson [data-lesson={step.id}]")).to_have_count(0)
                page.wait_for_function("step => !location.search.includes(`step=${step}&`)", arg=step.id)
                page.go_back()
            expect(page.locator(f"#explore-lesson [data-lesson={step.id}]")).to_be_visible()
            expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
            for name, value in settings.items():
                expect(page.locator(f"#explore-lesson [name={name}]")).to_have_value(value)
            page.wait_for_function("set => location.search.includes(`set=${set}`)", arg=written)
        page.context.close()
