"""Turns are fair: who waits with little is not kept waiting by who waits with much."""

import threading
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from processes import until

from audioclf.types import AudioclfError
from audioclf.ui import fair_queue
from audioclf.ui.fair_queue import FairList, FairQueue, Ticket, events_of, make_fair
from audioclf.ui.page import build_demo
from audioclf.zoo.registry import open_registry


def event(session: str, address: str = "a"):
    return SimpleNamespace(
        session_hash=session, request=SimpleNamespace(client=SimpleNamespace(host=address))
    )


def sessions(waiting: FairList) -> str:
    return "".join(e.session_hash for e in waiting)


def test_single_events_keep_their_order():
    waiting = FairList()
    for name in "abcdef":
        waiting.append(event(name))
    assert sessions(waiting) == "abcdef"


def test_a_visitor_with_many_events_takes_turns_with_the_others():
    waiting = FairList()
    for name in "aaaabbc":
        waiting.append(event(name))
    assert sessions(waiting) == "abcabaa"


def test_many_sessions_of_one_address_do_not_hold_up_another():
    waiting = FairList()
    for i in range(60):
        waiting.append(event(str(i), "attacker"))
    waiting.append(event("visitor", "home"))
    assert [e.session_hash for e in waiting].index("visitor") == 1


def test_nobody_of_one_address_is_overtaken_by_who_comes_when_fewer_wait():
    queue = FairQueue(1)
    tickets = [Ticket(str(i), "school", "work") for i in range(12)]
    for ticket in tickets[:6]:
        queue._join(ticket)
    for i in range(6):  # one leaves, one comes; then two leave before the next two come
        queue._leave(queue._running[0])
        if i % 2:
            queue._join(tickets[5 + i])
            queue._join(tickets[6 + i])
    while queue._running:
        queue._leave(queue._running[0])
    order = sorted((t for t in tickets if t.started), key=lambda t: t.started)
    assert [t.session_hash for t in order] == [t.session_hash for t in tickets if t.started]


def test_an_address_that_always_asks_again_does_not_keep_another_waiting():
    queue, held = FairQueue(1), Ticket("0", "busy", "work")
    queue._join(held)
    late = [Ticket(f"late {i}", "home", "work") for i in range(3)]
    for ticket in late:
        queue._join(ticket)
    for i in range(1, 9):
        queue._join(Ticket(str(i), f"busy {i % 2}", "work"))
        queue._leave(queue._running[0])
    assert all(ticket.started for ticket in late)


def test_the_queues_of_the_page_are_fair_and_counted_by_address():
    demo = build_demo(open_registry())
    queues = demo._queue.event_queue_per_concurrency_id
    assert {"analyse", "hub", "settings"} <= set(queues)
    assert all(isinstance(queue.queue, FairList) for queue in queues.values())
    queues["analyse"].queue.append(event("s", "1.2.3.4"))
    queues["hub"].queue.append(event("t", "1.2.3.4"))
    assert (events_of(demo, "1.2.3.4"), events_of(demo, "5.6.7.8")) == (2, 0)
    for fn in demo.fns.values():
        demo._queue.create_event_queue_for_fn(fn)
    assert isinstance(queues["analyse"].queue, FairList)  # Gradio keeps ours when an event arrives


def test_make_fair_is_needed_once_for_all_later_events():
    demo = build_demo(open_registry())
    before = dict(demo._queue.event_queue_per_concurrency_id)
    make_fair(demo)
    assert demo._queue.event_queue_per_concurrency_id == before


class Line:
    """A queue with tickets that wait in threads. had_turns: their sessions, in the order of their turns."""

    def __init__(self, n_slots=1):
        self.queue, self.had_turns, self.told, self.threads = FairQueue(n_slots), [], {}, []

    def wait(self, session, address="a", *, is_long=False):
        def run():
            with self.queue.turn(
                Ticket(session, address, "work", is_long), lambda place: self.told.update({session: place})
            ):
                self.had_turns.append(session)

        before = sum(self.queue.counts)
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()
        until(lambda: sum(self.queue.counts) > before or not self.threads[-1].is_alive())

    def end(self):
        for thread in self.threads:
            thread.join(20)


@pytest.fixture
def line(monkeypatch):
    monkeypatch.setattr(fair_queue, "LOOK_SECONDS", 0.02)
    return Line()


def test_a_visitor_with_much_work_takes_turns_with_the_others(line):
    with line.queue.turn(Ticket("a", "x", "work"), None):
        for session in "aaab":
            line.wait(session)
    line.end()
    assert line.had_turns == ["b", "a", "a", "a"]


def test_everybody_is_told_place_and_time(line):
    with line.queue.turn(Ticket("a", "x", "work"), None):
        line.wait("b")
        line.wait("c")
        until(lambda: len(line.told) == 2)
        assert [line.told[who].number for who in "bc"] == [1, 2]
        assert 0 <= line.told["b"].seconds < line.told["c"].seconds
    line.end()


def test_the_expected_time_follows_what_earlier_work_took(line):
    line.queue._learn("work", 8.0)
    with line.queue.turn(Ticket("a", "x", "work"), None):
        line.wait("b")
        until(lambda: "b" in line.told)
        assert 7 < line.told["b"].seconds <= 8
    line.end()


def test_who_gives_up_waiting_leaves_the_queue(line):
    def leave(place):
        raise KeyError

    with line.queue.turn(Ticket("a", "x", "work"), None):
        with pytest.raises(KeyError), line.queue.turn(Ticket("b", "y", "work"), leave):
            pytest.fail("had a turn")
        assert line.queue.counts == (0, 1)
    assert line.queue.counts == (0, 0)


def test_long_work_leaves_a_slot_to_short_work():
    line = Line(2)
    with ExitStack() as held:
        held.enter_context(line.queue.turn(Ticket("a", "x", "sweep", True), None))
        line.wait("b", is_long=True)
        assert line.queue.counts == (1, 1)
        line.wait("c")
        line.threads[-1].join(20)
        assert line.had_turns == ["c"]
    line.end()
    assert line.had_turns == ["c", "b"]


def test_too_much_work_is_refused_with_what_to_do(line, monkeypatch):
    monkeypatch.setattr(fair_queue, "MAX_OF_SESSION", 2)
    monkeypatch.setattr(fair_queue, "MAX_WAITING", 3)
    with line.queue.turn(Ticket("a", "x", "work"), None):
        line.wait("a")
        with pytest.raises(AudioclfError, match="waiting for 2 answers already"):
            line.queue.turn(Ticket("a", "x", "work"), None).__enter__()
        line.wait("b")
        line.wait("c")
        with pytest.raises(AudioclfError, match="Try again in a minute"):
            line.queue.turn(Ticket("d", "x", "work"), None).__enter__()
    line.end()
    assert sorted(line.had_turns) == ["a", "b", "c"]


def test_a_class_behind_one_address_fits_in(line):
    with line.queue.turn(Ticket("teacher", "school", "work"), None):
        for pupil in range(30):
            line.wait(f"pupil {pupil}", "school")
        assert line.queue.counts == (30, 1)
    line.end()
