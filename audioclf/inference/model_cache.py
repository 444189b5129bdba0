"""Loaded models: each is downloaded and loaded once, in a thread of its own, and kept while there is room."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread
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
class Places:
    """Places for work that may take long. n: of all; n_of_one: of one group, such as an address."""

    n: int
    n_of_one: int
    _taken: int = 0
    _of: Counter[str] = field(default_factory=Counter)
    _changed: Condition = field(default_factory=Condition)

    @contextmanager
    def taken(self, groups: Iterable[str] = ()) -> Iterator[None]:
        """Wait for a place and hold it. groups: to which it counts; empty ones do not."""
        mine = [group for group in groups if group]
        with self._changed:
            self._changed.wait_for(lambda: self._is_free(mine))
            self._change(1, mine)
        try:
            yield
        finally:
            with self._changed:
                self._change(-1, mine)
                self._changed.notify_all()

    def _is_free(self, mine: Iterable[str]) -> bool:
        return self._taken < self.n and all(self._of[group] < self.n_of_one for group in mine)

    def _change(self, by: int, mine: Iterable[str]) -> None:
        self._taken += by
        self._of.update(dict.fromkeys(mine, by))
        self._of += Counter()  # forgets groups without a place


@dataclass(eq=False)
class SharedWork(Generic[T]):
    """Work that is done once for all who ask for the same meanwhile. places: for pieces of it at the same time."""

    places: Places
    _working: dict[Key, Work[T]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(
        self,
        key: Key,
        act: Callable[[Progress], T],
        progress: Progress,
        seconds: float | None = None,
        groups: Iterable[str] = (),
    ) -> T:
        """What `act` gives, begun by the first who asks for this key; see `Work.result` and `Places.taken`."""
        with self._lock:
            if (work := self._working.get(key)) is None:
                work = self._working[key] = Work()
                work.start(partial(self._done, key, act, groups))
        return work.result(progress, seconds)

    def _done(self, key: Key, act: Callable[[Progress], T], groups: Iterable[str], report: Progress) -> T:
        try:
            with self.places.taken(groups):
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
        self._loading: SharedWork[T] = SharedWork(Places(self.n_loading, self.n_loading))

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
