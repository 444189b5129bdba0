"""The WebSocket of live listening: sound in, answers out, and nothing else is taken."""

import asyncio
import json
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import current_thread

import numpy as np
import pytest
from asking import ask
from fakes import joined, swell
from sounds import silence
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from audioclf.audio import encode_wav
from audioclf.ui import live
from audioclf.ui.addresses import ASKING
from audioclf.ui.fair_queue import Ticket
from audioclf.ui.guard import Access, Guard
from audioclf.ui.live import MAX_REGISTRIES, MOST_SECONDS, Live, Pace, Refused
from audioclf.ui.turns import Turns

URL = "http://127.0.0.1:7860"
STREAM = "ws://127.0.0.1:7860/live"
HELLO = {"task": "digits", "models": [], "registry": ""}
SAID = encode_wav(joined(silence(0.5, 8000), swell(hz=300.0), silence(1.0, 8000)))[44:]


def test_a_large_registry_is_not_read_on_the_loop_of_the_server(listeners, client, monkeypatch):
    threads, select = [], Live.selection
    monkeypatch.setattr(
        Live, "selection", lambda *given: threads.append(current_thread().name) or select(*given)
    )
    with opened(client) as socket:
        assert socket.receive_json()["kind"] == "ready"
    assert threads and threads[0].startswith("listen")


@pytest.fixture
def listeners(fake_zoo):
    return Live(fake_zoo, limit=2)


@pytest.fixture
def client(listeners):
    return client_of(listeners)


def client_of(listeners: Live, **access) -> TestClient:
    app = Starlette(routes=listeners.routes(), middleware=[Middleware(Guard, access=Access(**access))])
    return TestClient(app, base_url=URL)


def opened(client: TestClient, hello=HELLO, **headers):
    """A stream that has sent its first message."""
    socket = client.websocket_connect(
        STREAM, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )

    class Opened:
        def __enter__(self):
            entered = socket.__enter__()
            if hello is not None:
                entered.send_text(hello if isinstance(hello, str) else json.dumps(hello))
            return entered

        def __exit__(self, *error):
            with suppress(CancelledError):  # the client does not wait until the app has noticed the end
                return socket.__exit__(*error)

    return Opened()


def end(socket) -> str:
    """The sentence with which the server ends the stream."""
    while True:
        record = socket.receive_json()
        if record["kind"] == "end":
            with pytest.raises(WebSocketDisconnect):
                socket.receive_json()
            return record["why"]


def test_the_models_answer_while_the_sound_comes(client):
    with opened(client) as socket:
        ready = socket.receive_json()
        assert ready["rate"] == 8000 and not ready["lasts"]
        assert [model["family"] for model in ready["models"]] == ["gmm", "cnn", "rnn"]
        records = []
        for at in range(0, len(SAID), 2000):
            socket.send_bytes(SAID[at : at + 2000])
        while not any(record["kind"] == "sound" for record in records):
            records.append(socket.receive_json())
        sound = records[-1]
    assert 0.2 < sound["start"] < 0.6 and len(sound["answers"]) == 3
    for answer in sound["answers"]:
        assert sum(answer["probabilities"].values()) == pytest.approx(1)
    ends = [record["end"] for record in records if record["kind"] == "window"]
    assert ends == sorted(ends) and ends


def test_a_registry_of_a_visitor_is_named_by_a_secret(fake_zoo, real_zoo):
    listeners = Live(fake_zoo)
    key = listeners.token(real_zoo)
    assert listeners.token(fake_zoo) == "" and len(key) > 16 and listeners.token(real_zoo) == key
    assert listeners.selection({**HELLO, "registry": key}).registry == real_zoo


BAD = {
    "no JSON": "{",
    "no object": "[1]",
    "deep": "[" * 100_000,
    "no task": "{}",
    "another task": json.dumps({**HELLO, "task": "birds"}),
    "another model": json.dumps({**HELLO, "models": ["/etc/passwd"]}),
    "models of no names": json.dumps({**HELLO, "models": [{"a": 1}]}),
    "no list": json.dumps({**HELLO, "models": "digits-cnn"}),
    "another registry": json.dumps({**HELLO, "registry": "hf-hub:a/b"}),
    "a rate": json.dumps({**HELLO, "rate": 3}),
}


@pytest.mark.parametrize("hello", BAD.values(), ids=BAD.keys())
def test_a_first_message_that_names_no_models_is_refused_in_a_sentence(client, listeners, hello):
    with opened(client, hello) as socket:
        assert len(end(socket).split()) > 5
    assert listeners.n_listeners == 0


@pytest.mark.parametrize("garbage", [b"", b"\0", b"abc", "words", b"\0" * 70_001])
def test_what_is_no_sound_ends_that_stream_only(client, garbage):
    with opened(client) as other, opened(client) as socket:
        socket.receive_json()
        socket.send_text(garbage) if isinstance(garbage, str) else socket.send_bytes(garbage)
        assert "16-bit" in end(socket)
        assert other.receive_json()["kind"] == "ready"
        other.send_bytes(bytes(8000))
        assert other.receive_json()["kind"] == "window"


def test_any_even_number_of_bytes_is_a_sound(client):
    with opened(client) as socket:
        socket.receive_json()
        socket.send_bytes(np.random.default_rng(0).bytes(20_000))
        assert socket.receive_json()["kind"] in ("window", "sound")


def test_more_sound_than_time_has_passed_is_refused(client):
    with opened(client) as socket:
        socket.receive_json()
        for _ in range(30):
            socket.send_bytes(bytes(8000))
        assert "More sound" in end(socket)


def test_a_stream_without_sound_ends(client, monkeypatch):
    monkeypatch.setattr(live, "IDLE_SECONDS", 0.2)
    with opened(client, hello=None) as silent:
        assert "No sound" in end(silent)
    with opened(client) as socket:
        socket.receive_json()
        assert "No sound" in end(socket)


def test_a_stream_does_not_last_for_ever(client, monkeypatch):
    monkeypatch.setattr(live, "MOST_SECONDS", 0.0)
    with opened(client) as socket:
        socket.receive_json()
        socket.send_bytes(bytes(200))
        assert "minutes" in end(socket)


def heard_until(seconds: float, every: float, length: float) -> float:
    """When a stream ends that sends `length` seconds of sound every so many seconds; `seconds` if it goes on."""
    pace, now = Pace(0.0), 0.0
    try:
        while now < seconds:
            now += every
            pace.take(length, now)
    except Refused:
        return now
    return seconds


def test_a_flood_of_tiny_messages_ends_the_stream_and_what_a_browser_sends_does_not():
    assert heard_until(600, every=0.001, length=2 / 192_000) < 1
    assert heard_until(600, every=0.02, length=0.02) == 600


def test_a_stream_that_drips_ends_soon_and_a_recorder_with_pauses_goes_on():
    assert heard_until(600, every=4.0, length=2 / 16000) < 20
    assert heard_until(600, every=4.0, length=1.0) < 40
    assert heard_until(3000, every=0.1, length=0.1) == 3000
    assert heard_until(3000, every=0.1, length=0.0999) == 3000, "a sound card's clock is not this machine's"
    pace, now = Pace(0.0), 0.0
    for pause in (4.5, 2.0, 4.5, 0.1):  # a busy browser or network
        now += pause
        pace.take(0.25, now)
        for _ in range(40):
            now += 0.25
            pace.take(0.25, now)
    with pytest.raises(Refused, match="minutes"):
        for _ in range(20_000):
            now += 0.25
            pace.take(0.25, now)
    assert MOST_SECONDS <= now < MOST_SECONDS + 1


def test_many_visitors_name_their_registries_at_once(fake_zoo):
    listeners = Live(fake_zoo)
    registries = [str(n) for n in range(MAX_REGISTRIES + 50)]  # they are only compared
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(listeners.token, registries * 3))
    assert all(keys) and len(listeners._visited) == MAX_REGISTRIES


def test_one_address_cannot_push_out_the_registries_of_others(fake_zoo):
    listeners = Live(fake_zoo)
    keys = {}
    for address, n in (("home", 2), ("greedy", 2 * MAX_REGISTRIES)):
        ASKING.set(address)
        keys[address] = [listeners.token(f"{address} {i}") for i in range(n)]
    assert set(keys["home"]) | {keys["greedy"][-1]} <= set(listeners._visited)
    assert len(listeners._visited) == MAX_REGISTRIES


def test_one_listener_too_many_is_told_so_until_a_place_is_free(client, listeners):
    with ExitStack() as held:
        for _ in range(listeners.limit):
            assert held.enter_context(opened(client)).receive_json()["kind"] == "ready"
        with opened(client, hello=None) as late:
            assert "All 2 places" in end(late)
    until(lambda: listeners.n_listeners == 0)
    with opened(client) as socket:
        assert socket.receive_json()["kind"] == "ready"


def test_one_address_leaves_places_to_others(fake_zoo):
    listeners = Live(fake_zoo, limit=4)
    with ExitStack() as held:
        client = client_of(listeners)
        for _ in range(3):
            assert held.enter_context(opened(client)).receive_json()["kind"] == "ready"
        with opened(client, hello=None) as late:
            assert "places" in end(late)
        assert listeners.has_place("192.0.2.1")
    until(lambda: listeners.n_listeners == 0)
    assert listeners.has_place("testclient")


def test_listeners_take_turns_with_all_other_visitors(fake_zoo):
    turns = Turns()
    with ExitStack() as busy:
        for i in range(turns.queue.n_slots):
            busy.enter_context(turns.queue.turn(Ticket(f"{i}", "school", "work"), None))
        with opened(client_of(Live(fake_zoo, turns.run_briefly))) as socket:
            until(lambda: turns.queue.counts[0] == 1)
            busy.close()
            assert socket.receive_json()["kind"] == "ready"
            socket.send_bytes(SAID[:8000])
            assert socket.receive_json()["kind"] == "window"
    until(lambda: turns.queue.counts == (0, 0))


def test_a_page_without_live_listening_says_so(fake_zoo):
    with opened(client_of(Live(fake_zoo, limit=0)), hello=None) as socket:
        assert "does not offer" in end(socket)


def until(is_done) -> None:
    for _ in range(300):
        if is_done():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize(
    ("origin", "public", "is_let_in"),
    [
        ("http://127.0.0.1:7860", False, True),
        ("http://127.0.0.1:7860", True, True),
        ("http://127.0.0.1:3000", False, False),  # another page of this machine
        ("https://evil.example", False, False),
        ("https://evil.example", True, False),
        ("https://127.0.0.1.evil.example:7860", True, False),
        ("null", True, False),
        ("", True, False),
    ],
)
def test_only_pages_of_this_server_may_open_a_stream(listeners, origin, public, is_let_in):
    client = client_of(listeners, public=public)
    if is_let_in:
        with opened(client, origin=origin) as socket:
            assert socket.receive_json()["kind"] == "ready"
    else:
        with pytest.raises(WebSocketDisconnect), opened(client, origin=origin):
            pass


def test_a_proxy_may_leave_out_the_port_or_tell_the_host(listeners):
    client = client_of(listeners, public=True)
    for host, told in (("demo.example", ""), ("internal:80", "demo.example:8443")):
        headers = {"host": host, "origin": "https://demo.example:8443"} | (
            {"x_forwarded_host": told} if told else {}
        )
        with opened(client, **headers) as socket:
            assert socket.receive_json()["kind"] == "ready"


def test_other_addresses_have_no_stream(client):
    for path in ("/", "/live/", "/gradio_api/queue/join"):
        path = STREAM.removesuffix("/live") + path
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
            pass
    assert ask(path="/live")[0] == 404, "it is no page"
    assert client.get("/live.js").headers["content-type"].startswith("text/javascript")


def test_a_visitor_who_has_to_log_in_and_has_not_is_refused(listeners):
    client = client_of(listeners, login=True)
    client.app.cookie_id, client.app.tokens = "id", {"secret": "anna"}
    for cookie in ("", "access-token-id=wrong", "access-token=secret"):
        with pytest.raises(WebSocketDisconnect), opened(client, cookie=cookie):
            pass
    with opened(client, cookie="access-token-id=secret") as socket:
        assert socket.receive_json()["kind"] == "ready"


def test_a_stream_ends_when_its_visitor_logs_out(listeners):
    client = client_of(listeners, login=True)
    client.app.cookie_id, client.app.tokens = "id", {"secret": "anna"}
    with opened(client, cookie="access-token-id=secret") as socket:
        assert socket.receive_json()["kind"] == "ready"
        client.app.tokens.clear()
        socket.send_bytes(SAID[:320])
        with pytest.raises(WebSocketDisconnect):
            while socket.receive_json():
                pass
    until(lambda: not listeners.n_listeners)


class Raced:
    """A socket whose garbage is read while an answer is being taken, `steps` turns of the loop apart."""

    def __init__(self, steps: int):
        self.steps, self.sent, self.client = steps, [], None
        self.messages = [json.dumps(HELLO), SAID[:8000], b"x"]

    async def accept(self):
        """Every client is welcome."""

    async def receive(self):
        message = self.messages.pop(0)
        if not self.messages:
            await self.answering.wait()
        elif isinstance(message, str):
            self.answering, self.taken = asyncio.Event(), asyncio.Event()
            return {"type": "websocket.receive", "text": message}
        else:
            return {"type": "websocket.receive", "bytes": message}
        asyncio.get_running_loop().create_task(self.take())
        return {"type": "websocket.receive", "bytes": message}

    async def take(self):
        """Take the answer, which then has been sent."""
        for _ in range(self.steps):
            await asyncio.sleep(0)
        self.taken.set()

    async def send_text(self, sent: str):
        record = json.loads(sent)
        if record["kind"] == "window":
            self.answering.set()
            await self.taken.wait()
        self.sent.append(record)

    async def close(self, code: int):
        """Nothing is left to be closed."""


@pytest.mark.parametrize("steps", range(8))
def test_a_stream_ends_also_at_the_moment_when_an_answer_has_been_sent(listeners, steps):
    socket = Raced(steps)

    async def listened():
        async with asyncio.timeout(20):
            await listeners.listen(socket)

    asyncio.run(listened())
    assert socket.sent[-1]["kind"] == "end" and listeners.n_listeners == 0
