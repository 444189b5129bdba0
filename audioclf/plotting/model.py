"""Charts of one model: test recordings per label, confusion matrix and training curve.

Colours run from light to dark or stand beside a word, so that no chart depends on colour alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from audioclf.plotting.canvas import GRID, INK, WIDTH, png
from audioclf.plotting.canvas import figure as blank
from audioclf.types import Chart
from audioclf.wording import percent, readable
from audioclf.zoo.metric_tables import by_seeds

BAR = "#3b6ea5"
MAX_SLICES = 12  # of a pie; the smallest labels share the last one
MAX_DRAWN = 50  # labels of a chart with a row for each; of more, a sentence and the tables that stay short
MAX_WRITTEN = 12  # labels up to which every cell of the confusion matrix shows its count
BARS_TITLE = "Test recordings per label"
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
        drawn += [
            (_bars if few else _many_bars)(true, counts),
            *([_pie(true, counts)] if counts.any() else []),
            (_confusion if few else _large_confusion)(title, true, predicted, matrix, n_seeds),
        ]
    if curve := metrics.get("training_curve"):
        points = np.array([(point["step"], point["loss"]) for point in curve], dtype=float)
        drawn.append(_curve(points))
    return tuple(drawn)


def _names(labels: Sequence[str], n: int) -> list[str]:
    """Label names; a row or column beyond the labels is the background."""
    return [readable(label) for label in [*labels, None][:n]]


def _many_bars(names: Sequence[str], counts: Counts) -> Chart:
    return Chart(
        name="class-bars",
        title=BARS_TITLE,
        png=b"",
        size=(0, 0),
        alt=f"{_bars_sentence(names, counts)} {_not_drawn(len(names))}",
        table=_bars_table(names, counts),
    )


def _bars(names: Sequence[str], counts: Counts) -> Chart:
    height = 24 * len(names) + 52
    figure, axis = blank(height, left=_room(names), bottom=44, right=46)
    bars = axis.barh(range(len(names)), counts, color=BAR, height=0.72)
    axis.bar_label(bars, padding=4, color=INK)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set_xlabel("recordings")
    axis.tick_params(axis="y", length=0)
    return Chart(
        name="class-bars",
        title=BARS_TITLE,
        png=png(figure),
        size=(WIDTH, height),
        alt=f"A bar chart of {_bars_sentence(names, counts)}",
        table=_bars_table(names, counts),
    )


def _bars_sentence(names: Sequence[str], counts: Counts) -> str:
    least, most = int(counts.argmin()), int(counts.argmax())
    spread = (
        f"{counts[0]:,} of each label"
        if counts[least] == counts[most]
        else f"fewest of {names[least]} ({counts[least]:,}), most of {names[most]} ({counts[most]:,})"
    )
    return f"{len(names)} labels and {counts.sum():,} recordings: {spread}."


def _bars_table(names: Sequence[str], counts: Counts) -> tuple[tuple[str, ...], ...]:
    return (("label", "recordings"), *((n, f"{c:,}") for n, c in zip(names, counts, strict=True)))


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
