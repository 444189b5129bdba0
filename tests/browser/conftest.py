"""One served demo for all browser tests, and pages that fail on console errors and far requests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import watched

ROOT = Path(__file__).resolve().parents[2]
HOW = (
    "the browser tests need Chromium and Playwright: apt-get install chromium (or set AUDIOCLF_CHROMIUM "
    "to the executable of a Chrome or Chromium) and pip install -r requirements-dev.txt"
)
PATIENCE = 30_000  # ms: a busy machine is slow, and a passing test never waits that long
HERE = {"127.0.0.1", "localhost"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def unavailable() -> None:
    """Skip, or fail where the browser tests must run."""
    if os.environ.get("AUDIOCLF_REQUIRE_BROWSER") == "1":
        pytest.fail(HOW)
    pytest.skip(HOW)


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("AUDIOCLF_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the demo, served until the last test is done."""
    with served(tmp_path_factory.mktemp("demo")) as url:
        yield url


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Address of app.py, which may not fail or reach for another machine; log and uploads are in `folder`."""
    port, log = free_port(), folder / "log.txt"
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(folder / "gradio"), "OMP_NUM_THREADS": "1"}
    with log.open("w") as sink:
        command = [sys.executable, "tests/browser/watched.py", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT)
        try:
            wait_until_served(url, server, log)
            yield url
        finally:
            server.terminate()
            server.wait(20)
    said = log.read_text()
    assert "Traceback" not in said and watched.FAR not in said, said


def wait_until_served(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            pytest.fail(f"app.py ended with status {server.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no answer at {url}:\n{log.read_text()}")


@contextmanager
def chromium_with(*flags: str):
    """A running Chromium. Module by module: Playwright's event loop must not outlive the browser tests."""
    path = chromium()
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        path = None
    if path is None:
        unavailable()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *flags])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser():
    with chromium_with() as running:
        yield running


@pytest.fixture
def open_page(browser, demo: str) -> Iterator[Callable]:
    """open_page(theme=, query=, script=, **context settings) opens the demo as a new visitor.

    query: as in a link, "?task=…". script: JavaScript that runs before the page's own. A page is never reloaded
    to get it in: what Gradio has begun to ask is then cut off, and it logs an error.

    At the end of the test, no page may have asked another host for anything or have logged an error,
    but those that the test expects: it puts a part of their text into `page.expected_errors`.
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
