"""Test-set results as HTML: accuracy and cost, significance, charts, and confusion matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from audioclf.service.testset import Cell, Matrix, TestsetReport
from audioclf.ui.markup.cards import notices, words
from audioclf.ui.markup.glossary import term
from audioclf.ui.markup.models import charts
from audioclf.ui.markup.pictures import play_button
from audioclf.ui.markup.pictures import table as plain_table
from audioclf.wording import family_name, probability, text

if TYPE_CHECKING:
    from audioclf.service.testset import ConfusionEntry, Table

EXPLAINED = ("accuracy", "interval", "calibration")  # words of the glossary in the table's header
N_CLIPS = 12  # recordings listed per cell, the most confident first
# A click on a number requests its recordings.
SCRIPT = """
element.addEventListener('click', (event) => {
  const cell = event.target.closest('.ac-cell');
  if (!cell) return;
  for (const other of element.querySelectorAll('.ac-cell')) other.setAttribute('aria-pressed', other === cell);
  trigger('click', { ...cell.dataset });
});
"""


def summary(found: TestsetReport) -> str:
    """Missing results, result table, significance tests, charts, and the leaky split."""
    note = text("testset.first_run") if found.has_seeds else ""
    return (
        _missing(found.missing)
        + _panel(text("testset.accuracy"), plain_table(found.table, EXPLAINED) + _about(found.timing))
        + (
            _panel(text("testset.significant"), _list(found.paired_tests) + _about(note))
            if found.paired_tests
            else ""
        )
        + (f'<div class="ac-charts">{charts(found.charts)}</div>' if found.charts else "")
        + (_leak(*found.leak) if found.leak else "")
    )


def matrices(found: Sequence[Matrix]) -> str:
    """The confusion matrices side by side; counts are buttons if their recordings are known."""
    return f'<div class="ac-matrices">{"".join(map(_matrix, found))}</div>' if found else ""


def cell(found: Cell, playable: Callable[[Path], str | None]) -> str:
    """The recordings of a cell. playable: server path of a recording's sound, None if it cannot be read."""
    listed = found.recordings
    rows = "".join(_recording(entry, file, playable) for entry, file in listed[:N_CLIPS])
    more = f"<p>{text('testset.more', n=len(listed) - N_CLIPS)}</p>" if len(listed) > N_CLIPS else ""
    away = listed and all(file is None for _, file in listed)
    missing = _about(text("testset.away")) if away else ""
    return (
        f'<div class="ac-panel ac-recordings" role="status"><h2>{_cell_title(found)}</h2>'
        f"{missing}<ul>{rows}</ul>{more}</div>"
    )


def _cell_title(found: Cell) -> str:
    key = "testset.cell_right" if found.true == found.predicted else "testset.cell_wrong"
    return text(
        key,
        n=f"{len(found.recordings):,}",
        true=words(found.true),
        predicted=words(found.predicted),
        model=escape(family_name(found.matrix.family)),
    )


def _recording(entry: ConfusionEntry, file: Path | None, playable: Callable[[Path], str | None]) -> str:
    name = escape(entry.file.replace("\\", "/").rsplit("/", 1)[-1])
    path = playable(file) if file else None
    play = play_button(path, text("testset.play")) if path else ""
    about = text("testset.recording", share=probability(entry.score), fold=escape(entry.fold))
    return f"<li>{play}<b>{name}</b> <span>{about}</span></li>"


def _panel(title: str, content: str) -> str:
    return f'<div class="ac-panel ac-measured"><h2>{title}</h2>{content}</div>'


def _about(sentence: str) -> str:
    return f'<p class="ac-about">{escape(sentence)}</p>' if sentence else ""


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>"


def _missing(sentences: Sequence[str]) -> str:
    return notices(sentences, ' id="testset-missing"') if sentences else ""


def _leak(paragraph: str, rows: Table) -> str:
    return _panel(text("testset.leak"), f"<p>{escape(paragraph)}</p>{plain_table(rows)}")


def _matrix(found: Matrix) -> str:
    heads = "".join(f'<th scope="col"><span>{words(label)}</span></th>' for label in found.labels)
    rows = "".join(
        f'<tr><th scope="row">{words(label)}</th>'
        + "".join(_count(found, i, j) for j in range(len(found.labels)))
        + "</tr>"
        for i, label in enumerate(found.labels)
    )
    name = escape(family_name(found.family))
    kind = term("confusion", escape(text("testset.confusion")))
    return (
        f'<figure class="ac-matrix" data-family="{escape(found.family)}"><figcaption><b>{name}</b> '
        f'{escape(found.model)} · {kind}</figcaption><div class="ac-table"><table>'
        f"<caption>{text('testset.axes', model=name)}</caption>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div></figure>"
    )


def _count(found: Matrix, i: int, j: int) -> str:
    count = int(found.counts[i, j])
    share = count / max(1, int(found.counts[i].sum()))
    style = f'style="--share:{share:.3f}" data-dark="{str(share > 0.55).lower()}"'
    if not (count and found.listed):
        return f"<td {style}>{count or '·'}</td>"
    true, predicted = found.labels[i], found.labels[j]
    return (
        f'<td {style}><button type="button" class="ac-cell" aria-pressed="false" data-model="{escape(found.model)}" '
        f'data-true="{escape(true)}" data-predicted="{escape(predicted)}" '
        f'title="{text("testset.count", true=words(true), predicted=words(predicted))}">{count}</button></td>'
    )
