"""The guard: the page's routes answer, all others do not, and no request can take more than its share."""

import asyncio
import json
from contextlib import ExitStack
from functools import lru_cache

import gradio as gr
import pytest
from asking import HERE, LoggedIn, ask, asked, reads
from fastapi.testclient import TestClient
from gradio.routes import App

from audioclf.ui.exchange import FORMS
from audioclf.ui.guard import (
    API,
    MAX_JSON_BYTES,
    MAX_OPEN,
    MAX_QUERY,
    MAX_UPLOAD_BYTES,
    MAX_WAITING,
    Access,
    Guard,
)
from audioclf.ui.login import MAX_OF_ADDRESS, Users
from audioclf.ui.page import build_demo
from audioclf.ui.recordings import KEPT_SECONDS, LEAST_BYTES, Shares
from audioclf.ui.visitors import Visitors
from audioclf.zoo.registry import open_registry

FORM = (b"content-type", b"multipart/form-data; boundary=x")
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
        f"{API}/file=\\\\example.org\\share",  # a share for Windows, which would log in there
        f"{API}/file=/\\example.org/share",
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


BEFORE_LOGIN = {f"{API}/{name}" for name in ("app_id", "app_id/", "startup-events", "theme.css")}


@pytest.mark.parametrize("cookie", ["", "access-token-id=wrong", "access-token=secret", "x=secret"])
def test_before_the_login_only_its_page_answers_and_nobody_takes_a_place(cookie):
    access, visitors, seen = Access(login=True, mcp=True), Visitors(3), []

    async def app(scope, receive, send):
        seen.append((scope["path"], visitors.n_pages))
        await reads(scope, receive, send)

    for method, path in sorted(OPEN | {("POST", f"{API}/mcp")}):
        given = {"path": concrete(path), "access": access, "app": app, "visitors": visitors}
        status, _, headers = ask(method, headers=[HERE, (b"cookie", cookie.encode())], **given)
        assert status in (200, 401) and b"content-security-policy" in headers
    assert {path for path, _ in seen if path.startswith(API)} == BEFORE_LOGIN
    assert {n for _, n in seen} == {0}


def test_after_the_login_all_answers():
    for method, path in OPEN:
        headers = [HERE, (b"cookie", b"a=b; access-token-unsecure-id=secret")]
        assert ask(method, concrete(path), headers=headers, access=Access(login=True))[0] == 200


OF_FAR_PAGES = [
    {b"sec-fetch-site": b"cross-site"},
    {b"sec-fetch-site": b"same-site"},
    {b"referer": b"http://evil.example/page"},
    {b"origin": b"http://evil.example"},
]
OF_OWN_PAGES = [{}, {b"sec-fetch-site": b"same-origin"}, {b"referer": b"http://127.0.0.1:7860/"}]


def logged_out(tokens, headers, cookie=b"access-token-unsecure-id=mine"):
    """The status of a logout, and what Gradio is asked."""
    queries = []

    class Gradio(LoggedIn):
        async def __call__(self, scope, receive, send):
            queries.append(scope["query_string"])
            await reads(scope, receive, send)

    gradio = Gradio()
    gradio.tokens = tokens
    given = [HERE, (b"cookie", cookie), *headers.items()]
    guarded = Guard(gradio, Access(login=True))
    sent = asyncio.run(asked(guarded, "GET", "/logout", given, [b""], "10.0.0.1", gradio))
    return sent[0]["status"], queries


@pytest.mark.parametrize("headers", OF_OWN_PAGES)
def test_a_logout_ends_the_session_that_asks_and_no_other_of_its_name(headers):
    tokens = {"mine": "anna", "hers": "anna", "his": "bob"}
    assert logged_out(tokens, headers) == (200, [b"all_session=false"])
    assert tokens == {"hers": "anna", "his": "bob"}


@pytest.mark.parametrize("headers", OF_FAR_PAGES)
def test_a_page_of_another_site_logs_nobody_out(headers):
    tokens = {"mine": "anna", "hers": "anna"}
    assert logged_out(tokens, headers) == (403, [])
    assert tokens == {"mine": "anna", "hers": "anna"}


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
        status, body, _ = ask("POST", path, [HERE, FORM, *length], bytes(size))
        assert status == expected
        assert expected == 200 or f"{limit / 1e6:g} MB" in json.loads(body)["detail"]


def test_a_length_that_lies_does_not_help():
    headers = [HERE, (b"content-length", b"10")]
    assert ask("POST", f"{API}/queue/join", headers, bytes(MAX_JSON_BYTES + 1))[0] == 413
    for length in (b"-1", b"", b"1e3", b"9" * 5000):
        assert ask("POST", f"{API}/queue/join", [HERE, (b"content-length", length)])[0] == 400


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
    full = Guard(None, is_full=lambda coming: True)
    assert (
        full._problem({"method": "POST", "path": f"{API}/upload", "headers": [HERE]}, dict([HERE]))[0] == 507
    )
    assert full._problem({"method": "GET", "path": "/", "headers": [HERE]}, dict([HERE])) is None


@pytest.mark.parametrize(
    "name", [b"content-type", b"content-length", b"host", b"origin", b"transfer-encoding"]
)
def test_a_head_that_says_something_twice_is_refused(name):
    twice = [(name, b"1"), (name, b"1")]
    assert ask("POST", f"{API}/call/analyse", [HERE, *twice])[0] == 400


def test_a_head_that_counts_its_body_in_two_ways_is_refused():
    both = [FORM, (b"content-length", b"1"), (b"transfer-encoding", b"chunked")]
    assert ask("POST", f"{API}/upload", [HERE, *both])[0] == 400


def test_uploads_of_one_address_leave_room_for_others():
    now = [0.0]
    guarded = Guard(None, shares=Shares(limit=10_000_000, clock=lambda: now[0]))

    def status(address):
        scope = {"method": "POST", "path": f"{API}/upload", "client": (address, 1)}
        scope["headers"] = [HERE, (b"content-length", b"4000000")]
        return (guarded._problem(scope, dict(scope["headers"])) or (200,))[0]

    assert [status("10.0.0.1") for _ in range(3)] == [200, 200, 507]
    assert status("10.0.0.2") == 200
    now[0] += KEPT_SECONDS
    assert status("10.0.0.1") == 200


@pytest.mark.parametrize("page", ["/", "/config", "/config/"])
def test_pages_of_one_address_are_bounded_and_those_of_others_are_not(page):
    now = [0.0]
    guarded = Guard(None, pages=Shares(3, 1, 6.0, clock=lambda: now[0]))

    def status(address, path=page):
        scope = {"method": "GET", "path": path, "client": (address, 1), "headers": [HERE]}
        return (guarded._problem(scope, dict([HERE])) or (200,))[0]

    assert [status("10.0.0.1") for _ in range(4)] == [200, 200, 200, 429]
    assert status("10.0.0.2") == status("10.0.0.1", "/theme.css") == 200
    now[0] += 2.0
    assert [status("10.0.0.1") for _ in range(2)] == [200, 429]


def test_the_addresses_of_one_household_count_as_one():
    held = Shares(limit=LEAST_BYTES)
    guarded = Guard(None, shares=held)

    def status(address):
        scope = {"method": "POST", "path": f"{API}/upload", "client": (address, 1)}
        scope["headers"] = [HERE, (b"content-length", b"1")]
        return (guarded._problem(scope, dict(scope["headers"])) or (200,))[0]

    assert status("2001:db8::1") == 200 and status("2001:db8::ffff:2") == 507
    assert status("2001:db8:0:1::1") == 200
    assert status("10.0.0.1") == 200 and status("::ffff:10.0.0.1") == 507
    assert status("10.0.0.2") == status("no address") == 200


def test_a_long_query_is_refused_wherever_it_is():
    guarded = Guard(None)
    for method, path in (("GET", "/"), ("POST", f"{API}/upload"), ("GET", f"{API}/upload_progress")):
        scope = {"method": method, "path": path, "query_string": b"a" * (MAX_QUERY + 1)}
        assert guarded._problem(scope, dict([HERE]))[0] == 414


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://127.0.0.1:7861"])
def test_where_people_log_in_no_page_of_another_site_is_answered(origin):
    headers = (HERE, (b"origin", origin), (b"cookie", b"access-token-unsecure-id=secret"))
    closed = Access(public=True, login=True)
    for method, path in (("GET", f"{API}/token"), ("POST", f"{API}/queue/join"), ("POST", "/login")):
        assert ask(method, path, headers, access=closed)[0] == 403
        own = (HERE, (b"origin", b"http://127.0.0.1:7860"), headers[2])
        assert ask(method, path, own, access=closed)[0] == 200


def test_an_address_with_many_open_requests_is_told_to_wait_and_others_are_not():
    visitors = Visitors()
    with ExitStack() as held:
        for _ in range(MAX_OPEN):
            held.enter_context(visitors.present("10.0.0.1", None))
        assert ask(visitors=visitors)[0] == 429
        assert ask(visitors=visitors, address="10.0.0.2")[0] == 200
    assert ask(visitors=visitors)[0] == 200


@pytest.mark.parametrize("ending", ["", "/"])
def test_tries_to_log_in_are_counted_by_address_also_when_they_come_at_once(ending):
    app = App.create_app(gr.Blocks(analytics_enabled=False))
    app.auth = Users({"anna": "secret"})
    guarded, form = Guard(app, Access(login=True)), [HERE, (b"content-type", FORMS[1])]

    async def tries(address, n):
        names = [f"username={i}&password=guess".encode() for i in range(n)]
        one = (asked(guarded, "POST", f"/login{ending}", form, [name], address, app) for name in names)
        return sorted(sent[0]["status"] for sent in await asyncio.gather(*map(asyncio.create_task, one)))

    assert asyncio.run(tries("10.0.0.1", MAX_OF_ADDRESS + 20)) == [400] * MAX_OF_ADDRESS + [429] * 20
    assert asyncio.run(tries("10.0.0.2", 1)) == [400]


def test_counters_are_told_only_if_wanted():
    assert ask(path="/metrics")[0] == 404
    assert ask(path="/metrics", access=Access(metrics=True))[0] == 200
    assert ask("POST", "/metrics", access=Access(metrics=True))[0] == 404


@pytest.mark.parametrize("path", ["/assets/", f"{API}/file=/", f"{API}/call/", f"{API}/heartbeat/"])
def test_names_longer_than_files_have_are_not_found(path):
    assert ask(path=path + "a" * 2000)[0] == 404


def test_every_answer_has_the_security_headers():
    for path in ("/", "/nowhere"):
        headers = ask(path=path, access=Access(ancestors="'self' https://school.example"))[2]
        policy = headers[b"content-security-policy"].decode()
        assert "frame-ancestors 'self' https://school.example" in policy
        sources = policy.replace("https://school.example", "")
        assert "http" not in sources and "*" not in sources
        assert headers[b"x-content-type-options"] == b"nosniff"


def test_a_websocket_at_another_address_than_lives_is_closed():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(None)({"type": "websocket", "path": "/", "headers": [HERE]}, None, send))
    assert sent[0]["type"] == "websocket.close"


def test_a_stream_that_names_json_without_a_body_is_answered():
    """As Gradio's page opens its streams."""
    status, _, _ = ask(path=f"{API}/heartbeat/abc", headers=(HERE, (b"content-type", b"application/json")))
    assert status == 200
