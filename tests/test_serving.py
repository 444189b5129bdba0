"""How the page is served: quickly, where it was asked to be, and with plain words when it cannot be."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "torchaudio", "sklearn", "scipy", "matplotlib", "pywt", "av")


def serve(*flags: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "app.py", *flags],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def taken():
    """A port that something else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield str(other.getsockname()[1])


def test_the_page_is_built_before_anything_heavy_is_imported():
    code = (
        "import sys; from audioclf.ui.build import build_demo; build_demo(); "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_taken_port_is_one_clear_line(taken):
    done = serve("--port", taken)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert taken in line and "--port" in line


def test_gradios_own_variables_are_honoured(taken):
    done = serve(GRADIO_SERVER_NAME="localhost", GRADIO_SERVER_PORT=taken)
    assert done.returncode == 1 and f"localhost:{taken}" in done.stderr


def test_flags_come_before_variables(taken):
    done = serve("--port", taken, GRADIO_SERVER_PORT="1")
    assert taken in done.stderr


def test_a_variable_that_is_no_port_is_one_clear_line():
    done = serve(GRADIO_SERVER_PORT="http")
    assert done.returncode == 1 and "GRADIO_SERVER_PORT" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_that_is_no_zoo_is_one_clear_line(tmp_path):
    done = serve("--zoo", str(tmp_path))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "index.json" in done.stderr
