"""Places for visitors: who comes when all are taken sees a page that asks again by itself."""

import asyncio
from contextlib import ExitStack

import pytest
from asking import ask

from audioclf.ui.guard import API
from audioclf.ui.visitors import Visitors, most_of_one


def test_a_session_counts_once_and_only_while_its_page_is_open():
    visitors = Visitors(2)
    with visitors.present("a", "one"), visitors.present("a", "one"), visitors.present("b", None):
        assert (visitors.n_pages, visitors.has_place("b")) == (1, True)
        with visitors.present("b", "two"):
            assert not visitors.has_place("c")
        assert visitors.has_place("c")
    assert visitors.n_pages == visitors.n_requests("a") == 0 and not visitors._requests


def test_a_failing_request_gives_its_place_back():
    visitors = Visitors(1)
    with pytest.raises(ZeroDivisionError), visitors.present("a", "one"):
        raise ZeroDivisionError
    assert visitors.has_place("a")


def test_one_address_leaves_places_to_others_whatever_it_holds_open():
    visitors = Visitors(3)
    with ExitStack() as held:
        for session in "abcdefgh":
            held.enter_context(visitors.present("greedy", session))
        assert visitors.n_pages == 2 and not visitors.has_place("greedy")
        assert ask(address="greedy", visitors=visitors)[0] == 503
        assert ask(address="other", visitors=visitors)[0] == 200
        held.enter_context(visitors.present("other", "a"))
        assert not visitors.has_place("other") and not visitors.has_place("third")
    assert visitors.n_pages == 0 and visitors.has_place("greedy")


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 8, 50])
def test_one_address_may_have_some_places_and_of_three_or_more_not_all(limit):
    assert 1 <= most_of_one(limit) <= limit
    assert limit < 3 or limit / 2 < most_of_one(limit) <= 3 * limit / 4


def test_a_full_page_says_so_and_asks_again_by_itself():
    visitors = Visitors(2)
    with ExitStack() as held:
        for session in ("one", "two"):
            held.enter_context(visitors.present("a", session))
        status, body, headers = ask(visitors=visitors)
        assert status == 503 and headers[b"content-type"].startswith(b"text/html")
        assert b"All 2 places are taken" in body and b'http-equiv="refresh"' in body
        assert int(headers[b"retry-after"]) > 0
        for path in ("/config", "/healthz", f"{API}/heartbeat/one"):
            assert ask(path=path, visitors=visitors)[0] == 200  # those who are in stay in
    assert ask(visitors=visitors)[0] == 200


def test_a_page_is_open_as_long_as_its_heartbeat(caplog):
    visitors, seen = Visitors(1), []

    async def app(scope, receive, send):
        seen.append(visitors.n_pages)
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    ask(path=f"{API}/heartbeat/abc", visitors=visitors, app=app)
    ask(path=f"{API}/info", visitors=visitors, app=app)
    assert seen == [1, 0]
    assert visitors.n_pages == 0
