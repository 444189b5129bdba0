"""Connections that never become a request: each address has so many, and not for long."""

import socket
import threading
import time

import pytest
import uvicorn
from servers import free_port

from audioclf.ui import connections
from audioclf.ui.connections import MAX_CONNECTIONS, Connections, bound_connections


def test_an_address_has_so_many_and_gets_them_back():
    bounds = Connections((), total=10 * MAX_CONNECTIONS)
    assert all(bounds.take("a") for _ in range(MAX_CONNECTIONS))
    assert not bounds.take("a") and bounds.take("b")
    bounds.give_back("a")
    assert bounds.take("a")


def test_a_proxy_is_bounded_by_the_total_only():
    bounds = Connections(("proxy",), total=MAX_CONNECTIONS + 2)
    assert all(bounds.take("proxy") for _ in range(MAX_CONNECTIONS + 2))
    assert not bounds.take("proxy") and not bounds.take("a")


async def healthy(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": message["text"]})


@pytest.fixture
def port(monkeypatch):
    """Of a server that takes four connections of an address and waits a moment for the head of a request."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 4)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    monkeypatch.setenv(connections.PROXIES_VARIABLE, "127.0.0.9")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(healthy, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    bound_connections(server)
    yield port
    server.should_exit = True
    thread.join(10)


def connected(port: int, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 5, (source, 0))


def asks(port: int, source: str) -> bytes:
    with connected(port, source) as one:
        try:
            one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return one.recv(1000)
        except ConnectionError:
            return b""


def test_one_address_cannot_take_the_connections_of_others(port):
    held = [connected(port) for _ in range(4)]
    time.sleep(0.05)
    assert asks(port, "127.0.0.1") == b""
    assert b"200 OK" in asks(port, "127.0.0.2")
    for one in held:
        one.close()
    time.sleep(0.05)
    assert b"200 OK" in asks(port, "127.0.0.1")


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT"]
)
def test_a_head_that_does_not_come_whole_ends_the_connection(port, begun):
    with connected(port) as one:
        one.sendall(begun)
        one.settimeout(5)
        while one.recv(1000):
            pass


def test_the_limit_of_open_files_is_raised_and_known():
    assert connections.files_limit() == connections.files_limit() > 2 * connections.SPARE_FILES


def test_a_websocket_outlasts_the_wait_for_heads_and_its_place_is_given_back(port):
    from websockets.sync.client import connect

    for _ in range(2 * connections.MAX_CONNECTIONS):
        with connect(f"ws://127.0.0.1:{port}/") as socket:
            socket.send("still here")
            assert socket.recv(5) == "still here"
    with connect(f"ws://127.0.0.1:{port}/") as socket:
        time.sleep(3 * connections.HEAD_SECONDS)
        socket.send("still here")
        assert socket.recv(5) == "still here"


class Wire:
    """A connection and the clock of its loop, without a network."""

    def __init__(self) -> None:
        self.reads, self.later, self.closing = True, [], False

    def pause_reading(self):
        self.reads = False

    def resume_reading(self):
        self.reads = True

    def is_closing(self):
        return self.closing

    def call_later(self, delay, act, *given):
        self.later.append((delay, act, given))
        return self

    def cancel(self):
        self.later.clear()


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def clock(monkeypatch):
    """Goes on only when a test says so."""
    now = [0.0]
    monkeypatch.setattr(connections.time, "monotonic", lambda: now[0])
    return now


def test_what_comes_is_given_whole_in_order_and_in_small_parts(wire, clock):
    parts = []
    reading = connections.Reading(wire, wire, connections.Work(), lambda: False)
    data = bytes(range(256)) * 100
    for at in range(0, len(data), 7000):
        reading.read(data[at : at + 7000], parts.append)
    assert b"".join(parts) == data and max(map(len, parts)) <= connections.SLICE
    assert wire.reads and not wire.later


def test_an_address_that_makes_too_much_work_waits_as_long_as_its_work_costs(wire, clock):
    parts, cost = [], 0.2

    def give(part):
        clock[0] += cost
        parts.append(part)

    reading = connections.Reading(wire, wire, connections.Work(), lambda: False)
    reading.read(bytes(40 * connections.SLICE), give)
    while wire.later:
        assert not wire.reads
        delay, act, given = wire.later.pop()
        clock[0] += delay
        act(*given)
    assert len(parts) == 40 and wire.reads
    share = cost * len(parts) / clock[0]
    assert share < connections.WORK_SHARE + connections.WORK_AHEAD / clock[0] + cost / clock[0]


def test_connections_of_one_address_share_their_work_and_those_of_a_proxy_do_not():
    bounds = Connections(("proxy",), total=10)
    assert all(bounds.take(address) for address in ("a", "a", "b", "proxy", "proxy"))
    assert bounds.work("a") is bounds.work("a") is not bounds.work("b")
    assert bounds.work("proxy") is not bounds.work("proxy")
    bounds.give_back("b")
    assert set(bounds._work) == {"a"}, "nothing is kept of an address that has left"


def test_nothing_more_is_given_to_a_connection_that_closes(wire, clock):
    parts = []

    def give(part):
        parts.append(part)
        wire.closing = True

    connections.Reading(wire, wire, connections.Work(), lambda: False).read(bytes(9000), give)
    assert len(parts) == 1


def test_a_full_protocol_is_not_given_more_to_read(wire, clock):
    reading = connections.Reading(wire, wire, connections.Work(), lambda: True)

    def give(part):
        clock[0] += 2.0

    reading.read(bytes(2 * connections.SLICE), give)
    delay, act, given = wire.later.pop()
    clock[0] += delay
    act(*given)
    assert not wire.reads


def test_a_long_line_before_a_chunk_is_refused(port):
    with connected(port) as one:
        one.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;"
            + b" " * 100_000
            + b"\r\nx\r\n"
        )
        one.settimeout(5)
        answer = b""
        try:
            while more := one.recv(1000):
                answer += more
        except ConnectionError:
            pass
    assert b"400" in answer or b"200" in answer
    assert b"200 OK" in asks(port, "127.0.0.1")
