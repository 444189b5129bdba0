"""Serving the page: quickly, at the given address, and with a clear message on failure."""

import os
import socket
import subprocess
import sys

import pytest
from paths import ROOT

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
        "import sys; from audioclf.ui.page import build_demo; from audioclf.zoo.registry import open_registry; "
        "build_demo(open_registry()); "
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


def test_gradios_environment_variables_are_used(taken):
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


def test_without_the_package_for_mcp_the_command_to_get_it_is_named(monkeypatch):
    from importlib.metadata import version

    from audioclf.ui import serve

    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: None)
    assert f"pip install 'gradio[mcp]=={version('gradio')}'" in serve.without_mcp()
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: object())
    assert serve.without_mcp() is None


def test_a_download_at_the_start_is_one_line_a_model(capsys):
    from audioclf.ui import serve

    tell = serve.download_lines()
    for step in (
        (0, 2_000_000, "a/config.json"),
        (9, 2_000_000, "a/weights"),
        (0, 1_000_000, "b/config.json"),
    ):
        tell(*step)
    assert capsys.readouterr().out.splitlines() == ["downloading a, 2.0 MB", "downloading b, 1.0 MB"]


def test_the_reason_for_no_public_link_is_known_at_once(monkeypatch):
    from audioclf.ui import serve

    for name in serve.SHARE_DETOURS:
        monkeypatch.delenv(name, raising=False)
    asked = []

    def unreachable(address, timeout):
        asked.append((address, timeout))
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(serve.socket, "create_connection", unreachable)
    assert "Network is unreachable" in serve.unshareable() and "--host" in serve.unshareable()
    assert asked[0] == ((serve.SHARE_HOST, serve.SHARE_PORT), serve.SHARE_PATIENCE)


def test_behind_a_proxy_gradio_may_try(monkeypatch):
    from audioclf.ui import serve

    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setattr(serve.socket, "create_connection", lambda *_: pytest.fail("asked directly"))
    assert serve.unshareable() is None


def test_share_without_a_network_serves_the_page_and_says_why_there_is_no_link(tmp_path):
    """An unresolvable host stands in for a missing network."""
    code = (
        "import sys\n"
        "from audioclf.ui import serve\n"
        "from audioclf.zoo.registry import open_registry\n"
        "serve.SHARE_HOST = 'nowhere.invalid'\n"
        "from gradio import Blocks\n"
        "Blocks.block_thread = lambda self: None\n"
        "serve._preload = lambda registry: None\n"
        "sys.exit(serve.launch(open_registry(), port=int(sys.argv[1]), share=True))\n"
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {
        k: v for k, v in os.environ.items() if "proxy" not in k.lower() and k != "GRADIO_SHARE_SERVER_ADDRESS"
    }
    done = subprocess.run(
        [sys.executable, "-c", code, str(port)],
        cwd=ROOT,
        env=quiet,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    assert f"served at http://127.0.0.1:{port}" in done.stdout
    assert "no public link" in done.stderr and "nowhere.invalid" in done.stderr
    assert "Traceback" not in done.stderr
