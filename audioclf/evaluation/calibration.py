"""Temperature scaling and the threshold for unknown sounds, both from out-of-fold answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.evaluation import metrics
from audioclf.evaluation.logits import Answers, Array, joined
from audioclf.inference.pooling import background_share

TRUE_ACCEPTANCE = 0.95  # share of the labels' own sounds that the threshold accepts as known
# Held-out recordings below which temperature, threshold and numbers on calibration and rejection mean nothing.
MIN_RECORDINGS, MIN_PER_LABEL = 50, 5
OTHER_SHARES = (0.95, 0.98)  # acceptance shares at which rejection is also reported


@dataclass(frozen=True, eq=False)
class HeldOutAnswers:
    """Out-of-fold answers of models that differ only in their seed.

    answers: one per seed, to the same recordings in the same order. items: (n,) indices in the data set.
    folds, targets: (n,) of these recordings. groups: (n,) units that the bootstrap draws as a whole.
    """

    answers: tuple[Answers, ...]
    items: NDArray[np.int64]
    folds: NDArray
    targets: NDArray[np.int64]
    groups: NDArray

    def temperature(self, chosen: NDArray[np.bool_] | None = None) -> float:
        """Best temperature for the answers of all seeds to the chosen recordings, a mask (n,); default: all."""
        mask = np.ones(len(self.items), bool) if chosen is None else chosen
        together = joined([answers.of(mask) for answers in self.answers])
        audible = np.zeros(together.n, bool)
        audible[together.owners] = True  # silent recordings have no probabilities to calibrate
        together, targets = together.of(audible), np.tile(self.targets[mask], len(self.answers))[audible]
        return metrics.temperature(lambda t: together.scores(t)[0], targets)

    def scores(self, temperature: float) -> tuple[Array, Array]:
        """Label scores (n_seeds, n, n_labels) and background (n_seeds, n)."""
        found = [answers.scores(temperature) for answers in self.answers]
        return np.stack([scores for scores, _ in found]), np.stack([background for _, background in found])

    def unlikeness(self, temperature: float) -> Array:
        """(n_seeds, n): how much each recording counts as unknown, see `background_share`."""
        return background_share(*self.scores(temperature))

    def calibrated(self) -> tuple[Array, Array]:
        """Like `scores`, but the temperature of each fold is fitted on the other folds."""
        scores, background = self.scores(1.0)
        for fold in np.unique(self.folds):
            own = self.folds == fold
            rest = ~own if (~own).any() else own
            at = self.scores(self.temperature(rest))
            scores[:, own], background[:, own] = at[0][:, own], at[1][:, own]
        return scores, background


def predicted_labels(scores: Array) -> NDArray[np.int64]:
    """The likeliest label of each recording, -1 for silent ones; any leading axes."""
    return np.where(scores.any(axis=-1), scores.argmax(-1), -1)


def too_few(held_out: HeldOutAnswers, labels: Sequence[str]) -> str:
    """Why the held-out recordings cannot calibrate a model; "" if they can."""
    counts = np.bincount(held_out.targets, minlength=len(labels))
    if counts.sum() >= MIN_RECORDINGS and counts.min() >= MIN_PER_LABEL:
        return ""
    rarest = labels[int(counts.argmin())]
    return (
        f"not calibrated: {counts.sum()} recordings, {counts.min()} of them of {rarest}; at least {MIN_RECORDINGS} "
        f"in all and {MIN_PER_LABEL} of each label are needed"
    )


def calibrate(held_out: HeldOutAnswers) -> tuple[dict[str, Any], dict[str, float]]:
    """Calibration metrics, and the temperature and threshold that a checkpoint keeps."""
    temperature = held_out.temperature()
    n_seeds = len(held_out.answers)
    targets = np.tile(held_out.targets, n_seeds)
    scores = held_out.calibrated()[0]
    before, after = np.concatenate(held_out.scores(1.0)[0]), np.concatenate(scores)
    unlikeness = held_out.unlikeness(temperature).ravel()
    threshold = float(np.quantile(unlikeness, TRUE_ACCEPTANCE))
    known = metrics.accepted(unlikeness, np.tile(held_out.folds, n_seeds), TRUE_ACCEPTANCE)
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


def calibrate_at_home(
    own: HeldOutAnswers, at_home: HeldOutAnswers, temperature: float, n_labels: int, acceptance: float
) -> tuple[dict[str, Any], dict[str, float]]:
    """As `calibrate`, for a model that learns from strangers' recordings: its threshold comes from them.

    acceptance: share of the strangers' labels that it accepts, with the same weight for each label. own: of the data
    set.
    """
    targets = np.tile(at_home.targets, len(at_home.answers))
    unlikeness = at_home.unlikeness(temperature).ravel()
    is_label = targets < n_labels
    threshold = metrics.evened_quantile(unlikeness[is_label], targets[is_label], acceptance)
    unknown = metrics.by_label(unlikeness > threshold, targets, n_labels + 1)
    right = predicted_labels(at_home.scores(temperature)[0]) == at_home.targets
    mask = at_home.targets < n_labels
    evened = [metrics.by_label(seed[mask], at_home.targets[mask], n_labels) for seed in right]
    home = {
        "n": len(at_home.targets),
        "n_speakers": len(set(at_home.groups.tolist())),
        "accuracy": float(np.mean(evened)),
        "interval": metrics.evened_interval(right.mean(0)[mask], at_home.targets[mask], at_home.groups[mask]),
        "called_unknown": float(unknown[:-1].mean()),
        "others_rejected": float(unknown[-1]),
    }
    accepted = float((own.unlikeness(temperature) <= threshold).mean())
    return {"home": home, "true_acceptance": accepted, "known_threshold": threshold}, {
        "temperature": temperature,
        "known_threshold": threshold,
    }


def rejection(
    held_out: HeldOutAnswers,
    unknown: Mapping[str, Answers],
    kinds: Sequence[str],
    calibration: Mapping[str, float],
) -> dict[str, Any]:
    """Rejection of unknown sounds: AUROC against the labels' own sounds and share rejected, overall and by kind.

    unknown: fold -> answers of the first seed's model of that fold to all unknown sounds. AUROC compares them with
    the held-out recordings of the same fold.
    """
    temperature, threshold = calibration["temperature"], calibration["known_threshold"]
    own = held_out.unlikeness(temperature)
    scores = {fold: background_share(*answers.scores(temperature)) for fold, answers in unknown.items()}
    names = np.array(kinds)

    def rejected(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        by_fold = [metrics.auroc(s[chosen], own[0][held_out.folds == fold]) for fold, s in scores.items()]
        share = np.mean([(s[chosen] > threshold).mean() for s in scores.values()])
        return {"n": int(chosen.sum()), "auroc": float(np.mean(by_fold)), "rejected": float(share)}

    overall = rejected(np.ones(len(names), bool))
    at = {share: np.quantile(own, share) for share in OTHER_SHARES}
    return {
        "unknown_auroc": overall["auroc"],
        "unknown_rejected": overall["rejected"],
        "unknown_rejected_at": {
            f"{share:g}": float(np.mean([(s > limit).mean() for s in scores.values()]))
            for share, limit in at.items()
        },
        "unknown_kinds": {kind: rejected(names == kind) for kind in dict.fromkeys(kinds)},
    }
