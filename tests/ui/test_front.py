"""What a browser fetches first: our head in Gradio's HTML, and Gradio's parts in few requests."""

import asyncio
import gzip
import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from audioclf.ui import theme
from audioclf.ui.front import ASSETS, CARD_PATH, CARD_SIZE, FOREVER, Front, card, kinds_of, parts_of
from audioclf.ui.page import build_demo
from audioclf.zoo.registry import open_registry

HTML = (ASSETS.parent / "index.html").read_bytes()


@pytest.fixture(scope="module")
def parts():
    return parts_of(kinds_of(build_demo(open_registry())))


async def page_app(scope, receive, send):
    """A server of one page, in two pieces."""
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"1"), (b"x-own", b"kept")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": HTML[:100], "more_body": True})
    await send({"type": "http.response.body", "body": HTML[100:]})


def asked(
    front: Front, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []

    async def send(message):
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": given}
    asyncio.run(front(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])


def test_the_page_has_our_head_and_none_of_gradios_words(parts):
    status, headers, body = asked(Front(page_app, theme.head(), parts), "/")
    words = body.decode()
    assert status == 200 and headers[b"x-own"] == b"kept" and int(headers[b"content-length"]) == len(body)
    assert words.count('property="og:title"') == words.count('property="og:description"') == 1
    assert "Gradio" not in words.split("<style>")[0] and "raw.githubusercontent.com" not in words
    assert words.index("window.audioclf =") < words.index('<script type="module"')


def test_the_page_is_compressed_for_those_who_take_it(parts):
    front = Front(page_app, "<style></style>", parts)
    _, headers, body = asked(front, "/", accept_encoding="gzip, br")
    assert headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body) == asked(front, "/")[2]


def test_gradios_styles_come_as_one_file_that_browsers_keep(parts):
    assert len(parts.styles) > 10 and len(parts.scripts) > 20
    status, headers, body = asked(Front(page_app, "", parts), parts.style_path)
    assert status == 200 and headers[b"cache-control"] == FOREVER
    assert all((ASSETS / name).read_bytes() in body for name in parts.styles)
    assert parts.style_path[1:] in parts.styled()


def test_a_gradio_without_such_files_is_left_alone(monkeypatch, tmp_path):
    (tmp_path / "index.html").write_text("<head></head>")
    monkeypatch.setattr("audioclf.ui.front.ASSETS", tmp_path / "assets")
    parts = parts_of(["radio"])
    assert parts.ahead() == parts.styled() == ""
    assert asked(Front(page_app, "", parts), parts.style_path)[1][b"content-type"].startswith(b"text/html")


def test_a_description_is_text_and_never_markup():
    assert "<b>" not in card("<b>", '"><b>')


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("sounds.example:8080", f"http://sounds.example:8080{CARD_PATH}"),
        ("[::1]:7860", f"http://[::1]:7860{CARD_PATH}"),
        ('"><script>', CARD_PATH),
    ],
)
def test_the_card_has_a_picture_at_the_address_that_was_asked_for(parts, host, address):
    front = Front(page_app, theme.head(), parts)
    words = asked(front, "/", host=host)[2].decode()
    assert re.findall(r'og:image" content="([^"]*)"', words) == [address]
    status, headers, body = asked(front, CARD_PATH)
    assert status == 200 and headers[b"content-type"] == b"image/png" and len(body) < 100_000
    assert Image.open(BytesIO(body)).size == CARD_SIZE


def test_files_can_be_asked_for_by_their_head(parts):
    for path in (CARD_PATH, parts.style_path, "/assets/a.js"):
        assert asked(Front(gets_only, "", parts), path, method="HEAD")[0] == 200
    assert asked(Front(gets_only, "", parts), "/gradio_api/info", method="HEAD")[0] == 405


async def gets_only(scope, receive, send):
    """An app that answers GET, as Gradio's files do."""
    status = 200 if scope["method"] == "GET" else 405
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
