"""Requests for a part of a file: one plain range is answered, and whatever else a client asks for breaks nothing."""

import asyncio
from typing import ClassVar

import pytest
from gradio.route_utils import file_fetch
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from audioclf.ui.ranges import FILE, usable_range

DATA = bytes(range(256)) * 4
N = len(DATA)
WHOLE = (200, DATA)
CASES = {
    "bytes=0-9": (206, DATA[:10]),
    "bytes=1000-": (206, DATA[1000:]),
    "bytes=-5": (206, DATA[-5:]),
    " bytes=3-3 ": (206, DATA[3:4]),
    "bytes=0-99999999999999": (206, DATA),
    "bytes=-99999999": (206, DATA),
    f"bytes={N}-": (416, b""),
    f"bytes={N}-{N + 4}": (416, b""),
    "bytes=-0": (416, b""),
    **dict.fromkeys(
        ("bytes=5-1", "bytes=0-1,4-5", "bytes=" + "0-1," * 500, "bytes=--1", "bytes=1-2-3", "bytes=", "bytes",
         "bytes=-", "bytes=a-b", "bytes=²-³", "bytes=1_0-2_0", "lines=0-3", "", "é", "bytes=" + "9" * 5000 + "-",
         "bytes=0x0-0x9", "bytes=+0-+9", "bytes=0-9;q", "bytes=\x000-9"),
        WHOLE,
    ),
}  # fmt: skip


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound.wav"
    path.write_bytes(DATA)
    return path


def fetched(path, *headers, method="GET"):
    """Status, body and headers of Gradio's answer to a request for a visitor's file."""
    asked = [(name, value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": method, "path": f"{FILE}{path}", "headers": asked}
    scope = usable_range(scope | {"asgi": {"spec_version": "2.4"}})
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    class Request:
        headers = Headers(scope=scope)

    class Allowed:
        blocked_paths: ClassVar = []
        allowed_paths: ClassVar = [str(path.parent)]

    async def answer():
        response: Response = file_fetch(str(path), Request, Allowed, str(path.parent))
        await response(scope, receive, send)

    try:
        asyncio.run(answer())
    except HTTPException as refused:
        return refused.status_code, b"", {}
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body, dict(sent[0]["headers"])


@pytest.mark.parametrize("value", CASES, ids=lambda value: ascii(value[:20]))
def test_a_plain_range_is_answered_and_any_other_gets_the_whole_file(sound, value):
    assert fetched(sound, (b"range", value))[:2] == CASES[value]


def test_two_ranges_in_two_headers_get_the_whole_file(sound):
    assert fetched(sound, (b"range", "bytes=0-1"), (b"range", "bytes=3-4"))[:2] == WHOLE


def test_a_range_of_another_version_of_the_file_gets_the_whole_file(sound):
    *_, headers = fetched(sound)
    tag = headers[b"etag"].decode()
    for known, status in ((tag, 206), ('"other"', 200), ("W/" + tag, 200), ("x", 200)):
        assert fetched(sound, (b"range", "bytes=0-1"), (b"if-range", known))[0] == status


def test_an_answer_does_not_repeat_the_headers_of_the_request(sound):
    status, _, headers = fetched(sound, (b"range", "bytes=0-9"), (b"cookie", "secret"), (b"x-own", "secret"))
    assert status == 206 and b"secret" not in headers.values()


@pytest.mark.parametrize("path", ["/", "/assets/index.js", "/live.js", "/gradio_api/info"])
def test_where_no_browser_asks_for_parts_a_range_is_ignored(path):
    scope = {"type": "http", "path": path, "headers": [(b"host", b"x"), (b"range", b"bytes=0-9")]}
    assert usable_range(scope)["headers"] == [(b"host", b"x")]
