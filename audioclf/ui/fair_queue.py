"""Fair turns: waiting events of a visitor with few of them come before those of a visitor with many."""

from typing import Any

import gradio as gr


class FairList(list[Any]):
    """Waiting events of Gradio's queue, kept in the order in which they get their turn.

    The n-th waiting event of a session comes after everybody's (n - 1)-th. Among those, the n-th of an address comes
    after every other address's (n - 1)-th; programs have a new session for every call.
    """

    def append(self, event: Any) -> None:
        """Insert an event at its place."""
        turn = _turn(event, self)
        place = len(self)
        while place and self[place - 1].turn > turn:
            place -= 1
        event.turn = turn
        self.insert(place, event)


def _turn(event: Any, waiting: list[Any]) -> tuple[int, int]:
    same_session = sum(other.session_hash == event.session_hash for other in waiting)
    same_address = sum(_address(other) == _address(event) for other in waiting)
    return same_session, same_address


def _address(event: Any) -> str:
    client = getattr(event.request, "client", None)
    return client.host if client else ""


def waiting_of(demo: gr.Blocks, address: str) -> int:
    """Number of events from this address that wait for their turn."""
    queues = list(demo._queue.event_queue_per_concurrency_id.values())
    return sum(_address(event) == address for waiting in queues for event in list(waiting.queue))


def make_fair(demo: gr.Blocks) -> None:
    """Let all queues of a page give fair turns."""
    queue = demo._queue
    for fn in demo.fns.values():
        if fn.queue:
            queue.create_event_queue_for_fn(fn)
    for waiting in queue.event_queue_per_concurrency_id.values():
        waiting.queue = FairList()
