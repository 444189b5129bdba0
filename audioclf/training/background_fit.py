"""Fit the background output of a trained model again, with sounds that it was not trained on; the labels stay."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from audioclf.models import Adaptable

Array = NDArray[np.float64]
PENALTY = 0.03  # on the squared change of the weights, of standardised evidence
LEAST_DEVIATION = 1e-3  # of the evidence; a part that never changes keeps its weight
MAX_ROUNDS = 300
BATCH = 64


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a last layer reads, and what it makes of it.

    values: (n, n_evidence). best: (n,) logit of the likeliest label. start: weights (n_evidence,) and bias of the
    background output.
    """

    values: Array
    best: Array
    start: tuple[Array, float]

    def of(self, rows: NDArray[np.bool_]) -> Self:
        return replace(self, values=self.values[rows], best=self.best[rows])


def evidence_of(model: Adaptable, x: NDArray) -> Evidence:
    """x: (n, n_bins, n_frames)."""
    parts = [model.evidence(np.asarray(x[at : at + BATCH], np.float32)) for at in range(0, len(x), BATCH)]
    values = np.concatenate(parts).astype(np.float64)
    weights, bias = (array.astype(np.float64) for array in model.last_layer())
    best = (values @ weights[:, :-1] + bias[:-1]).max(1)
    return Evidence(values, best, (weights[:, -1], float(bias[-1])))


def block_weights(targets: NDArray[np.int64], groups: NDArray[np.int64], n_labels: int) -> Array:
    """(n,) weights with which, in every group, labels count the same, and together as much as the background.

    targets: (n,), n_labels for the background. groups: (n,), such as 0 for clean and 1 for noisy recordings.
    """
    cells = groups * (n_labels + 1) + targets
    met, owner, counts = np.unique(cells, return_inverse=True, return_counts=True)
    is_label = met % (n_labels + 1) < n_labels
    n_together = np.bincount(met // (n_labels + 1), is_label)[met // (n_labels + 1)]
    return (np.where(is_label, 1 / np.maximum(n_together, 1), 1.0) / counts)[owner]


def fitted_background(evidence: Evidence, unknown: NDArray[np.bool_], weights: Array) -> tuple[Array, float]:
    """Weights (n_evidence,) and bias of the background output, from those that it has.

    A logistic regression of `unknown` (n,) on the background's logit less the best label's, which is what decides
    between known and unknown. The prior is the weights that the output has, so what no sound contradicts stays.
    """
    mean = evidence.values.mean(0)
    scale = evidence.values.std(0) + LEAST_DEVIATION
    z, sign = (evidence.values - mean) / scale, np.where(unknown, 1.0, -1.0)
    before, bias = evidence.start
    first = np.append(before * scale, bias + mean @ before)
    share = weights / weights.sum()

    def loss(point: Array) -> tuple[float, Array]:
        margin = sign * (z @ point[:-1] + point[-1] - evidence.best)
        pull = -sign * share / (1 + np.exp(np.clip(margin, -500, 500)))
        change = np.append(point[:-1] - first[:-1], 0.0)
        value = share @ np.logaddexp(0, -margin) + PENALTY * change @ change
        return float(value), np.append(z.T @ pull, pull.sum()) + 2 * PENALTY * change

    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": MAX_ROUNDS}).x
    own = found[:-1] / scale
    return own, float(found[-1] - mean @ own)
