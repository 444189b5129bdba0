"""The search finds what trying every reading finds."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioclf.inference.string_search import BEAM, N_LABELS, NONE, Lattice, best_readings


def random_lattice(seed: int, n_moments: int = 6, n_labels: int = N_LABELS) -> Lattice:
    rng = np.random.default_rng(seed)
    starts, ends = np.triu_indices(n_moments, 1)
    kept = rng.random(len(starts)) < 0.6
    n = int(kept.sum())
    return Lattice(
        gaps=rng.exponential(1.0, n_moments - 1),
        starts=starts[kept],
        ends=ends[kept],
        costs=rng.exponential(1.0, (n, n_labels)),
        none=rng.exponential(1.0, n),
    )


def every_reading(lattice: Lattice) -> dict[tuple[int, ...], float]:
    """The least cost of every string, by walking all paths."""
    least: dict[tuple[int, ...], float] = {}
    last = len(lattice.gaps)

    def walk(moment: int, cost: float, labels: tuple[int, ...]) -> None:
        if moment == last:
            least[labels] = min(cost, least.get(labels, np.inf))
            return
        walk(moment + 1, cost + lattice.gaps[moment], labels)
        for segment in np.flatnonzero(lattice.starts == moment):
            end = int(lattice.ends[segment])
            walk(end, cost + lattice.none[segment], labels)
            for label, own in enumerate(lattice.costs[segment]):
                walk(end, cost + own, (*labels, label))

    walk(0, 0.0, ())
    return least


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_best_readings_are_those_of_all_paths(seed):
    lattice = random_lattice(seed)
    least = sorted(every_reading(lattice).items(), key=lambda item: item[1])[:4]
    found = best_readings(lattice, 4)
    within = [(labels, cost) for labels, cost in least if cost < least[0][1] + BEAM]
    assert [reading.labels for reading in found[: len(within)]] == [labels for labels, _ in within]
    assert [reading.cost for reading in found[: len(within)]] == pytest.approx([cost for _, cost in within])


@pytest.mark.parametrize("seed", range(5))
def test_parts_follow_each_other_and_add_up(seed):
    lattice = random_lattice(seed, n_moments=8)
    for reading in best_readings(lattice, 5):
        segments = [segment for segment, _ in reading.parts]
        spans = [(int(lattice.starts[s]), int(lattice.ends[s])) for s in segments]
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
        covered = set().union(*(range(start, end) for start, end in spans)) if spans else set()
        cost = sum(gap for i, gap in enumerate(lattice.gaps) if i not in covered)
        for segment, label in reading.parts:
            cost += lattice.none[segment] if label == NONE else lattice.costs[segment, label]
        assert cost == pytest.approx(reading.cost)


def test_without_segments_nothing_is_read():
    none = np.zeros(0, int)
    found = best_readings(Lattice(np.ones(3), none, none, np.zeros((0, 4)), np.zeros(0)), 3)
    assert [(reading.labels, reading.cost) for reading in found] == [((), 3.0)]
