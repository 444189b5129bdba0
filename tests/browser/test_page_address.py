"""The page's address: it names what is on view, Back and Forward return to it, and reload keeps it."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect
from steps import analyse, expect_answer, expect_empty, open_tab, sevens


def address(page: Page) -> dict[str, str]:
    return {k: v for k, v in parse_qsl(urlsplit(page.url).query) if not k.startswith("__")}


def expect_address(page: Page, **values: str) -> None:
    """The address names exactly these values."""
    try:
        page.wait_for_function(
            """values => {
                const now = new URLSearchParams(location.search);
                const own = [...now.keys()].filter(key => !key.startsWith("__"));
                return own.length === Object.keys(values).length && own.every(key => now.get(key) === values[key]);
            }""",
            arg=values,
            timeout=10_000,
        )
    except Exception:
        assert address(page) == values
        raise


def expect_tab(page: Page, name: str) -> None:
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def test_back_and_forward_go_through_tabs_without_loading_the_page_again(page):
    page.evaluate("window.kept = true")
    open_tab(page, "Microphone")
    expect_address(page, task="digits", tab="microphone")
    open_tab(page, "Compare")
    expect_address(page, task="digits", tab="compare")
    page.go_back()
    expect_tab(page, "Microphone")
    page.go_back()
    expect_tab(page, "Upload")
    page.go_forward()
    expect_tab(page, "Microphone")
    expect_address(page, task="digits", tab="microphone")
    assert page.evaluate("window.kept")


@pytest.mark.parametrize(("first", "second"), [("explore", "Compare"), ("compare", "Explore")])
def test_the_sound_of_a_link_is_chosen_in_the_other_tab_too(open_page, first, second):
    page = open_page(query=f"?task=digits&tab={first}&example=six-cafe")
    expect(page.locator(f"#{first}-clip input")).to_have_value(re.compile("café"))
    open_tab(page, second)
    expect(page.locator(f"#{second.lower()}-clip input")).to_have_value(re.compile("café"))


def test_back_returns_to_the_example_and_to_the_task_before(page):
    page.locator("#examples button:visible").nth(0).click()
    expect_answer(page, about="seven")
    expect_address(page, task="digits", tab="upload", example="seven")
    page.locator("#examples button:visible").nth(1).click()
    expect_answer(page, about="three")
    expect_address(page, task="digits", tab="upload", example="three")
    page.locator("#task label").nth(2).click()
    expect_address(page, task="environment", tab="upload")
    page.go_back()
    expect(page.locator("#task input").first).to_be_checked()
    expect_answer(page, about="three")
    page.go_back()
    expect_answer(page, about="seven")
    expect_address(page, task="digits", tab="upload", example="seven")
    page.go_back()
    expect_empty(page)


# What the browser says of requests that a reload cuts off.
CUT_OFF = ["Failed to fetch", "network error", "BodyStreamBuffer", "AbortError", "Connection errored out"]


@pytest.mark.parametrize(
    "values",
    [
        {"task": "environment", "tab": "compare", "example": "siren"},
        {"task": "digits", "tab": "upload", "example": "2", "hide": "scores"},
        {"task": "instruments", "tab": "models"},
    ],
)
def test_reload_keeps_what_the_address_names(open_page, values):
    page = open_page(query="?" + "&".join(f"{key}={value}" for key, value in values.items()))
    for reloaded in (False, True):
        if reloaded:
            page.expected_errors += CUT_OFF
            page.reload()
        expect(page.locator(f"#task input[value={values['task']}]")).to_be_checked()
        expect_tab(page, values["tab"].capitalize())
        if "hide" in values:
            expect(page.get_by_text("Show the scores")).to_be_visible()
        elif "example" in values:
            expect(page.locator(f"#{values['tab']}-result .ac-about")).to_contain_text(values["example"])
        page.wait_for_function(
            "all => Object.entries(all).every(([k, v]) => new URLSearchParams(location.search).get(k) === v)",
            arg=values,
        )


def test_a_sound_of_ones_own_stays_while_going_through_tabs_and_is_in_no_address(page, tmp_path):
    analyse(page, sevens(tmp_path / "mine.wav", 2))
    expect_address(page, task="digits", tab="upload")
    open_tab(page, "Compare")
    expect(page.locator("#compare-result .ac-about")).to_contain_text("mine")
    page.go_back()
    expect_tab(page, "Upload")
    expect_answer(page, about="mine")


def test_other_parts_of_the_address_stay(open_page):
    page = open_page(query="?view=projector&from=mail")
    open_tab(page, "Models")
    page.wait_for_function("location.search.includes('tab=models')")
    assert address(page).items() >= {"view": "projector", "from": "mail"}.items()
