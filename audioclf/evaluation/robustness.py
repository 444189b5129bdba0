"""Robustness: accuracy on held-out recordings at increasing levels of noise, reverb and filtering."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.evaluation.folds import CrossValidation
from audioclf.inference.classifier import Classifier
from audioclf.lab import stress
from audioclf.training.train import make_config
from audioclf.types import Clip

N_CLIPS = 100
LEVELS: Mapping[str, tuple[float, ...]] = {
    "snr_white": (30, 20, 15, 10, 5, 0, -5),
    "snr_pink": (30, 20, 15, 10, 5, 0, -5),
    "snr_babble": (30, 20, 15, 10, 5, 0, -5),
    "reverb": (0.2, 0.5, 1, 2, 4),
    "low_pass": (8000, 4000, 2000, 1000, 500),
}


def curves(validation: CrossValidation, calibration: Mapping[str, float]) -> dict[str, Any]:
    """Stress -> its levels, the accuracy at each, and the accuracy without it, all on the same recordings."""
    rate, targets = validation.task.sample_rate, validation.dataset.targets
    chosen = sample(targets, np.any(list(validation.dataset.folds(validation.primary).values()), axis=0))
    levels = {name: [x for x in LEVELS[name] if name != "low_pass" or x < rate / 2] for name in LEVELS}
    conditions = [{}, *({name: x} for name in levels for x in levels[name])]
    right = np.zeros(len(conditions))
    for model, held_out in validation.models():
        classify = Classifier(make_config(validation.job, 0, calibration=dict(calibration)), model)
        items = np.flatnonzero(chosen & held_out)
        clips = [validation.dataset.load(int(i)) for i in items]
        for c, settings in enumerate(conditions):
            worse = [_worse(clip, settings, int(i)) for clip, i in zip(clips, items, strict=True)]
            labels = [validation.task.labels[t] for t in targets[items]]
            right[c] += sum(p.label == label for p, label in zip(classify.batch(worse), labels, strict=True))
    accuracy = iter((right / chosen.sum()).tolist())
    clean = next(accuracy)
    return {
        name: {
            "levels": found,
            "accuracy": [next(accuracy) for _ in found],
            "clean": clean,
            "n": int(chosen.sum()),
        }
        for name, found in levels.items()
    }


def sample(targets: NDArray[np.int64], candidates: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mask (n,) of at most N_CLIPS of the candidates, equally many of each label if there are enough."""
    rng = np.random.default_rng(0)
    labels = np.unique(targets)
    chosen = np.zeros(len(targets), bool)
    for label in labels:
        of_label = np.flatnonzero((targets == label) & candidates)
        chosen[rng.permutation(of_label)[: max(1, N_CLIPS // len(labels))]] = True
    return chosen


def _worse(clip: Clip, settings: Mapping[str, float], seed: int) -> Clip:
    return stress.apply(clip, settings, seed)
