"""Visitors' work: each piece waits for its turn and is done in a worker process, or dropped if its visitor leaves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, TypeVar

from audioclf.audio import TooLong
from audioclf.inference.loading import Selection, fetch_models
from audioclf.inference.model_cache import Places
from audioclf.service.workers import Stopped, Workers, briefly, never
from audioclf.types import Progress
from audioclf.ui import visitor
from audioclf.ui.fair_queue import FairQueue, Place, Ticket
from audioclf.wording import megabytes, text
from audioclf.zoo.registry import Registry

T = TypeVar("T")
N_AT_HUB, N_AT_HUB_OF_ONE = 24, 6  # requests to the Hub at once; of one address
N_HERE = 2  # pieces of work at once without worker processes


@dataclass(eq=False)
class Turns:
    """The workers, and the queue before them. hub: places for events that may wait for the Hub."""

    workers: Workers = field(default_factory=lambda: Workers(0))
    hub: Places = field(default_factory=lambda: Places(N_AT_HUB, N_AT_HUB_OF_ONE))
    queue: FairQueue = field(init=False)

    def __post_init__(self) -> None:
        self.queue = FairQueue(self.workers.n or N_HERE)

    def run(
        self,
        act: Callable[..., T],
        *given: Any,
        report: Progress | None = None,
        is_stopped: Callable[[], bool] = never,
        **named: Any,
    ) -> T:
        """The result of `act`, a function of a module, for the visitor of the event that this is called in.

        report: is told the place in the queue, with a total of 0, and then the steps of an `act` that has a parameter
        `progress`; such work counts as long, and so does work on a sound of more than SHORT_SECONDS, which only its
        decoding shows. Default: Gradio's own progress. Raises Stopped if is_stopped() or if the
        visitor has left, and what `Workers.run` raises.
        """
        reports = "progress" in signature(act).parameters
        who, report = visitor.here(), report or visitor.status()

        def is_given_up() -> bool:
            return is_stopped() or who.has_left()

        def tell(place: Place) -> None:
            if is_given_up():
                raise Stopped
            report(0, 0, waiting_words(place))

        def downloaded(done: int, total: int, words: str) -> None:
            if is_given_up():
                raise Stopped
            report(done, total, download_words(done, total, words))

        for selection in (one for one in given if isinstance(one, Selection)):
            fetch_models(selection, downloaded, True, who.address)  # it waits for nobody's turn

        def do(kind: str, is_long: bool, *work: Any, progress: Progress | None = None) -> T:
            with self.queue.turn(Ticket(who.session, who.address, kind, is_long), tell):
                done: T = self.workers.run(*work, *given, progress=progress, is_given_up=is_given_up, **named)
                return done

        if reports:
            return do(act.__name__, True, act, progress=report)
        try:
            return do(act.__name__, False, briefly, act)
        except TooLong:
            return do(f"long {act.__name__}", True, act)

    def run_briefly(self, session: str, address: str, act: Callable[..., T], *given: Any) -> T:
        """As `run` for short work of a visitor who asks by no event: a listener, who is told no place."""
        with self.queue.turn(Ticket(session, address, act.__name__), lambda place: None):
            return self.workers.run(briefly, act, *given)

    @contextmanager
    def at_hub(self, registry: Registry | None) -> Iterator[str]:
        """While the Hub may be asked for the visitor of the event in hand, whose address is given.

        registry: what is asked for; one that is not on the Hub keeps nobody waiting.
        """
        address = visitor.here().address
        with nullcontext() if registry and not registry.snapshot else self.hub.taken((address,)):
            yield address


def download_words(done: int, total: int, words: str) -> str:
    """A step of a download in words; done, total: bytes."""
    return text("waiting.download", words=words, done=f"{done / 1e6:.1f}", total=megabytes(total))


def waiting_words(place: Place) -> str:
    """A place in the queue in words."""
    seconds = max(1, round(place.seconds))
    return text("waiting.place", number=place.number, seconds=seconds)
