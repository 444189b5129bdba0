"""Fair turns: a visitor with little to wait for comes before one with much."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic
from typing import Any

import gradio as gr

from audioclf.types import AudioclfError
from audioclf.ui.addresses import address_of
from audioclf.wording import text

MAX_OF_SESSION = 8  # pieces of work that wait or run
MAX_OF_ADDRESS = 60  # a class behind one address
MAX_WAITING = 240
LOOK_SECONDS = 0.2  # between two looks at the place in the queue
IDLE_SECONDS = 0.005  # between two looks of Gradio for new events, which take processor time
FIRST_GUESS = 1.0  # seconds of a kind of work that nobody has asked for yet


@dataclass(eq=False)
class Ticket:
    """A piece of work that waits for its turn. kind: work of one kind takes about equally long.

    is_long: it may not take the last free slot, which is kept for short work.
    """

    session_hash: str
    address: str
    kind: str
    is_long: bool = False
    turn: tuple[int, int] = (0, 0)
    called: Event = field(default_factory=Event)
    started: float = 0.0


@dataclass(frozen=True)
class Place:
    """A place in the queue, from 1 on, and the expected time until the turn."""

    number: int
    seconds: float


class FairList(list[Any]):
    """Waiting tickets, or events of Gradio's queue, in the order in which they get their turn.

    The n-th one of a session comes after everybody's (n - 1)-th. Among those, the n-th of an address comes after
    every other address's (n - 1)-th; programs have a new session for every call. Counting goes on from the turn
    that is running (start-time fair queueing: Goyal, Vin and Cheng 1996): counted from zero, a latecomer with few
    before it would overtake, and others could wait for ever.
    """

    def append(self, event: Any, running: Sequence[Any] = ()) -> None:
        """Insert an event at its place. running: events that had their turn and count, too."""
        turn = _turn(event, self, running)
        place = len(self)
        while place and self[place - 1].turn > turn:
            place -= 1
        event.turn = turn
        self.insert(place, event)


@dataclass(eq=False)
class FairQueue:
    """The queue before the workers: at most n_slots pieces of work run at once."""

    n_slots: int
    _waiting: FairList = field(default_factory=FairList)
    _running: list[Ticket] = field(default_factory=list)
    _seconds: dict[str, float] = field(default_factory=dict)  # of each kind of work, a running mean
    _lock: Lock = field(default_factory=Lock)

    @property
    def counts(self) -> tuple[int, int]:
        """Number of tickets that wait, and of those that have their turn."""
        return len(self._waiting), len(self._running)

    @contextmanager
    def turn(self, ticket: Ticket, tell: Callable[[Place], None]) -> Iterator[None]:
        """Wait for the ticket's turn, which lasts as long as the context.

        tell: is called with the place several times a second; what it raises ends the waiting. AudioclfError if this
        visitor, or all together, wait for too much already.
        """
        self._join(ticket)
        try:
            while not ticket.called.wait(LOOK_SECONDS):
                if place := self._place(ticket):
                    tell(place)
            yield
            self._learn(ticket.kind, monotonic() - ticket.started)
        finally:
            self._leave(ticket)

    def _join(self, ticket: Ticket) -> None:
        with self._lock:
            mine = [t for t in (*self._waiting, *self._running) if t.session_hash == ticket.session_hash]
            near = [t for t in (*self._waiting, *self._running) if t.address == ticket.address]
            if len(mine) >= MAX_OF_SESSION or len(near) >= MAX_OF_ADDRESS:
                raise AudioclfError(
                    text("waiting.yours", n=len(mine if len(mine) >= MAX_OF_SESSION else near))
                )
            if len(self._waiting) >= MAX_WAITING:
                raise AudioclfError(text("waiting.full", n=len(self._waiting)))
            self._waiting.append(ticket, self._running)
            self._call()

    def _leave(self, ticket: Ticket) -> None:
        with self._lock:
            (self._running if ticket in self._running else self._waiting).remove(ticket)
            self._call()

    def _call(self) -> None:
        """Give free slots to those who come next."""
        for ticket in tuple(self._waiting):
            n_long = sum(t.is_long for t in self._running)
            if len(self._running) >= self.n_slots:
                return
            if not (ticket.is_long and n_long >= max(1, self.n_slots - 1)):
                self._waiting.remove(ticket)
                self._running.append(ticket)
                ticket.started = monotonic()
                ticket.called.set()

    def _place(self, ticket: Ticket) -> Place | None:
        with self._lock:
            if ticket not in self._waiting:
                return None
            at, now = self._waiting.index(ticket), monotonic()
            ahead = sum(self._usual(t) for t in self._waiting[:at])
            rest = sum(max(0.0, self._usual(t) - (now - t.started)) for t in self._running)
        return Place(at + 1, (ahead + rest) / self.n_slots)

    def _usual(self, ticket: Ticket) -> float:
        return self._seconds.get(ticket.kind, FIRST_GUESS)

    def _learn(self, kind: str, seconds: float) -> None:
        self._seconds[kind] = 0.8 * self._seconds.get(kind, seconds) + 0.2 * seconds


def _turn(event: Any, waiting: Sequence[Any], running: Sequence[Any]) -> tuple[int, int]:
    now = [other.turn for other in running] or [other.turn for other in waiting[:1]] or [(0, 0)]
    others = (*waiting, *running)
    mine = _address(event)
    of_session = [other.turn[0] + 1 for other in others if other.session_hash == event.session_hash]
    of_address = [other.turn[1] + 1 for other in others if _address(other) == mine]
    return max([*(turn[0] for turn in now), *of_session]), max([*(turn[1] for turn in now), *of_address])


def _address(event: Any) -> str:
    return event.address if isinstance(event, Ticket) else address_of(event)


def events_of(demo: gr.Blocks, address: str) -> int:
    """Number of events from this address that wait in Gradio's queues or are at work."""
    queues = list(demo._queue.event_queue_per_concurrency_id.values())
    waiting = [event for queue in queues for event in list(queue.queue)]
    running = [event for job in list(demo._queue.active_jobs) if job for event in job]
    return sum(_address(event) == address for event in (*waiting, *running))


def make_fair(demo: gr.Blocks) -> None:
    """Let all of Gradio's own queues of a page give fair turns, and keep no statistics that nobody sees."""
    queue = demo._queue
    queue.ANALYTICS_MAX_EVENTS = 1
    vars(queue)["compute_analytics_summary"] = lambda records: queue.cached_event_analytics_summary
    queue.sleep_when_free = max(queue.sleep_when_free, IDLE_SECONDS)
    queue.progress_update_sleep_when_free = max(queue.progress_update_sleep_when_free, 10 * IDLE_SECONDS)
    for fn in demo.fns.values():
        if fn.queue:
            queue.create_event_queue_for_fn(fn)
    for waiting in queue.event_queue_per_concurrency_id.values():
        waiting.queue = FairList()
