"""GET /metrics: counters for the host in Prometheus' text format."""

import logging
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioclf.version import __version__

if TYPE_CHECKING:
    from audioclf.ui.turns import Turns

PROCESSES = Path("/proc")  # Linux: <pid>/statm holds a process's memory in pages
TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(eq=False)
class Counters:
    """What has happened since the start."""

    answers: Counter[int] = field(default_factory=Counter)  # by status
    events: Counter[str] = field(default_factory=Counter)  # by queue
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # of events, by queue
    failures: int = 0  # that were logged as errors

    def answered(self, status: int) -> None:
        """Count an answer."""
        self.answers[status] += 1


class _Failures(logging.Handler):
    """Counts what is logged as an error."""

    def __init__(self, counters: Counters) -> None:
        super().__init__(logging.ERROR)
        self.counters = counters

    def emit(self, record: logging.LogRecord) -> None:
        self.counters.failures += 1


def watch(demo: Any, counters: Counters) -> None:
    """Count the events of a page's queues and the errors in its log from now on."""
    process = demo._queue.process_events

    async def counted(events: list[Any], *rest: Any) -> None:
        began = time.monotonic()
        queue = str(events[0].concurrency_id) if events else ""
        try:
            await process(events, *rest)
        finally:
            counters.events[queue] += len(events)
            counters.seconds[queue] += time.monotonic() - began

    demo._queue.process_events = counted
    log = logging.getLogger("audioclf")
    if not log.hasHandlers() and logging.lastResort:
        log.addHandler(logging.lastResort)  # Python's own, which stops to print once there is another
    log.addHandler(_Failures(counters))


def told(demo: Any, counters: Counters, turns: "Turns", n_pages: int) -> Iterator[str]:
    """All numbers of now, line by line. n_pages: number of pages that are open."""
    work = dict(zip(("waiting", "running"), turns.queue.counts, strict=True))
    memory = {pid: size for pid in turns.workers.pids if (size := resident_bytes(pid)) is not None}
    queues = demo._queue.event_queue_per_concurrency_id
    waiting = {name: len(queue.queue) for name, queue in queues.items()}
    rows: tuple[tuple[str, str, str, Mapping[Any, float] | float | None], ...] = (
        ("audioclf_info", "version", "The version of audioclf.", {__version__: 1}),
        ("audioclf_answers_total", "status", "Answers by HTTP status.", counters.answers),
        ("audioclf_events_total", "queue", "Events that are done, by queue.", counters.events),
        ("audioclf_event_seconds_total", "queue", "Time spent on events, by queue.", counters.seconds),
        ("audioclf_errors_total", "", "Failures in the log.", counters.failures),
        ("audioclf_waiting", "queue", "Events that wait for their turn, by queue.", waiting),
        ("audioclf_work", "state", "Analyses that wait for a worker process, and that run.", work),
        ("audioclf_workers", "", "Worker processes that live.", len(turns.workers.pids)),
        ("audioclf_worker_resident_bytes", "pid", "Memory of each worker process.", memory),
        ("audioclf_visitors", "", "Pages that are open.", n_pages),
        ("process_resident_memory_bytes", "", "Memory of the server's process.", resident_bytes(os.getpid())),
        ("process_cpu_seconds_total", "", "Processor time of the server's process.", time.process_time()),
    )
    for name, label, words, values in rows:
        yield f"# HELP {name} {words}"
        yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}"
        if isinstance(values, Mapping):
            yield from (f'{name}{{{label}="{key}"}} {value:.12g}' for key, value in sorted(values.items()))
        elif values is not None:
            yield f"{name} {values:.12g}"


def resident_bytes(pid: int) -> float | None:
    """Memory of a process now, where the system tells it."""
    try:
        pages = (PROCESSES / str(pid) / "statm").read_text().split()[1]
    except OSError:
        return None
    return float(pages) * os.sysconf("SC_PAGE_SIZE")


def metrics_route(demo: Any, counters: Counters, turns: "Turns", n_pages: Callable[[], int]) -> Any:
    """The route."""
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def metrics(request: Any) -> PlainTextResponse:
        return PlainTextResponse("\n".join(told(demo, counters, turns, n_pages())) + "\n", media_type=TYPE)

    return Route("/metrics", metrics)
