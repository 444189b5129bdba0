"""Working processes give their results in order, and none of them outlives an interrupted or killed parent."""

import os
import signal
from pathlib import Path

import pytest
from processes import alive, at_work, until, workers

from audioclf.processes import in_processes
from audioclf.types import AudioclfError

SLOW = """
import time
from audioclf.processes import in_processes
if __name__ == "__main__":
    try:
        for _ in in_processes(time.sleep, [0] + [600] * 3):
            print("at work", flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_results_come_in_order():
    assert list(in_processes(abs, [-3, 2, -1])) == [3, 2, 1]
    assert list(in_processes(abs, [])) == []


def test_a_process_that_the_system_ends_is_reported():
    with pytest.raises(AudioclfError, match="give the same command again"):
        list(in_processes(os._exit, [9]))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_no_process_outlives_its_parent(tmp_path, number):
    with at_work(tmp_path, SLOW) as parent:
        own = workers(parent.pid)
        if number == signal.SIGINT:
            os.killpg(parent.pid, number)  # as a terminal does
        else:
            parent.send_signal(number)
        out, err = parent.communicate(timeout=60)
        until(lambda: not any(alive(pid) for pid in own))
    assert "Traceback" not in err
    assert out == ("interrupted\n" if number == signal.SIGINT else "")
