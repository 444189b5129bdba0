"""Test-set results as HTML: accuracy and cost, significance, charts, and confusion matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from audioclf.service.testset import Cell, Matrix, TestsetReport
from audioclf.ui.markup.cards import words
from audioclf.ui.markup.models import charts
from audioclf.ui.markup.pictures import play_button
from audioclf.ui.markup.pictures import table as plain_table
from audioclf.wording import family_name, probability

if TYPE_CHECKING:
    from audioclf.service.testset import ConfusionEntry, Table

N_CLIPS = 12  # recordings listed per cell, the most confident first
AWAY = "<p>They cannot be played: the data set is not on this machine. Set AUDIOCLF_DATA to its folder.</p>"
CELL_HINT = "Click a number in a matrix to list and play its recordings."
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
    return (
        _missing(found.missing)
        + _panel("Accuracy and cost", plain_table(found.table) + _about(found.timing))
        + (_panel("Is the difference significant?", _list(found.paired_tests)) if found.paired_tests else "")
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
    more = f"<p>and {len(listed) - N_CLIPS} more</p>" if len(listed) > N_CLIPS else ""
    away = listed and all(file is None for _, file in listed)
    return (
        f'<div class="ac-panel ac-recordings" role="status"><h3>{_cell_title(found)}</h3>'
        f"{AWAY if away else ''}<ul>{rows}</ul>{more}</div>"
    )


def _cell_title(found: Cell) -> str:
    name = escape(family_name(found.matrix.family))
    n = len(found.recordings)
    label = "correctly" if found.true == found.predicted else f"as {words(found.predicted)}"
    return f"{n:,} × {words(found.true)}, classified {label} by the {name}"


def _recording(entry: ConfusionEntry, file: Path | None, playable: Callable[[Path], str | None]) -> str:
    name = escape(entry.file.replace("\\", "/").rsplit("/", 1)[-1])
    path = playable(file) if file else None
    play = play_button(path, "play") if path else ""
    return (
        f"<li>{play}<b>{name}</b> <span>confidence {probability(entry.score)}; fold "
        f"{escape(entry.fold)}</span></li>"
    )


def _panel(title: str, content: str) -> str:
    return f'<div class="ac-panel ac-measured"><h3>{title}</h3>{content}</div>'


def _about(sentence: str) -> str:
    return f'<p class="ac-about">{escape(sentence)}</p>' if sentence else ""


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>"


def _missing(sentences: Sequence[str]) -> str:
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="ac-notices" id="testset-missing">{lines}</ul>' if lines else ""


def _leak(paragraph: str, rows: Table) -> str:
    return _panel("Leaky split against honest split", f"<p>{escape(paragraph)}</p>{plain_table(rows)}")


def _matrix(found: Matrix) -> str:
    heads = "".join(f'<th scope="col"><span>{words(label)}</span></th>' for label in found.labels)
    rows = "".join(
        f'<tr><th scope="row">{words(label)}</th>'
        + "".join(_count(found, i, j) for j in range(len(found.labels)))
        + "</tr>"
        for i, label in enumerate(found.labels)
    )
    name = escape(family_name(found.family))
    return (
        f'<figure class="ac-matrix" data-family="{escape(found.family)}"><figcaption><b>{name}</b> '
        f'{escape(found.model)}</figcaption><div class="ac-table"><table>'
        f"<caption>rows: true label; columns: label predicted by the {name}</caption>"
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
        f'title="true: {words(true)}, predicted: {words(predicted)}">{count}</button></td>'
    )
