"""Ctrl-C ends a command at once, whatever its threads and processes still do, with one line and no traceback."""

import os
import signal

from processes import at_work

WORK = """
import time
from threading import Thread
from types import SimpleNamespace
from audioclf.cli import entry
from audioclf.processes import in_processes

def work(args):
    Thread(target=time.sleep, args=(600,)).start()  # such a thread keeps Python from ending
    for _ in in_processes(time.sleep, [0] + [600] * 3):
        print("at work", flush=True)

class Parser:
    def parse_args(self, argv):
        return SimpleNamespace(run=work)

if __name__ == "__main__":
    entry.build_parser = lambda: Parser()
    entry.run()
"""


def test_an_interrupted_command_waits_for_nothing_and_says_one_line(tmp_path):
    with at_work(tmp_path, WORK) as command:
        os.killpg(command.pid, signal.SIGINT)  # as a terminal does
        _, said = command.communicate(timeout=60)
    assert command.returncode == 130
    assert said == "audioclf: interrupted\n"
