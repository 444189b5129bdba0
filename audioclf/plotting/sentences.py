"""Text alternatives of time–frequency pictures: a sentence and a small table."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audioclf.types import FeatureMap
from audioclf.wording import signed, text

TABLE_ROWS, TABLE_BANDS = 10, 8

Array = NDArray[np.float32]
Table = tuple[tuple[str, ...], ...]


def band_sentence(words: str, found: FeatureMap, seconds: float) -> str:
    """Where a map of bands in dB is loudest. words: what it is. seconds: length of the clip."""
    start = text("pictures.span", words=words, seconds=f"{seconds:.1f}")
    assert found.hz is not None
    row, column = np.unravel_index(int(found.values.argmax()), found.values.shape)
    peak = found.values[row, column]
    if found.values.min() == peak:
        return start + text("pictures.silence")
    loud = found.seconds[found.values.max(axis=0) > peak - 30.0]
    return start + text(
        "pictures.loudest",
        hz=round_hz(found.hz[row]),
        at=f"{found.seconds[column]:.2f}",
        first=f"{loud[0]:.2f}",
        last=f"{loud[-1]:.2f}",
    )


def row_sentence(
    words: str, found: FeatureMap, relative: Array, names: Sequence[str], first: int, seconds: float
) -> str:
    """Which row deviates most from its mean. relative: deviations in σ. first: lowest row that counts."""
    start = text("pictures.span", words=words, seconds=f"{seconds:.1f}")
    row, column = np.unravel_index(int(np.abs(relative[first:]).argmax()), relative[first:].shape)
    row += first
    if abs(relative[row, column]) < 0.5:
        return start + text("pictures.nothing_changes")
    return start + text(
        "pictures.deviates",
        n=len(relative),
        row=names[int(row)],
        by=signed(relative[row, column]),
        at=f"{found.seconds[column]:.2f}",
    )


def band_table(found: FeatureMap, seconds: float) -> Table:
    """Peaks by time interval and band."""
    assert found.hz is not None
    edges, values = _intervals(found, seconds, peaks=True)
    first = np.arange(TABLE_BANDS) * len(values) // TABLE_BANDS
    last = np.append(first[1:], len(values)) - 1
    header = [
        f"{round_hz(found.hz[a])}–{round_hz(found.hz[b])} Hz, dB" for a, b in zip(first, last, strict=True)
    ]
    return _rows(
        edges, header, [[number(v) for v in column] for column in np.maximum.reduceat(values, first).T]
    )


def row_table(found: FeatureMap, names: Sequence[str], units: Sequence[str], seconds: float) -> Table:
    """Means of the lowest rows by time interval."""
    edges, values = _intervals(found, seconds, peaks=False)
    header = [f"{name}, {unit}" for name, unit in zip(names, units, strict=True)][:TABLE_BANDS]
    return _rows(edges, header, [[signed(value) for value in column] for column in values[:TABLE_BANDS].T])


def pooled(values: Array, seconds: NDArray, edges: NDArray, peaks: bool) -> Array:
    """(n_bins, len(edges) − 1): peak or mean of the frames between edges; the next frame if there is none."""
    first = np.minimum(np.searchsorted(seconds, edges[:-1]), len(seconds) - 1)
    if peaks:
        return np.maximum.reduceat(values, first, axis=1)
    counts = np.maximum(1, np.diff(np.append(first, len(seconds))))
    return (np.add.reduceat(values, first, axis=1) / counts).astype(np.float32)


def periods(edges: NDArray) -> list[str]:
    """The intervals between edges, in seconds, as text for a table's first column."""
    return [f"{a:.2f}–{b:.2f}" for a, b in pairwise(edges)]


def number(value: float) -> str:
    """A whole number with a true minus sign."""
    return str(round(value)).replace("-", "−")


def round_hz(hz: float) -> int:
    """Rounded to two digits, about as precise as a picture can be read."""
    digits = 10 ** max(0, math.floor(math.log10(hz)) - 1) if hz >= 1 else 1
    return round(hz / digits) * digits


def _intervals(found: FeatureMap, seconds: float, peaks: bool) -> tuple[NDArray, Array]:
    edges = np.linspace(0.0, seconds, min(TABLE_ROWS, found.values.shape[1]) + 1)
    return edges, pooled(found.values, found.seconds, edges, peaks)


def _rows(edges: NDArray, header: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    spans = periods(edges)
    return (
        (text("pictures.time"), *header),
        *((period, *row) for period, row in zip(spans, cells, strict=True)),
    )
