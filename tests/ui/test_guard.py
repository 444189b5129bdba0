"""The guard: the page's routes answer, all others do not, and no request can take more than its share."""

import asyncio
import json
from functools import lru_cache

import pytest
from fastapi.testclient import TestClient
from gradio.routes import App

from audioclf.ui import guard
from audioclf.ui.guard import API, MAX_JSON_BYTES, MAX_UPLOAD_BYTES, MAX_WAITING, Access, Guard
from audioclf.ui.page import build_demo
from audioclf.zoo.registry import open_registry

HERE = (b"host", b"127.0.0.1:7860")

# Every route of the installed Gradio that may answer; a new one in a later version is refused until it is listed.
OPEN = {
    ("GET", path)
    for path in (
        "/",
        "/config",
        "/config/",
        "/static/{path:path}",
        "/assets/{path:path}",
        "/svelte/{path:path}",
        "/favicon.ico",
        "/theme.css",
        "/robots.txt",
        f"{API}/app_id",
        f"{API}/app_id/",
        f"{API}/info",
        f"{API}/info/",
        f"{API}/openapi.json",
        f"{API}/startup-events",
        f"{API}/theme.css",
        f"{API}/heartbeat/{{session_hash}}",
        f"{API}/upload_progress",
        f"{API}/queue/data",
        f"{API}/queue/status",
        f"{API}/file={{path_or_url:path}}",
        f"{API}/call/{{api_name}}/{{event_id}}",
    )
} | {
    ("POST", f"{API}/{name}")
    for name in ("upload", "cancel", "reset", "reset/", "queue/join", "call/{api_name}", "call/{api_name}/")
}


@lru_cache
def gradio_routes() -> frozenset[tuple[str, str]]:
    found = set()
    for route in App.create_app(build_demo(open_registry())).routes:
        inner = getattr(route, "original_router", None)
        for one in inner.routes if inner else [route]:
            found |= {(method, one.path) for method in one.methods if method != "HEAD"}
    return frozenset(found)


def ask(method="GET", path="/", headers=(HERE,), body=b"", access=None, app=None, waiting=lambda address: 0):
    """Status and body of the guarded answer; the app answers 200 after it has read the body."""
    sent, chunks = [], [body[i : i + 65_536] for i in range(0, len(body), 65_536)] or [b""]

    async def answers(scope, receive, send):
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the app"})

    async def receive():
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": list(headers),
        "client": ("10.0.0.1", 1),
    }
    asyncio.run(Guard(app or answers, access or Access(), waiting)(scope, receive, send))
    return sent[0]["status"], sent[-1]["body"], dict(sent[0]["headers"])


def test_nothing_of_the_page_goes_round_the_queue():
    """Only events that Gradio never queues are answered at once, under the one name that the page uses."""
    demo = build_demo(open_registry())
    client = TestClient(App.create_app(demo))
    for index, fn in demo.fns.items():
        if fn.queue:
            body = {"data": [None] * len(fn.inputs), "fn_index": index, "session_hash": "s"}
            assert client.post(f"{API}/run/predict", json=body).status_code == 404
    for fn in demo.fns.values():
        assert not fn.api_name or ask("POST", f"{API}/run/{fn.api_name}")[0] == (
            200 if fn.api_name == "predict" else 404
        )


def concrete(path: str) -> str:
    for name, value in {"{path:path}": "a.js", "{path_or_url:path}": "/tmp/a.wav"}.items():
        path = path.replace(name, value)
    return "".join("x" if i % 2 else part for i, part in enumerate(path.replace("}", "{").split("{")))


def test_only_listed_routes_of_the_installed_gradio_answer():
    answered = {(m, p) for m, p in gradio_routes() if ask(m, concrete(p))[0] == 200}
    assert answered == OPEN & gradio_routes() == OPEN


@pytest.mark.parametrize(
    "path",
    [
        "/healthz/../monitoring",
        f"{API}/file=http://example.org/a.wav",
        f"{API}/file=HTTPS://example.org/a.wav",
        f"{API}/file=//example.org/share",
        f"{API}/file=ftp:a",
        f"{API}/proxy=https://example.org",
        f"{API}/mcp/",
        "/login",
        "//config",
    ],
)
def test_other_addresses_are_not_found(path):
    status, body, _ = ask(path=path)
    assert status == 404 and "nothing at this address" in json.loads(body)["detail"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_are_not_found(method):
    assert ask(method)[0] == 404


def test_login_and_mcp_open_their_routes_only():
    login, mcp = Access(login=True), Access(mcp=True)
    assert ask("POST", "/login", access=login)[0] == ask("GET", f"{API}/login_check", access=login)[0] == 200
    assert ask("POST", f"{API}/mcp/", access=mcp)[0] == 200
    assert ask("POST", f"{API}/process_recording", access=Access(True, True, True))[0] == 404


@pytest.mark.parametrize(
    ("path", "limit"), [(f"{API}/upload", MAX_UPLOAD_BYTES), (f"{API}/queue/join", MAX_JSON_BYTES)]
)
@pytest.mark.parametrize("told", [True, False])
def test_a_body_is_bounded_whether_or_not_its_length_is_told(path, limit, told):
    for size, expected in ((limit, 200), (limit + 1, 413)):
        length = [(b"content-length", str(size).encode())] if told else []
        status, body, _ = ask("POST", path, [HERE, *length], bytes(size))
        assert status == expected
        assert expected == 200 or f"{limit / 1e6:g} MB" in json.loads(body)["detail"]


def test_a_length_that_lies_does_not_help():
    headers = [HERE, (b"content-length", b"10")]
    assert ask("POST", f"{API}/queue/join", headers, bytes(MAX_JSON_BYTES + 1))[0] == 413
    for length in (b"-1", b"", b"1e3", b"9" * 5000):
        assert ask("POST", f"{API}/queue/join", [HERE, (b"content-length", length)])[0] == 400


def test_a_body_that_stops_coming_ends_the_request_and_an_answered_one_may_last(monkeypatch):
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    received = []

    async def app(scope, receive, send):
        while (message := await receive())["type"] == "http.request":
            received.append(message["body"])
        received.append(message["type"])

    async def request(*messages: dict, then_after: float) -> None:
        waiting = list(messages)

        async def receive():
            if waiting:
                return waiting.pop(0)
            await asyncio.sleep(then_after)
            return {"type": "http.disconnect", "late": True}

        scope = {"type": "http", "method": "POST", "path": f"{API}/upload", "headers": [HERE]}
        await Guard(app)(scope, receive, None)

    part = {"type": "http.request", "body": b"a", "more_body": True}
    asyncio.run(asyncio.wait_for(request(part, then_after=9), 2))
    asyncio.run(asyncio.wait_for(request(part, {**part, "more_body": False}, then_after=0.2), 2))
    assert received == [b"a", "http.disconnect", b"a", b"a", "http.disconnect"]


def test_an_app_that_fails_over_a_cut_body_gives_the_reason_instead():
    async def fails(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        raise RuntimeError("client disconnected")

    assert ask("POST", f"{API}/queue/join", body=bytes(MAX_JSON_BYTES + 1), app=fails)[0] == 413
    with pytest.raises(ZeroDivisionError):
        ask("POST", f"{API}/queue/join", app=lambda *_: 1 / 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"host", b"localhost:7860")], 200),
        ([(b"host", b"[::1]:7860")], 200),
        ([(b"host", b"evil.example")], 403),
        ([(b"host", b"127.0.0.1.evil.example")], 403),
        ([(b"host", b"[::1")], 403),
        ([], 403),
        ([HERE, (b"x-forwarded-for", b"1.2.3.4")], 403),
        ([HERE, (b"forwarded", b"for=1.2.3.4")], 403),
        ([HERE, (b"origin", b"https://evil.example")], 403),
        ([HERE, (b"origin", b"null")], 403),
        ([HERE, (b"origin", b"http://127.0.0.1:3000")], 200),
    ],
)
def test_a_page_for_its_own_machine_answers_nobody_else(headers, status):
    assert ask("POST", f"{API}/queue/join", headers)[0] == status
    assert ask("POST", f"{API}/queue/join", headers, access=Access(public=True))[0] == 200


def test_an_address_with_many_waiting_requests_is_told_to_wait():
    for n, status in ((MAX_WAITING - 1, 200), (MAX_WAITING, 429)):
        for path in (f"{API}/queue/join", f"{API}/call/analyse"):
            assert ask("POST", path, waiting={"10.0.0.1": n}.__getitem__)[0] == status
    assert ask("GET", "/", waiting=lambda address: 10 * MAX_WAITING)[0] == 200


def test_an_upload_is_refused_while_there_is_no_room_and_nothing_else_is():
    full = Guard(None, is_full=lambda: True)
    assert full._problem({"method": "POST", "path": f"{API}/upload"}, dict([HERE]))[0] == 507
    assert full._problem({"method": "GET", "path": "/"}, dict([HERE])) is None


def test_every_answer_has_the_security_headers():
    for path in ("/", "/nowhere"):
        headers = ask(path=path, access=Access(ancestors="'self' https://school.example"))[2]
        policy = headers[b"content-security-policy"].decode()
        assert "frame-ancestors 'self' https://school.example" in policy
        sources = policy.replace("https://school.example", "")
        assert "http" not in sources and "*" not in sources
        assert headers[b"x-content-type-options"] == b"nosniff"


def test_a_websocket_is_closed():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(None)({"type": "websocket", "path": "/"}, None, send))
    assert sent[0]["type"] == "websocket.close"
