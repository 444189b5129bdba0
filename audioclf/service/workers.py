"""Work in processes of its own: a file that breaks its reader ends one of them, which is replaced, and nothing else.

Pickles pass between these processes only, never to or from a file or another machine.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, current_thread, main_thread
from time import monotonic
from typing import Any, TypeVar

from audioclf.audio import TooLong, files_up_to
from audioclf.service.worker import Limits, NotBegun, Stopped, Worker, WorkerEnded, call
from audioclf.types import Progress, no_progress
from audioclf.wording import text

MAX_FAILED_STARTS = 3  # in a row; then the processes count as broken
SHORT_SECONDS = 60.0  # of a sound: work on a longer one is long
SHORT_WORK_SECONDS = 20.0  # of processor time: what takes more is long, too, whatever makes it slow
RETRY_SECONDS = 10.0  # after that, broken processes are started again
RENEW_SECONDS = 30.0  # at least, between two processes that are ended for the memory that they keep

T = TypeVar("T")


def usable_cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def never() -> bool:
    """Nobody gives the work up."""
    return False


def briefly(act: Callable[..., T], *given: Any, **named: Any) -> T:
    """The result of `act`; TooLong once it has decoded SHORT_SECONDS of a sound, or worked for SHORT_WORK_SECONDS.

    The second holds in a process of its own on Linux and macOS.
    """
    with files_up_to(SHORT_SECONDS), _worked_up_to(SHORT_WORK_SECONDS):
        return act(*given, **named)


@contextmanager
def _worked_up_to(seconds: float) -> Iterator[None]:
    """Meanwhile TooLong is raised after so much processor time, and once a second until it is not caught."""
    if not hasattr(signal, "setitimer") or current_thread() is not main_thread():
        yield
        return

    def end(*given: Any) -> None:
        raise TooLong(text("waiting.too_long", seconds=round(seconds)))

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass(eq=False)
class Workers:
    """Processes that run one piece of work each at a time; without any, work is done in this process.

    n: number of processes; default: one for each core. prepare: a function of a module that every process runs
    first; it imports libraries and loads models. limits: of a piece of work.
    """

    n: int = field(default_factory=usable_cores)
    prepare: Callable[[], object] | None = None
    limits: Limits = field(default_factory=Limits)
    _idle: list[Worker] = field(default_factory=list)
    _all: list[Worker] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)
    _failed_starts: int = 0
    _renewed: float = float("-inf")
    _is_closed: bool = False

    @property
    def pids(self) -> list[int]:
        """Of the processes that live now."""
        return [worker.pid for worker in tuple(self._all) if worker.is_alive]

    def start(self) -> None:
        """Start the processes; they get ready while this one goes on."""
        with self._changed:
            for _ in range(self.n - len(self._all)):
                self._add()

    def run(
        self,
        act: Callable[..., T],
        *given: Any,
        progress: Progress | None = None,
        is_given_up: Callable[[], bool] = never,
        **named: Any,
    ) -> T:
        """The result of `act`, a function of a module, for these arguments. Raises its AudioclfErrors.

        progress: is passed on to `act`; what it raises stops the work and is raised here. is_given_up: asked several
        times a second; Stopped is raised soon after it says yes. AudioclfError if the process ends within the work,
        or takes longer than limits.seconds.
        """
        work = partial(act, *given, **named)
        if not self.n:
            return call(work, progress, is_given_up)
        for _ in range(self.n + 1):  # somebody may just have ended all of them
            worker = self._take(is_given_up, is_long=act is not briefly)
            try:
                return worker.run(work, progress or no_progress, progress is not None, is_given_up)
            except NotBegun:
                continue
            finally:
                self._give_back(worker)
        raise WorkerEnded(text("waiting.unable"))

    def problem(self) -> str:
        """Why no work can be done here; empty if it can."""
        with self._changed:
            self._replace_ended()
        if self._is_closed:
            return "the server is ending"
        if self._is_broken:
            return "the processes that analyse sounds end as soon as they start; the server's log says why"
        return ""

    @property
    def _is_broken(self) -> bool:
        return self._failed_starts >= MAX_FAILED_STARTS

    def close(self) -> None:
        """End all processes at once."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for worker in tuple(self._all):
            worker.end()

    def _take(self, is_given_up: Callable[[], bool], is_long: bool) -> Worker:
        with self._changed:
            while True:
                self._replace_ended()
                if self._is_closed:
                    raise WorkerEnded(text("waiting.ending"))
                if self._idle and self._is_broken and not any(worker.is_usable() for worker in self._idle):
                    raise WorkerEnded(text("waiting.unable"))
                if self._idle:
                    return self._chosen(is_long)
                self._changed.wait(0.1)
                if is_given_up():
                    raise Stopped

    def _chosen(self, is_long: bool) -> Worker:
        """An idle process that is ready, rather than one that still loads its models.

        Long work leaves the only ready one to short work if another one starts: who cancels such work again and
        again would end one after the other, and everybody would wait for their starts.
        """
        alive = [worker for worker in self._idle if worker.is_alive]
        ready = [worker for worker in alive if worker.is_ready]
        starting = [worker for worker in alive if not worker.is_ready]
        leaves_it = is_long and len(ready) == 1
        worker = ((starting if leaves_it else []) or ready or starting or self._idle)[0]
        self._idle.remove(worker)
        return worker

    def _has_ready(self) -> bool:
        """Whether a process is ready whose work is not given up."""
        return any(
            worker.is_alive and worker.is_ready and not worker.is_stopping for worker in tuple(self._all)
        )

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._idle.append(worker)
            self._end_grown(worker)
            self._replace_ended()
            self._changed.notify()

    def _end_grown(self, worker: Worker) -> None:
        """End a process that has kept much memory; a new one starts at once, and another one does the next work.

        Not again within RENEW_SECONDS: large models may take as much at their first use.
        """
        if monotonic() >= self._renewed + RENEW_SECONDS and worker.grown_bytes > self.limits.grown_bytes:
            self._renewed = monotonic()
            worker.end()

    def _replace_ended(self) -> None:
        for worker in [worker for worker in self._idle if not worker.is_usable()]:
            if self._is_broken and monotonic() < worker.started + RETRY_SECONDS:
                continue
            self._failed_starts = 0 if worker.is_ready else self._failed_starts + 1
            self._idle.remove(worker)
            self._all.remove(worker)
            self._add()

    def _add(self) -> None:
        if not self._is_closed:
            worker = Worker(self.prepare, self.limits, lambda: not self._has_ready())
            self._all.append(worker)
            self._idle.append(worker)
