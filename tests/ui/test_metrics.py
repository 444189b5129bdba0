"""What a host is told: counters that only rise, gauges of now, in Prometheus' text format."""

import asyncio
import logging
import re
import threading
from types import SimpleNamespace

import pytest
from processes import until
from slow_work import rest

from audioclf.service.workers import Workers
from audioclf.ui import metrics
from audioclf.ui.metrics import Counters, told, watch
from audioclf.ui.turns import Turns

LINE = re.compile(r'([a-z_]+)(?:\{[a-z]+="([^"]*)"\})? ([0-9.e+-]+)')


def numbers(demo, counters, n_pages=0, turns=None):
    """(name, label) -> value; every line has the format, and every name its help and type."""
    lines = list(told(demo, counters, turns or Turns(), n_pages))
    comments = {tuple(line.split()[1:3]) for line in lines if line.startswith("#")}
    found = [LINE.fullmatch(line).groups() for line in lines if not line.startswith("#")]
    assert {(kind, name) for name, _, _ in found for kind in ("HELP", "TYPE")} <= comments
    return {(name, label): float(value) for name, label, value in found}


def page(process):
    queue = SimpleNamespace(queue=["one that waits"])
    return SimpleNamespace(
        _queue=SimpleNamespace(process_events=process, event_queue_per_concurrency_id={"analyse": queue})
    )


async def works(events, batch):
    await asyncio.sleep(0.01)


async def fails(events, batch):
    raise ZeroDivisionError


def test_events_are_counted_by_queue_whether_or_not_they_succeed():
    counters = Counters()
    event = SimpleNamespace(concurrency_id="analyse")
    for process in (works, fails):
        demo = page(process)
        watch(demo, counters)
        with pytest.raises(ZeroDivisionError) if process is fails else pytest.MonkeyPatch.context():
            asyncio.run(demo._queue.process_events([event], False))
    found = numbers(demo, counters, n_pages=3)
    assert found["audioclf_events_total", "analyse"] == 2
    assert found["audioclf_event_seconds_total", "analyse"] >= 0.01
    assert found["audioclf_waiting", "analyse"] == 1 and found["audioclf_visitors", None] == 3


def test_answers_and_logged_failures_are_counted():
    counters = Counters()
    demo = page(works)
    watch(demo, counters)
    for status in (200, 200, 404):
        counters.answered(status)
    log = logging.getLogger("audioclf.ui.jobs")
    log.warning("counts not")
    log.error("counts")
    found = numbers(demo, counters)
    assert found["audioclf_answers_total", "200"] == 2 and found["audioclf_answers_total", "404"] == 1
    assert found["audioclf_errors_total", None] == 1


def test_work_and_the_memory_of_the_processes_that_do_it_are_told():
    turns = Turns(Workers(1))
    turns.workers.start()
    try:
        turns.run(rest, 0)
        running = threading.Thread(target=lambda: turns.run(rest, 1))
        running.start()
        until(lambda: turns.queue.counts == (0, 1))
        found = numbers(page(works), Counters(), turns=turns)
        running.join()
        assert (found["audioclf_work", "waiting"], found["audioclf_work", "running"]) == (0, 1)
        assert found["audioclf_workers", None] == 1
        (pid,) = turns.workers.pids
        assert not metrics.PROCESSES.exists() or found["audioclf_worker_resident_bytes", str(pid)] > 1e6
    finally:
        turns.workers.close()


def test_memory_is_told_where_the_system_knows_it(tmp_path, monkeypatch):
    demo = page(works)
    if metrics.PROCESSES.exists():
        assert 10e6 < numbers(demo, Counters())["process_resident_memory_bytes", None] < 10e9
    monkeypatch.setattr(metrics, "PROCESSES", tmp_path)
    assert ("process_resident_memory_bytes", None) not in numbers(demo, Counters())


def test_whoever_counts_errors_still_prints_them(monkeypatch, capsys):
    """Python prints warnings and errors by itself only as long as a program has set up nothing for them."""
    log = logging.getLogger("audioclf")
    monkeypatch.setattr(log, "handlers", [])
    monkeypatch.setattr(logging.root, "handlers", [])
    counters = Counters()
    watch(SimpleNamespace(_queue=SimpleNamespace(process_events=None)), counters)
    log.getChild("ui").warning("one line of words")
    log.getChild("ui").error("another")
    assert capsys.readouterr().err == "one line of words\nanother\n" and counters.failures == 1
