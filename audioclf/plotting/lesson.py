"""The panels of the lessons as one PNG: what `audioclf show` draws."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from audioclf.lessons.view import Axis, Curve, Panel, View
from audioclf.plotting.canvas import FONT_SIZE, INK, QUIET

TONES = (INK, "#7b3294", "#1b7837", "#b35806", "#2166ac", "#c51b7d", "#5d6d00", "#8b95a3")
WIDTH, HEIGHTS = 8.0, {"low": 1.5, "normal": 2.4, "tall": 3.2, "square": 4.0}  # inches
DOTS_PER_INCH = 150


def draw(views: Sequence[View]) -> bytes:
    """All panels of the views, one below the other, as a PNG."""
    panels = [panel for view in views for panel in view.panels]
    heights = [HEIGHTS[panel.size] for panel in panels]
    figure = Figure(
        figsize=(WIDTH, sum(heights) + 0.75 * len(panels)), dpi=DOTS_PER_INCH, layout="constrained"
    )
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(panels), 1, height_ratios=heights)
    for row, panel in enumerate(panels):
        _panel(figure.add_subplot(grid[row]), panel)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _panel(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=FONT_SIZE + 2, color=INK, parse_math=False)
    if panel.field is not None:
        field = panel.field
        shown = axes.imshow(
            field.values,
            origin="lower",
            aspect="auto",
            extent=(0, 1, 0, 1),
            vmin=field.low,
            vmax=field.high,
            cmap=colormaps["PRGn" if field.diverging else "viridis"],
            interpolation="nearest",
        )
        axes.figure.colorbar(shown, ax=axes, pad=0.01).set_label(field.unit, fontsize=FONT_SIZE)
    for box in panel.boxes:
        left, low = panel.x.place(box.left), panel.y.place(box.low)
        size = (panel.x.place(box.right) - left, panel.y.place(box.high) - low)
        axes.add_patch(
            Rectangle((left, low), *size, facecolor=(*_rgb(box.tone), 0.25), edgecolor=TONES[box.tone])
        )
    for curve in panel.curves:
        _curve(axes, curve, panel.x, panel.y)
    for mark in panel.marks:
        if mark.x is not None and mark.y is not None:
            place = float(panel.x.place(mark.x)), float(panel.y.place(mark.y))
            axes.text(*place, mark.words, ha="center", va="center", fontsize=FONT_SIZE)
        elif mark.x is not None:
            axes.axvline(float(panel.x.place(mark.x)), color=INK, linestyle=":", linewidth=0.9)
            axes.text(float(panel.x.place(mark.x)), 0.98, f" {mark.words}", va="top", fontsize=FONT_SIZE)
        elif mark.y is not None:
            axes.axhline(float(panel.y.place(mark.y)), color=INK, linestyle=":", linewidth=0.9)
            axes.text(
                0.99, float(panel.y.place(mark.y)), mark.words, ha="right", va="bottom", fontsize=FONT_SIZE
            )
    _axes(axes, panel)


def _axes(axes: Axes, panel: Panel) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1))
    for axis, target in ((panel.x, axes.xaxis), (panel.y, axes.yaxis)):
        marks = axis.marks()
        target.set_ticks([float(axis.place(value)) for value, _ in marks], [words for _, words in marks])
        target.set_label_text(axis.label, color=QUIET, fontsize=FONT_SIZE + 1)
    axes.tick_params(labelsize=FONT_SIZE, colors=INK)
    if any(curve.name for curve in panel.curves):
        axes.legend(fontsize=FONT_SIZE, loc="upper right", framealpha=0.8)


def _curve(axes: Axes, curve: Curve, x: Axis, y: Axis) -> None:
    across, up = x.place(curve.x), y.place(curve.y)
    zero = 0.0 if y.unit == "dB" else float(np.clip(y.place(max(y.low, min(y.high, 0.0))), 0, 1))
    style: dict[str, Any] = {"color": TONES[curve.tone], "label": curve.name or None}
    if curve.look == "dots":
        axes.plot(across, up, "o", markersize=3.5, **style)
    elif curve.look == "stems":
        axes.vlines(across, zero, up, linewidth=1.2, **style)
    elif curve.look == "bars":
        width = 0.7 * float(np.median(np.diff(across))) if len(across) > 1 else 0.4
        axes.bar(across, up - zero, width, bottom=zero, **style)
    elif curve.look == "area":
        axes.fill(across, up, **style)
    else:
        axes.plot(across, up, linewidth=1.1, linestyle="--" if curve.look == "dashed" else "-", **style)


def _rgb(tone: int) -> tuple[float, ...]:
    return tuple(int(TONES[tone][i : i + 2], 16) / 255 for i in (1, 3, 5))
