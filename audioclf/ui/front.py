"""What a browser fetches first: Gradio's HTML with our head in it, and parts that Gradio would ask for one by one.

Gradio loads a script and a style for each kind of component, and each of them asks for the next. Here the styles come
as one file, and the head names all scripts at once. With another Gradio whose files are laid out differently, nothing
is found and the page loads as Gradio would load it.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import escape
from pathlib import Path

import gradio as gr

from audioclf.ui.exchange import App, Message, Receive, Scope, Send, path_of

ASSETS = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
FOREVER = b"public, max-age=31536000, immutable"  # the names of these files contain a hash of what is in them
DAY = b"public, max-age=86400"
CARD = Path(__file__).parent / "static" / "card.png"  # made by docs/card.py
CARD_PATH, CARD_SIZE = "/static/card.png", (1200, 630)
CARD_URL = "{card}"  # in the head; other sites want the whole address, which each request knows
FILES = r"/(static|assets)/"
NAMED = re.compile(r'"\./([\w.-]+)"')
HOST = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?", re.ASCII)
ENTRY = re.compile(r'src="\./assets/(index-[\w-]+\.js)"')
# Gradio's own words on its own page, and a picture from a far server.
FOREIGN = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')


@dataclass(frozen=True)
class Parts:
    """Names of files in Gradio's assets that a page with these components loads."""

    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()

    @cached_property
    def style(self) -> bytes:
        """All styles as one."""
        return b"\n".join((ASSETS / name).read_bytes() for name in self.styles)

    @cached_property
    def style_path(self) -> str:
        """Path of the joined style on the server."""
        return f"/assets/components-{hashlib.sha256(self.style).hexdigest()[:16]}.css"

    def ahead(self) -> str:
        """Loads the scripts ahead of their turn; for the beginning of the head."""
        return "".join(
            f'<link rel="modulepreload" crossorigin href="./assets/{name}">' for name in self.scripts
        )

    def styled(self) -> str:
        """Loads the style, for the end of the head, where Gradio would put the styles.

        A disabled link is not fetched, and Gradio takes a style for loaded if there is a link to it.
        """
        if not self.styles:
            return ""
        links = (f'<link rel="stylesheet" disabled href="./assets/{name}">' for name in self.styles)
        return f'<link rel="stylesheet" href=".{self.style_path}">{"".join(links)}'


def parts_of(kinds: Iterable[str]) -> Parts:
    """The files of these kinds of components ("radio", …) and of the page around them; none if Gradio names none."""
    page = (ASSETS.parent / "index.html").read_text("utf-8")
    entry = ENTRY.search(page)
    cores = [path.read_text("utf-8") for path in ASSETS.glob("core-*.js")]
    core = next((core for core in cores if _listed(core)), "")
    if entry is None or not core:
        return Parts()
    files = [entry[1], *_listed((ASSETS / entry[1]).read_text("utf-8"))]
    for path in (
        ASSETS / name for name in tuple(files) if name.startswith("Index-") and name.endswith(".js")
    ):
        files += [name for name in _listed(path.read_text("utf-8")) if name.startswith("Blocks-")]
    listed = _listed(core)
    for kind in kinds:
        loaders = re.search(rf"[{{,]{kind}:\{{([^{{}}]*)\}}", core)
        needed = re.search(r"component:.*?mapDeps\(\[([\d,]*)\]\)", loaders[1]) if loaders else None
        files += [listed[int(i)] for i in needed[1].split(",") if i] if needed else []
    there = [name for name in dict.fromkeys(files) if (ASSETS / name).is_file()]
    return Parts(
        tuple(name for name in there if name.endswith(".css") and not name.startswith("index-")),
        tuple(name for name in there if name.endswith(".js")),
    )


def _listed(script: str) -> list[str]:
    """The files that a script of Gradio's may load, in the order of its numbers for them."""
    found = re.search(r"m\.f=\[(.*?)\]", script)
    return NAMED.findall(found[1]) if found else []


def kinds_of(demo: gr.Blocks) -> list[str]:
    """The kinds of components that the page shows."""
    return sorted(
        {block.get_block_name() for block in demo.blocks.values() if getattr(block, "visible", True)}
    )


def card(title: str, description: str) -> str:
    """What other sites show of a link to the page."""
    named = {
        "og:title": title,
        "og:description": description,
        "og:type": "website",
        "og:image": CARD_URL,
        "og:image:width": str(CARD_SIZE[0]),
        "og:image:height": str(CARD_SIZE[1]),
    }
    metas = [f'<meta property="{name}" content="{escape(words)}">' for name, words in named.items()]
    return f'<meta name="description" content="{escape(description)}">{"".join(metas)}'


def card_address(scope: Scope) -> str:
    """The whole address of the card's picture, as the request names this server; a path without a usable name."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    prefix = scope.get("root_path", "").rstrip("/")
    if not HOST.fullmatch(host):
        return f"{prefix}{CARD_PATH}"
    return f"{scope.get('scheme', 'http')}://{host}{prefix}{CARD_PATH}"


@dataclass(frozen=True)
class Front:
    """The middleware: puts `head` into the page and compresses it, serves style and card, lets files be kept."""

    app: App
    head: str
    parts: Parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_of(scope)
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return await self.app(scope, receive, send)
        if re.match(FILES, path):  # Gradio refuses HEAD here; the server itself leaves out the body
            scope = {**scope, "method": "GET"}
        if path == self.parts.style_path and self.parts.styles:
            return await _reply(send, scope, self.parts.style, b"text/css; charset=utf-8", FOREVER)
        if path == CARD_PATH:
            return await _reply(send, scope, CARD.read_bytes(), b"image/png", DAY)
        if path.startswith("/assets/"):
            return await self.app(scope, receive, _kept(send))
        if path != "/":
            return await self.app(scope, receive, send)
        head = self.head.replace(CARD_URL, escape(card_address(scope)), 1)
        begin, end = self.parts.ahead() + head, self.parts.styled()
        await self.app(scope, receive, _Page(begin, end, scope, send).take)


@dataclass(eq=False)
class _Page:
    """The page on its way to a browser."""

    begin: str
    end: str
    scope: Scope
    send: Send
    start: Message | None = None
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = dict(message["headers"]).get(b"content-type", b"")
            self.start = message if message["status"] == 200 and kind.startswith(b"text/html") else None
        if self.start is None:
            return await self.send(message)
        self.body += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body"):
            html = FOREIGN.sub("", self.body.decode())
            html = html.replace("<head>", f"<head>{self.begin}", 1).replace(
                "</head>", f"{self.end}</head>", 1
            )
            dropped = (b"content-length", b"content-type")
            others = [(name, value) for name, value in self.start["headers"] if name not in dropped]
            await _reply(
                self.send, self.scope, html.encode(), b"text/html; charset=utf-8", b"no-cache", others
            )


async def _reply(
    send: Send,
    scope: Scope,
    body: bytes,
    kind: bytes,
    keep: bytes,
    others: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    headers = [*others, (b"content-type", kind), (b"cache-control", keep), (b"vary", b"accept-encoding")]
    if b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
        body = _compressed(body)
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=2)
def _compressed(body: bytes) -> bytes:
    """The page and the style are the same for all visitors."""
    return gzip.compress(body, 5)


def _kept(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            others = [(name, value) for name, value in message["headers"] if name != b"cache-control"]
            message["headers"] = [*others, (b"cache-control", FOREVER)]
        await send(message)

    return sent
