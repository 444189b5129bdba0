"""Who asked for the event that is handled now, and whether they still wait for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from gradio.context import LocalContext
from gradio.helpers import TrackedIterable

from audioclf.types import Progress, no_progress
from audioclf.ui.addresses import address_of
from audioclf.ui.tools import IS_OWN


@dataclass(frozen=True)
class Visitor:
    """session: of the page, or of one call of a program. address: where requests come from."""

    session: str
    address: str
    has_left: Callable[[], bool] = lambda: False


def here() -> Visitor:
    """The visitor of the event that is handled in this thread; outside an event, a new one."""
    event = _event()
    if event is None:
        return Visitor(uuid4().hex, "")
    # All calls of MCP tools have one session of Gradio's, whoever makes them.
    is_call = getattr(event.request, "scope", {}).get(IS_OWN)
    session = event._id if is_call else event.session_hash
    return Visitor(session, address_of(event), lambda: not event.alive)


def status() -> Progress:
    """A Progress that shows the words in the status of the event; steps without a total show no share."""
    event, blocks = _event(), LocalContext.blocks.get(None)
    if event is None or blocks is None:
        return no_progress

    def report(done: int, total: int, words: str) -> None:
        share = done / total if total else None
        shown = TrackedIterable(None, None, None, words, "steps", progress=share)
        blocks._queue.set_progress(event._id, [shown])

    return report


def _event() -> Any:
    """Gradio's event; None outside one, and for requests that go round the queue."""
    blocks, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or event_id is None:
        return None
    jobs = [job for job in list(blocks._queue.active_jobs) if job]
    return next((event for job in jobs for event in job if event._id == event_id), None)
