"""How many connections an address may hold open, and for how long without a whole request.

Gradio starts uvicorn without such bounds, and what stops here never becomes a request that the guard could see.
"""

import os
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from audioclf.ui.addresses import household

MAX_CONNECTIONS = 256  # of one address: a class behind one router has six for each browser
HEAD_SECONDS = 20.0  # for the head of a request to come whole
WANTED_FILES = 16_384  # that the process may have open
MAX_MESSAGE = 65_536  # bytes of one message of a WebSocket
SPARE_FILES = 200  # not for connections: libraries, models, visitors' sounds
PROXIES_VARIABLE = "FORWARDED_ALLOW_IPS"  # uvicorn's: whose X-Forwarded-For is believed


@dataclass(eq=False)
class Connections:
    """Open connections by household. proxies: addresses that speak for others; only `total` bounds them."""

    proxies: Container[str]
    total: int
    _open: Counter[str] = field(default_factory=Counter)

    def take(self, address: str) -> bool:
        """Whether one more may be opened by this address; it is then counted."""
        mine = household(address)
        crowded = self._open[mine] >= MAX_CONNECTIONS and address not in self.proxies
        if crowded or self._open.total() >= self.total:
            return False
        self._open[mine] += 1
        return True

    def give_back(self, address: str) -> None:
        """One connection of this address is closed."""
        mine = household(address)
        self._open[mine] -= 1
        if not self._open[mine]:
            del self._open[mine]


def bound_connections(server: Any) -> None:
    """Bound the connections that a running uvicorn server takes from now on."""
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    given = os.environ.get(PROXIES_VARIABLE, "127.0.0.1")
    proxies: Any = ProxyHeadersMiddleware(server.config.app, given).trusted_hosts
    bounds = Connections(proxies, max(SPARE_FILES, files_limit() - SPARE_FILES))
    server.config.ws_max_size, server.config.ws_per_message_deflate = MAX_MESSAGE, False
    server.config.http_protocol_class = bounded(server.config.http_protocol_class, bounds)


def files_limit() -> int:
    """Number of files that this process may have open, raised as far as the system lets it be."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return WANTED_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return WANTED_FILES if soft == resource.RLIM_INFINITY else soft


def bounded(protocol: Any, bounds: Connections) -> Any:
    """The class of uvicorn's protocol with these bounds."""

    class Bounded(protocol):
        _address: str | None = None

        def connection_made(self, transport: Any) -> None:
            peer = transport.get_extra_info("peername")
            address = str(peer[0]) if isinstance(peer, tuple) else ""
            if not bounds.take(address):
                return transport.abort()
            self._address = address
            super().connection_made(transport)
            self._check_head(None)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._address is None:
                return
            bounds.give_back(self._address)
            self._timer.cancel()
            super().connection_lost(exc)

        def handle_websocket_upgrade(self, *given: Any) -> None:
            self._timer.cancel()  # its head has come
            super().handle_websocket_upgrade(*given)
            after = self.transport.get_protocol()
            if after is self:
                return
            address, lost = str(self._address), after.connection_lost

            def gone(exc: Exception | None) -> None:
                bounds.give_back(address)
                lost(exc)

            after.connection_lost = gone

        def _check_head(self, before: Any) -> None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._close_or_wait, before)

        def _close_or_wait(self, before: Any) -> None:
            waits = self.cycle is None or self.cycle.response_complete
            if waits and self.cycle is before:
                return self.transport.close()
            self._check_head(self.cycle)

    return Bounded
