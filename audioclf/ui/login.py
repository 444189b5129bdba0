"""Who may log in, who has, and how often an address may fail."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from audioclf.ui.addresses import ASKING
from audioclf.ui.exchange import Scope
from audioclf.wording import text

MAX_FAILURES = 10  # with one name, from one address
MAX_OF_ADDRESS = 60  # with any names: a class behind one address
WINDOW_SECONDS = 300.0
MAX_KEYS = 10_000  # that are remembered; the oldest is forgotten first


def is_logged_in(scope: Scope) -> bool:
    """Whether a request to Gradio's app has the cookie of a visitor who has logged in."""
    return any(token in scope["app"].tokens for token in _tokens(scope))


def lend(scope: Scope, secret: str) -> None:
    """Let a request of the server's own pass as one of a visitor who has logged in, as its caller has."""
    app: Any = scope["app"]
    app.tokens.setdefault(secret, "mcp")
    cookie = f"access-token-unsecure-{app.cookie_id}={secret}".encode()
    others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    scope["headers"] = [*others, (b"cookie", cookie)]


def log_out(scope: Scope) -> None:
    """End the session of a request, and no other of the same name, which Gradio would end as well."""
    for token in _tokens(scope):
        scope["app"].tokens.pop(token, None)
    scope["query_string"] = b"all_session=false"


def is_of_other_page(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a page of another site makes a browser ask for an address, as an image does without Origin."""
    if site := headers.get(b"sec-fetch-site"):
        return site.lower() not in (b"same-origin", b"none")
    return b"referer" in headers and headers[b"referer"].split(b"/")[2:3] != [headers.get(b"host", b"")]


def _tokens(scope: Scope) -> list[str]:
    from starlette.requests import HTTPConnection

    app: Any = scope["app"]
    cookies = HTTPConnection(scope).cookies
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return [cookies[name] for name in names if name in cookies]


@dataclass(eq=False)
class Attempts:
    """Failed logins of the last minutes, by address, and by address and name.

    A name alone has no limit: a stranger could lock out its owner.
    """

    _failures: dict[tuple[str, str | None], list[float]] = field(default_factory=dict)

    def too_many(self, address: str, name: str | None = None) -> bool:
        """Whether this address, or this name from it, has failed so often that it has to wait."""
        since = time.monotonic() - WINDOW_SECONDS
        failed = self._failures.get((address, name), ())
        most = MAX_OF_ADDRESS if name is None else MAX_FAILURES
        return sum(moment > since for moment in failed) >= most

    def failed(self, address: str, name: str) -> None:
        """Remember a failure."""
        for key in ((address, None), (address, name)):
            recent = [*self._failures.pop(key, ()), time.monotonic()]
            self._failures[key] = recent[-MAX_OF_ADDRESS:]
            if len(self._failures) > MAX_KEYS:
                del self._failures[next(iter(self._failures))]


@dataclass(frozen=True)
class Users:
    """Whether a name and a password belong together, as Gradio asks for the request in hand.

    An address that failed often is told to wait, with status 429. Each try is counted at once, so that tries at the
    same time are no more than others. So that nobody learns which names exist, an unknown one fails like a wrong
    password.
    """

    passwords: Mapping[str, str]
    attempts: Attempts = field(default_factory=Attempts)

    def __call__(self, name: str, password: str) -> bool:
        from starlette.exceptions import HTTPException

        address, known_as = ASKING.get(), name[:200]
        if self.attempts.too_many(address) or self.attempts.too_many(address, known_as):
            raise HTTPException(429, text("server.many_logins"))
        right = compare_digest(self.passwords.get(name, "").encode(), password.encode(errors="replace"))
        if right and name in self.passwords:
            return True
        self.attempts.failed(address, known_as)
        return False
