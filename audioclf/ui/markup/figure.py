"""Panels of the lessons as HTML: curves as SVG that fits any width, fields as images, axes and legend as text."""

import json
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from audioclf.service.explore import Axis, Curve, Field, Panel
from audioclf.ui.markup import marks
from audioclf.ui.markup.pictures import data_uri
from audioclf.wording import text

# A ramp whose lightness rises evenly, dark to light (viridis), and one with grey in the middle, purple and green.
RAMP = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
BOTH_WAYS = ("#40004b", "#9970ab", "#e7d4e8", "#f7f7f7", "#d9f0d3", "#5aae61", "#00441b")
DOTS = {"dots": "●", "stems": "│", "bars": "█", "area": "█", "dashed": "╌", "line": "━"}
DECIMALS = 2
MAX_BESIDE = 3  # letters of a label that stands beside the ticks; a longer one stands below them


def panel(drawn: Panel) -> str:
    """One panel with axes and legend. Its numbers are read out at the pointer, and its alt text tells them."""
    field = _image(drawn.field) if drawn.field else ""
    reads = {
        "x": [drawn.x.low, drawn.x.high, drawn.x.is_log, drawn.x.unit or drawn.x.label],
        "y": [drawn.y.low, drawn.y.high, drawn.y.is_log, drawn.y.unit or drawn.y.label],
    }
    return (
        f'<figure class="ac-figure ac-lesson-panel" data-size="{drawn.size}"><figcaption><b>{escape(drawn.title)}</b>'
        f"{_legend(drawn.curves)}{_scale(drawn.field)}</figcaption>"
        f'<div class="ac-frame">{_y_axis(drawn.y)}<div class="ac-plot" data-reads="{escape(json.dumps(reads))}">'
        f'<div class="ac-drawn" role="img" aria-label="{escape(f"{drawn.title}. {drawn.alt}")}">'
        f"{field}{_svg(drawn)}{marks.words(drawn)}</div></div></div>{_x_axis(drawn.x)}</figure>"
    )


def _svg(drawn: Panel) -> str:
    x, y = drawn.x, drawn.y
    grid = "" if drawn.field else "".join(
        f'<path class="ac-grid" d="M0 {_down(y.place(value))}H100"/>' for value, _ in y.marks()
    )  # fmt: skip
    boxes = "".join(
        f'<rect data-tone="{box.tone}" x="{_across(x.place(box.left))}" y="{_down(y.place(box.high))}" '
        f'width="{_across(x.place(box.right) - x.place(box.left))}" '
        f'height="{_across(y.place(box.high) - y.place(box.low))}"/>'
        for box in drawn.boxes
    )
    curves = "".join(_curve(curve, x, y) for curve in drawn.curves)
    lines = "".join(
        f'<path class="ac-fall" d="M{_across(x.place(mark.x))} 0V100"/>'
        if mark.x is not None
        else f'<path class="ac-fall" d="M0 {_down(y.place(mark.y))}H100"/>'
        for mark in drawn.marks
        if mark.x is None or mark.y is None
    )
    return (
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f"{boxes}{grid}{curves}{lines}</svg>"
    )


def _curve(curve: Curve, x: Axis, y: Axis) -> str:
    across, up = 100 * x.place(curve.x), 100 * (1 - y.place(curve.y))
    zero = float(np.clip(100 * (1 - y.place(max(y.low, min(y.high, 0.0)))), 0, 100))
    is_there = np.isfinite(across) & np.isfinite(up)
    up = np.clip(up, -20, 120)
    make = {"dots": _dots, "stems": _stems, "bars": _bars, "area": _area}.get(curve.look, _line)
    path = make(across, up, is_there, 100.0 if y.unit == "dB" else zero)
    part = f' data-part="{escape(curve.part)}"' if curve.part else ""
    return f'<path class="ac-{curve.look}" data-tone="{curve.tone}"{part} d="{path}"/>'


def _line(across: NDArray, up: NDArray, is_there: NDArray, zero: float) -> str:
    words, pen = [], "M"
    for a, b, there in zip(across.tolist(), up.tolist(), is_there.tolist(), strict=True):
        if not there:
            pen = "M"
            continue
        words.append(f"{pen}{a:.{DECIMALS}f} {b:.{DECIMALS}f}")
        pen = "L"
    return "".join(words)


def _dots(across: NDArray, up: NDArray, is_there: NDArray, zero: float) -> str:
    # Lines of no length with round ends: circles would be stretched.
    return "".join(f"M{a:.2f} {b:.2f}h0" for a, b in zip(across[is_there], up[is_there], strict=True))


def _stems(across: NDArray, up: NDArray, is_there: NDArray, zero: float) -> str:
    return "".join(
        f"M{a:.2f} {zero:.2f}V{b:.2f}" for a, b in zip(across[is_there], up[is_there], strict=True)
    )


def _bars(across: NDArray, up: NDArray, is_there: NDArray, zero: float) -> str:
    width = 0.7 * float(np.median(np.abs(np.diff(across)))) if len(across) > 1 else 40.0
    return "".join(
        f"M{a - width / 2:.2f} {zero:.2f}V{b:.2f}h{width:.2f}V{zero:.2f}Z"
        for a, b in zip(across[is_there], up[is_there], strict=True)
    )


def _area(across: NDArray, up: NDArray, is_there: NDArray, zero: float) -> str:
    return f"{_line(across, up, is_there, zero)}Z"


def _across(place: float) -> str:
    return f"{100 * float(place):.2f}"


def _down(place: float) -> str:
    return f"{100 * (1 - float(place)):.2f}"


def _y_axis(axis: Axis) -> str:
    spans = "".join(
        f'<span style="bottom:{100 * float(axis.place(value)):.2f}%">{escape(words)}</span>'
        for value, words in _apart(axis)
    )
    return f'<div class="ac-yaxis" aria-hidden="true"><em>{escape(axis.label)}</em>{spans}</div>'


def _x_axis(axis: Axis) -> str:
    spans = "".join(
        f'<span style="left:{100 * place:.2f}%"{"" if on_a_phone else " data-wide"}>{escape(words)}</span>'
        for place, words, on_a_phone in marks.ticks(axis, 8)
    )
    label = escape(axis.label)
    if len(axis.label) <= MAX_BESIDE:
        return f'<div class="ac-times" aria-hidden="true"><em>{label}</em>{spans}</div>'
    below = f'<p class="ac-xlabel" aria-hidden="true">{label}</p>'
    return f'<div class="ac-times" aria-hidden="true">{spans}</div>{below}'


def _apart(axis: Axis, least: float = 0.09) -> list[tuple[float, str]]:
    """The ticks of an axis, without those too close to the one before."""
    kept: list[tuple[float, str]] = []
    for value, words in axis.marks():
        if not kept or abs(float(axis.place(value)) - float(axis.place(kept[-1][0]))) >= least:
            kept.append((value, words))
    return kept


def _legend(curves: Sequence[Curve]) -> str:
    named = [curve for curve in curves if curve.name]
    items = "".join(
        f'<li data-tone="{curve.tone}"><b aria-hidden="true">{DOTS[curve.look]}</b> {escape(curve.name)}</li>'
        for curve in named
    )
    return f'<ul class="ac-legend">{items}</ul>' if items else ""


def _scale(field: Field | None) -> str:
    if field is None:
        return ""
    stops = ",".join(BOTH_WAYS if field.diverging else RAMP)
    low, high = (f"{value:.3g}".replace("-", "−") for value in (field.low, field.high))
    return (
        f'<span class="ac-scale"><span>{low}</span><i style="background:linear-gradient(90deg,{stops})"></i>'
        f"<span>{high} {escape(field.unit)}</span></span>"
    )


def _image(field: Field) -> str:
    share = (np.asarray(field.values, dtype=float) - field.low) / (field.high - field.low)
    levels = np.rint(255 * np.clip(np.nan_to_num(share), 0, 1)).astype(np.uint8)[::-1]
    coarse = ' data-coarse="true"' if min(levels.shape) < 48 else ""
    return f'<img alt=""{coarse} src="{data_uri(levels, palette(field.diverging))}" draggable="false">'


def palette(diverging: bool) -> NDArray[np.uint8]:
    """(256, 3) colours of a field, low to high."""
    stops = BOTH_WAYS if diverging else RAMP
    colours = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops], dtype=float)
    places = np.linspace(0, len(stops) - 1, 256)
    return (
        np.stack([np.interp(places, range(len(stops)), colours[:, c]) for c in range(3)], axis=1)
        .round()
        .astype(np.uint8)
    )


def panels(drawn: Sequence[Panel]) -> str:
    """All panels of a step, and what the pointer reads."""
    return (
        f'<div class="ac-lesson-panels">{"".join(map(panel, drawn))}</div>'
        f'<p class="ac-readout" aria-hidden="true">{escape(text("explore.reading"))}</p>'
    )
