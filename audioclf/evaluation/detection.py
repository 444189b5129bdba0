"""Measures of a detector that accepts or rejects: error rates, costs, the DET curve, intervals over people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TARGET_PRIOR = 0.05  # of the costs; a miss and a false alarm cost the same
N_RESAMPLES, LEVEL = 300, 0.95
N_DET, N_BINS = 50, 40


@dataclass(frozen=True, eq=False)
class Trials:
    """Scored trials. scores: (n,) log-likelihood ratios in nats. is_target: (n,), whether the voice is the same.

    enrolled, tested: (n,) ints, the people on both sides. weights: (n,) above 0.
    """

    scores: Array
    is_target: NDArray[np.bool_]
    enrolled: NDArray[np.intp]
    tested: NDArray[np.intp]
    weights: Array

    def rates(self, thresholds: Array) -> tuple[Array, Array]:
        """False acceptance and false rejection rate at each threshold; a score equal to it is accepted."""
        return self._share_from(thresholds, ~self.is_target), 1 - self._share_from(thresholds, self.is_target)

    def _share_from(self, thresholds: Array, chosen: NDArray[np.bool_]) -> Array:
        """Share of the chosen trials with scores from each threshold on."""
        order = np.argsort(self.scores[chosen])
        scores, weights = self.scores[chosen][order], self.weights[chosen][order]
        below = np.concatenate([[0.0], np.cumsum(weights)])
        return 1 - below[np.searchsorted(scores, thresholds, "left")] / below[-1]

    def curve(self) -> tuple[Array, Array]:
        """False acceptance and rejection at every threshold that makes a difference, the lowest first."""
        return self.rates(np.concatenate([np.unique(self.scores), [np.inf]]))


def equal_error_rate(trials: Trials) -> float:
    """The error rate at the threshold at which both rates are equal, interpolated between thresholds."""
    order = np.argsort(trials.scores)
    return _crossing(trials.scores[order], trials.is_target[order], trials.weights[order])


def _crossing(scores: Array, is_target: NDArray[np.bool_], weights: Array) -> float:
    """The equal error rate of trials in the order of their scores."""
    missed, refused = np.cumsum(weights * is_target), np.cumsum(weights * ~is_target)
    ends = np.append(scores[1:] != scores[:-1], True)  # equal scores are accepted or rejected together
    rejected = np.concatenate([[0.0], missed[ends] / missed[-1]])
    accepted = np.concatenate([[1.0], 1 - refused[ends] / refused[-1]])
    above = int(np.argmax(rejected >= accepted))
    gap = accepted - rejected
    share = gap[above - 1] / (gap[above - 1] - gap[above])
    return float(rejected[above - 1] + share * (rejected[above] - rejected[above - 1]))


def least_cost(trials: Trials) -> float:
    """The detection cost with the best threshold for these trials; 1 is that of a constant answer."""
    return float(_cost(*trials.curve()).min())


def actual_cost(trials: Trials) -> float:
    """The detection cost with the threshold that is best for scores that are true log-likelihood ratios."""
    threshold = np.log((1 - TARGET_PRIOR) / TARGET_PRIOR)
    return float(_cost(*trials.rates(np.array([threshold])))[0])


def _cost(accepted: Array, rejected: Array) -> Array:
    """Martin and Przybocki (2000), normalised by the cost of the better constant answer."""
    cost = TARGET_PRIOR * rejected + (1 - TARGET_PRIOR) * accepted
    return cost / min(TARGET_PRIOR, 1 - TARGET_PRIOR)


def interval(trials: Trials, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the equal error rate: a trial counts as often as its people are drawn."""
    order = np.argsort(trials.scores)
    scores, target, weights = trials.scores[order], trials.is_target[order], trials.weights[order]
    enrolled, tested = trials.enrolled[order], trials.tested[order]
    rng, found = np.random.default_rng(seed), []
    people, n = np.unique(np.concatenate([enrolled, tested])), int(max(enrolled.max(), tested.max())) + 1
    for _ in range(N_RESAMPLES):
        drawn = np.bincount(rng.choice(people, len(people)), minlength=n)
        times = weights * np.where(target, drawn[enrolled], drawn[enrolled] * drawn[tested])
        if times[target].any() and times[~target].any():
            found.append(_crossing(scores, target, times))
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def det_points(trials: Trials) -> list[list[float]]:
    """At most N_DET points [threshold, false acceptance, false rejection] from one end of the curve to the other."""
    thresholds = np.unique(np.quantile(trials.scores, np.linspace(0, 1, N_DET * 8)))
    accepted, rejected = trials.rates(thresholds)
    # Steps of equal length on the axes of a DET curve, which are near the logits of the rates.
    place = np.cumsum(np.abs(np.diff(_logit(rejected) - _logit(accepted), prepend=0.0)))
    chosen = np.unique(np.searchsorted(place, np.linspace(place[0], place[-1], N_DET)))
    return [
        [round(float(v), 5) for v in row]
        for row in zip(thresholds[chosen], accepted[chosen], rejected[chosen], strict=True)
    ]


def _logit(share: Array) -> Array:
    clipped = np.clip(share, 1e-3, 1 - 1e-3)
    return np.log(clipped / (1 - clipped))


def histograms(trials: Trials) -> dict[str, list[float]]:
    """Shares of target and impostor scores in N_BINS equal bins; edges: N_BINS + 1.

    The outermost 0.1 % are left out.
    """
    low, high = np.quantile(trials.scores, [0.001, 0.999])
    edges = np.linspace(low, max(high, low + 1e-6), N_BINS + 1)
    found = {"edges": [round(float(edge), 4) for edge in edges]}
    for name, chosen in (("targets", trials.is_target), ("impostors", ~trials.is_target)):
        counts, _ = np.histogram(trials.scores[chosen], edges, weights=trials.weights[chosen])
        found[name] = [round(float(share), 5) for share in counts / trials.weights[chosen].sum()]
    return found
