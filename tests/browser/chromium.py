"""A running Chromium, and the demo as a server that logs every host it tries to reach."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import servers
import watched
from paths import ROOT, SEVEN

from audioclf.audio import encode_wav, load_clip, resample
from audioclf.types import Clip

HOW = (
    "the browser tests need Chromium and Playwright: apt-get install chromium-headless-shell "
    "(or set AUDIOCLF_CHROMIUM to the executable of a Chrome or Chromium) and pip install -r requirements-dev.txt"
)
PATIENCE = 30_000  # ms: a busy machine is slow, and a passing test never waits that long


def unavailable() -> None:
    """Skip, or fail where the browser tests must run."""
    if os.environ.get("AUDIOCLF_REQUIRE_BROWSER") == "1":
        pytest.fail(HOW)
    pytest.skip(HOW)


def chromium() -> str | None:
    # The first has no window to draw, and opens a page in half of the time.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("AUDIOCLF_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Address of app.py, which may not contact another machine; log and uploads are in `folder`."""
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(folder / "gradio")}
    log = folder / "log.txt"
    with servers.served([sys.executable, "tests/browser/watched.py"], ROOT, log, environment) as url:
        yield url
    assert watched.FAR not in log.read_text(), log.read_text()


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


def fake_microphone(folder: Path) -> list[str]:
    """Chromium's flags for a microphone that repeats the example `seven` without a long pause."""
    clip = resample(load_clip(SEVEN), 48_000)
    pause = np.zeros(4_800, np.float32)
    encode_wav(Clip(np.concatenate([pause, clip.samples, pause]), 48_000, "said"), folder / "said.wav")
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={folder / 'said.wav'}",
    ]
