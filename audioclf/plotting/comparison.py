"""Charts that compare models: sweeps, robustness, calibration, accuracy against time.

Each family has its own colour (Okabe and Ito's), marker and line style, so that no chart depends on colour alone.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from audioclf.evaluation.comparison import ModelResult, Reliability
from audioclf.lab.stress import STRESSES
from audioclf.lab.sweep import Curve, Sweep
from audioclf.plotting.canvas import GRID, INK, QUIET, WIDTH, figure, png
from audioclf.types import Chart
from audioclf.wording import megabytes, model_names, percent, probability
from audioclf.zoo import metric_tables

HEIGHT = 310
LEAST_ANSWERS = 20  # of a bin of the calibration chart that the line leads to
MARGINS = {"left": 68, "bottom": 48, "right": 16, "top": 50}


@dataclass(frozen=True)
class Style:
    """How a family is drawn."""

    colour: str
    mark: str
    line: str


STYLES = {
    "gmm": Style("#c97b00", "o", "-"),
    "cnn": Style("#0072b2", "s", "--"),
    "rnn": Style("#00815f", "^", "-."),
}
OTHER = Style("#7a3e9d", "D", ":")


def sweep_chart(sweep: Sweep) -> Chart:
    """Probability of each model's first answer at every level; a ring marks a changed answer."""
    stress, levels = STRESSES[sweep.plan.stress], sweep.plan.levels
    drawn, axis = _axes("probability of the first answer", f"{stress.title}, {stress.unit}")
    places = np.arange(len(levels))
    for curve, name in zip(sweep.curves, model_names((c.model, c.family) for c in sweep.curves), strict=True):
        style = STYLES.get(curve.family, OTHER)
        _line(axis, places, curve.scores, style, f"{name}: {curve.subject}")
        flips = list(curve.flips)
        axis.plot(places[flips], curve.scores[flips], "o", mfc="none", mec=INK, ms=11, mew=1.3, clip_on=False)
        for level in curve.breaks:
            axis.axvline(levels.index(level), color=style.colour, linestyle=style.line, linewidth=0.9)
    _level_ticks(axis, levels)
    axis.plot([], [], "o", mfc="none", mec=INK, ms=9, mew=1.3, label="answer changes")
    _legend(axis)
    return Chart(
        name=f"sweep-{sweep.plan.stress}",
        title=f"{stress.title}: probability of the first answer",
        png=png(drawn),
        size=(WIDTH, HEIGHT),
        alt=f"A line chart over {len(levels)} levels. {sweep.sentence}",
        table=_sweep_table(sweep),
    )


def _sweep_table(sweep: Sweep) -> tuple[tuple[str, ...], ...]:
    stress = STRESSES[sweep.plan.stress]
    head = [f"{stress.title}, {stress.unit}"]
    for curve in sweep.curves:
        head += [f"{curve.model}, probability of {curve.subject}", f"{curve.model} says"]
    levels = ["without", *map(_number, sweep.plan.levels)]
    rows = [
        (level, *(cell for curve in sweep.curves for cell in _cells(curve, i)))
        for i, level in enumerate(levels)
    ]
    return (tuple(head), *rows)


def _cells(curve: Curve, i: int) -> tuple[str, str]:
    """Probability and answer for the clean sound (0) or at the i-th level."""
    return (probability(curve.shares[i]), curve.says[i])


def robustness_chart(models: Sequence[ModelResult], stress: str) -> Chart | None:
    """Accuracy on the test set at every level of a stress; None if no model has this measurement."""
    measured = [(m, m.config.metrics.get("stress", {}).get(stress)) for m in models]
    curves = [(m, curve) for m, curve in measured if curve]
    if not curves:
        return None
    levels = list(dict.fromkeys(level for _, curve in curves for level in curve["levels"]))
    title, unit = STRESSES[stress].title, STRESSES[stress].unit
    drawn, axis = _axes("accuracy", f"{title}, {unit}")
    for (model, curve), name in zip(curves, _names(m for m, _ in curves), strict=True):
        places = [levels.index(level) for level in curve["levels"]]
        style = STYLES.get(model.config.family, OTHER)
        _line(axis, np.array(places), np.array(curve["accuracy"]), style, name)
    _level_ticks(axis, levels)
    _legend(axis)
    found = [dict(zip(curve["levels"], curve["accuracy"], strict=True)) for _, curve in curves]
    best = max(range(len(curves)), key=lambda i: float(np.mean(list(found[i].values()))))
    return Chart(
        name=f"robustness-{stress}",
        title=f"{title}: accuracy on the test set",
        png=png(drawn),
        size=(WIDTH, HEIGHT),
        alt=f"Accuracy at {len(levels)} levels of {title}: the {curves[best][0].name} is most robust.",
        table=(
            (f"{title}, {unit}", *(m.config.id for m, _ in curves)),
            *(
                (_number(level), *(percent(f[level]) if level in f else "–" for f in found))
                for level in levels
            ),
        ),
    )


def reliability_chart(measured: Mapping[str, Reliability | None]) -> Chart | None:
    """Calibration: accuracy against confidence. measured: model id -> bins. None without any bins."""
    known = {name: bins for name, bins in measured.items() if bins is not None}
    if not known:
        return None
    drawn, axis = _axes("accuracy", "confidence")
    axis.plot([0, 1], [0, 1], color=QUIET, linewidth=1, label="perfect calibration")
    for name, bins in known.items():
        style = STYLES.get(name.rpartition("-")[2], OTHER)
        # Bins of few answers scatter widely: their marks are small, and no line leads to them.
        some, enough = bins.counts > 0, bins.counts >= LEAST_ANSWERS
        sizes = 4 + 90 * np.sqrt(bins.counts / bins.counts.max())
        axis.plot(
            bins.confidence[enough], bins.accuracy[enough],
            color=style.colour, linestyle=style.line, linewidth=1.8, label=name,
        )  # fmt: skip
        axis.scatter(
            bins.confidence[some], bins.accuracy[some], sizes[some], color=style.colour, marker=style.mark,
        )  # fmt: skip
    axis.set_xlim(0, 1.02)
    _legend(axis)
    gaps = {
        n: float(np.nansum(np.abs(b.accuracy - b.confidence) * b.counts) / b.counts.sum())
        for n, b in known.items()
    }
    best = min(gaps, key=gaps.__getitem__)
    return Chart(
        name="reliability",
        title=f"Calibration: accuracy by confidence; bins of fewer than {LEAST_ANSWERS} answers are not joined",
        png=png(drawn),
        size=(WIDTH, HEIGHT),
        alt=f"Accuracy against confidence; {best} is closest to the diagonal, {percent(gaps[best])} off on average.",
        table=(
            ("confidence", *(cell for n in known for cell in (f"{n}, accuracy", f"{n}, answers"))),
            *_reliability_rows(list(known.values())),
        ),
    )


def _reliability_rows(known: Sequence[Reliability]) -> Iterable[tuple[str, ...]]:
    for i, (low, high) in enumerate(pairwise(known[0].edges)):
        cells = [
            ("–" if not bins.counts[i] else percent(bins.accuracy[i]), f"{bins.counts[i]:,}")
            for bins in known
        ]
        yield f"{100 * low:.0f}–{percent(high, 0)}", *(text for pair in cells for text in pair)


def cost_chart(models: Sequence[ModelResult]) -> Chart | None:
    """Accuracy, with its interval, against time per answer; None if no model has both measurements."""
    able = [
        m for m in models if metric_tables.headline(m.config.metrics) and m.config.metrics.get("latency_ms")
    ]
    if not able:
        return None
    drawn, axis = _axes("accuracy", "time per answer, ms (logarithmic scale)")
    rows = []
    for model, name in zip(able, _names(able), strict=True):
        style, record = STYLES.get(model.config.family, OTHER), metric_tables.headline(model.config.metrics)
        x, y = model.config.metrics["latency_ms"], record["accuracy"]
        low, high = record.get("interval") or (y, y)
        axis.errorbar(
            x,
            y,
            [[y - low], [high - y]],
            fmt=style.mark,
            color=style.colour,
            ms=8,
            capsize=4,
            label=name,
        )
        rows.append(
            (model.config.id, f"{x:.1f} ms", metric_tables.quoted(record), megabytes(model.size_bytes))
        )
    _logarithmic(axis, [m.config.metrics["latency_ms"] for m in able])
    lowest = min(metric_tables.headline(m.config.metrics).get("interval", (0.5,))[0] for m in able)
    axis.set_ylim(max(0.0, lowest - 0.05), 1.005)
    _legend(axis)
    best = max(able, key=lambda m: metric_tables.headline(m.config.metrics)["accuracy"])
    fastest = min(able, key=lambda m: m.config.metrics["latency_ms"])
    return Chart(
        name="cost",
        title="Accuracy against time per answer",
        png=png(drawn),
        size=(WIDTH, HEIGHT),
        alt=f"Points for {len(able)} models: {best.config.id} is most accurate, {fastest.config.id} is fastest.",
        table=(("model", "time", "accuracy", "size"), *rows),
    )


def _logarithmic(axis: Axes, values: Sequence[float]) -> None:
    """Make the x axis logarithmic, with margins around the values and plain numbers as ticks."""
    axis.set_xscale("log")
    axis.set_xlim(min(values) / 3, 3 * max(values))
    axis.set_xticks(_round_numbers(*axis.get_xlim()))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.xaxis.set_minor_locator(NullLocator())


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten, between two positive numbers."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [
        x for power in powers for x in (10.0**power, 2 * 10.0**power, 5 * 10.0**power) if low <= x <= high
    ]


def _axes(y_label: str, x_label: str) -> tuple[Figure, Axes]:
    drawn, axis = figure(HEIGHT, **MARGINS)
    axis.set_ylabel(y_label)
    axis.set_xlabel(x_label)
    axis.set_ylim(-0.02, 1.02)  # markers at 0 and 1 are whole
    axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axis.grid(True, color=GRID, linewidth=0.6)
    return drawn, axis


def _line(axis: Axes, x: np.ndarray, y: np.ndarray, style: Style, name: str) -> None:
    axis.plot(
        x, y, color=style.colour, marker=style.mark, linestyle=style.line, linewidth=1.8, ms=5, label=name
    )


def _legend(axis: Axes) -> None:
    axis.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2,
        frameon=False,
        fontsize=8,
        labelcolor=INK,
        columnspacing=1.2,
        handlelength=2.4,
        borderaxespad=0.2,
    )


def _level_ticks(axis: Axes, levels: Sequence[float]) -> None:
    """Equally spaced levels: many are chosen by ear, so that their values are not equally spaced."""
    every = -(-len(levels) // 8)
    shown = range(0, len(levels), every)
    axis.set_xticks(list(shown), [_number(levels[i]) for i in shown])


def _number(level: float) -> str:
    return f"{level:g}".replace("-", "−")


def _names(models: Iterable[ModelResult]) -> list[str]:
    return model_names((m.config.id, m.config.family) for m in models)
