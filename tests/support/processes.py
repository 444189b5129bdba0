"""Processes of this machine, as seen in /proc."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paths import ROOT


@contextmanager
def at_work(folder: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """A script that has said "at work", in a session of its own, as a terminal starts a command."""
    script = folder / "work.py"
    script.write_text(code)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=environment, **pipes) as command:
        assert command.stdout.readline() == "at work\n"
        yield command


def workers(pid: int) -> list[int]:
    """The working processes of a parent."""
    children = [
        c for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()
    ]
    return [int(child) for child in children if b"spawn_main" in _read(Path("/proc", child, "cmdline"))]


def pid_of(*words: str) -> int:
    """The process whose command line contains these words in a row; its children may have it, too, for a moment."""
    wanted = b"".join(word.encode() + b"\0" for word in words)
    found = {path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if wanted in _read(path)}
    (pid,) = (one for one in found if _parent(one) not in found | {""})
    return int(pid)


def _parent(pid: str) -> str:
    """The parent's id; empty for a process that has ended."""
    told = _read(Path("/proc", pid, "stat")).rpartition(b")")[2].split()
    return told[1].decode() if told else ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process has ended meanwhile
        return b""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"waited for {seconds:g} s")
