"""Interleaved timing: contestants take turns, so that a busy moment of the machine affects all of them."""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

Contestants = Mapping[str, Callable[[], object]]


@dataclass(frozen=True)
class Timing:
    """Seconds of each round, in order."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of all rounds, in seconds."""
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """Half the interquartile range divided by the median: how noisy the machine was."""
        if len(self.rounds) < 4:
            return (max(self.rounds) - min(self.rounds)) / 2 / self.median
        low, _, high = statistics.quantiles(self.rounds, n=4)
        return (high - low) / 2 / self.median


def interleave(contestants: Contestants, rounds: int) -> dict[str, Timing]:
    """Run each contestant once unmeasured, then once in each of `rounds` rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run()
    for done in range(rounds):
        show_progress(f"round {done + 1} of {rounds}")
        for name, run in contestants.items():
            start = perf_counter()
            run()
            seconds[name].append(perf_counter() - start)
    show_progress("")
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def ratio(slow: Timing, fast: Timing) -> float:
    """Median over rounds of slow / fast, each ratio from runs of the same round."""
    return statistics.median(a / b for a, b in zip(slow.rounds, fast.rounds, strict=True))


def show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:60}", end="", file=sys.stderr, flush=True)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join(lines)


def milliseconds(timing: Timing) -> str:
    return f"{timing.median * 1e3:.3g} ms ± {100 * timing.spread:.0f} %"
