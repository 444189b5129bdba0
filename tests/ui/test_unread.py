"""Answers wait for whoever asked, however many answers somebody else leaves unread; memory is bounded."""

import http.client
import json

import gradio as gr
import pytest
from gradio.server_messages import ProcessCompletedMessage
from hypothesis import given
from hypothesis import strategies as st
from starlette.middleware import Middleware

from audioclf.ui import unread
from audioclf.ui.addresses import ASKING
from audioclf.ui.guard import API, Guard
from audioclf.ui.page import build_demo
from audioclf.ui.presence import Presence
from audioclf.ui.unread import SESSION_BYTES, Unread, bound_unread
from audioclf.zoo.registry import open_registry

BYTES = 245_000  # of the page's answer to a sound


def message(n_bytes=BYTES):
    return ProcessCompletedMessage(output={"data": ["x" * n_bytes]}, success=True)


def ask(kept, session, address):
    """What Gradio does as an event comes."""
    ASKING.set(address)
    if session not in kept:
        kept[session] = None
    kept.events.setdefault(session, set()).add("event")


def test_unread_answers_of_many_sessions_of_one_address_do_not_push_out_those_of_others():
    kept = Unread({}, limit=100 * SESSION_BYTES)
    ask(kept, "visitor", "home")
    kept["visitor"].put_nowait(message())
    for i in range(1000):
        ask(kept, str(i), "greedy")
        kept[str(i)].put_nowait(message())
        assert kept.n_bytes <= kept.limit
    assert len(kept["visitor"].get_nowait().output["data"][0]) == BYTES
    assert set(kept.events) == set(kept)


def test_unread_answers_of_one_session_are_bounded_and_new_ones_go_on():
    kept = Unread({}, limit=10_000_000)
    ask(kept, "visitor", "home")
    kept["visitor"].put_nowait(message())
    for _ in range(700):
        ask(kept, "one", "greedy")
        kept["one"].put_nowait(message())
        assert kept.n_bytes <= kept.limit
    assert len(kept["visitor"].get_nowait().output["data"][0]) == BYTES


@pytest.mark.parametrize("shape", [lambda words: {"data": [{"a": [words]}]}, lambda words: {words: None}])
def test_what_is_deep_in_an_answer_counts_too(shape):
    kept = Unread({}, limit=10_000_000)
    ask(kept, "one", "home")
    kept["one"].put_nowait(ProcessCompletedMessage(output=shape("é" * BYTES), success=True))
    assert kept.n_bytes > BYTES


@given(st.lists(st.tuples(st.sampled_from(("school", "greedy")), st.integers(0, 9), st.integers(0, 5))))
def test_who_leaves_less_than_an_equal_share_loses_nothing(steps):
    kept = Unread({}, limit=20 * SESSION_BYTES)
    for session in ("home 1", "home 2"):  # four pieces, of the six that are a third of what may be left
        ask(kept, session, "home")
        kept[session].put_nowait(message(SESSION_BYTES))
    for address, session, n_messages in [*steps, *(("greedy", n, 1) for n in range(40))]:
        ask(kept, f"{address} {session}", address)
        for _ in range(n_messages):
            kept[f"{address} {session}"].put_nowait(message(SESSION_BYTES))
        assert kept.n_bytes <= kept.limit
        assert kept["home 1"].qsize() == kept["home 2"].qsize() == 1


def test_sessions_that_have_read_everything_keep_nothing():
    kept = Unread({})
    for i in range(20):
        ask(kept, str(i), "home")
        kept[str(i)].put_nowait(message())
        kept[str(i)].get_nowait()
        kept.events[str(i)].discard("event")
    assert set(kept) == set(kept.events) == {"19"}


def test_messages_for_a_forgotten_session_are_dropped_and_its_reader_may_leave():
    kept = Unread({})
    kept["nobody"].put_nowait(message())
    del kept["nobody"]
    assert not kept and kept.n_bytes == 0 and kept.get("nobody") is None


def test_the_page_has_bounded_answers():
    queue = build_demo(open_registry())._queue
    assert isinstance(queue.pending_messages_per_session, Unread)
    assert queue.pending_messages_per_session.events is queue.pending_event_ids_session


@pytest.fixture
def port(monkeypatch):
    """Of a page whose endpoint /say answers with 10 kB, and which keeps ten sessions unread."""
    monkeypatch.setattr(unread, "SESSION_BYTES", 10_000)
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Button().click(lambda: "x" * 10_000, None, gr.Textbox(), api_name="say", concurrency_limit=None)
    bound_unread(page)
    page._queue.pending_messages_per_session.limit = 220_000
    middleware = [Middleware(Guard), Middleware(Presence)]
    page.launch(prevent_thread_lock=True, quiet=True, app_kwargs={"middleware": middleware})
    yield page.server_port
    page.close(verbose=False)


def request(port, method, path, address, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))
    connection.request(
        method, f"{API}/{path}", body and json.dumps(body), {"Content-Type": "application/json"}
    )
    return connection.getresponse().read().decode()


def test_a_visitor_gets_an_answer_after_hundreds_of_another_that_nobody_reads(port):
    def said(address):
        return json.loads(request(port, "POST", "call/say", address, {"data": []}))["event_id"]

    mine = said("127.0.0.2")
    greedy = [said("127.0.0.3") for _ in range(40)]
    reply = request(port, "GET", f"call/say/{mine}", "127.0.0.2")
    assert "event: complete" in reply and "x" * 10_000 in reply
    assert "event: error" in request(port, "GET", f"call/say/{greedy[0]}", "127.0.0.3")
    assert "event: complete" in request(port, "GET", f"call/say/{greedy[-1]}", "127.0.0.3")
