"""Who may log in, who has, and how often an address or a name may fail."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from audioclf.ui.exchange import Scope

MAX_FAILURES = 10
WINDOW_SECONDS = 300.0
MAX_KEYS = 10_000  # addresses or names that are remembered; the oldest is forgotten first


def is_logged_in(scope: Scope) -> bool:
    """Whether a request to Gradio's app has the cookie of a visitor who has logged in."""
    from starlette.requests import HTTPConnection

    app: Any = scope["app"]
    cookies = HTTPConnection(scope).cookies
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(cookies.get(name) in app.tokens for name in names)


@dataclass(eq=False)
class Attempts:
    """Failed logins of the last minutes, by address or by name."""

    _failures: dict[str, list[float]] = field(default_factory=dict)

    def too_many(self, key: str) -> bool:
        """Whether this key has failed so often that it has to wait."""
        since = time.monotonic() - WINDOW_SECONDS
        return sum(moment > since for moment in self._failures.get(key, ())) >= MAX_FAILURES

    def failed(self, key: str) -> None:
        """Remember a failure."""
        recent = [*self._failures.pop(key, ()), time.monotonic()]
        self._failures[key] = recent[-MAX_FAILURES:]
        if len(self._failures) > MAX_KEYS:
            del self._failures[next(iter(self._failures))]


@dataclass(frozen=True)
class Users:
    """Whether a name and a password belong together, as Gradio asks. A name that failed often is refused for a while.

    So that nobody learns which names exist, an unknown one fails like a wrong password.
    """

    passwords: Mapping[str, str]
    attempts: Attempts = field(default_factory=Attempts)

    def __call__(self, name: str, password: str) -> bool:
        key = name[:200]
        if self.attempts.too_many(key):
            return False
        right = compare_digest(self.passwords.get(name, "").encode(), password.encode(errors="replace"))
        if right and name in self.passwords:
            return True
        self.attempts.failed(key)
        return False
