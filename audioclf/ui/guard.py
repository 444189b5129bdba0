"""What the server answers at all: allowed routes, hosts and sizes of requests, and security headers.

An ASGI middleware around Gradio's app. Gradio has many more routes than the page needs; some of them read files of
the server or start FFmpeg for anybody.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

API = "/gradio_api"
NAME = r"[\w.-]+"
MAX_UPLOAD_BYTES = 27_000_000  # one file of 25 MB and the form around it
MAX_JSON_BYTES = 1_000_000
BODY_SECONDS = 30.0  # between two parts of a body; then the connection counts as closed
MAX_WAITING = 64  # events of one address

# Method -> patterns of the paths that the page, the documented endpoints and Gradio's clients ask for.
ROUTES: dict[str, tuple[str, ...]] = {
    "GET": (
        r"/",
        r"/healthz",
        r"/config/?",
        r"/theme\.css",
        r"/favicon\.ico",
        r"/robots\.txt",
        r"/(static|assets|svelte)/.+",
        rf"{API}/(info|startup-events|app_id|theme\.css|openapi\.json)/?",
        rf"{API}/heartbeat/{NAME}",
        rf"{API}/upload_progress",
        rf"{API}/queue/(data|status)",
        rf"{API}/call/{NAME}/{NAME}",
        rf"{API}/file=(?!\w\w+:|//).+",  # a path, not an address on another server
    ),
    # run/predict serves the page's unqueued events; Gradio refuses queued ones there (api_open=False).
    "POST": (rf"{API}/(upload|cancel|reset/?|queue/join|run/predict)", rf"{API}/call/{NAME}/?"),
}
UPLOAD = f"{API}/upload"
QUEUED = rf"{API}/(queue/join|call/{NAME}/?)"
MCP_ROUTES = (rf"{API}/mcp(/.*)?",)
LOGIN_ROUTES = {
    "GET": (r"/logout", rf"{API}/(login_check|user|token)/?"),
    "POST": (r"/login/?",),
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host")
FULL = "the server has no room for more sounds; try again in an hour"
TOO_MANY = f"{MAX_WAITING} requests from your address are waiting already; try again in a moment"
FAR_HOST = (
    "this page is served to its own machine only; open it as http://127.0.0.1, or start it with --public"
)
PROXIED = "this page is served to its own machine only; behind a proxy, start it with --public"

# Gradio's page needs inline scripts and styles, and compiles event handlers.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors {ancestors}",
    )
)


@dataclass(frozen=True)
class Access:
    """Who may ask for what. public: served to other machines. login, mcp: these routes are needed, too.

    ancestors: value of frame-ancestors, the sites that may show the page in a frame.
    """

    public: bool = False
    login: bool = False
    mcp: bool = False
    ancestors: str = "'self'"

    def routes(self, method: str) -> tuple[str, ...]:
        """Patterns of the paths that may be asked for with this method."""
        method = "GET" if method == "HEAD" else method
        found = ROUTES.get(method, ())
        found += LOGIN_ROUTES.get(method, ()) if self.login else ()
        return found + (MCP_ROUTES if self.mcp and method in ("GET", "POST", "DELETE") else ())


@dataclass(frozen=True)
class Guard:
    """The middleware. Refuses with a status and one sentence as JSON; never asks the app about what it refuses.

    waiting: number of events of an address that wait for their turn. is_full: whether no more uploads can be kept.
    """

    app: App
    access: Access = field(default_factory=Access)
    waiting: Callable[[str], int] = lambda address: 0
    is_full: Callable[[], bool] = lambda: False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        headers = dict(scope["headers"])
        send = _with_headers(send, self.access.ancestors)
        if problem := self._problem(scope, headers):
            return await _refuse(send, *problem)
        limit = MAX_UPLOAD_BYTES if _path(scope) == UPLOAD else MAX_JSON_BYTES
        if int(headers.get(b"content-length", b"0")) > limit:
            return await _refuse(send, 413, _too_large(limit))
        await _Bounded(limit, receive, send).run(self.app, scope)

    def _problem(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        """Status and sentence if this request is refused by its head."""
        path = _path(scope)
        if not any(re.fullmatch(p, path) for p in self.access.routes(scope["method"])):
            return 404, "there is nothing at this address"
        joins = scope["method"] == "POST" and re.fullmatch(QUEUED, path)
        if joins and self.waiting((scope.get("client") or ("",))[0]) >= MAX_WAITING:
            return 429, TOO_MANY
        if path == UPLOAD and self.is_full():
            return 507, FULL
        if not re.fullmatch(rb"\d{1,15}", headers.get(b"content-length", b"0")):
            return 400, "Content-Length is not a number"
        if self.access.public:
            return None
        if any(name in headers for name in FORWARDED):
            return 403, PROXIED
        if _hostname(b"//" + headers.get(b"host", b"")) not in LOOPBACK:
            return 403, FAR_HOST
        if (origin := headers.get(b"origin")) and _hostname(origin) not in LOOPBACK:
            return 403, "requests from other sites' pages are refused"
        return None


@dataclass(eq=False)
class _Bounded:
    """One request whose body is counted while the app reads it; the app sees a disconnection at the limit."""

    limit: int
    receive: Receive
    send: Send
    n_bytes: int = 0
    is_read: bool = False
    is_started: bool = False

    async def run(self, app: App, scope: Scope) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception:
            if self.n_bytes <= self.limit or self.is_started:
                raise
        if self.n_bytes > self.limit and not self.is_started:
            await _refuse(self.send, 413, _too_large(self.limit))

    async def _receive(self) -> Message:
        # Once the body is read, the app waits here for the end of the connection, which may take hours.
        patience = None if self.is_read else BODY_SECONDS
        try:
            message = await asyncio.wait_for(self.receive(), patience)
        except TimeoutError:
            return {"type": "http.disconnect"}
        self.is_read = not message.get("more_body", False)
        self.n_bytes += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.n_bytes > self.limit else message

    async def _send(self, message: Message) -> None:
        if self.n_bytes > self.limit and not self.is_started:
            return  # what the app says about the cut body; `run` gives the reason instead
        self.is_started = True
        await self.send(message)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "").rstrip("/")) or "/"


def _hostname(address: bytes) -> str:
    try:
        return urlsplit(address.decode("latin-1")).hostname or ""
    except ValueError:
        return ""


def _too_large(limit: int) -> str:
    return f"the request is larger than {limit / 1e6:g} MB; send a file of at most 25 MB"


def _with_headers(send: Send, ancestors: str) -> Send:
    added = [
        (b"content-security-policy", CONTENT_POLICY.format(ancestors=ancestors).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
    ]

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *added]
        await send(message)

    return sent


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"detail": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
