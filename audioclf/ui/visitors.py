"""Who is here: open requests of each address, and pages that are open in a browser."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

from audioclf.ui.exchange import Send, answer
from audioclf.wording import text

FEW = 3  # places, from which on one address may not have all
RETRY_SECONDS = 15  # after which the page of a full server asks again by itself

FULL_PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{seconds}">
<meta name="viewport" content="width=device-width"><title>audioclf</title>
<style>body {{ font: 1.1rem system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; padding: 0 1.5rem;
color-scheme: light dark; }}</style></head>
<body><main><h1>audioclf</h1><p>{sentence}</p><p><a href="">{again}</a></p></main></body></html>
"""


def most_of_one(limit: int) -> int:
    """How many of `limit` places one address may take: the others are left to others, a quarter at least."""
    return limit if limit < FEW else limit * 3 // 4


@dataclass(eq=False)
class Visitors:
    """Open pages and open requests of each address. limit: number of pages that may be open; None: any."""

    limit: int | None = None
    _pages: Counter[tuple[str, str]] = field(default_factory=Counter)  # by address and session
    _requests: Counter[str] = field(default_factory=Counter)

    @property
    def n_pages(self) -> int:
        """Number of sessions whose page is open."""
        return len(self._pages)

    def has_place(self, address: str) -> bool:
        """Whether this address may open one more page."""
        return self.limit is None or (self.n_pages < self.limit and self._has_share(address))

    def _has_share(self, address: str) -> bool:
        mine = sum(owner == address for owner, _ in self._pages)
        return self.limit is None or mine < most_of_one(self.limit)

    def n_requests(self, address: str) -> int:
        """Number of requests of this address that are not answered yet."""
        return self._requests[address]

    @contextmanager
    def present(self, address: str, session: str | None) -> Iterator[None]:
        """While a request is answered. session: if the request is what a page holds open as long as it is shown.

        Pages of an address that has its share of the places are not counted, so that they leave the rest to others.
        """
        kept: list[tuple[Counter[Any], Any]] = [(self._requests, address)]
        if session and ((address, session) in self._pages or self._has_share(address)):
            kept.append((self._pages, (address, session)))
        for counter, key in kept:
            counter[key] += 1
        try:
            yield
        finally:
            for counter, key in kept:
                counter[key] -= 1
                if not counter[key]:
                    del counter[key]


async def say_full(send: Send, limit: int) -> None:
    """Answer with a page that says so and asks again by itself."""
    sentence = text("server.full", visitors=limit, seconds=RETRY_SECONDS)
    page = FULL_PAGE.format(
        seconds=RETRY_SECONDS, sentence=escape(sentence), again=escape(text("server.again"))
    )
    retry = (b"retry-after", str(RETRY_SECONDS).encode())
    await answer(send, 503, b"text/html; charset=utf-8", page.encode(), retry)
