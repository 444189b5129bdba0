"""Working processes give their results in order, and none of them outlives an interrupted or killed parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paths import ROOT

from audioclf.training.processes import in_processes
from audioclf.types import AudioclfError

SLOW = """
import time
from audioclf.training.processes import in_processes
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
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=environment, **pipes) as parent:
        assert parent.stdout.readline() == "at work\n"
        own = workers(parent.pid)
        if number == signal.SIGINT:
            os.killpg(parent.pid, number)  # as a terminal does
        else:
            parent.send_signal(number)
        out, err = parent.communicate(timeout=60)
        until(lambda: not any(alive(pid) for pid in own))
    assert "Traceback" not in err
    assert out == ("interrupted\n" if number == signal.SIGINT else "")


def workers(pid: int) -> list[int]:
    """The working processes of a parent."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("waited for a minute")
