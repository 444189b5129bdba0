"""Metrics of scores: accuracy, calibration, rejection, and bootstrap intervals."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

Array = NDArray[np.float64]
N_RESAMPLES = 2000
LEAST_TEMPERATURE = (
    0.25  # if all answers are right, the likelihood has no maximum, and every answer becomes "sure"
)


def temperature(score: Callable[[float], Array], targets: NDArray[np.int64]) -> float:
    """The temperature of the logits that gives the best likelihood of `targets` (Guo et al., 2017).

    At least LEAST_TEMPERATURE, at most 20.

    score: temperature -> probabilities (n, n_labels), after the windows of a recording are pooled.
    """

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(score(float(np.exp(log_temperature))), targets)

    best = float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
    return max(best, LEAST_TEMPERATURE)


def negative_log_likelihood(scores: Array, targets: NDArray[np.int64]) -> float:
    """Mean of -log of the true label's probability; a probability of 0 counts as 1e-12."""
    return -float(np.log(np.maximum(scores[np.arange(len(targets)), targets], 1e-12)).mean())


def expected_calibration_error(scores: Array, targets: NDArray[np.int64], n_bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equally wide bins (Naeini et al., 2015)."""
    confidence = scores.max(1)
    right = (scores.argmax(1) == targets) & (confidence > 0)  # a silent recording is never right
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = [
        abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in set(bins)
    ]
    return float(sum(gaps))


def calibration_floor(scores: Array, seed: int = 0) -> float:
    """Mean of `expected_calibration_error` for these scores if they are perfectly calibrated.

    With few recordings the accuracy of each bin is random, so an error below this value is not meaningful.
    """
    rng = np.random.default_rng(seed)
    edges = scores.cumsum(axis=1)
    drawn = [(edges < rng.random((len(scores), 1)) * edges[:, -1:]).sum(axis=1) for _ in range(100)]
    return float(np.mean([expected_calibration_error(scores, targets) for targets in drawn]))


def accepted(unlikeness: Array, folds: NDArray, share: float) -> NDArray[np.bool_]:
    """Whether each sound counts as known at the threshold that accepts `share` of the other folds' sounds."""
    known = np.empty(len(unlikeness), bool)
    for fold in np.unique(folds):
        own = folds == fold
        rest = ~own if (~own).any() else own
        known[own] = unlikeness[own] <= np.quantile(unlikeness[rest], share)
    return known


def interval(right: NDArray, groups: NDArray, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of accuracy (Efron, 1979), drawing whole groups, such as speakers.

    right: (n,), share of correct answers to each recording, in [0, 1]. With one group, recordings are drawn.
    """
    owner, drawn = _bootstrap(groups, seed)
    hits, sizes = np.bincount(owner, right), np.bincount(owner)
    return _middle_95(hits[drawn].sum(1) / sizes[drawn].sum(1))


def by_label(values: NDArray, targets: NDArray[np.int64], n_labels: int) -> Array:
    """(n_labels,) mean of the values of each label's recordings; NaN for a label without recordings."""
    totals, counts = np.bincount(targets, values, n_labels), np.bincount(targets, minlength=n_labels)
    return np.divide(totals, counts, out=np.full(n_labels, np.nan), where=counts > 0)


def evened_interval(
    values: NDArray, targets: NDArray[np.int64], groups: NDArray, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of `by_label`, drawing whole groups, such as speakers."""
    owner, drawn = _bootstrap(groups, seed)
    n_groups, n_labels = owner.max() + 1, targets.max() + 1
    times = np.stack([np.bincount(row, minlength=n_groups) for row in drawn])
    cell, size = owner * n_labels + targets, n_groups * n_labels
    totals, counts = (
        times @ np.bincount(cell, weights, size).reshape(n_groups, n_labels) for weights in (values, None)
    )
    met = counts > 0
    shares = np.divide(totals, counts, out=np.zeros(totals.shape), where=met)
    return _middle_95(shares.sum(1) / met.sum(1))


def evened_quantile(values: NDArray[np.float64], targets: NDArray[np.int64], share: float) -> float:
    """The least value that is not exceeded by `share` of the values, if every label counts the same."""
    order = np.argsort(values, kind="stable")
    weights = 1 / np.bincount(targets)[targets]
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(reached, share - 1e-9)), len(values) - 1)])


def score_interval(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share of n (Wilson, 1927): also honest for few recordings, and if all or none are right."""
    z2 = 1.96**2 / n
    middle, half = (share + z2 / 2) / (1 + z2), np.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    # Rounding must not put the share outside of its interval.
    return max(0.0, min(share, float(middle - half))), min(1.0, max(share, float(middle + half)))


def f1_interval(
    targets: NDArray[np.int64], answers: NDArray[np.int64], groups: NDArray, n_labels: int, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of `macro_f1`, drawn as in `interval`."""
    owner, drawn = _bootstrap(groups, seed)
    n_groups = owner.max() + 1
    times = np.stack([np.bincount(row, minlength=n_groups) for row in drawn])
    counted = [
        np.bincount(owner[chosen] * n_labels + labels[chosen], minlength=n_groups * n_labels)
        for labels, chosen in ((targets, answers == targets), (answers, answers >= 0), (targets, slice(None)))
    ]
    hits, predicted, true = (times @ counts.reshape(n_groups, n_labels) for counts in counted)
    return _middle_95(_f1(hits, predicted, true))


def _bootstrap(groups: NDArray, seed: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The group of each recording, (n,), and the groups in each resample, (N_RESAMPLES, n_groups)."""
    names, owner = np.unique(groups, return_inverse=True)
    if len(names) == 1:
        names, owner = np.arange(len(groups)), np.arange(len(groups))
    return owner, np.random.default_rng(seed).integers(len(names), size=(N_RESAMPLES, len(names)))


def _middle_95(values: Array) -> tuple[float, float]:
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def confusion(targets: NDArray[np.int64], answers: NDArray[np.int64], n_labels: int) -> list[list[int]]:
    """Confusion matrix counts[true][predicted]; an answer of -1 (a silent recording) is not counted."""
    counts = np.zeros((n_labels, n_labels), int)
    audible = answers >= 0
    np.add.at(counts, (targets[audible], answers[audible]), 1)
    return counts.tolist()


def macro_f1(targets: NDArray[np.int64], answers: NDArray[np.int64], n_labels: int) -> float:
    """Mean F1 over the labels that are true or predicted; an answer of -1 is a miss."""
    counts = np.array(confusion(targets, answers, n_labels))
    return float(_f1(np.diag(counts), counts.sum(0), np.bincount(targets, minlength=n_labels)))


def _f1(hits: NDArray, predicted: NDArray, true: NDArray) -> Array:
    """Mean over the labels (last axis) that are true or predicted at least once."""
    total = predicted + true
    return (2 * hits / np.maximum(total, 1)).sum(-1) / np.maximum((total > 0).sum(-1), 1)


def auroc(unknown: Array, known: Array) -> float:
    """Probability that an unknown sound scores higher than a known one (Mann and Whitney, 1947); ties count half."""
    order = np.sort(known)
    below, upto = np.searchsorted(order, unknown, "left"), np.searchsorted(order, unknown, "right")
    return float((below + upto).mean() / 2 / len(known))
