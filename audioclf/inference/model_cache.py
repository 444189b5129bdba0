"""Loaded models: each is downloaded and loaded once, in a thread of its own, and kept while there is room."""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from audioclf.types import Progress

T = TypeVar("T")
Key = tuple[object, ...]
Step = tuple[int, int, str]


class StillLoading(Exception):
    """Nobody waits any longer, but the work goes on."""


@dataclass(eq=False)
class Work(Generic[T]):
    """Work in a thread of its own. Everyone who waits for it gets its progress and its result."""

    outcome: Future[T] = field(default_factory=Future)
    latest: Step | None = None
    _waiting: list[SimpleQueue[Step | None]] = field(default_factory=list)

    def start(self, act: Callable[[Progress], T]) -> None:
        """Begin. act: the work; it reports its steps."""
        self.outcome.add_done_callback(lambda _: self._tell(None))

        def run() -> None:
            try:
                self.outcome.set_result(act(lambda *step: self._tell(step)))
            except BaseException as error:
                self.outcome.set_exception(error)

        Thread(target=run, name="load", daemon=True).start()

    def result(self, progress: Progress, seconds: float | None) -> T:
        """Wait for the result. StillLoading after `seconds`; what `progress` raises ends only the waiting."""
        steps: SimpleQueue[Step | None] = SimpleQueue()
        self._waiting.append(steps)
        if self.latest:
            steps.put(self.latest)
        end = None if seconds is None else monotonic() + seconds
        try:
            while not self.outcome.done():
                if step := steps.get(timeout=None if end is None else max(0.0, end - monotonic())):
                    progress(*step)
            while not steps.empty():  # steps that were told before the end
                if step := steps.get():
                    progress(*step)
            return self.outcome.result()
        except Empty as error:
            raise StillLoading from error
        finally:
            self._waiting.remove(steps)

    def _tell(self, step: Step | None) -> None:
        self.latest = step
        for steps in tuple(self._waiting):
            steps.put(step)


@dataclass(eq=False)
class SharedWork(Generic[T]):
    """Work that is done once for all who ask for the same meanwhile. n_at_once: pieces of it at the same time."""

    n_at_once: int
    _working: dict[Key, Work[T]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._turns = BoundedSemaphore(self.n_at_once)

    def get(
        self, key: Key, act: Callable[[Progress], T], progress: Progress, seconds: float | None = None
    ) -> T:
        """What `act` gives, begun by the first who asks for this key; see `Work.result`."""
        with self._lock:
            if (work := self._working.get(key)) is None:
                work = self._working[key] = Work()
                work.start(lambda report: self._done(key, act, report))
        return work.result(progress, seconds)

    def _done(self, key: Key, act: Callable[[Progress], T], report: Progress) -> T:
        try:
            with self._turns:
                return act(report)
        finally:
            with self._lock:
                self._working.pop(key, None)


@dataclass(eq=False)
class ModelCache(Generic[T]):
    """Values of limited size; the ones that were not used for longest go first. n_loading: loaded at once."""

    max_bytes: int
    n_loading: int
    _kept: OrderedDict[Key, tuple[T, int]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._loading: SharedWork[T] = SharedWork(self.n_loading)

    def get(
        self, key: Key, act: Callable[[Progress], tuple[T, int]], progress: Progress, seconds: float | None
    ) -> T:
        """The value of a key. act: gives it and its size in bytes if it is not kept; see `Work` for the rest."""
        if kept := self._found(key):
            return kept[0]
        return self._loading.get(key, lambda report: self._made(key, act, report), progress, seconds)

    def _found(self, key: Key) -> tuple[T, int] | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _made(self, key: Key, act: Callable[[Progress], tuple[T, int]], report: Progress) -> T:
        if kept := self._found(key):  # it was made while this was asked for
            return kept[0]
        value, n_bytes = act(report)
        with self._lock:
            self._kept[key] = (value, n_bytes)
            while sum(size for _, size in self._kept.values()) > self.max_bytes and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return value
