"""A request and its answer: bodies end, JSON is plain, and a failure is one sentence without traceback or path."""

import asyncio
import errno
import json

import pytest

from audioclf.ui import exchange
from audioclf.ui.exchange import Exchange
from audioclf.wording import text

JSON = [(b"content-type", b"application/json")]
FORM = [(b"content-type", b"multipart/form-data; boundary=x")]
PART = {"type": "http.request", "body": b"a", "more_body": True}


def answered(app, messages, method="POST", headers=JSON, limit=1000, then_after=0.0, wordings=None):
    """What is sent for a request that consists of these messages; then the client leaves."""
    sent, waiting = [], list(messages)

    async def receive():
        if waiting:
            return waiting.pop(0)
        await asyncio.sleep(then_after)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(dict(message))

    scope = {"type": "http", "method": method, "path": "/", "headers": headers}
    asyncio.run(asyncio.wait_for(Exchange(limit, receive, send, wordings or {}).run(app, scope), 5))
    return sent


def whole(body: bytes) -> list[dict]:
    """A body in pieces, as a network delivers it."""
    parts = [body[i : i + 7] for i in range(0, len(body), 7)] or [b""]
    return [
        {"type": "http.request", "body": part, "more_body": i + 1 < len(parts)}
        for i, part in enumerate(parts)
    ]


def detail(sent: list[dict]) -> str:
    return json.loads(sent[-1]["body"])["detail"]


def echo(kind=b"application/json"):
    async def app(scope, receive, send):
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})

    return app


@pytest.mark.parametrize("part", ["/etc/secret-place", "<script>"])
def test_a_forbidden_file_is_a_sentence_that_does_not_repeat_its_path(part):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body", "body": f"File not allowed: {part}".encode()})

    sent = answered(app, [], method="GET", headers=[])
    assert sent[0]["status"] == 403 and len(sent) == 2
    assert part not in detail(sent) and len(detail(sent).split()) > 5


def test_what_gradio_cannot_take_is_a_sentence_without_python_in_it():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 422, "headers": []})
        await send({"type": "http.response.body", "body": b'{"detail":[{"loc":["body","password"]}]}'})

    for wordings, said in (({}, "server.unusable"), ({422: "server.no_login"}, "server.no_login")):
        sent = answered(app, whole(b"{}"), wordings=wordings)
        assert sent[0]["status"] == 422 and len(sent) == 2 and detail(sent) == text(said)


def failing(error: Exception, started: bool = False):
    async def app(scope, receive, send):
        if started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    return app


@pytest.mark.parametrize(
    "body",
    [
        *(b'{"data": [NaN]}', b"[Infinity]", b"[-Infinity]", b"[1e999]", b"[" + b"9" * 21 + b"]"),
        *(b'["\\ud800"]', b'{"\\udfff": 1}', b"\xff", b"", b"{", b"'a'", b"[" * 100_000),
    ],
)
def test_json_that_readers_take_differently_is_refused_before_the_app_sees_it(body):
    sent = answered(failing(AssertionError("asked")), whole(body), limit=200_000)
    assert sent[0]["status"] == 400 and "JSON" in detail(sent)


@pytest.mark.parametrize("name", ["session_hash", "event_id"])
def test_names_that_are_kept_have_a_bound(name):
    for size, status in ((100, 200), (101, 400)):
        assert answered(echo(), whole(json.dumps({name: "a" * size}).encode()))[0]["status"] == status


@pytest.mark.parametrize("body", [b'{"data": ["\\ud83d\\ude00", 1.5e3, null]}', '["é"]'.encode(), b"[]"])
def test_plain_json_reaches_the_app_as_it_was_sent(body):
    assert answered(echo(), whole(body))[-1]["body"] == body


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413)])
def test_a_json_body_is_bounded_while_it_is_read(size, status):
    assert answered(echo(), whole(b'"' + b"a" * (size - 2) + b'"'))[0]["status"] == status


@pytest.mark.parametrize(("method", "status"), [("POST", 400), ("GET", 500)])
@pytest.mark.parametrize("error", [KeyError(99), OSError(5, "Input/output error", "/secret/place")])
def test_an_app_that_fails_gives_one_sentence_and_one_line_in_the_log(method, status, error, caplog):
    sent = answered(failing(error), whole(b"[]"), method)
    assert sent[0]["status"] == status
    assert detail(sent) and "secret" not in detail(sent) and "Error" not in detail(sent)
    (record,) = caplog.records
    assert type(error).__name__ in record.message and "secret" not in caplog.text and not record.exc_info


def test_a_name_longer_than_files_have_is_not_found():
    error = OSError(errno.ENAMETOOLONG, "File name too long", "/secret/place")
    sent = answered(failing(error), whole(b""), method="GET")
    assert sent[0]["status"] == 404 and "nothing at this address" in detail(sent)
    assert answered(failing(error), whole(b"[]"))[0]["status"] == 400


def test_a_full_disk_is_no_fault_of_the_request(caplog):
    sent = answered(failing(OSError(errno.ENOSPC, "No space left", "/secret/place")), whole(b"[]"))
    assert sent[0]["status"] == 507 and "room" in detail(sent) and "secret" not in detail(sent)


def test_an_answer_that_fails_on_the_way_ends(caplog):
    assert answered(failing(RuntimeError(), started=True), whole(b"[]"))[-1]["body"] == b""


@pytest.mark.parametrize("null", [b'{"error": null}', b'"output":{"error":null}'])
def test_an_error_event_without_a_reason_gets_a_sentence(null):
    body = whole(null)
    events = answered(echo(b"text/event-stream; charset=utf-8"), body, headers=FORM)[-1]["body"]
    assert b"null" not in events and b"Use via API" in events
    assert answered(echo(b"text/html"), body, headers=FORM)[-1]["body"] == null


def test_an_app_that_fails_over_a_cut_body_gives_the_reason_instead():
    async def fails(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        raise RuntimeError("client disconnected")

    assert answered(fails, whole(bytes(1001)), headers=FORM)[0]["status"] == 413


A_FILE = {"path": "a.wav", "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    "data",
    [
        [1] * 2000,
        [[[[]] * 10] * 10] * 20,
        {str(i): i for i in range(2000)},
        [A_FILE] * 21,
        {"a": [A_FILE] * 10, "b": [[A_FILE]] * 11},
    ],
    ids=["wide", "deep", "object", "files", "files inside"],
)
def test_json_of_very_many_values_or_files_is_refused(data):
    sent = answered(echo(), whole(json.dumps({"data": data}).encode()), limit=1_000_000)
    assert sent[0]["status"] == 400
    assert detail(sent) == text("server.many_values", n=exchange.MAX_VALUES, files=exchange.MAX_FILES)


@pytest.mark.parametrize("data", [[1] * 1900, "a" * 5000, [A_FILE] * 20], ids=["values", "long", "files"])
def test_json_of_few_values_is_passed_on(data):
    body = json.dumps({"data": data}).encode()
    assert answered(echo(), whole(body), limit=1_000_000)[-1]["body"] == body


@pytest.mark.parametrize("headers", [JSON, FORM])
def test_a_body_that_stops_coming_ends_the_request_and_an_answered_one_may_last(monkeypatch, headers):
    monkeypatch.setattr(exchange, "BODY_SECONDS", 0.05)
    received = []

    async def app(scope, receive, send):
        while (message := await receive())["type"] == "http.request":
            received.append(message["body"])
        received.append(message["type"])

    answered(app, [PART], headers=headers, then_after=4)
    answered(app, [PART, {**PART, "body": b"b", "more_body": False}], headers=FORM, then_after=0.2)
    assert received == ([] if headers == JSON else [b"a", "http.disconnect"]) + [
        b"a",
        b"b",
        "http.disconnect",
    ]


def test_a_refused_connection_is_closed():
    """Else its unread body would keep it open."""
    sent = answered(failing(KeyError()), whole(b"[]"))
    assert dict(sent[0]["headers"])[b"connection"] == b"close"


@pytest.mark.parametrize(
    "kind",
    [
        *(b"application/x+json", b"Application/JSON", b"text/plain", b""),
        *(b"application/x-www-form-urlencoded+json", b"multipart/form-data+json; boundary=x"),
    ],
)
def test_whatever_a_body_calls_itself_it_is_plain_json_or_a_form(kind):
    sent = answered(echo(), whole(b'{"data": [NaN]}'), headers=[(b"content-type", kind)])
    assert sent[0]["status"] == 400
    assert answered(echo(), whole(b"no json"), headers=FORM)[0]["status"] == 200


def test_a_request_without_a_body_needs_no_kind():
    assert answered(echo(), whole(b""), headers=[])[0]["status"] == 200


@pytest.mark.parametrize(
    "name", [b'filename="a"', b'FILENAME="a"', b'filename ="a"', b"filename", b"filename*=a"]
)
@pytest.mark.parametrize("head", [b"Content-Disposition", b"CONTENT-disposition"])
def test_files_in_one_request_are_counted_across_its_pieces_however_their_heads_are_written(head, name):
    part = b'--x\r\n%s: form-data; name="files"; %s\r\n\r\na\r\n' % (head, name)
    for n, status in ((exchange.MAX_FILES, 200), (exchange.MAX_FILES + 1, 413)):
        sent = answered(echo(), whole(part * n), headers=FORM, limit=10_000)
        assert sent[0]["status"] == status
    assert f"at most {exchange.MAX_FILES} files" in detail(sent)
