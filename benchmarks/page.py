"""Time from starting Python until the page is served, compared with Gradio and an empty page."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.measure import interleave, ratio, table

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 7
GOAL = 1.3
PATIENCE_SECONDS = 60.0
EMPTY = "import gradio as gr\nwith gr.Blocks() as page: pass\npage.launch(server_port={port}, quiet=True)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_served(arguments: list[str], port: int) -> None:
    """Start Python, wait until http://127.0.0.1:port/ answers 200, and end the process."""
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_SERVER_NAME": "127.0.0.1"}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_served(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{arguments[0]} did not serve a page within {PATIENCE_SECONDS:.0f} s")
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


def is_served(port: int) -> bool:
    """Whether http://127.0.0.1:port/ answers 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_SECONDS) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _ours() -> None:
    port = free_port()
    until_served(["app.py", "--port", str(port)], port)


def _empty() -> None:
    port = free_port()
    until_served(["-c", EMPTY.format(port=port)], port)


def report() -> str:
    """A Markdown section."""
    try:
        timings = interleave({"ours": _ours, "empty": _empty}, ROUNDS)
    except RuntimeError as error:
        return f"## Until the page is served\n\nNot measured: {error}"
    ours, empty = timings["ours"], timings["empty"]
    row = (
        f"{ours.median:.2f} s ± {100 * ours.spread:.0f} %",
        f"{empty.median:.2f} s ± {100 * empty.spread:.0f} %",
        f"{ratio(ours, empty):.2f} (goal ≤ {GOAL})",
    )
    header = ("`python app.py`", "Gradio, empty Blocks", "ratio")
    return "## Until the page is served\n\n" + table(header, [row])
