"""How many connections an address may hold open, for how long without a whole request, and how much work they make.

Gradio starts uvicorn without such bounds, and what stops here never becomes a request that the guard could see.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any

from audioclf.ui.addresses import household

MAX_CONNECTIONS = 256  # of one address: a class behind one router has six for each browser
HEAD_SECONDS = 20.0  # for the head of a request to come whole
WANTED_FILES = 16_384  # that the process may have open
MAX_MESSAGE = 65_536  # bytes of one message of a WebSocket
SLICE = 4096  # bytes that are parsed in one go
WORK_SHARE = 0.3  # of a core, to read what one address sends
WORK_AHEAD = 1.0  # seconds of such work that may come at once
SPARE_FILES = 200  # not for connections: libraries, models, visitors' sounds
PROXIES_VARIABLE = "FORWARDED_ALLOW_IPS"  # uvicorn's: whose X-Forwarded-For is believed


@dataclass(eq=False)
class Connections:
    """Open connections by household. proxies: addresses that speak for others; only `total` bounds them."""

    proxies: Container[str]
    total: int
    _open: Counter[str] = field(default_factory=Counter)
    _work: dict[str, "Work"] = field(default_factory=dict)

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
            self._work.pop(mine, None)

    def work(self, address: str) -> "Work":
        """What this address may spend. A proxy speaks for many: each of its connections counts alone."""
        return Work() if address in self.proxies else self._work.setdefault(household(address), Work())


@dataclass(eq=False)
class Work:
    """Seconds of processor time that reading has taken, less what it may take in the time that passes."""

    _spent: float = 0.0
    _before: float = field(default_factory=lambda: time.monotonic())

    def wait(self, now: float) -> float:
        """Seconds until more may be read; 0 for at once."""
        self._spent = max(0.0, self._spent - WORK_SHARE * (now - self._before))
        self._before = now
        return max(0.0, self._spent - WORK_AHEAD) / WORK_SHARE

    def add(self, seconds: float) -> None:
        """Reading has taken so long."""
        self._spent += seconds


class Reading:
    """Gives what a connection sends to its protocol, slice by slice, and waits when it makes too much work.

    Tiny frames or chunks cost a thousand times their bytes, so bytes are no measure of the work.
    """

    def __init__(self, transport: Any, loop: Any, work: Work, is_full: Callable[[], bool]) -> None:
        self.transport, self.loop, self.work, self.is_full = transport, loop, work, is_full
        self.waiting = bytearray()
        self.later: Any = None

    def read(self, data: bytes, give: Callable[[bytes], None]) -> None:
        """Give `data` to `give` as soon as it may be read."""
        self.waiting += data
        if self.later is None:
            self._go_on(give)
        else:
            self.transport.pause_reading()  # what reads the answers may have resumed it

    def stop(self) -> None:
        """Forget what waits."""
        self.waiting.clear()
        if self.later:
            self.later.cancel()

    def _go_on(self, give: Callable[[bytes], None]) -> None:
        paused, self.later = self.later is not None, None
        while self.waiting:
            begun = time.monotonic()
            if delay := self.work.wait(begun):
                self.transport.pause_reading()
                self.later = self.loop.call_later(delay, self._go_on, give)
                return
            part = bytes(self.waiting[:SLICE])
            del self.waiting[:SLICE]
            give(part)
            self.work.add(time.monotonic() - begun)
            if self.transport.is_closing():
                return self.waiting.clear()
        if paused and not self.is_full():
            self.transport.resume_reading()


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
            self._reading = Reading(transport, self.loop, bounds.work(address), self._is_full)
            super().connection_made(transport)
            self._check_head(None)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._address is None:
                return
            bounds.give_back(self._address)
            self._timer.cancel()
            self._reading.stop()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            self._reading.read(data, self._give)

        def _is_full(self) -> bool:
            now = self.transport.get_protocol()
            return bool(self.flow.read_paused if now is self else now.read_paused)

        def _give(self, data: bytes) -> None:
            # After an upgrade, what is left belongs to the WebSocket.
            now = self.transport.get_protocol()
            (super().data_received if now is self else now.read)(data)

        def handle_websocket_upgrade(self, *given: Any) -> None:
            self._timer.cancel()  # its head has come
            super().handle_websocket_upgrade(*given)
            after = self.transport.get_protocol()
            if after is self:
                return
            address, lost, reading = str(self._address), after.connection_lost, self._reading

            def gone(exc: Exception | None) -> None:
                bounds.give_back(address)
                reading.stop()
                lost(exc)

            after.read = after.data_received
            after.data_received = lambda data: reading.read(data, self._give)
            after.connection_lost = gone

        def _check_head(self, before: Any) -> None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._close_or_wait, before)

        def _close_or_wait(self, before: Any) -> None:
            waits = self.cycle is None or self.cycle.response_complete
            if waits and self.cycle is before:
                return self.transport.close()
            self._check_head(self.cycle)

    return Bounded
