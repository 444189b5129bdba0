"""Many visitors at once: rate, waiting times, errors and memory of the served page.

Each client uploads a sound of a second, asks the endpoint /analyse and reads its answer, over and over; or one sound
every few seconds. Servers take turns: one with worker processes, one without and, if wanted, one of an older commit.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from benchmarks.clients import NoAnswer, answer
from benchmarks.measure import show_progress, table
from benchmarks.page import ROOT, free_port

START_SECONDS = 300.0
EVERY_SECONDS = 5.0
GOALS = "goals: at least twice the rate of one client without workers; p95 < 2 s with 50 clients, one sound each 5 s"


@dataclass(frozen=True)
class Server:
    """A running server. pid: of its main process."""

    name: str
    port: int
    pid: int

    @property
    def megabytes(self) -> float:
        """Memory of the server and its workers; what they share counts once."""
        family = [self.pid, *_descendants(self.pid)]
        return sum(_kilobytes(pid) for pid in family) / 1024


@dataclass
class Tally:
    """seconds: how long each answer took."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lasted: float = 0.0


def report(options: Namespace) -> str:
    """A Markdown section."""
    sound = _sound()
    rows: list[tuple[str, ...]] = []
    with ExitStack() as running:
        servers = [running.enter_context(served(*one)) for one in _contestants(options, running)]
        for server in servers:
            asyncio.run(drive(server, sound, 1, 3.0))  # unmeasured
        if options.answers:
            return "## Memory over many answers\n\n" + _memory(servers, sound, options)
        for n in options.clients:
            rows += [_row(server, sound, n, options.seconds) for server in servers]
        n = max(options.clients)
        rows += [_row(server, sound, n, options.seconds, EVERY_SECONDS) for server in servers]
    header = ("server", "clients", "answers per second", "median", "p95", "longest", "errors", "memory")
    return f"## Many visitors at once\n\n{table(header, rows)}\n\n{GOALS}"


def _contestants(options: Namespace, running: ExitStack) -> Iterator[tuple[str, Path, list[str]]]:
    """Name, folder and arguments of each server."""
    yield "with workers", ROOT, [] if options.workers is None else ["--workers", str(options.workers)]
    yield "`--workers 0`", ROOT, ["--workers", "0"]
    if options.against:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        archive = subprocess.run(
            ["git", "archive", options.against], cwd=ROOT, capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
        yield options.against, folder, []


def _row(server: Server, sound: bytes, n: int, seconds: float, every: float = 0.0) -> tuple[str, ...]:
    show_progress(f"{server.name}, {n} clients")
    found = asyncio.run(drive(server, sound, n, seconds, every))
    show_progress("")
    times = sorted(found.seconds) or [float("nan")]
    p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
    words = f"{len(found.errors)}: {found.errors[0]}" if found.errors else "0"
    return (
        server.name,
        f"{n}, a sound each {every:g} s" if every else str(n),
        f"{len(found.seconds) / found.lasted:.1f}",
        f"{statistics.median(times):.2f} s",
        f"{p95:.2f} s",
        f"{times[-1]:.2f} s",
        words,
        f"{server.megabytes:.0f} MB",
    )


def _memory(servers: list[Server], sound: bytes, options: Namespace) -> str:
    rows = []
    for server in servers:
        at = [server.megabytes]
        for tenth in range(10):
            show_progress(f"{server.name}, {tenth} of 10")
            asyncio.run(drive(server, sound, 4, float("inf"), n_answers=options.answers // 10))
            at.append(server.megabytes)
        show_progress("")
        # The first answers fill caches and Gradio's list of sessions.
        growth = f"{100 * (at[-1] / at[1] - 1):+.1f} %"
        rows.append((server.name, *(f"{mb:.0f}" for mb in at), growth))
    header = (
        "server",
        "MB at the start",
        *(f"{tenth} %" for tenth in range(10, 101, 10)),
        "after the first tenth",
    )
    return table(header, rows) + f"\n\n{options.answers} answers; goal: < 5 %"


async def drive(
    server: Server, sound: bytes, n: int, seconds: float, every: float = 0.0, n_answers: int | None = None
) -> Tally:
    """Let n clients ask for so many seconds, or for n_answers. every: seconds between two sounds of a client."""
    found, started = Tally(), monotonic()
    left = iter(range(n_answers)) if n_answers else iter(int, 1)

    async def client(rank: int) -> None:
        await asyncio.sleep(every * rank / n)
        while monotonic() < started + seconds and next(left, None) is not None:
            begun = monotonic()
            try:
                await answer(server.port, sound)
                found.seconds.append(monotonic() - begun)
            except (OSError, NoAnswer, asyncio.IncompleteReadError, TimeoutError) as error:
                found.errors.append(str(error)[:80] or type(error).__name__)
                await asyncio.sleep(0.2)
            if every:
                await asyncio.sleep(max(0.0, begun + every - monotonic()))

    await asyncio.gather(*(client(rank) for rank in range(n)))
    found.lasted = monotonic() - started
    return found


@contextmanager
def served(name: str, folder: Path, arguments: list[str]) -> Iterator[Server]:
    """A server of the program in this folder, from its first answer until the end of the context."""
    port = free_port()
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONPATH": str(folder)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), *arguments],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            _until_answer(port, process)
            yield Server(name, port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _until_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    sound, end = _sound(), monotonic() + START_SECONDS
    while True:
        try:
            return asyncio.run(answer(port, sound))
        except (OSError, NoAnswer, asyncio.IncompleteReadError, TimeoutError) as error:
            if process.poll() is not None or monotonic() > end:
                raise RuntimeError(f"the server gives no answer: {error}") from error
            sleep(0.2)


def _sound() -> bytes:
    """A spoken digit of 1.2 s."""
    return (ROOT / "audioclf" / "examples" / "seven.wav").read_bytes()


def _descendants(pid: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, thread.read_text().split()):
            found += [child, *_descendants(child)]
    return found


def _kilobytes(pid: int) -> int:
    """Resident memory of a process; pages that several processes share are divided among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
