"""Compare models on their test set: tables, confusion matrices and significance tests from stored predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from audioclf.evaluation import metrics
from audioclf.types import ZooError
from audioclf.wording import family_name, megabytes, percent
from audioclf.zoo import metric_tables
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.files import PREDICTIONS

Array = NDArray[np.float64]
Table = tuple[tuple[str, ...], ...]

CHANCE = 0.05  # significance level of the paired tests
N_BINS = 10
LEAK_TEXT = (
    "Windows of one recording sound nearly the same. If windows are split at random, the model is tested on notes "
    "that it was trained on, so memorised recordings raise its accuracy. If whole recordings are held out, the model "
    "must recognise the label from other recordings, as it must for your sounds."
)


@dataclass(frozen=True, eq=False)
class StoredAnswers:
    """One model's out-of-fold answers to n recordings, each by a model that was not trained on it.

    targets: (n,). scores: (n, n_labels), calibrated. background: (n,).
    """

    files: tuple[str, ...]
    targets: NDArray[np.int64]
    folds: tuple[str, ...]
    scores: Array
    background: Array

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,) whether the likeliest label is the true one; False for silent recordings."""
        return (self.scores.argmax(1) == self.targets) & self.scores.any(1)


@dataclass(frozen=True, eq=False)
class ModelResult:
    """A model and its metrics; answers is None if its predictions are not stored."""

    config: ModelConfig
    size_bytes: int
    answers: StoredAnswers | None

    @property
    def name(self) -> str:
        return family_name(self.config.family)


@dataclass(frozen=True)
class ConfusionEntry:
    """A recording in a cell of the confusion matrix. score: of the predicted label. fold: where it was held out."""

    file: str
    score: float
    fold: str


@dataclass(frozen=True)
class PairedTest:
    """Two models on the same recordings. n_first, n_second: recordings that only this model got right.

    p: p-value of the exact McNemar test. sentence: the result in words.
    """

    first: str
    second: str
    n: int
    n_first: int
    n_second: int
    p: float
    sentence: str


@dataclass(frozen=True, eq=False)
class Reliability:
    """Accuracy by confidence. All (n_bins,), NaN for an empty bin; edges (n_bins + 1,)."""

    edges: Array
    confidence: Array
    accuracy: Array
    counts: NDArray[np.int64]


def parse_answers(stored: Mapping[str, Any], config: ModelConfig) -> StoredAnswers:
    """Parse a model's predictions.json; ZooError if it does not hold answers."""
    try:
        items = stored["items"]
        return StoredAnswers(
            files=tuple(item["file"] for item in items),
            targets=np.array([config.labels.index(item["label"]) for item in items], np.int64),
            folds=tuple(str(item["fold"]) for item in items),
            scores=np.array([item["scores"] for item in items], float).reshape(-1, len(config.labels)),
            background=np.array([item["background"] for item in items], float),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ZooError(
            f"{config.id}: {PREDICTIONS} does not hold answers ({error}); evaluate the model again"
        ) from error


def table(models: Sequence[ModelResult]) -> Table:
    """A header, and one row per model with its metrics, size and time."""
    head = (
        "model",
        "accuracy (95 % interval)",
        "macro F1",
        "calibration error",
        "parameters",
        "size",
        "time",
    )
    return (head, *(_row(model) for model in models))


def _row(model: ModelResult) -> tuple[str, ...]:
    config, measured = model.config, model.config.metrics
    record = metric_tables.headline(config.metrics)
    ece, ms = measured.get("ece"), measured.get("latency_ms")
    return (
        config.id,
        metric_tables.quoted(record) if record else "–",
        percent(record["macro_f1"]) if "macro_f1" in record else "–",
        "–" if ece is None else percent(ece),
        f"{config.n_parameters:,}",
        megabytes(model.size_bytes),
        "–" if ms is None else f"{ms:.1f} ms",
    )


def paired_tests(models: Sequence[ModelResult]) -> tuple[PairedTest, ...]:
    """McNemar tests of all pairs of models with common recordings, the more accurate model first."""
    able = [model for model in models if model.answers]
    pairs = (_common(a, b) for a, b in combinations(able, 2))
    return tuple(_paired_test(*pair) for pair in pairs if len(pair[2]))


def _common(
    a: ModelResult, b: ModelResult
) -> tuple[ModelResult, ModelResult, NDArray[np.bool_], NDArray[np.bool_]]:
    """Both models, the more accurate first, and whether each is right on the common recordings."""
    assert a.answers and b.answers
    rows = {file: i for i, file in enumerate(b.answers.files)}
    common = [(i, rows[file]) for i, file in enumerate(a.answers.files) if file in rows]
    ours, theirs = np.array(common, int).reshape(-1, 2).T
    right_a, right_b = a.answers.right[ours], b.answers.right[theirs]
    return (a, b, right_a, right_b) if right_a.sum() >= right_b.sum() else (b, a, right_b, right_a)


def _paired_test(
    better: ModelResult, other: ModelResult, right: NDArray[np.bool_], other_right: NDArray[np.bool_]
) -> PairedTest:
    n_first, n_second = int((right & ~other_right).sum()), int((other_right & ~right).sum())
    p = mcnemar(n_first, n_second)
    return PairedTest(
        better.config.id,
        other.config.id,
        len(right),
        n_first,
        n_second,
        p,
        _test_sentence((better, other), (n_first, n_second), p),
    )


def mcnemar(n_first: int, n_second: int) -> float:
    """p-value of the exact test: a fair coin splits n_first + n_second at least so unevenly (McNemar, 1947)."""
    n = n_first + n_second
    return float(binomtest(n_first, n).pvalue) if n else 1.0


def _test_sentence(models: tuple[ModelResult, ModelResult], counts: tuple[int, int], p: float) -> str:
    """Without accuracies: they are of the stored answers, of one seed, and the table's are the means of all seeds."""
    first, second = (model.name for model in models)
    n_seeds = max(len(model.config.metrics.get("seeds") or ()) for model in models)
    start = f"With the first of {n_seeds} seeds, the" if n_seeds > 1 else "The"
    if counts[0] == counts[1]:
        return f"{start} {first} and the {second} get equally many recordings right."
    verdict = "not significant" if p > CHANCE else "significant"
    written = "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
    return (
        f"{start} {first} gets more recordings right than the {second}. The difference is {verdict} ({written}): of "
        f"{sum(counts):,} recordings that only one of them got right, the {first} got {counts[0]:,}."
    )


def confusion(model: ModelResult) -> NDArray[np.int64]:
    """Confusion matrix counts[true][predicted], from the stored answers, else from the config."""
    n = len(model.config.labels)
    if model.answers:
        predicted = np.where(model.answers.scores.any(1), model.answers.scores.argmax(1), -1)
        return np.array(metrics.confusion(model.answers.targets, predicted, n), np.int64)
    return np.array(model.config.metrics.get("confusion") or np.zeros((n, n)), np.int64)[:, :n]


def cell(model: ModelResult, true: str, predicted: str) -> tuple[ConfusionEntry, ...]:
    """Recordings in a cell of the confusion matrix, the most confident first; empty without stored answers."""
    if not (answers := model.answers):
        return ()
    row, column = (model.config.labels.index(label) for label in (true, predicted))
    chosen = (answers.targets == row) & (answers.scores.argmax(1) == column) & answers.scores.any(1)
    order = sorted(np.flatnonzero(chosen), key=lambda i: -answers.scores[i, column])
    return tuple(
        ConfusionEntry(answers.files[i], float(answers.scores[i, column]), answers.folds[i]) for i in order
    )


def reliability(model: ModelResult, n_bins: int = N_BINS) -> Reliability | None:
    """Accuracy in bins of equally wide confidence; None without stored answers."""
    if not (answers := model.answers):
        return None
    confidence = answers.scores.max(1)
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        mean, accuracy = (np.bincount(bins, v, n_bins) / counts for v in (confidence, answers.right))
    return Reliability(np.arange(n_bins + 1) / n_bins, mean, accuracy, counts)


def leak(models: Sequence[ModelResult]) -> tuple[str, Table] | None:
    """The effect of a leaky split: a paragraph and a table; None if no model was measured with one."""
    measured = [(m, m.config.metrics["leaky"]) for m in models if m.config.metrics.get("leaky")]
    if not measured:
        return None
    head = (
        "model",
        "windows split at random",
        "the same windows, recordings held out",
        "whole recordings held out",
    )
    rows = [
        (
            m.config.id,
            percent(leaky["accuracy"]),
            percent(leaky["honest_windows"]),
            percent(leaky["honest_clips"]),
        )
        for m, leaky in measured
    ]
    m, worst = max(measured, key=lambda item: item[1]["accuracy"] - item[1]["honest_windows"])
    lead = (
        f"The {m.name} classifies {percent(worst['accuracy'])} of single windows correctly if windows are split at "
        f"random, and {percent(worst['honest_windows'])} if whole recordings are held out. "
    )
    return lead + LEAK_TEXT, (head, *rows)
