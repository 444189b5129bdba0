"""What the server answers at all: allowed routes, hosts and sizes of requests, and security headers.

An ASGI middleware around Gradio's app. Gradio has many more routes than the page needs; some of them read files of
the server or start FFmpeg for anybody.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from audioclf.ui.addresses import ASKING, household
from audioclf.ui.exchange import App, Exchange, Message, Receive, Scope, Send, path_of, refuse, too_large
from audioclf.ui.login import is_logged_in, is_of_other_page, lend, log_out
from audioclf.ui.metrics import Counters
from audioclf.ui.ranges import usable_range
from audioclf.ui.recordings import LEAST_BYTES, Shares
from audioclf.ui.tools import IS_OWN, Own
from audioclf.ui.visitors import Visitors, say_full
from audioclf.wording import text

API = "/gradio_api"
LIVE, WORKLET = "/live", "/live.js"  # the WebSocket of live listening, and its script
NAME = r"[\w.-]+"
MAX_UPLOAD_BYTES = 27_000_000  # one file of 25 MB and the form around it
MAX_JSON_BYTES = 1_000_000
MAX_LOGIN_BYTES = 10_000
MAX_PATH = 1500  # characters; names of files on the server may be long
MAX_WAITING = 64  # events of one address
MAX_QUERY = 8000  # characters of an address after its path
PAGES = r"/(config/?)?"  # the page, and its configuration for programs: each takes 40 ms, in which nobody is answered
MAX_PAGES, PAGES_SECONDS = 120, 60.0  # that an address may load within so many seconds
MAX_OPEN = 256  # unanswered requests of one address, which many visitors behind one router may share

# Method -> patterns of the paths that the page, the documented endpoints and Gradio's clients ask for.
ROUTES: dict[str, tuple[str, ...]] = {
    "GET": (
        r"/",
        r"/healthz",
        r"/live\.js",
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
        rf"{API}/file=(?!\w\w+:|[/\\]{{2}}).+",  # a path, not an address on another server
    ),
    # run/predict serves the page's unqueued events; Gradio refuses queued ones there (api_open=False).
    "POST": (rf"{API}/(upload|cancel|reset/?|queue/join|run/predict)", rf"{API}/call/{NAME}/?"),
}
UPLOAD = f"{API}/upload"
LOGIN, LOGOUT = r"/login/?", "/logout"
OF_LOGIN = {422: "server.no_login"}  # sentences of the login, by status
# Of the routes below API, what the page of the login and Gradio's own start ask for.
BEFORE_LOGIN = rf"{API}/(login_check|user|token|app_id|startup-events|theme\.css)/?"
METRICS = "/metrics"
SHOWN = rf"{API}/heartbeat/({NAME})"  # held open by a page as long as it is shown
QUEUED = rf"{API}/(queue/join|call/{NAME}/?)"
MCP_ROUTES = (rf"{API}/mcp(/.*)?",)
LOGIN_ROUTES = {
    "GET": (LOGOUT, rf"{API}/(login_check|user|token)/?"),
    "POST": (LOGIN,),
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ONCE = frozenset((b"host", b"origin", b"content-type", b"content-length", b"transfer-encoding", b"range"))
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host")
# Gradio's page needs inline scripts and styles, and compiles event handlers; the recorder's worklet is a blob.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
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
    """Who may ask for what. public: served to other machines. login, mcp, metrics: these routes are needed, too.

    ancestors: value of frame-ancestors, the sites that may show the page in a frame.
    """

    public: bool = False
    login: bool = False
    mcp: bool = False
    metrics: bool = False
    ancestors: str = "'self'"

    @property
    def headers(self) -> tuple[tuple[bytes, str], ...]:
        """The security headers of every answer."""
        return (
            (b"content-security-policy", CONTENT_POLICY.format(ancestors=self.ancestors)),
            (b"x-content-type-options", "nosniff"),
            (b"referrer-policy", "same-origin"),
        )

    def routes(self, method: str) -> tuple[str, ...]:
        """Patterns of the paths that may be asked for with this method."""
        method = "GET" if method == "HEAD" else method
        found = ROUTES.get(method, ())
        found += LOGIN_ROUTES.get(method, ()) if self.login else ()
        found += (METRICS,) if self.metrics and method == "GET" else ()
        return found + (MCP_ROUTES if self.mcp and method in ("GET", "POST", "DELETE") else ())


@dataclass(frozen=True)
class Guard:
    """The middleware. Refuses with a status and one sentence as JSON; never asks the app about what it refuses.

    waiting: number of events of an address that wait for their turn. is_full: whether so many more bytes of
    uploads cannot be kept. shares, pages: what addresses have uploaded, and how often
    they have loaded the page.
    visitors: who is here. counters: what is counted for the host. own: how requests of the MCP server are known.
    """

    app: App
    access: Access = field(default_factory=Access)
    waiting: Callable[[str], int] = lambda address: 0
    is_full: Callable[[int], bool] = lambda coming: False
    shares: Shares = field(default_factory=Shares)
    pages: Shares = field(default_factory=lambda: Shares(MAX_PAGES, 1, PAGES_SECONDS))
    visitors: Visitors = field(default_factory=Visitors)
    counters: Counters = field(default_factory=Counters)
    own: Own = field(default_factory=Own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return await self._socket(scope, receive, send)
        scope[IS_OWN] = self.own.claim(scope)
        if scope[IS_OWN] and self.access.login and not is_logged_in(scope):
            lend(scope, self.own.secret)
        path, address = path_of(scope), _address(scope)
        ASKING.set(address)  # each request has a task of its own
        send = self._seen(send)
        if problem := self._problem(scope, dict(scope["headers"])):
            return await refuse(send, *problem)
        if path == "/" and not self.visitors.has_place(address):
            return await say_full(send, self.visitors.limit or 0)
        if path == LOGOUT:
            log_out(scope)
        shown = re.fullmatch(SHOWN, path)
        with self.visitors.present(address, shown and shown[1]):
            exchange = Exchange(_limit(path), receive, send, OF_LOGIN if re.fullmatch(LOGIN, path) else {})
            await exchange.run(self.app, usable_range(scope))
            if path == UPLOAD and exchange.n_files > 1:
                self.shares.take(address, (exchange.n_files - 1) * LEAST_BYTES)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer at the one address of a WebSocket, for pages of this server."""
        headers, address = dict(scope["headers"]), _address(scope)
        crowded = self.visitors.n_requests(address) >= MAX_OPEN
        refused = crowded or self._of_others(headers) or self._of_unknown(scope)
        if path_of(scope) != LIVE or refused or not _same_origin(headers):
            return await send({"type": "websocket.close", "code": 1008})

        async def heard() -> Message:
            message = await receive()
            if self._of_unknown(scope):  # logged out meanwhile
                await send({"type": "websocket.close", "code": 1008})
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        with self.visitors.present(address, None):
            await self.app(scope, heard, send)

    def _seen(self, send: Send) -> Send:
        """`send` that counts the answer and adds the security headers."""
        added = [(name, value.encode()) for name, value in self.access.headers]

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *added]
                self.counters.answered(message["status"])
            await send(message)

        return sent

    def _problem(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        """Status and sentence if this request is refused by its head."""
        path = path_of(scope)
        known = any(re.fullmatch(p, path) for p in self.access.routes(scope["method"]))
        if not known or len(path) > MAX_PATH:
            return 404, text("server.nothing_here")
        if len(scope.get("query_string", b"")) > MAX_QUERY:
            return 414, text("server.long_query", n=MAX_QUERY)
        is_far = path == LOGOUT and is_of_other_page(headers)
        if self.access.login and (is_far or not _same_origin(headers)):
            return 403, text("server.far_page")
        if _is_ambiguous(scope):
            return 400, text("server.unusable")
        if not re.fullmatch(rb"\d{1,15}", length := headers.get(b"content-length", b"0")):
            return 400, text("server.no_length")
        if int(length) > _limit(path):
            return 413, too_large(_limit(path))
        return self._of_others(headers) or self._of_unknown(scope) or self._too_much(scope)

    def _too_much(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence if this address has or does too much already, or the server is full."""
        path, address, posts = path_of(scope), _address(scope), scope["method"] == "POST"
        is_own = scope.get(IS_OWN, False)  # its files and open requests count for its caller already
        if not is_own and self.visitors.n_requests(address) >= MAX_OPEN:
            return 429, text("server.many_open", n=MAX_OPEN)
        if re.fullmatch(PAGES, path) and not self.pages.take(address, 1):
            return 429, text("server.many_pages", n=MAX_PAGES)
        if posts and re.fullmatch(QUEUED, path) and self.waiting(address) >= MAX_WAITING:
            return 429, text("server.many_waiting", n=MAX_WAITING)
        if path == UPLOAD and not is_own:
            coming = int(dict(scope["headers"]).get(b"content-length", MAX_UPLOAD_BYTES))
            if not self.shares.take(address, coming) or self.is_full(coming):
                return 507, text("server.no_room")
        return None

    def _of_unknown(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence if this needs a login that has not happened; Gradio leaves some such routes open."""
        path = path_of(scope)
        is_private = path == LIVE or (path.startswith(API) and not re.fullmatch(BEFORE_LOGIN, path))
        if self.access.login and is_private and not is_logged_in(scope):
            return 401, text("server.login")
        return None

    def _of_others(self, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        """Status and sentence if a page for its own machine is asked by another."""
        if self.access.public:
            return None
        if any(name in headers for name in FORWARDED):
            return 403, text("server.proxied")
        if _hostname(b"//" + headers.get(b"host", b"")) not in LOOPBACK:
            return 403, text("server.far_host")
        if (origin := headers.get(b"origin")) and _hostname(origin) not in LOOPBACK:
            return 403, text("server.far_page")
        return None


def _is_ambiguous(scope: Scope) -> bool:
    """Whether a head says twice, perhaps differently, what a request is: readers then disagree about it."""
    names = Counter(name for name, _ in scope["headers"] if name in ONCE)
    return max(names.values(), default=0) > 1 or {b"content-length", b"transfer-encoding"} <= names.keys()


def _same_origin(headers: dict[bytes, bytes]) -> bool:
    """Whether a WebSocket is opened by a page of this server, or by a program, which names no origin.

    Browsers let any page open one, with the cookies of the visitor.
    """
    origin = headers.get(b"origin")
    if origin is None:
        return True
    page = origin.partition(b"://")[2].lower()
    hosts = {headers.get(name, b"").lower() for name in (b"host", b"x-forwarded-host")} - {b""}
    # A proxy may have left the port out.
    return page in hosts or (b":" not in b"".join(hosts) and page.partition(b":")[0] in hosts)


def _limit(path: str) -> int:
    """The most bytes that a body sent to this path may have."""
    if re.fullmatch(LOGIN, path):
        return MAX_LOGIN_BYTES
    return MAX_UPLOAD_BYTES if path == UPLOAD else MAX_JSON_BYTES


def _address(scope: Scope) -> str:
    """Whose request it is."""
    return household(str((scope.get("client") or ("",))[0]))


def _hostname(address: bytes) -> str:
    try:
        return urlsplit(address.decode("latin-1")).hostname or ""
    except ValueError:
        return ""
