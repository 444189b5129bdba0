"""Work on all cores, in processes that end with this one."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import TypeVar

from audioclf.types import AudioclfError

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_processes(make: Callable[[Given], Made], inputs: Sequence[Given]) -> Iterator[Made]:
    """The results of `make`, in order. An error, or Ctrl-C, ends all processes at once.

    AudioclfError if the system ends one of them.
    """
    if not inputs:
        return
    others = set(active_children())
    # "spawn": a forked torch deadlocks once its thread pool has run in the parent.
    workers = ProcessPoolExecutor(min(os.cpu_count() or 1, len(inputs)), get_context("spawn"), follow_parent)
    try:
        with no_interrupt():
            # Not `map`: it cancels what it does not get, on which an executor without workers stumbles.
            results = deque(workers.submit(make, given) for given in inputs)
        while results:
            yield results.popleft().result()
        workers.shutdown()
    except BrokenProcessPool as error:
        raise AudioclfError(
            "a working process was ended, probably for want of memory; close other programs and give the same "
            "command again: it goes on from here"
        ) from error
    finally:
        workers.shutdown(wait=False)
        for worker in set(active_children()) - others:
            worker.terminate()


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Processes started here inherit that Ctrl-C, which the terminal sends to all, does not reach them.

    They would print tracebacks, and go on with the next piece of work. In this process it only waits.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def follow_parent() -> None:
    """End this process when its parent is gone, which may be killed without a chance to say so."""

    def watch() -> None:
        parent = parent_process()
        if parent:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()
