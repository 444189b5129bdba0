"""The held-out trials that are most like a visitor's test: their scores and error rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Conditions of the held-out trials, and the seconds of speech from which on they are the nearest.
ENROLMENTS = (("10 s", 3.5), ("takes", 0.0))
TESTS = (("5 s", 3.2), ("3 s", 1.0), ("word", 0.0))


@dataclass(frozen=True, eq=False)
class Trials:
    """What held-out trials tell about the scores of a model.

    edges: (n + 1,) log-likelihood ratios. targets, impostors: (n,) shares of the trials between them. points: rows of
    threshold, false accept rate and false reject rate, thresholds ascending. eer: equal error rate. enrolment, test:
    names in ENROLMENTS and TESTS.
    """

    edges: NDArray[np.float64]
    targets: NDArray[np.float64]
    impostors: NDArray[np.float64]
    points: NDArray[np.float64]
    eer: float
    n_targets: int
    n_impostors: int
    enrolment: str
    test: str


def nearest_trials(metrics: Mapping[str, Any], enrolled_seconds: float, seconds: float) -> Trials | None:
    """The held-out trials most like this one, by seconds of speech on both sides; None if there were none."""
    enrolment, test = (
        next(name for name, least in kinds if length >= least)
        for kinds, length in ((ENROLMENTS, enrolled_seconds), (TESTS, seconds))
    )
    title = f"all · {enrolment} · {test} · same channel"
    kept = ((metrics.get("verification") or {}).get("conditions") or {}).get(title) or {}
    if not all(kept.get(part) for part in ("det", "edges", "targets", "impostors")):
        return None
    return Trials(
        edges=np.array(kept["edges"]),
        targets=np.array(kept["targets"]),
        impostors=np.array(kept["impostors"]),
        points=np.array(sorted(kept["det"])),
        eer=kept["eer"],
        n_targets=kept["n_targets"],
        n_impostors=kept["n_impostors"],
        enrolment=enrolment,
        test=test,
    )
