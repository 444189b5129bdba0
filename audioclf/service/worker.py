"""One process that does pieces of work, seen from both sides."""

import ctypes
import gc
import logging
import os
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, process_time
from typing import Any, TypeVar

from audioclf.processes import follow_parent, no_interrupt
from audioclf.types import AudioclfError, Progress
from audioclf.wording import text

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 0.1  # between two looks whether the work was given up
GRACE_SECONDS = 0.6  # for work to stop at its next step, before its process is ended
ALONE_SECONDS = 5.0  # the same while no other process is ready: a new one takes about as long to start
# Beyond what a process had when ready, or had left when it last gave memory back: one that holds more gives back.
KEPT_BYTES = 50_000_000
START_SECONDS = 120.0  # until a process must be ready

T = TypeVar("T")


class Stopped(Exception):
    """Nobody waits for this work any longer."""


class NotBegun(Exception):
    """The process had ended before it got the work."""


class WorkerEnded(AudioclfError):
    """The process ended within the work, or was ended."""


@dataclass(frozen=True)
class Limits:
    """Of one piece of work. seconds: of its duration. memory_bytes: what its process may allocate for it.

    grown_bytes: what its process may keep afterwards; one that keeps more is replaced. On Windows and macOS
    the memory is not bounded.
    """

    seconds: float = 300.0
    memory_bytes: int = 3_000_000_000
    grown_bytes: int = 150_000_000


@dataclass(eq=False)
class Worker:
    """The process, seen from the server. prepare: it runs this first.

    is_alone: whether no other process is ready. is_stopping: whether its work is given up.
    """

    prepare: Callable[[], object] | None
    limits: Limits
    is_alone: Callable[[], bool] = lambda: False
    is_ready: bool = False
    is_stopping: bool = False
    started: float = field(default_factory=monotonic)
    _ready_bytes: int = 0  # its memory when it became ready
    _wire: Any = field(init=False)
    _process: Any = field(init=False)

    def __post_init__(self) -> None:
        context = get_context("spawn")  # a forked torch deadlocks once its thread pool has run in the parent
        self._wire, far = context.Pipe()
        self._process = context.Process(
            target=_work, args=(far, self.prepare, self.limits), name="work", daemon=True
        )
        with no_interrupt():
            self._process.start()
        far.close()

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    @property
    def is_alive(self) -> bool:
        return bool(self._process.is_alive())

    @property
    def grown_bytes(self) -> int:
        """The memory that it has taken since it was ready, and not given back."""
        return resident_bytes(self.pid) - self._ready_bytes if self.is_ready else 0

    def is_usable(self) -> bool:
        """Whether it can do work. Only to be asked between two pieces; also notes whether it has become ready."""
        try:
            while self._wire.poll():
                self._note(self._wire.recv())
        except (EOFError, OSError):
            self.end()
        return self.is_alive

    def run(
        self, work: Callable[..., T], progress: Progress, reports: bool, is_given_up: Callable[[], bool]
    ) -> T:
        """The result of `work`; see `Workers.run`. NotBegun if the process was gone; afterwards it may be, too."""
        has_begun = False
        try:
            self._until_ready(is_given_up)
            self._wire.send((work, reports))
            has_begun = self._wire.recv()[0] == "begun"
            return self._result(progress, is_given_up)
        except (EOFError, OSError) as error:
            self.end()
            raise (WorkerEnded(text("waiting.ended")) if has_begun else NotBegun) from error

    def end(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join(1)
        self._wire.close()

    def _until_ready(self, is_given_up: Callable[[], bool]) -> None:
        end = monotonic() + START_SECONDS
        while not self.is_ready:
            if self._wire.poll(LOOK_SECONDS):
                self._note(self._wire.recv())
            elif is_given_up():
                raise Stopped
            elif monotonic() > end:
                raise EOFError

    def _note(self, message: tuple[str, Any]) -> None:
        if not self.is_ready and message[0] == "ready":
            self.is_ready, self._ready_bytes = True, resident_bytes(self.pid)

    def _result(self, progress: Progress, is_given_up: Callable[[], bool]) -> Any:
        end = monotonic() + self.limits.seconds
        while True:
            if self._wire.poll(LOOK_SECONDS):
                kind, value = self._wire.recv()
                if kind != "step":
                    return _opened(kind, value)
                try:
                    progress(*value)
                except BaseException:
                    self._stop()
                    raise
            elif monotonic() > end:
                self.end()
                raise WorkerEnded(text("waiting.too_long", seconds=round(self.limits.seconds)))
            if is_given_up():
                self._stop()
                raise Stopped

    def _stop(self) -> None:
        """Let the work end at its next step; end the process if that takes longer than GRACE_SECONDS.

        The only one that is ready gets ALONE_SECONDS: others would wait as long for a new one.
        """
        self.is_stopping = True  # before the others are counted: two that stop at once are both alone
        with suppress(EOFError, OSError):
            self._wire.send("stop")
            end = monotonic() + (ALONE_SECONDS if self.is_alone() else GRACE_SECONDS)
            while self._wire.poll(max(0.0, end - monotonic())):
                if self._wire.recv()[0] != "step":
                    self.is_stopping = False
                    return
        self.end()


def call(work: Callable[..., T], progress: Progress | None, is_given_up: Callable[[], bool]) -> T:
    """Do the work in this process. Stopped is raised at its next step after it was given up."""
    if progress is None:
        return work()

    def report(done: int, total: int, words: str) -> None:
        if is_given_up():
            raise Stopped
        progress(done, total, words)

    return work(progress=report)


def _opened(kind: str, value: Any) -> Any:
    if kind == "done":
        return value
    if kind == "refused":
        raise value
    if kind == "memory":
        raise WorkerEnded(text("waiting.memory"))
    if kind == "stopped":
        raise Stopped
    raise RuntimeError(f"work failed in its process:\n{value}")


def _work(wire: Connection, prepare: Callable[[], object] | None, limits: Limits) -> None:
    """What the process does, until its parent ends it or is gone."""
    follow_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if prepare:
        _prepare(prepare)
    _limit_memory(limits.memory_bytes)
    kept = resident_bytes()
    wire.send(("ready", None))
    while True:
        try:
            task = wire.recv()
        except (EOFError, OSError):
            return
        if task != "stop":  # it came too late for the work before
            wire.send(("begun", None))
            _limit_time(limits.seconds)
            outcome = _outcome(wire, *task)
            if resident_bytes() > kept + KEPT_BYTES:
                _release()
                kept = resident_bytes()  # what is in use would else cost a release after every work
            wire.send(outcome)
            del task, outcome  # of a long sound they are large


def _prepare(prepare: Callable[[], object]) -> None:
    try:
        prepare()
    except AudioclfError as error:
        # Visitors see the error with their first sound; the server's log shows it at once.
        LOG.warning("%s", error)


def _outcome(wire: Connection, work: Callable[..., Any], reports: bool) -> tuple[str, Any]:
    def report(done: int, total: int, words: str) -> None:
        if wire.poll():
            wire.recv()
            raise Stopped
        wire.send(("step", (done, total, words)))

    try:
        return "done", (partial(work, progress=report) if reports else work)()
    except Stopped:
        return "stopped", None
    except AudioclfError as error:
        return "refused", error
    except MemoryError:
        return "memory", None
    except Exception:
        return "failed", traceback.format_exc()


def resident_bytes(pid: int | None = None) -> int:
    """Memory of a process (default: of this one) but for files that it shares with others; 0 if unknown."""
    with suppress(OSError, ValueError, AttributeError):
        _, pages, shared, *_ = Path(f"/proc/{pid or 'self'}/statm").read_text().split()
        return (int(pages) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _release() -> None:
    """Give what is free back to the system: the C library keeps what a long sound has taken."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _limit_memory(more_bytes: int) -> None:
    """Let the address space grow by so much from now on. Also leave no core file, which would hold the sound."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + more_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _limit_time(seconds: float) -> None:
    """Let the system end this process after so much processor time, should its parent not."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(process_time() + seconds) + 2, hard))
