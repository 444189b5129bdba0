"""Serving the page: at the given address, and with a clear message on failure."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pytest
from paths import ROOT, SEVEN
from processes import pid_of, workers
from servers import answer, free_port, served

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


FALLING = """\
import sys
from audioclf.ui import serve
from audioclf.zoo.registry import open_registry
serve._preload = lambda registry, workers: None
serve._wait = lambda demo: None
{first}
sys.exit(serve.launch(open_registry(), serve.Serving(port=int(sys.argv[1]))))
"""
LATE = "free, serve.unusable = serve.unusable, lambda *_: setattr(serve, 'unusable', free)"
BUSY = "import gradio.networking; gradio.networking.url_ok = lambda url: False"


def test_a_port_that_is_taken_after_it_was_found_free_is_one_line(taken):
    done = run(["-c", FALLING.format(first=LATE), taken], dict(os.environ))
    assert done.returncode == 1
    assert re.search(rf":{taken} .* --port", done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr


def test_a_machine_too_busy_to_answer_itself_serves_all_the_same():
    done = run(["-c", FALLING.format(first=BUSY), str(free_port())], dict(os.environ))
    assert done.returncode == 0 and "audioclf is served" in done.stdout, done.stderr


def test_share_without_a_network_serves_the_page_and_says_why_there_is_no_link(tmp_path):
    """An unresolvable host stands in for a missing network."""
    code = (
        "import sys\n"
        "from audioclf.ui import serve\n"
        "from audioclf.zoo.registry import open_registry\n"
        "serve.SHARE_HOST = 'nowhere.invalid'\n"
        "serve._wait = lambda demo: None\n"
        "serve._preload = lambda registry, workers: None\n"
        "sys.exit(serve.launch(open_registry(), serve.Serving(port=int(sys.argv[1]), share=True)))\n"
    )
    port = free_port()
    direct = {k: v for k, v in os.environ.items() if not re.search("(?i)proxy|gradio_share", k)}
    done = run(["-c", code, str(port)], direct)
    assert done.returncode == 0, done.stderr
    assert f"served at http://127.0.0.1:{port}" in done.stdout
    assert "no public link" in done.stderr and "nowhere.invalid" in done.stderr
    assert "Traceback" not in done.stderr


NO_HOME = "import pathlib; pathlib.Path.home = classmethod(lambda cls: (_ for _ in ()).throw(RuntimeError()))"
DEAD = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("variables", "flags"),
    [
        ({"http_proxy": DEAD, "https_proxy": DEAD, "HTTP_PROXY": DEAD}, []),
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, []),
        ({"GRADIO_TEMP_DIR": "{folder}/new/deep"}, []),
        ({"HOME": "/nowhere", "XDG_CONFIG_HOME": ""}, []),
        ({}, ["--host", "::1"]),
        ({}, ["--auth", "ann:secret", "--root-path", "/demo"]),
    ],
    ids=["http proxy", "socks proxy", "temporary folder", "no home", "IPv6", "login behind a prefix"],
)
def test_the_page_is_served_in_any_surroundings_and_ends_cleanly(tmp_path, variables, flags):
    """An uploaded sound is gone when the server has ended."""
    given = {name: value.format(folder=tmp_path) for name, value in variables.items()}
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(tmp_path / "sounds"), **given}
    host, port = ("[::1]" if "::1" in flags else "127.0.0.1"), free_port()
    log = (tmp_path / "log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port), *flags],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        assert b'"ok"' in answer(f"http://{host}:{port}/healthz", server, tmp_path / "log")
        folder = Path(environment["GRADIO_TEMP_DIR"])
        (kept,) = folder.iterdir()
        (kept / "voice.wav").write_bytes(b"sound")
    finally:
        server.terminate()
    assert server.wait(30) == 0
    assert list(folder.iterdir()) == []
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_without_a_home_pictures_are_drawn(tmp_path):
    code = f"{NO_HOME}; import sys; from audioclf.cli.entry import main; sys.exit(main(sys.argv[1:]))"
    picture = tmp_path / "a.png"
    done = subprocess.run(
        [sys.executable, "-c", code, "compare", str(SEVEN), "--model", "digits-rnn", "--out", str(picture)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert picture.stat().st_size > 1000


def test_a_temporary_folder_that_cannot_be_used_is_one_line(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "app.py", "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, "GRADIO_TEMP_DIR": str(tmp_path / "file" / "deep")},
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and "GRADIO_TEMP_DIR" in line


STRANGER = "203.0.113.7"


def requested(url: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
    """Status and body, as a visitor behind a proxy sees them."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, {"X-Forwarded-For": STRANGER, **given})
    try:
        with urllib.request.urlopen(request, timeout=120) as answered:
            return answered.status, answered.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def uploaded(api: str, name: str) -> str:
    """Where the server has kept a sound of this name."""
    head = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + SEVEN.read_bytes() + b"\r\n--b--\r\n"
    status, paths = requested(f"{api}/upload", body, Content_Type="multipart/form-data; boundary=b")
    assert status == 200
    return json.loads(paths)[0]


def called(api: str, endpoint: str, *data: object) -> str:
    """The last event of a call."""
    status, event = requested(
        f"{api}/call/{endpoint}", json.dumps({"data": data}).encode(), Content_Type="application/json"
    )
    assert status == 200
    return requested(f"{api}/call/{endpoint}/{json.loads(event)['event_id']}")[1]


def test_a_host_sees_counters_and_visitors_see_sentences_and_the_log_tells_nobodys_secrets(tmp_path):
    """From the outside, on the running server, with one place for visitors."""
    log = tmp_path / "log"
    command = [sys.executable, "app.py", "--public", "--metrics", "--max-visitors", "1"]
    with served(command, ROOT, log) as url:
        api = f"{url}/gradio_api"
        path = uploaded(api, "my-private-diary.wav")
        assert '"seven"' in called(
            api, "analyse", {"path": path, "meta": {"_type": "gradio.FileData"}}, "digits"
        )
        for bad in ("a word", {"path": "/etc/secret-place"}, 5, None):
            said = called(api, "analyse", bad, "digits")
            assert said.startswith("event: error") and "null" not in said and "secret" not in said
        body = b'{"data": [], "fn_index": 99999, "session_hash": "s"}'
        for unusable in ("queue/join", "run/predict", "call/nothing"):
            status, said = requested(f"{api}/{unusable}", body, Content_Type="application/json")
            assert status == 400 and json.loads(said)["detail"]
        form = b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\nabc\r\n--b--\r\n'
        status, said = requested(f"{api}/upload", form, Content_Type="multipart/form-data; boundary=b")
        assert status == 400 and json.loads(said)["detail"]
        assert requested(url)[0] == 200
        with urllib.request.urlopen(f"{api}/heartbeat/visitor"):  # as an open page does
            status, page = requested(url)
            assert status == 503 and "All 1 places are taken" in page
            numbers = requested(f"{url}/metrics")[1]
        assert "audioclf_visitors 1\n" in numbers
        assert re.search(r'audioclf_events_total{queue="analyse"} [1-9]', numbers)
        assert re.search(r'audioclf_answers_total{status="400"} 4\n', numbers)
    told = log.read_text()
    assert not re.search(f"diary|secret|{re.escape(STRANGER)}", told), told


# Endpoint -> what follows the sound and the task.
ENDPOINTS = {"analyse": [], "stress": ["snr_white"], "explain": [""], "transcribe": ["digits"]}


def test_the_server_names_work_and_only_its_workers_load_the_libraries_for_it(tmp_path):
    with served([sys.executable, "app.py", "--public"], ROOT, tmp_path / "log") as url:
        api, pid = f"{url}/gradio_api", pid_of("--port", url.rpartition(":")[2])
        sound = {"path": uploaded(api, "voice.wav"), "meta": {"_type": "gradio.FileData"}}
        assert called(api, "models", "digits").startswith("event: complete")
        for endpoint, more in ENDPOINTS.items():
            assert "event: complete" in called(api, endpoint, sound, "digits", *more), endpoint
        assert "libtorch" not in Path(f"/proc/{pid}/maps").read_text()
        assert any("libtorch" in Path(f"/proc/{one}/maps").read_text() for one in workers(pid))
