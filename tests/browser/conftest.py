"""One served demo for all browser tests, and pages that fail on console errors and external requests."""

import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chromium import PATIENCE, chromium_with, fake_microphone, served

HERE = {"127.0.0.1", "localhost"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the demo, served until the last test is done."""
    with served(tmp_path_factory.mktemp("demo")) as url:
        # Tests wait for answers, not for libraries and models.
        urllib.request.urlopen(f"{url}/healthz?deep=1", timeout=300).close()
        yield url


@pytest.fixture(scope="module")
def browser(request, tmp_path_factory):
    """Chromium; with a microphone that repeats the example `seven` where a module sets HAS_MICROPHONE."""
    has_microphone = getattr(request.module, "HAS_MICROPHONE", False)
    flags = fake_microphone(tmp_path_factory.mktemp("microphone")) if has_microphone else []
    with chromium_with(*flags) as running:
        yield running


@pytest.fixture
def open_page(browser, demo: str) -> Iterator[Callable]:
    """open_page(theme=, query=, script=, slower=, **context settings) opens the demo as a new visitor.

    query: as in a link, "?task=…". script: JavaScript that runs before the page's own; reloading a page instead
    would cut off Gradio's requests and log an error. slower: by how much the processor of the device is slower.

    At the end of the test, no page may have made a request to another host or logged an error, except errors that
    contain a text in `page.expected_errors`.
    """
    visitors, requests, errors = [], [], []

    def opened(theme: str = "light", query: str = "", script: str = "", slower: float = 1, **settings):
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
        if slower > 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
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
