"""Models on their test set, as the page shows them: what was stored, what is missing, and what can be heard of it.

Importing this is cheap, as with `service`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.inference.loading import Selection, load_models
from audioclf.tasks import TASKS
from audioclf.types import AudioError, Chart, Clip, DataError, Progress, ZooError, no_progress

if TYPE_CHECKING:
    from audioclf.evaluation.comparison import ConfusionEntry, ModelResult, Table


@dataclass(frozen=True, eq=False)
class Matrix:
    """A confusion matrix. counts[true][predicted]. listed: whether the recordings behind its cells are stored."""

    model: str
    family: str
    labels: tuple[str, ...]
    counts: NDArray[np.int64]
    listed: bool


@dataclass(frozen=True, eq=False)
class TestsetReport:
    """table: a row a model, the head first. paired_tests: each two models in a sentence. missing: what is not stored.

    timing: where its times were measured, empty if there are none.
    leak: the lesson on leaky splits, a paragraph and its table, where one was measured.
    """

    table: Table
    paired_tests: tuple[str, ...]
    charts: tuple[Chart, ...]
    matrices: tuple[Matrix, ...]
    leak: tuple[str, Table] | None
    missing: tuple[str, ...]
    timing: str


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of a matrix. recordings: those behind it, and where each is, None if the data set is not here."""

    matrix: Matrix
    true: str
    predicted: str
    recordings: tuple[tuple[ConfusionEntry, Path | None], ...]


def testset_report(selection: Selection, here: Mapping[str, float] | None = None) -> TestsetReport:
    """What was measured of the models. here: milliseconds of an answer on this machine, in place of stored.

    ZooError for a registry that cannot be read; what a single model lacks is said in `missing`.
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
        matrices=tuple(_matrix(c) for c in found if comparison.confusion(c).any()),
        leak=comparison.leak(found),
        missing=tuple(_missing(found)),
        timing=_timing(found, here or {}),
    )


def cell(selection: Selection, model: str, true: str, predicted: str) -> Cell:
    """One cell of a model's matrix, with its recordings. ZooError for a model or a label that there is not."""
    from audioclf.evaluation import comparison

    if model not in selection.registry.models_for(selection.task):
        raise ZooError(f"there is no model {model!r} for {selection.task}; choose a cell of a matrix")
    (found,) = _results(replace(selection, models=(model,)))
    if not {true, predicted} <= set(found.config.labels):
        raise ZooError(f"{model} has no labels {true!r} and {predicted!r}; choose a cell of its matrix")
    files = recordings(selection.task)
    listed = tuple((entry, files.get(entry.file)) for entry in comparison.cell(found, true, predicted))
    return Cell(_matrix(found), true, predicted, listed)


def listen(file: Path) -> Clip | None:
    """The sound of a recording, None if it cannot be read any more."""
    try:
        return audio.load_clip(file)
    except AudioError:
        return None


def recordings(task: str) -> dict[str, Path]:
    """The recordings of the task's data set by the name that stored predictions use; empty if it is not here."""
    from audioclf.data import datasets

    if task not in TASKS:
        return {}
    try:
        # What else a model learnt from need not be here in order to listen to what it was judged on.
        items = datasets.read(replace(TASKS[task], extras=())).items
    except DataError:
        return {}
    return {item.row.get("file") or item.file.name: item.file for item in items}


def time_here(selection: Selection, progress: Progress = no_progress) -> dict[str, float]:
    """Model id -> median milliseconds of one answer about a window of noise, on this machine, by one thread."""
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
        return "Times were measured on this machine just now: one answer about one window, by one thread."
    if ours or any(c.config.metrics.get("latency_ms") for c in found):
        but = f", but for {', '.join(ours)}" if ours else ""
        return f"Times are those stored with the models{but}. The button above measures them on this machine."
    return ""


def _matrix(found: ModelResult) -> Matrix:
    from audioclf.evaluation import comparison

    config = found.config
    return Matrix(
        config.id, config.family, config.labels, comparison.confusion(found), found.answers is not None
    )


def _missing(found: Sequence[ModelResult]) -> list[str]:
    """What is not stored of whom, in words. Robustness is measured by choice, and its absence is the rule."""
    lacks: tuple[tuple[str, Callable[[ModelResult], bool]], ...] = (
        ("accuracy", lambda c: not c.config.metrics.get("protocols")),
        ("answers on single recordings", lambda c: c.answers is None),
        ("the time of an answer", lambda c: not c.config.metrics.get("latency_ms")),
        ("accuracy under stress", lambda c: not c.config.metrics.get("stress")),
    )
    told = []
    for words, lacking in lacks:
        if names := [c.config.id for c in found if lacking(c)]:
            told.append(f"Not stored: {words}, of {', '.join(names)}.")
    return told
