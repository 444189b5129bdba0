"""Results of an evaluation: summaries of protocols, the accuracy of the leaky split, and predictions.json."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.evaluation import metrics
from audioclf.evaluation.calibration import MIN_RECORDINGS, HeldOutAnswers, predicted_labels
from audioclf.evaluation.folds import LEAKY, CrossValidation
from audioclf.evaluation.logits import Array
from audioclf.tasks import Protocol

PREDICTIONS_VERSION = 1


def summary(
    protocol: Protocol, held_out: HeldOutAnswers, scores: Array, seeds: Sequence[int]
) -> dict[str, Any]:
    """Accuracy with its interval, by fold and by seed, and confusion matrix; scores (n_seeds, n, n_labels)."""
    n_labels = scores.shape[-1]
    answers = predicted_labels(scores)
    right = answers == held_out.targets
    counts = [metrics.confusion(held_out.targets, given, n_labels) for given in answers]
    return {
        "title": protocol.title,
        **({"dataset": protocol.other} if protocol.other else {}),
        "accuracy": float(right.mean()),
        "interval": _interval(right.mean(0), held_out.groups),
        "macro_f1": float(np.mean([metrics.macro_f1(held_out.targets, a, n_labels) for a in answers])),
        # Of the first seed only, like predictions.json.
        "macro_f1_interval": metrics.f1_interval(held_out.targets, answers[0], held_out.groups, n_labels)
        if len(held_out.items) >= MIN_RECORDINGS
        else None,
        "seeds": {str(seed): float(r.mean()) for seed, r in zip(seeds, right, strict=True)},
        "held_out": protocol.column,
        "folds": {
            str(name): float(right[:, held_out.folds == name].mean()) for name in _in_order(held_out.folds)
        },
        "n": len(held_out.items),
        "confusion": np.sum(counts, axis=0).tolist(),
    }


def _interval(right: NDArray, groups: NDArray) -> tuple[float, float]:
    """95 % interval of accuracy. A bootstrap of few recordings, or of equal ones, would be too narrow."""
    share = float(right.mean())
    if len(right) < MIN_RECORDINGS or share in (0.0, 1.0):
        return metrics.score_interval(share, len(right))
    return metrics.interval(right, groups)


def _in_order(names: NDArray) -> list[str]:
    return list(dict.fromkeys(names.tolist()))


def leak(validation: CrossValidation, held_out: HeldOutAnswers, honest_clips: float) -> dict[str, Any]:
    """Accuracy of the leaky split beside the honest ones, of the first seed only."""
    leaked, honest = validation.leaked(), held_out.answers[0]
    right = predicted_labels(leaked.scores(1.0)[0])[0] == leaked.targets
    right_honest = honest.logits[:, :-1].argmax(1) == held_out.targets[honest.owners]
    return {
        "title": LEAKY.title,
        "accuracy": float(right.mean()),
        "interval": _interval(right, leaked.groups),
        "n": len(right),
        "honest_windows": float(right_honest.mean()),
        "honest_clips": honest_clips,
    }


def predictions(
    validation: CrossValidation, held_out: HeldOutAnswers, scores: Array, background: Array
) -> bytes:
    """Content of predictions.json: calibrated out-of-fold scores of the first seed's models."""
    task, order = validation.task, np.argsort(held_out.items)
    content = {
        "schema_version": PREDICTIONS_VERSION,
        "protocol": validation.primary.name,
        "labels": task.labels,
        "items": [
            {
                "file": item.row.get("file") or item.file.name,
                "label": item.label,
                "fold": str(held_out.folds[k]),
                "scores": scores[k].round(4).tolist(),
                "background": round(float(background[k]), 4),
            }
            for k in order
            if (item := validation.dataset.items[held_out.items[k]])
        ],
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(errors="replace") + b"\n"
