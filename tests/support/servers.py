"""A program of ours as a server on this machine, from its start until the test is done with it."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(
    command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address at which a command, run in `folder`, serves; it is told the port last. All it says goes to `log`.

    The test fails if the server ends before the test, or says that something went wrong within it.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    kept = {**(environment or os.environ), "OMP_NUM_THREADS": "1"}
    with log.open("w") as sink:
        server = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=kept, stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        answer(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(30)
    assert "Traceback" not in log.read_text(), log.read_text()


def answer(url: str, server: subprocess.Popen, log: Path) -> bytes:
    """What stands at an address of the server, as soon as it answers."""
    for _ in range(1200):
        if server.poll() is not None:
            pytest.fail(f"the server ended with status {server.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=5) as found:
                return found.read()
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no answer at {url}:\n{log.read_text()}")
