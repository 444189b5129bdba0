"""Answers that nobody has read yet: bounded in memory, and who leaves most unread loses first."""

import sys
from asyncio import Queue
from collections.abc import Callable
from typing import Any

import gradio as gr

from audioclf.ui.addresses import ASKING, loses_first

MAX_BYTES = 100_000_000  # of all visitors' unread messages
SESSION_BYTES = 50_000  # what a session counts that waits for a message, since many of them are a burden, too
MESSAGE_BYTES = 1_000  # what a message counts beside what it carries


class Messages(Queue[Any]):
    """The messages of one session. grown: is called with each new one."""

    def __init__(self, address: str, grown: Callable[[], None]) -> None:
        super().__init__()
        self.address, self.n_bytes, self._grown = address, SESSION_BYTES, grown

    def _put(self, item: Any) -> None:
        size = MESSAGE_BYTES + _bytes(getattr(item, "output", None))
        super()._put((item, size))
        self.n_bytes += size
        self._grown()

    def _get(self) -> Any:
        item, size = super()._get()
        self.n_bytes -= size
        return item


class Unread(dict[str, Messages]):
    """Messages by session, in place of Gradio's `pending_messages_per_session`, which forgets the oldest of all.

    events: Gradio's ids of the events of each session that are not answered; those of a forgotten session go, too.
    A session whose messages are forgotten is told, if it asks for them, that they are gone.
    """

    def __init__(self, events: dict[str, Any], limit: int = MAX_BYTES) -> None:
        super().__init__()
        self.events, self.limit = events, limit

    @property
    def n_bytes(self) -> int:
        """Memory of all messages, estimated."""
        return sum(messages.n_bytes for messages in self.values())

    def __setitem__(self, session: str, empty: Any) -> None:
        """Begin the messages of a session of the visitor who asks now."""
        for other in [key for key, messages in self.items() if messages.empty() and not self.events.get(key)]:
            del self[other]
        self._make_room(SESSION_BYTES)
        super().__setitem__(session, Messages(ASKING.get(), self._make_room))

    def __missing__(self, session: str) -> Queue[Any]:
        """Where the messages of a forgotten session go."""
        return Queue()

    def __delitem__(self, session: str) -> None:
        self.pop(session, None)
        self.events.pop(session, None)

    def _make_room(self, coming: int = 0) -> None:
        while self and self.n_bytes + coming > self.limit:
            del self[loses_first((key, kept.address, kept.n_bytes) for key, kept in self.items())]


def bound_unread(demo: gr.Blocks) -> None:
    """Bound the unread messages of a page from now on."""
    queue: Any = demo._queue
    queue.pending_messages_per_session = Unread(queue.pending_event_ids_session)


def _bytes(value: Any) -> int:
    """Memory of plain JSON."""
    inner = value if isinstance(value, list | tuple) else ()
    if isinstance(value, dict):
        inner = (*value, *value.values())
    return sys.getsizeof(value) + sum(map(_bytes, inner))
