"""Live listening: how long after the sound the answers come, for one listener and for many.

Each listener sends words with pauses in real time over the WebSocket /live, as the page does. The delay of an answer
is the time from the last sample of its window, as it was sent, to the answer's arrival.
"""

import asyncio
import json
import statistics
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import connect

from audioclf.audio import load_clip, resample
from audioclf.service.examples import list_examples
from benchmarks.load import Server, served
from benchmarks.measure import show_progress, table
from benchmarks.page import ROOT

CHUNK_SECONDS = 0.125
PAUSE_SECONDS = 0.6
TASKS = ("digits", "instruments", "environment")
LISTENERS = (("digits",), ("digits",) * 8, tuple(islice(cycle(TASKS), 8)))
PLACES = "11"  # one address takes three quarters of them at most
GOALS = "goals: median < 500 ms, p95 < 1 s after ten minutes, at least four answers a second, 8 listeners on 2 cores"


@dataclass
class Tally:
    """delays: seconds, of every window. errors: why streams ended early."""

    delays: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    n_dropped: int = 0


def report(options: Namespace) -> str:
    """A Markdown section."""
    rows = []
    with served("live", ROOT, ["--max-listeners", PLACES]) as server:
        for tasks in LISTENERS:
            asyncio.run(_listen_all(tasks, server, 3.0))  # unmeasured
            rows.append(_row(tasks, server, options.seconds))
    header = (
        "listeners",
        "answers per second, each",
        "median",
        "p95",
        "longest",
        "left out",
        "memory",
        "errors",
    )
    return f"## Live listening\n\n{table(header, rows)}\n\n{options.seconds:g} s a row; {GOALS}"


def _row(tasks: tuple[str, ...], server: Server, seconds: float) -> tuple[str, ...]:
    show_progress(f"{len(tasks)} listeners")
    before = server.megabytes
    found = asyncio.run(_listen_all(tasks, server, seconds))
    show_progress("")
    delays = sorted(found.delays) or [float("nan")]
    return (
        f"{len(tasks)}, {' · '.join(dict.fromkeys(tasks))}",
        f"{len(found.delays) / seconds / len(tasks):.2f}",
        f"{1000 * statistics.median(delays):.0f} ms",
        f"{1000 * delays[int(0.95 * (len(delays) - 1))]:.0f} ms",
        f"{1000 * delays[-1]:.0f} ms",
        str(found.n_dropped),
        f"{before:.0f} → {server.megabytes:.0f} MB",
        f"{len(found.errors)}: {found.errors[0]}" if found.errors else "0",
    )


async def _listen_all(tasks: tuple[str, ...], server: Server, seconds: float) -> Tally:
    found = Tally()
    await asyncio.gather(
        *(_listen(task, rank, server.port, seconds, found) for rank, task in enumerate(tasks))
    )
    return found


async def _listen(task: str, rank: int, port: int, seconds: float, found: Tally) -> None:
    await asyncio.sleep(CHUNK_SECONDS * rank / 8)  # people do not start at once
    async with connect(f"ws://127.0.0.1:{port}/live", origin=f"http://127.0.0.1:{port}") as socket:
        await socket.send(json.dumps({"task": task, "models": [], "registry": ""}))
        ready = json.loads(await socket.recv())
        if ready["kind"] == "end":
            found.errors.append(ready["why"])
            return
        rate, began = ready["rate"], monotonic()

        async def read() -> None:
            async for message in socket:
                record = json.loads(message)
                if record["kind"] == "window":
                    # The chunk that holds the window's end left when its last sample had been recorded.
                    sent = began + CHUNK_SECONDS * np.ceil(record["end"] / CHUNK_SECONDS - 1e-6)
                    found.delays.append(monotonic() - sent)
                    found.n_dropped = max(found.n_dropped, record["dropped"])
                elif record["kind"] == "end":
                    found.errors.append(record["why"])

        reading = asyncio.create_task(read())
        for at, chunk in enumerate(_chunks(task, rate, seconds), start=1):
            await asyncio.sleep(max(0.0, began + at * CHUNK_SECONDS - monotonic()))
            await socket.send(chunk.tobytes())
        reading.cancel()


def _chunks(task: str, rate: int, seconds: float) -> Iterator[NDArray[np.int16]]:
    """The task's examples with pauses, over and over, as they leave a recorder."""
    quiet = np.random.default_rng(0).normal(0, 1e-3, round(PAUSE_SECONDS * rate))
    parts = []
    for example in list_examples(task):
        parts += [resample(load_clip(example.path), rate).samples, quiet]
    sounds = np.round(np.concatenate(parts) * 32000).astype(np.int16)
    n_chunk = round(CHUNK_SECONDS * rate)
    for at in range(round(seconds / CHUNK_SECONDS)):
        yield np.take(sounds, range(at * n_chunk, (at + 1) * n_chunk), mode="wrap")
