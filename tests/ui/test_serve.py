"""Serving the page: at the given address, and with a clear message on failure."""

import os
import re
import socket
import subprocess
import sys
from importlib.metadata import version

import pytest
from paths import ROOT
from servers import free_port

from audioclf.ui import serve


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250)


@pytest.fixture
def taken():
    """A port that something else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield str(other.getsockname()[1])


@pytest.mark.parametrize(
    ("flags", "variables", "words"),
    [
        ("--port {taken}", {"GRADIO_SERVER_PORT": "1"}, ":{taken} .* --port"),  # flags come before variables
        ("", {"GRADIO_SERVER_NAME": "localhost", "GRADIO_SERVER_PORT": "{taken}"}, "localhost:{taken}"),
        ("", {"GRADIO_SERVER_PORT": "http"}, "http is not a port .* GRADIO_SERVER_PORT"),
        ("--zoo {folder}", {}, "index.json"),
    ],
    ids=["taken port", "taken port of a variable", "no port", "no zoo"],
)
def test_the_reason_not_to_serve_is_one_line(taken, tmp_path, flags, variables, words):
    def filled(text: str) -> str:
        return text.format(taken=taken, folder=tmp_path)

    environment = {**os.environ, **{name: filled(value) for name, value in variables.items()}}
    done = run(["app.py", *filled(flags).split()], environment)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert re.search(filled(words), line)


def test_without_the_package_for_mcp_the_command_to_get_it_is_named(monkeypatch):
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: None)
    assert f"pip install 'gradio[mcp]=={version('gradio')}'" in serve.without_mcp()
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: object())
    assert serve.without_mcp() is None


def test_a_download_at_the_start_is_one_line_a_model(capsys):
    tell = serve.download_lines()
    tell(0, 2_000_000, "a/config.json")
    tell(9, 2_000_000, "a/weights")
    tell(0, 1_000_000, "b/config.json")
    assert capsys.readouterr().out.splitlines() == ["downloading a, 2.0 MB", "downloading b, 1.0 MB"]


def test_the_reason_for_no_public_link_is_known_at_once(monkeypatch):
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
    port = free_port()
    direct = {k: v for k, v in os.environ.items() if not re.search("(?i)proxy|gradio_share", k)}
    done = run(["-c", code, str(port)], direct)
    assert done.returncode == 0, done.stderr
    assert f"served at http://127.0.0.1:{port}" in done.stdout
    assert "no public link" in done.stderr and "nowhere.invalid" in done.stderr
    assert "Traceback" not in done.stderr
