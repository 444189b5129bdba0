"""Turns are fair: who waits with little is not kept waiting by who waits with much."""

from types import SimpleNamespace

from audioclf.ui.fair_queue import FairList, make_fair, waiting_of
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


def test_the_queues_of_the_page_are_fair_and_counted_by_address():
    demo = build_demo(open_registry())
    queues = demo._queue.event_queue_per_concurrency_id
    assert {"analyse", "hub", "settings"} <= set(queues)
    assert all(isinstance(queue.queue, FairList) for queue in queues.values())
    queues["analyse"].queue.append(event("s", "1.2.3.4"))
    queues["hub"].queue.append(event("t", "1.2.3.4"))
    assert (waiting_of(demo, "1.2.3.4"), waiting_of(demo, "5.6.7.8")) == (2, 0)
    for fn in demo.fns.values():
        demo._queue.create_event_queue_for_fn(fn)
    assert isinstance(queues["analyse"].queue, FairList)  # Gradio keeps ours when an event arrives


def test_make_fair_is_needed_once_for_all_later_events():
    demo = build_demo(open_registry())
    before = dict(demo._queue.event_queue_per_concurrency_id)
    make_fair(demo)
    assert demo._queue.event_queue_per_concurrency_id == before
