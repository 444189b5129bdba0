"""Charts of one model: recall of each label, shares of the labels, confusion matrix and training curve.

Colours run from light to dark or stand beside a word, so that no chart depends on colour alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from audioclf.evaluation.metrics import score_interval
from audioclf.plotting.canvas import GRID, INK, WIDTH, png
from audioclf.plotting.canvas import figure as blank
from audioclf.types import Chart
from audioclf.wording import percent, readable
from audioclf.zoo.metric_tables import by_seeds

BAR = "#3b6ea5"
MAX_SLICES = 12  # of a pie; the smallest labels share the last one
MAX_DRAWN = 50  # labels of a chart with a row for each; of more, a sentence and the tables that stay short
MAX_WRITTEN = 12  # labels up to which every cell of the confusion matrix shows its count
RECALL_TITLE = "Recall of each label, with 95 % interval"
SHADES = colormaps["Blues"]

Counts = NDArray[np.int64]


def charts(labels: Sequence[str], metrics: Mapping[str, Any]) -> tuple[Chart, ...]:
    """The charts for the metrics of a config.json; none for a model without evaluation results.

    ValueError or TypeError for metrics of the wrong form.
    """
    drawn = []
    if metrics.get("confusion"):
        matrix = np.array(metrics["confusion"], dtype=np.int64)
        true, predicted = _names(labels, len(matrix)), _names(labels, matrix.shape[1])
        n_seeds = max(1, len(metrics.get("seeds") or ()))
        counts = matrix.sum(axis=1) // n_seeds  # the matrix counts every recording once per seed
        title = "Confusion matrix" + by_seeds(metrics)
        few = len(labels) <= MAX_DRAWN
        recalls = _recalls(true, matrix, n_seeds)
        drawn += [
            (_recall if few else _large_recall)(recalls),
            *([_pie(true, counts)] if len(set(counts)) > 1 else []),
            (_confusion if few else _large_confusion)(title, true, predicted, matrix, n_seeds),
        ]
    if curve := metrics.get("training_curve"):
        points = np.array([(point["step"], point["loss"]) for point in curve], dtype=float)
        drawn.append(_curve(points))
    return tuple(drawn)


def _names(labels: Sequence[str], n: int) -> list[str]:
    """Label names; a row or column beyond the labels is the background."""
    return [readable(label) for label in [*labels, None][:n]]


@dataclass(frozen=True)
class Recall:
    """How many of the n test recordings of a label were recognised, in [0, 1]; nan and 0 to 1 without recordings."""

    name: str
    n: int
    share: float
    low: float
    high: float


def _recalls(names: Sequence[str], matrix: Counts, n_seeds: int) -> list[Recall]:
    """Averaged over the seeds; the interval is that of one seed's recordings."""
    found = []
    for i, name in enumerate(names):
        n, total = int(matrix[i].sum()) // n_seeds, int(matrix[i].sum())
        share = int(matrix[i, i]) / total if total else math.nan
        low, high = score_interval(share, n) if n else (0.0, 1.0)
        found.append(Recall(name, n, share, low, high))
    return found


def _large_recall(recalls: Sequence[Recall]) -> Chart:
    alt = f"{_recall_sentence(recalls)} {_not_drawn(len(recalls))}"
    return Chart("class-recall", RECALL_TITLE, b"", (0, 0), alt, _recall_table(recalls))


def _recall(recalls: Sequence[Recall]) -> Chart:
    height = 24 * len(recalls) + 52
    names = [recall.name for recall in recalls]
    figure, axis = blank(height, left=_room(names), bottom=44, right=96)
    for row, recall in enumerate(recalls):
        axis.plot([recall.low, recall.high], [row, row], color=BAR, linewidth=1.6)
        axis.plot(recall.share, row, "o", color=BAR, ms=6)
        axis.text(
            1.04, row, f"{_share(recall)} of {recall.n:,}",
            va="center", color=INK, transform=axis.get_yaxis_transform(),
        )  # fmt: skip
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlim(min(0.5, *(recall.low for recall in recalls)), 1.01)
    axis.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axis.set_xlabel("recordings of the label that were recognised")
    axis.tick_params(axis="y", length=0)
    axis.grid(True, axis="x", color=GRID, linewidth=0.6)
    return Chart(
        name="class-recall",
        title=RECALL_TITLE,
        png=png(figure),
        size=(WIDTH, height),
        alt=f"A chart of {len(names)} points. {_recall_sentence(recalls)}",
        table=_recall_table(recalls),
    )


def _share(recall: Recall) -> str:
    return percent(recall.share, 0) if recall.n else "–"


def _recall_sentence(recalls: Sequence[Recall]) -> str:
    measured = [recall for recall in recalls if recall.n] or list(recalls)
    best, worst = (choose(measured, key=lambda recall: recall.share) for choose in (max, min))
    total = sum(recall.n for recall in recalls)
    spread = f"Best recognised is {best.name} ({_share(best)}), worst {worst.name} ({_share(worst)})"
    return f"{spread}; {len(recalls)} labels, {total:,} test recordings."


def _recall_table(recalls: Sequence[Recall]) -> tuple[tuple[str, ...], ...]:
    rows = (
        (r.name, percent(r.share), f"{percent(r.low)} to {percent(r.high)}", f"{r.n:,}")
        if r.n
        else (r.name, "–", "–", "0")
        for r in recalls
    )
    return (("label", "recall", "95 % interval", "recordings"), *rows)


def _not_drawn(n_labels: int) -> str:
    return f"Not drawn: it has {n_labels} labels, and charts show at most {MAX_DRAWN}."


def _pie(names: Sequence[str], counts: Counts) -> Chart:
    slices = _slices(names, counts)
    height, shares = 320, counts / max(1, counts.sum())
    figure, axis = blank(height, left=90, bottom=20, right=90, top=20)
    shades = SHADES(np.linspace(0.85, 0.25, len(slices)))
    axis.pie(
        [count for _, count in slices],
        labels=[f"{name} {percent(count / max(1, counts.sum()), 0)}" for name, count in slices],
        colors=[to_hex(shade) for shade in shades],
        startangle=90,
        counterclock=False,
        labeldistance=1.08,
        wedgeprops={"edgecolor": "white", "linewidth": 1.5},
        textprops={"color": INK},
    )
    name, largest = max(slices, key=lambda item: item[1])
    return Chart(
        name="class-pie",
        title="Share of each label",
        png=png(figure),
        size=(WIDTH, height),
        alt=f"A pie chart of {len(slices)} slices; the largest is {name} with {percent(largest / counts.sum(), 0)}.",
        table=(
            ("label", "share"),
            *((n, percent(s)) for n, s in zip(names, shares, strict=True)),
        ),
    )


def _slices(names: Sequence[str], counts: Counts) -> list[tuple[str, int]]:
    """(name, count) in label order; with more than MAX_SLICES labels, the largest and one slice for the rest."""
    pairs = [(name, int(count)) for name, count in zip(names, counts, strict=True)]
    if len(pairs) <= MAX_SLICES:
        return pairs
    large = sorted(pairs, key=lambda item: -item[1])[: MAX_SLICES - 1]
    rest = sum(count for _, count in pairs) - sum(count for _, count in large)
    return [*large, (f"{len(pairs) - len(large)} others", rest)]


def _large_confusion(
    title: str, true: Sequence[str], predicted: Sequence[str], matrix: Counts, n_seeds: int
) -> Chart:
    sentence = _confusion_sentence(true, predicted, matrix, n_seeds)
    return Chart("confusion", title, b"", (0, 0), f"{sentence} {_not_drawn(len(true))}", ())


def _confusion(
    title: str, true: Sequence[str], predicted: Sequence[str], matrix: Counts, n_seeds: int
) -> Chart:
    room = _room(true)
    right = round(0.55 * _room(predicted[-1:]))  # the last name leans over the edge
    side = WIDTH - room - right - 14
    top = round(_room(predicted) * 0.8) + 30
    height = round(side * len(true) / len(predicted)) + top + 8
    figure, axis = blank(height, left=room + 14, bottom=8, right=right, top=top)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap=SHADES, vmin=0, vmax=1, aspect="auto")
    axis.xaxis.tick_top()
    axis.xaxis.set_label_position("top")
    axis.set_xticks(range(len(predicted)), predicted, rotation=50, ha="left", rotation_mode="anchor")
    axis.set_yticks(range(len(true)), true)
    axis.set_xlabel("predicted label")
    axis.set_ylabel("true label")
    axis.tick_params(length=0)
    if len(predicted) <= MAX_WRITTEN:
        for (row, column), count in np.ndenumerate(matrix):
            colour = "white" if shares[row, column] > 0.55 else INK if count else "#9aa6b8"
            axis.text(column, row, f"{count}", ha="center", va="center", color=colour, fontsize=8)
    return Chart(
        name="confusion",
        title=title,
        png=png(figure),
        size=(WIDTH, height),
        alt=_confusion_sentence(true, predicted, matrix, n_seeds),
        table=(
            ("true / predicted label", *predicted),
            *((name, *map(str, row)) for name, row in zip(true, matrix, strict=True)),
        ),
    )


def _confusion_sentence(true: Sequence[str], predicted: Sequence[str], matrix: Counts, n_seeds: int) -> str:
    n = min(matrix.shape)
    n_right = int(np.trace(matrix[:n, :n]))
    of_seeds = "" if n_seeds == 1 else f" of {n_seeds} seeds"
    start = f"A confusion matrix: {n_right:,} of {matrix.sum():,} predictions{of_seeds} are correct"
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return f"{start}."
    row, column = divmod(int(wrong.argmax()), wrong.shape[1])
    error = f"{true[row]} classified as {predicted[column]} ({wrong[row, column]:,})"
    return f"{start}; the most frequent error is {error}."


def _curve(points: NDArray[np.float64]) -> Chart:
    height = 260
    figure, axis = blank(height, left=58, bottom=44, right=14, top=12)
    axis.plot(points[:, 0], points[:, 1], color=BAR, linewidth=1.8)
    axis.set_xlabel("step")
    axis.set_ylabel("loss")
    axis.grid(True, color=GRID, linewidth=0.6)
    rows = points[np.unique(np.linspace(0, len(points) - 1, 12).round().astype(int))]
    first, last = points[0], points[-1]
    return Chart(
        name="training-curve",
        title="Loss during training",
        png=png(figure),
        size=(WIDTH, height),
        alt=f"A line chart: the loss goes from {first[1]:.3g} at step {first[0]:g} to {last[1]:.3g} at {last[0]:g}.",
        table=(("step", "loss"), *((f"{step:g}", f"{loss:.4g}") for step, loss in rows)),
    )


def _room(names: Sequence[str]) -> int:
    """Width of the longest name beside an axis, in pixels."""
    return min(150, 18 + round(6.2 * max(map(len, names))))
