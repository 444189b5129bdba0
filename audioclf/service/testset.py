"""Test-set results of the models, as the page shows them: tables, charts, confusion matrices and recordings.

Importing this is cheap: libraries are imported by the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.inference.loading import Selection, load_models, require_files
from audioclf.types import AudioError, Chart, Clip, Progress, ZooError, no_progress

MAX_MATRIX_LABELS = 50  # a matrix of more has thousands of cells

if TYPE_CHECKING:
    from audioclf.evaluation.comparison import ConfusionEntry, ModelResult, Table


@dataclass(frozen=True, eq=False)
class Matrix:
    """A confusion matrix. counts[true][predicted]. listed: whether the recordings of its cells are known."""

    model: str
    family: str
    labels: tuple[str, ...]
    counts: NDArray[np.int64]
    listed: bool


@dataclass(frozen=True, eq=False)
class TestsetReport:
    """table: a row per model, header first. paired_tests: a sentence per pair of models. missing: results not stored.

    timing: where the times were measured; empty without times. leak: a paragraph and a table on the leaky split, if
    one was measured. has_seeds: the accuracies are means over several seeds; the stored answers are of the first one.
    """

    table: Table
    paired_tests: tuple[str, ...]
    charts: tuple[Chart, ...]
    matrices: tuple[Matrix, ...]
    leak: tuple[str, Table] | None
    missing: tuple[str, ...]
    timing: str
    has_seeds: bool = False


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of a matrix. recordings: each with its path, None if the data set is not here."""

    matrix: Matrix
    true: str
    predicted: str
    recordings: tuple[tuple[ConfusionEntry, Path | None], ...]


def testset_report(selection: Selection, here: Mapping[str, float] | None = None) -> TestsetReport:
    """Test-set results of the models. here: milliseconds per answer on this machine, in place of stored ones.

    ZooError for a registry that cannot be read; what a single model lacks is listed in `missing`.
    """
    from audioclf.evaluation import comparison
    from audioclf.lab.stress import STRESSES
    from audioclf.plotting import comparison as charts

    found = [_timed(c, (here or {}).get(c.config.id)) for c in _results(selection)]
    drawn = [
        charts.cost_chart(found),
        charts.reliability_chart({c.config.id: comparison.reliability(c) for c in found}),
        *(charts.robustness_chart(found, name) for name in STRESSES),
    ]
    return TestsetReport(
        table=comparison.table(found),
        paired_tests=tuple(test.sentence for test in comparison.paired_tests(found)),
        charts=tuple(chart for chart in drawn if chart),
        matrices=tuple(_matrix(c) for c in found if _has_few_labels(c) and comparison.confusion(c).any()),
        leak=comparison.leak(found),
        missing=tuple(_missing(found)),
        timing=_timing(found, here or {}),
        has_seeds=any(len(c.config.metrics.get("seeds") or ()) > 1 for c in found),
    )


def cell(selection: Selection, model: str, true: str, predicted: str) -> Cell:
    """One cell of a model's matrix, with its recordings. ZooError for an unknown model or label."""
    from audioclf.data.local_recordings import local_recordings
    from audioclf.evaluation import comparison

    if model not in selection.registry.models_for(selection.task):
        raise ZooError(f"there is no model {model!r} for {selection.task}; choose a cell of a matrix")
    (found,) = _results(replace(selection, models=(model,)))
    if not {true, predicted} <= set(found.config.labels):
        raise ZooError(f"{model} has no labels {true!r} and {predicted!r}; choose a cell of its matrix")
    here = {name: item.file for name, item in local_recordings(selection.task).items()}
    listed = tuple((entry, here.get(entry.file)) for entry in comparison.cell(found, true, predicted))
    return Cell(_matrix(found), true, predicted, listed)


def listen(file: Path) -> Clip | None:
    """The clip of a recording, None if it cannot be read."""
    try:
        with audio.files_up_to(audio.MAX_SECONDS):
            return audio.load_clip(file)
    except AudioError:
        return None


def time_here(selection: Selection, progress: Progress = no_progress) -> dict[str, float]:
    """Model id -> median milliseconds per answer to one window of noise, on this machine with one thread."""
    from audioclf.inference.timing import latency

    classifiers = load_models(selection)
    found = {}
    for i, classifier in enumerate(classifiers):
        progress(i, len(classifiers), classifier.config.id)
        found[classifier.config.id] = latency(classifier)["latency_ms"]
    return found


def _results(selection: Selection) -> tuple[ModelResult, ...]:
    from audioclf.evaluation.comparison import ModelResult, parse_answers

    found = []
    for holder, name in selection.found():
        require_files(holder, name)
        config, stored = holder.config(name), holder.predictions(name)
        answers = parse_answers(stored, config) if stored else None
        found.append(ModelResult(config, holder.entry(name).size, answers))
    return tuple(found)


def _timed(found: ModelResult, ms: float | None) -> ModelResult:
    if ms is None:
        return found
    metrics = {**found.config.metrics, "latency_ms": ms}
    return replace(found, config=replace(found.config, metrics=metrics))


def _timing(found: Sequence[ModelResult], here: Mapping[str, float]) -> str:
    ours = [c.config.id for c in found if c.config.id in here]
    if len(ours) == len(found):
        return "Times were measured on this machine just now: one answer to one window, with one thread."
    if ours or any(c.config.metrics.get("latency_ms") for c in found):
        but = f", except for {', '.join(ours)}" if ours else ""
        return f"Times were stored with the models{but}. The button above measures them on this machine."
    return ""


def _matrix(found: ModelResult) -> Matrix:
    from audioclf.evaluation import comparison

    config = found.config
    return Matrix(
        config.id, config.family, config.labels, comparison.confusion(found), found.answers is not None
    )


def _has_few_labels(found: ModelResult) -> bool:
    return len(found.config.labels) <= MAX_MATRIX_LABELS


def _missing(found: Sequence[ModelResult]) -> list[str]:
    """One sentence per kind of result that is not stored, with the models that lack it."""
    lacks: tuple[tuple[str, Callable[[ModelResult], bool]], ...] = (
        ("accuracy", lambda c: not c.config.metrics.get("protocols")),
        ("the answer to each recording", lambda c: c.answers is None),
        ("time per answer", lambda c: not c.config.metrics.get("latency_ms")),
        ("accuracy under stress", lambda c: not c.config.metrics.get("stress")),
    )
    sentences = []
    for words, lacking in lacks:
        if names := [c.config.id for c in found if lacking(c)]:
            sentences.append(f"Not stored for {', '.join(names)}: {words}.")
    if names := [c.config.id for c in found if not _has_few_labels(c)]:
        sentences.append(
            f"Not shown for {', '.join(names)}: the confusion matrix, which is shown for at most "
            f"{MAX_MATRIX_LABELS} labels."
        )
    return sentences
