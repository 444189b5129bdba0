"""Names that are markup, on every tab: they are shown as text, run nothing, and no other machine is asked."""

import json
from collections.abc import Callable
from urllib.parse import quote

import fakes
import pytest
from file_server import serving
from paths import SEVEN
from playwright.sync_api import Page, expect
from steps import open_tab, sevens, upload

from audioclf.zoo.writing import build_index

HAS_MICROPHONE = True
FILE = "<img src=x onerror=window.ran=1>.wav"


def markup(url: str, place: str) -> str:
    """Loads a picture and runs a script where it is not escaped."""
    return f"<img src={url}/{place} onerror=window.ran=1>"


@pytest.fixture(scope="module")
def canary():
    with serving() as files:
        yield files


@pytest.fixture(scope="module")
def strange(canary, tmp_path_factory) -> str:
    """A registry whose every free word is markup."""
    labels = [markup(canary.url, f"label{i}") for i in range(3)]
    root = fakes.real_zoo(tmp_path_factory.mktemp("strange"), "birds", labels).root
    for path in root.glob("*/config.json"):
        measured = json.loads(json.dumps(fakes.METRICS))
        measured["protocols"]["speaker"] |= {
            "title": markup(canary.url, "protocol"),
            "folds": {markup(canary.url, "fold"): 0.9},
        }
        measured["per_class"] = dict.fromkeys(labels, 0.9)
        given = {
            "task": markup(canary.url, "task"),
            "license": markup(canary.url, "license"),
            "dataset": markup(canary.url, "dataset"),
            "metrics": measured,
        }
        fakes.rewrite(path, lambda config, given=given: config.update(given))
        (path.parent / "README.md").write_text(f"# {markup(canary.url, 'card')}\n\nThe end.")
    return str(build_index(root).root)


def use(page: Page, where: str) -> None:
    open_tab(page, "Models")
    page.locator("#registry input, #registry textarea").first.fill(where)
    page.locator("#registry-open").click()
    expect(page.locator("#models-card")).to_contain_text("The end.")
    expect(page.locator("#header")).to_contain_text("models from strange")


def on_upload(page: Page, path) -> None:
    open_tab(page, "Upload")
    upload(page, name=FILE, data=path.read_bytes())
    expect(page.locator("#upload-answer .ac-card").first).to_contain_text("<img src=")


def on_microphone(page: Page, path) -> None:
    open_tab(page, "Microphone")
    page.locator("#microphone-audio .ac-record").click()
    page.wait_for_timeout(1500)
    page.locator("#microphone-audio .ac-record").click()
    expect(page.locator("#microphone-answer .ac-card").first).to_contain_text("<img src=")


def on_compare(page: Page, path) -> None:
    on_upload(page, path)
    open_tab(page, "Compare")
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    expect(page.locator("#compare-result")).to_contain_text("<img src=")


def on_explore(page: Page, path) -> None:
    on_upload(page, path)
    open_tab(page, "Explore")
    expect(page.locator("#explore-view")).not_to_be_empty()


def on_models(page: Page, path) -> None:
    page.locator("#models-table .ac-pick").first.click()
    expect(page.locator("#models-head")).to_contain_text("birds-")
    expect(page.locator("#models-table")).to_contain_text("<img src=")


TABS: dict[str, Callable] = {
    "Upload": on_upload,
    "Microphone": on_microphone,
    "Compare": on_compare,
    "Explore": on_explore,
    "Models": on_models,
}


@pytest.mark.parametrize("tab", TABS)
def test_a_strangers_words_are_text(open_page, canary, strange, tab):
    page = open_page(permissions=["microphone"])
    use(page, strange)
    TABS[tab](page, SEVEN)
    expect_text_only(page, canary)


def test_a_name_of_a_string_of_digits_is_text(open_page, canary, tmp_path):
    page = open_page()
    upload(page, name=FILE, data=sevens(tmp_path / "many.wav", 4).read_bytes())
    page.locator("#upload-accept").click()
    expect(page.locator("#upload-string .ac-said")).to_have_count(3)
    expect_text_only(page, canary)


@pytest.mark.parametrize("key", ["task", "tab", "example", "models", "hide", "step", "set"])
def test_a_link_is_text(open_page, canary, key):
    value = quote(markup(canary.url, key) if key != "set" else f"{markup(canary.url, key)}:1")
    step = "&step=mel" if key == "set" else ""
    page = open_page(query=f"?tab=explore{step}&{key}={value}")
    expect(page.get_by_text("<img src=").first).to_be_visible()
    expect_text_only(page, canary)


def expect_text_only(page: Page, canary) -> None:
    page.wait_for_timeout(500)  # a picture would be asked for within moments
    assert page.evaluate("window.ran") is None
    assert page.locator(f"[src*='{canary.url}'], [style*='{canary.url}']").count() == 0
    assert canary.asked == []
