"""One served demo for all browser tests, and pages that fail on console errors and external requests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chromium import PATIENCE, chromium_with, served

HERE = {"127.0.0.1", "localhost"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the demo, served until the last test is done."""
    with served(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium_with() as running:
        yield running


@pytest.fixture
def open_page(browser, demo: str) -> Iterator[Callable]:
    """open_page(theme=, query=, script=, **context settings) opens the demo as a new visitor.

    query: as in a link, "?task=…". script: JavaScript that runs before the page's own; reloading a page instead
    would cut off Gradio's requests and log an error.

    At the end of the test, no page may have made a request to another host or logged an error, except errors that
    contain a text in `page.expected_errors`.
    """
    visitors, requests, errors = [], [], []

    def opened(theme: str = "light", query: str = "", script: str = "", **settings):
        context = browser.new_context(
            locale="en-US", **{"viewport": {"width": 1440, "height": 900}, **settings}
        )
        page = context.new_page()
        page.expected_errors = []
        visitors.append((context, page))
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda m: errors.append((page, m.text)) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append((page, str(error))))
        if script:
            page.add_init_script(script)
        page.goto(f"{demo}/{query or '?'}&__theme={theme}")
        page.wait_for_selector("#tabs" if query else "#upload-audio")
        return page

    yield opened
    for context, _ in visitors:
        context.close()
    far = [
        url
        for url in requests
        if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname not in HERE
    ]
    assert not far, f"asked another host: {far}"
    unexpected = [text for page, text in errors if not any(known in text for known in page.expected_errors)]
    assert not unexpected, f"logged in the console: {unexpected}"


@pytest.fixture
def page(open_page):
    return open_page()
