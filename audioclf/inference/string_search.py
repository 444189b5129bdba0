"""Search for the likeliest strings in a lattice: dynamic programming over segments of variable length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NONE = -1  # the label of a segment that is read as no label
N_LABELS = 3  # labels that compete for one segment; the fourth best never wins
BEAM = 12.0  # cost above the best path at which a segment is dropped: e^-12 of its probability


@dataclass(frozen=True, eq=False)
class Lattice:
    """Moments in order, steps between neighbours, and segments that span several steps.

    gaps: (n_moments - 1,) cost of reading nothing in a step. starts, ends: (n_segments,) moments, start < end.
    costs: (n_segments, n_labels) of reading a segment as a label. none: (n_segments,) of reading it as no label.
    """

    gaps: NDArray[np.float64]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    costs: NDArray[np.float64]
    none: NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """One way to read a lattice. cost: the sum over its parts. parts: (segment, label or NONE) in order."""

    cost: float
    parts: tuple[tuple[int, int], ...]

    @property
    def labels(self) -> tuple[int, ...]:
        return tuple(label for _, label in self.parts if label != NONE)


def best_readings(lattice: Lattice, n: int) -> list[Reading]:
    """The n readings of least cost that differ in their labels, cheapest first; at least one, maybe empty.

    List Viterbi (Seshadri and Sundberg, 1994) over segments: a moment keeps the n best strings that end there.
    """
    kept = _within_beam(lattice)
    order = kept[np.argsort(lattice.ends[kept], kind="stable")]
    firsts = np.searchsorted(lattice.ends[order], np.arange(len(lattice.gaps) + 2))
    best = [[Reading(0.0, ())]]
    for moment in range(1, len(lattice.gaps) + 1):
        step = lattice.gaps[moment - 1]
        found = [Reading(r.cost + step, r.parts) for r in best[moment - 1]]
        for segment in order[firsts[moment] : firsts[moment + 1]]:
            found += _extended(lattice, int(segment), best[lattice.starts[segment]])
        best.append(_distinct(found, n))
    return best[-1]


def _extended(lattice: Lattice, segment: int, before: Sequence[Reading]) -> list[Reading]:
    costs = lattice.costs[segment]
    likeliest = np.argsort(costs, kind="stable")[:N_LABELS]
    ways = [(NONE, lattice.none[segment]), *((int(label), costs[label]) for label in likeliest)]
    return [Reading(r.cost + cost, (*r.parts, (segment, label))) for label, cost in ways for r in before]


def _distinct(found: list[Reading], n: int) -> list[Reading]:
    kept: dict[tuple[int, ...], Reading] = {}
    for reading in sorted(found, key=lambda r: r.cost):
        kept.setdefault(reading.labels, reading)
        if len(kept) == n:
            break
    return list(kept.values())


def _within_beam(lattice: Lattice) -> NDArray[np.intp]:
    """Segments on a path whose cost is at most BEAM above the best."""
    least = np.minimum(lattice.costs.min(axis=1, initial=np.inf), lattice.none)
    before = _least(lattice.gaps, lattice.starts, lattice.ends, least)
    last = len(lattice.gaps)
    after = _least(lattice.gaps[::-1], last - lattice.ends, last - lattice.starts, least)[::-1]
    through = before[lattice.starts] + least + after[lattice.ends]
    return np.flatnonzero(through <= before[-1] + BEAM)


def _least(gaps: NDArray, starts: NDArray, ends: NDArray, costs: NDArray) -> NDArray[np.float64]:
    """(n_moments,) least cost from the first moment to each."""
    order = np.argsort(ends, kind="stable")
    firsts = np.searchsorted(ends[order], np.arange(len(gaps) + 2))
    least = np.zeros(len(gaps) + 1)
    for moment in range(1, len(least)):
        here = order[firsts[moment] : firsts[moment + 1]]
        reached = (least[starts[here]] + costs[here]).min(initial=np.inf)
        least[moment] = min(least[moment - 1] + gaps[moment - 1], reached)
    return least
