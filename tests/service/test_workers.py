"""Work in processes: results and errors as if done here; an ending, hanging or greedy process harms nobody else."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from paths import ROOT
from processes import alive, until
from processes import workers as children

from audioclf.audio import TooLong
from audioclf.service import worker
from audioclf.service import workers as pool
from audioclf.service.workers import Limits, Stopped, WorkerEnded, Workers, briefly
from audioclf.types import AudioError


@pytest.fixture(scope="module")
def workers():
    found = Workers(2, limits=Limits(seconds=60, memory_bytes=600_000_000))
    found.start()
    found.run(abs, 1)
    yield found
    found.close()


def refuse(words):
    raise AudioError(words)


def steps(n, progress):
    for i in range(n):
        progress(i, n, "at work")
        time.sleep(0.02)
    return n


def begin(workers, act, *given, **named):
    """The work in a thread of its own, which is at work once this returns, and a function for its outcome."""
    found = []

    def run():
        try:
            found.append(workers.run(act, *given, **named))
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)

    def outcome():
        thread.join(20)
        return found[0]

    return outcome


def test_results_and_errors_are_those_of_the_function(workers):
    assert workers.run(divmod, 7, 2) == (3, 1) == Workers(0).run(divmod, 7, 2)
    for some in (workers, Workers(0)):
        with pytest.raises(AudioError, match="too short"):
            some.run(refuse, "too short")
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        workers.run(divmod, 1, 0)


@pytest.mark.parametrize("n", [0, 2])
def test_steps_are_reported_in_order(workers, n):
    told = []
    some = workers if n else Workers(0)
    assert some.run(steps, 3, progress=lambda *step: told.append(step)) == 3
    assert told == [(i, 3, "at work") for i in range(3)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda n: n.name)
def test_a_process_that_dies_within_work_gives_a_sentence_and_is_replaced(workers, number):
    other = begin(workers, time.sleep, 1.5)
    with pytest.raises(WorkerEnded, match="Nobody else is affected"):
        workers.run(signal.raise_signal, number)
    assert other() is None
    assert workers.run(abs, -3) == 3
    assert len(workers.pids) == 2 and not workers.problem()


def test_a_process_killed_between_two_pieces_of_work_is_replaced_unseen(workers):
    for pid in workers.pids:
        os.kill(pid, signal.SIGKILL)
        until(lambda pid=pid: not alive(pid))
    assert workers.run(abs, -3) == 3


def test_work_that_takes_too_long_is_ended():
    short = Workers(1, limits=Limits(seconds=0.3))
    short.start()
    try:
        with pytest.raises(WorkerEnded, match="was stopped"):
            short.run(time.sleep, 60)
        assert short.run(abs, -3) == 3
    finally:
        short.close()


def test_work_that_wants_too_much_memory_is_refused(workers):
    with pytest.raises(WorkerEnded, match="not enough memory"):
        workers.run(bytes, 900_000_000)
    assert len(workers.run(bytes, 100_000_000)) == 100_000_000


def hoard(n_bytes):
    """Keep so much memory, as libraries do after a long sound."""
    KEPT.append(bytearray(os.urandom(1000) * (n_bytes // 1000)))


KEPT = []


def test_a_process_that_keeps_much_memory_is_replaced_once_its_answer_is_there(monkeypatch):
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs the memory use of processes, which Linux reports")
    found = Workers(1, limits=Limits(grown_bytes=50_000_000))
    found.start()
    try:
        assert len(found.run(bytes, 80_000_000)) == 80_000_000
        first = found.pids
        found.run(hoard, 20_000_000)
        assert found.pids == first, "it keeps little"
        found.run(hoard, 80_000_000)
        assert found.run(abs, -3) == 3 and found.pids != first and not found.problem()
        second = found.pids
        found.run(hoard, 80_000_000)
        assert found.run(abs, -3) == 3 and found.pids == second, "not again so soon"
    finally:
        found.close()


def spin(seconds):
    """Take so much processor time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds


def test_short_work_ends_after_some_processor_time(monkeypatch):
    monkeypatch.setattr(pool, "SHORT_WORK_SECONDS", 0.2)
    assert pool.briefly(spin, 0.05) == 0.05
    with pytest.raises(TooLong):
        pool.briefly(spin, 30)
    spin(0.4)  # nothing is left that would end other work
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(pool.briefly, spin, 0.4).result() == 0.4


def collections():
    """How often this process has searched all of its memory for what may be freed."""
    return gc.get_stats()[2]["collections"]


def test_memory_that_is_in_use_costs_the_works_after_it_nothing():
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs the memory use of processes, which Linux reports")
    found = Workers(1, limits=Limits())
    found.start()
    try:
        before = found.run(collections)
        found.run(hoard, 80_000_000)
        after = found.run(collections)
        assert after > before, "much memory is looked through once"
        assert [found.run(collections) for _ in range(3)] == [after] * 3
    finally:
        found.close()


def test_work_that_nobody_waits_for_is_ended_within_a_second(workers):
    given_up = threading.Event()
    outcome = begin(workers, time.sleep, 60, is_given_up=given_up.is_set)
    given_up.set()
    assert isinstance(outcome(), Stopped)
    assert workers.run(abs, -3) == 3


def test_work_with_steps_stops_at_its_next_one_and_its_process_goes_on(workers, monkeypatch):
    monkeypatch.setattr(worker, "GRACE_SECONDS", 10)  # on a busy machine, too
    pids, given_up = workers.pids, threading.Event()
    outcome = begin(workers, steps, 10_000, progress=lambda *_: None, is_given_up=given_up.is_set)
    given_up.set()
    assert isinstance(outcome(), Stopped) and workers.pids == pids

    def stop(done, total, words):
        raise Stopped

    with pytest.raises(Stopped):
        workers.run(steps, 10_000, progress=stop)
    assert workers.pids == pids


def is_known_ready(some, n):
    return some.problem() == "" and sum(one.is_ready for one in some._all) == n


def test_long_work_leaves_the_only_ready_process_to_short_work():
    some = Workers(2, partial(time.sleep, 1.0))
    some.start()
    try:
        until(lambda: is_known_ready(some, 2))
        ended, kept = some.pids
        os.kill(ended, signal.SIGKILL)
        until(lambda: kept in some.pids and ended not in some.pids and not some.problem())
        assert some.run(os.getpid) != kept
        os.kill(next(pid for pid in some.pids if pid != kept), signal.SIGKILL)
        assert some.run(briefly, os.getpid) == kept
    finally:
        some.close()


@pytest.mark.parametrize("n", [1, 2])
def test_giving_up_all_work_at_once_does_not_end_all_processes(n):
    some, given_up = Workers(n), threading.Event()
    some.start()
    try:
        until(lambda: is_known_ready(some, n))
        pids = some.pids
        outcomes = [
            begin(some, time.sleep, 1.5 + worker.GRACE_SECONDS, is_given_up=given_up.is_set) for _ in pids
        ]
        given_up.set()
        assert all(isinstance(outcome(), Stopped) for outcome in outcomes)
        assert set(some.pids) & set(pids)
    finally:
        some.close()


def test_processes_that_cannot_start_are_a_problem():
    broken = Workers(1, partial(os._exit, 1))
    broken.start()
    try:
        with pytest.raises(WorkerEnded):
            for _ in range(9):
                broken.run(abs, 1)
        until(broken.problem)
    finally:
        broken.close()


def test_closing_ends_all_processes_and_what_waits_for_them(workers):
    some = Workers(1)
    some.start()
    (pid,) = some.pids
    outcome = begin(some, time.sleep, 60)
    some.close()
    assert isinstance(outcome(), WorkerEnded) and not alive(pid)
    with pytest.raises(WorkerEnded, match="shutting down"):
        some.run(abs, 1)


SERVER = """
import threading, time
from audioclf.service.workers import Workers
if __name__ == "__main__":
    workers = Workers(2)
    workers.start()
    workers.run(abs, 1)
    threading.Thread(target=workers.run, args=(time.sleep, 600), daemon=True).start()
    print("at work", flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_no_process_outlives_a_killed_server(tmp_path, number):
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout.readline() == "at work\n"
        own = children(server.pid)
        assert len(own) == 2
        server.send_signal(number)
        until(lambda: not any(map(alive, own)))
