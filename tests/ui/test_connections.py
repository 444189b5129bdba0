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
