"""Probabilities that mean what they say, and the line between known and unknown: both from out-of-fold answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.evaluation import metrics
from audioclf.evaluation.answers import Answers, Array, joined

TRUE_ACCEPTANCE = 0.95  # share of the labels' own sounds that should count as known
OTHER_SHARES = (0.95, 0.98)  # what is told of thresholds, whichever ships


@dataclass(frozen=True, eq=False)
class HeldOutAnswers:
    """Out-of-fold answers of models that differ in their seed alone.

    answers: of each seed, to the same recordings in the same order. items: (n,) their places in the data set.
    folds, targets: (n,) of those recordings. groups: (n,), what is drawn for an interval: those with one value
    stand or fall together.
    """

    answers: tuple[Answers, ...]
    items: NDArray[np.int64]
    folds: NDArray
    targets: NDArray[np.int64]
    groups: NDArray

    def temperature(self, chosen: NDArray[np.bool_] | None = None) -> float:
        """The best one for the answers of all seeds to the chosen recordings, (n,); to all by default."""
        mask = np.ones(len(self.items), bool) if chosen is None else chosen
        together = joined([answers.of(mask) for answers in self.answers])
        heard = np.zeros(together.n, bool)
        heard[together.owners] = True  # what was not heard has no probability to be improved
        together, targets = together.of(heard), np.tile(self.targets[mask], len(self.answers))[heard]
        return metrics.temperature(lambda t: together.scores(t)[0], targets)

    def scores(self, temperature: float) -> tuple[Array, Array]:
        """Label scores (n_seeds, n, n_labels) and background (n_seeds, n)."""
        found = [answers.scores(temperature) for answers in self.answers]
        return np.stack([scores for scores, _ in found]), np.stack([background for _, background in found])

    def calibrated(self) -> tuple[Array, Array]:
        """As `scores`, each fold at the temperature of the others, so that no sound calibrates its own score."""
        scores, background = self.scores(1.0)
        for fold in np.unique(self.folds):
            own = self.folds == fold
            rest = ~own if (~own).any() else own
            at = self.scores(self.temperature(rest))
            scores[:, own], background[:, own] = at[0][:, own], at[1][:, own]
        return scores, background


def predicted_labels(scores: Array) -> NDArray[np.int64]:
    """The likeliest label of each recording, -1 where nothing was heard; any leading axes."""
    return np.where(scores.any(axis=-1), scores.argmax(-1), -1)


def calibrate(judged: HeldOutAnswers) -> tuple[dict[str, Any], dict[str, float]]:
    """How honest the probabilities are; the metrics, and what a checkpoint keeps of it."""
    temperature = judged.temperature()
    n_seeds = len(judged.answers)
    targets = np.tile(judged.targets, n_seeds)
    scores = judged.calibrated()[0]
    before, after = np.concatenate(judged.scores(1.0)[0]), np.concatenate(scores)
    background = judged.scores(temperature)[1].ravel()
    threshold = float(np.quantile(background, TRUE_ACCEPTANCE))
    known = metrics.accepted(background, np.tile(judged.folds, n_seeds), TRUE_ACCEPTANCE)
    found = {
        "ece": metrics.expected_calibration_error(after, targets),
        "ece_floor": metrics.calibration_floor(scores[0]),
        "ece_uncalibrated": metrics.expected_calibration_error(before, targets),
        "nll": metrics.negative_log_likelihood(after, targets),
        "nll_uncalibrated": metrics.negative_log_likelihood(before, targets),
        "true_acceptance": float(known.mean()),
        "known_threshold": threshold,
    }
    return found, {"temperature": temperature, "known_threshold": threshold}


def rejection(
    judged: HeldOutAnswers,
    foreign: Mapping[str, Answers],
    kinds: Sequence[str],
    calibration: Mapping[str, float],
) -> dict[str, Any]:
    """How well foreign sounds are told from the labels' own, in all and by kind.

    foreign: fold -> answers of the first seed's model of that fold to all foreign sounds. It judges those but
    only its own held-out recordings: the two are compared within folds.
    """
    temperature, threshold = calibration["temperature"], calibration["known_threshold"]
    own = judged.scores(temperature)[1]
    strange = {fold: answers.scores(temperature)[1] for fold, answers in foreign.items()}
    names = np.array(kinds)

    def told(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        by_fold = [metrics.auroc(s[chosen], own[0][judged.folds == fold]) for fold, s in strange.items()]
        rejected = np.mean([(s[chosen] > threshold).mean() for s in strange.values()])
        return {"n": int(chosen.sum()), "auroc": float(np.mean(by_fold)), "rejected": float(rejected)}

    everything = told(np.ones(len(names), bool))
    at = {share: np.quantile(own, share) for share in OTHER_SHARES}
    return {
        "unknown_auroc": everything["auroc"],
        "unknown_rejected": everything["rejected"],
        "unknown_rejected_at": {
            f"{share:g}": float(np.mean([(s > line).mean() for s in strange.values()]))
            for share, line in at.items()
        },
        "unknown_kinds": {kind: told(names == kind) for kind in dict.fromkeys(kinds)},
    }
