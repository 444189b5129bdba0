"""The registry as a sortable HTML table, and the heading and charts of one model."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from audioclf.service.catalogue import Listing, Row
from audioclf.types import Chart
from audioclf.ui.markup.cards import FAMILIES
from audioclf.ui.markup.glossary import explained, family_term
from audioclf.ui.markup.pictures import table as plain_table
from audioclf.wording import family_name, megabytes, percent, text

SHORT_SHA = 12
# Words of the glossary that explain themselves in titles of charts.
EXPLAINED = ("recall", "interval", "confusion", "calibration")
MARKS = {True: "✓", False: "✗"}


@dataclass(frozen=True)
class Outcome:
    """Result of the last action on a model: whether it succeeded, and a sentence."""

    good: bool
    words: str


@dataclass(frozen=True)
class Column:
    """A table column. title: its key in the catalogue. value: its sort key. cell: its content as HTML."""

    title: str
    value: Callable[[Row], str | float]
    cell: Callable[[Row], str]


def size(n_bytes: int) -> str:
    """Bytes in bytes, kB or MB."""
    if n_bytes < 1000:
        return f"{n_bytes} bytes"
    return megabytes(n_bytes) if n_bytes >= 100_000 else f"{n_bytes / 1e3:.0f} kB"


def accuracy(row: Row) -> str:
    """Percent with the interval below it, as HTML; a dash if not measured."""
    if row.accuracy is None:
        return "–"
    interval = ""
    if row.interval is not None:
        low, high = (f"{100 * end:.1f}" for end in row.interval)
        interval = text("models.interval", low=low, high=high)
    return (
        f'<span title="{escape(row.protocol or "")}">{percent(row.accuracy)}</span><small>{interval}</small>'
    )


COLUMNS = (
    Column("models.task", lambda row: row.task, lambda row: escape(row.task)),
    Column("models.family", lambda row: row.family, lambda row: escape(family_name(row.family))),
    Column("models.accuracy", lambda row: -1.0 if row.accuracy is None else row.accuracy, accuracy),
    Column("models.size", lambda row: row.bytes, lambda row: size(row.bytes)),
    Column("models.parameters", lambda row: row.n_parameters, lambda row: f"{row.n_parameters:,}"),
    Column("models.licence", lambda row: row.license, lambda row: escape(row.license)),
    Column("models.data", lambda row: row.dataset, lambda row: escape(row.dataset)),
    Column("models.sha", lambda row: row.sha256, lambda row: f"<code>{row.sha256[:SHORT_SHA]}</code>"),
    Column("models.where", lambda row: row.where, lambda row: escape(row.where)),
)


def table(found: Listing, chosen: str | None, outcomes: Mapping[str, Outcome]) -> str:
    """One row per model; the page's script sorts the rows and reports the chosen model."""
    rows = found.rows
    heads = "".join(_head(text(key)) for key in ("models.model", *(column.title for column in COLUMNS)))
    body = "".join(_row(row, row.model == chosen, outcomes.get(row.model)) for row in rows)
    return (
        f'<div class="ac-scroll" tabindex="0" role="region" aria-label="{text("models.listed")}">'
        f'<table class="ac-models"><caption class="ac-hidden">{text("models.caption", n=len(rows))}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>" + _rest(found)
    )


def _rest(found: Listing) -> str:
    """What the table leaves out, as HTML."""
    if len(found.rows) == found.n_found:
        return "" if found.rows else f'<p class="ac-about">{text("models.none")}</p>'
    words = text("models.some", n=len(found.rows), found=f"{found.n_found:,}")
    return f'<p class="ac-about">{words}</p>'


def failed(sentence: str) -> str:
    """An error sentence in place of content."""
    return f'<p class="ac-outcome" data-good="false" role="alert">{MARKS[False]} {escape(sentence)}</p>'


def said(outcome: Outcome | None) -> str:
    """The outcome of an action, as HTML; empty if there is none."""
    if outcome is None:
        return ""
    good = str(outcome.good).lower()
    role = "status" if outcome.good else "alert"
    return (
        f'<p class="ac-outcome" data-good="{good}" role="{role}">'
        f"{MARKS[outcome.good]} {escape(outcome.words)}</p>"
    )


def heading(row: Row) -> str:
    """The heading of the chosen model."""
    key = FAMILIES.get(row.family)
    what = f" · {text(key)}" if key else ""
    return (
        f'<h2 class="ac-chosen" data-family="{escape(row.family)}">{escape(row.model)}'
        f"<small>{family_term(row.family)}{escape(what)}</small></h2>"
    )


def charts(drawn: Sequence[Chart]) -> str:
    """The charts, each with its alt text and table."""
    if not drawn:
        return f'<p class="ac-about">{escape(text("models.no_results"))}</p>'
    return "".join(map(_chart, drawn))


def _head(title: str) -> str:
    return f'<th scope="col" aria-sort="none"><button type="button" class="ac-sort">{title}</button></th>'


def _row(row: Row, is_chosen: bool, outcome: Outcome | None) -> str:
    cells = "".join(
        f'<td data-sort="{escape(str(column.value(row)))}">{column.cell(row)}</td>' for column in COLUMNS
    )
    outcome = outcome or (Outcome(False, row.problem) if row.problem else None)
    return (
        f'<tr data-model="{escape(row.model)}" data-family="{escape(row.family)}" '
        f'data-chosen="{str(is_chosen).lower()}"><th scope="row" data-sort="{escape(row.model)}">'
        f'<button type="button" class="ac-pick" aria-pressed="{str(is_chosen).lower()}">{escape(row.model)}'
        f"</button>{said(outcome)}</th>{cells}</tr>"
    )


def _chart(chart: Chart) -> str:
    return (
        f'<figure class="ac-chart" data-chart="{escape(chart.name)}">'
        f"<figcaption><b>{explained(chart.title, *EXPLAINED)}</b></figcaption>"
        f"{_picture(chart)}{_chart_table(chart)}</figure>"
    )


def _picture(chart: Chart) -> str:
    if not chart.png:
        return f'<p class="ac-about">{escape(chart.alt)}</p>'
    data = base64.b64encode(chart.png).decode("ascii")
    width, height = chart.size
    image = f'<img alt="{escape(chart.alt)}" width="{width}" height="{height}" src="data:image/png;base64,{data}">'
    # On a phone the words in a narrower picture would be too small to read.
    name = escape(text("models.scrolls", title=chart.title))
    return f'<div class="ac-wide" tabindex="0" role="group" aria-label="{name}">{image}</div>'


def _chart_table(chart: Chart) -> str:
    if not chart.table:
        return ""
    show = text("tables.show")
    return (
        f"<details><summary>{escape(show)}<span>: {escape(chart.title)}</span></summary>"
        f"{plain_table(chart.table)}</details>"
    )
