"""What a visitor waits for, in Chromium: the page, an answer, and how far things move meanwhile."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, Popen
from sys import executable
from typing import Any

from benchmarks.measure import table
from benchmarks.page import PATIENCE_SECONDS, ROOT, free_port, is_served

ROUNDS = 10
SIZES = {"1440×900": (1440, 900), "390×844": (390, 844)}
GOALS = ("< 2.5 s", "< 60", "< 0.05", "< 0.7 s")
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
SETTLED_MS = 1500  # after the page can be used: what still moves then is counted


@contextmanager
def _served() -> Iterator[str]:
    """Address of app.py, with its models loaded."""
    port = free_port()
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": scratch}
        command = [executable, "app.py", "--port", str(port)]
        server = Popen(command, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL)
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not is_served(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("app.py did not serve the page")
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait()


def _visit(browser: Any, url: str, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Seconds until the page can be used, its requests, its layout shift, and seconds from example to answer."""
    context = browser.new_context(locale="en-US", viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.add_init_script(SHIFTS)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    start = time.perf_counter()
    page.goto(url)
    page.locator("#examples button:visible").first.wait_for()
    usable = time.perf_counter() - start
    page.wait_for_timeout(SETTLED_MS)
    shift, n_requests = page.evaluate("window.shifted"), len(requests)
    start = time.perf_counter()
    page.locator("#examples button:visible").first.click()
    page.locator("#upload-answer .ac-card:not([data-state])").first.wait_for()
    answered = time.perf_counter() - start
    context.close()
    return usable, n_requests, shift, answered


@contextmanager
def visited() -> Iterator[tuple[Any, str]]:
    """A running Chromium, and the address of the demo. RuntimeError if there is no Chromium or Playwright."""
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    chromium = os.environ.get("AUDIOCLF_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise RuntimeError("Playwright is not installed") from None
    if chromium is None:
        raise RuntimeError("there is no Chromium on the PATH; see AUDIOCLF_CHROMIUM")
    with _served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser, url
        browser.close()


def report() -> str:
    """A Markdown section."""
    title, rows = "## In the browser\n\n", [("goal", *GOALS)]
    try:
        with visited() as (browser, url):
            _visit(browser, url, SIZES["1440×900"])  # loads the models
            for name, size in SIZES.items():
                rounds = [_visit(browser, url, size) for _ in range(ROUNDS)]
                usable, n_requests, shift, answered = map(statistics.median, zip(*rounds, strict=True))
                rows.append(
                    (name, f"{usable:.2f} s", f"{n_requests:.0f}", f"{shift:.3f}", f"{answered:.2f} s")
                )
    except RuntimeError as error:
        return f"{title}Not measured: {error}"
    header = ("new visitor", "page usable", "requests", "layout shift", "example → answer")
    return f"{title}Medians of {ROUNDS} visits, each with an empty cache.\n\n" + table(header, rows)
