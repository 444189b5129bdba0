"""Line charts as HTML that fits any width; each family has its own colour, marker and dash pattern."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from audioclf.ui.markup.pictures import table as plain_table
from audioclf.wording import text

# Family: its marker, and the dash pattern of its line in CSS pixels.
MARKS = {"gmm": ("●", ""), "cnn": ("■", "7 4"), "rnn": ("▲", "2 3")}
OTHER = ("◆", "10 3 2 3")
PERCENT_TICKS = tuple((i / 4, f"{25 * i} %") for i in range(5))

READOUT = '<p class="ac-readout" aria-hidden="true"></p>'  # what the script reads out of the surface

Tick = tuple[float, str]  # place in [0, 1] from left or bottom, text


@dataclass(frozen=True)
class Series:
    """points: (x, y) in [0, 1], from left and bottom, with tooltip. rings: indices of points to ring.

    falls: x of vertical lines.
    """

    name: str
    family: str
    points: Sequence[tuple[float, float, str]]
    rings: Collection[int] = ()
    falls: Sequence[float] = ()


@dataclass(frozen=True)
class Diagram:
    """A line chart. alt: text alternative. table: its numbers, header first. legend: more (mark, words) entries."""

    name: str
    title: str
    series: Sequence[Series]
    x_label: str
    x_ticks: Sequence[Tick]
    y_label: str
    alt: str
    table: Sequence[Sequence[str]]
    y_ticks: Sequence[Tick] = PERCENT_TICKS
    legend: Sequence[tuple[str, str]] = ()


def diagram(drawn: Diagram, surfaces: str = "") -> str:
    """The chart with axes, legend and table. surfaces: markup over the plot that receives clicks."""
    ys = "".join(f'<span style="bottom:{100 * at:.2f}%">{escape(text)}</span>' for at, text in drawn.y_ticks)
    xs = "".join(f'<span style="left:{100 * at:.2f}%">{escape(text)}</span>' for at, text in drawn.x_ticks)
    marks = "".join(map(_marks, drawn.series))
    show = text("tables.show")
    return (
        f'<figure class="ac-figure ac-diagram" data-chart="{escape(drawn.name)}">'
        f"<figcaption><b>{escape(drawn.title)}</b>{_legend(drawn)}</figcaption>"
        f'<div class="ac-frame"><div class="ac-yaxis" aria-hidden="true"><em>{escape(drawn.y_label)}</em>{ys}</div>'
        f'<div class="ac-plot"><div class="ac-drawn" role="img" aria-label="{escape(drawn.alt)}">'
        f"{_lines(drawn)}{marks}</div>{surfaces}</div>"
        f'</div><div class="ac-times" aria-hidden="true">{xs}</div>'
        f'<p class="ac-xlabel" aria-hidden="true">{escape(drawn.x_label)}</p>{READOUT if surfaces else ""}'
        f"<details><summary>{escape(show)}<span>: {escape(drawn.title)}</span></summary>"
        f"{plain_table(drawn.table)}</details></figure>"
    )


def _lines(drawn: Diagram) -> str:
    """Grid and curves, stretched to the plot; strokes keep their width."""
    grid = "".join(f'<path class="ac-grid" d="M0 {_y(at)}H100"/>' for at, _ in drawn.y_ticks)
    curves = "".join(
        f'<g data-family="{escape(s.family)}">'
        + "".join(f'<path class="ac-fall" d="M{100 * x:.2f} 0V100"/>' for x in s.falls)
        + f'<polyline stroke-dasharray="{_mark(s.family)[1]}" points="{_points(s)}"/></g>'
        for s in drawn.series
    )
    return f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{grid}{curves}</svg>'


def _points(series: Series) -> str:
    return " ".join(f"{100 * x:.2f},{_y(y)}" for x, y, _ in series.points)


def _y(at: float) -> str:
    return f"{100 * (1 - at):.2f}"


def _marks(series: Series) -> str:
    mark = _mark(series.family)[0]
    return "".join(
        f'<i class="ac-mark{" ac-ring" if i in series.rings else ""}" data-family="{escape(series.family)}" '
        f'style="left:{100 * x:.2f}%;bottom:{100 * y:.2f}%" title="{escape(series.name)}, {escape(level)}" '
        f'aria-hidden="true">{mark}</i>'
        for i, (x, y, level) in enumerate(series.points)
    )


def _legend(drawn: Diagram) -> str:
    entries = [(s.family, _mark(s.family)[0], s.name) for s in drawn.series]
    entries += [("", mark, words) for mark, words in drawn.legend]
    items = "".join(
        f'<li data-family="{escape(family)}"><b aria-hidden="true">{mark}</b> {escape(words)}</li>'
        for family, mark, words in entries
    )
    return f'<ul class="ac-legend">{items}</ul>'


def _mark(family: str) -> tuple[str, str]:
    return MARKS.get(family, OTHER)
