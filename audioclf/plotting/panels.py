"""A feature map as a picture: values coloured by table look-up, axes, and texts.

Rows that are bands share one range of dB. Other rows, such as cepstra, each have their own range, or the energy
of the lowest ones would leave the rest of the picture in one colour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

from audioclf.plotting.sentences import (
    band_sentence,
    band_table,
    number,
    pooled,
    row_sentence,
    row_table,
)
from audioclf.plotting.waveform import MAX_COLUMNS
from audioclf.types import Clip, FeatureMap, Picture
from audioclf.wording import text

TICKS_HZ = (50, 100, 200, 500, 1000, 2000, 4000, 8000, 16_000, 32_000)
MIN_TICK_DISTANCE = 0.1  # of the picture's height
DEVIATIONS = 3.0  # σ of a row that the colours span on both sides of its mean
LEAST_SIGMA = 0.3  # in a row's unit: a row that hardly changes is not blown up

Array = NDArray[np.float32]
Span = tuple[float, float, str]


@dataclass(frozen=True)
class Panel:
    """One view of a clip.

    feature: gives the map. low: dB of the darkest colour where rows are bands; the brightest is 0 dB.
    names: of the rows where these are not bands. energy: whether row 0 is the energy in dB, `low` to 0.
    seen_by, family: whose input this is. words: the start of the alt text.
    """

    name: str
    title: str
    seen_by: str
    words: str
    feature: Callable[[Clip], FeatureMap]
    colours: str
    low: float = -60.0
    names: tuple[str, ...] = ()
    energy: bool = False
    family: str = ""


def draw(clip: Clip, panel: Panel, seconds: float) -> Picture:
    """The panel's picture of a clip, from 0 to `seconds`."""
    found = panel.feature(clip)
    return _bands(panel, found, seconds) if found.hz is not None else _rows(panel, found, seconds)


def _bands(panel: Panel, found: FeatureMap, seconds: float) -> Picture:
    """A column that covers several frames shows their peak, so that no click is lost."""
    assert found.hz is not None
    columns = columns_of(found, seconds, peaks=True)
    return _picture(
        panel, columns, ((panel.low, 0.0, found.unit),), seconds,
        y_label="Hz",
        ticks=hz_ticks(found.hz),
        scale=(number(panel.low), "0", ramp_of(panel.colours)),
        unit=found.unit,
        alt=band_sentence(panel.words, found, seconds),
        table=band_table(found, seconds),
        rows=tuple(float(f"{hz:.5g}") for hz in found.hz),
    )  # fmt: skip


def _rows(panel: Panel, found: FeatureMap, seconds: float) -> Picture:
    names = panel.names or tuple(map(str, range(len(found.values))))
    middle, sigma = found.values.mean(axis=1), np.maximum(found.values.std(axis=1), LEAST_SIGMA)
    if found.unit == "σ":  # normalised by the feature itself
        middle, sigma = np.zeros_like(middle), np.ones_like(sigma)
    relative = ((found.values - middle[:, None]) / sigma[:, None]).astype(np.float32)
    low, high = middle - DEVIATIONS * sigma, middle + DEVIATIONS * sigma
    spans = [(float(f"{a:.5g}"), float(f"{b:.5g}"), found.unit) for a, b in zip(low, high, strict=True)]
    if panel.energy:
        spans[0] = (panel.low, 0.0, "dB")
    return _picture(
        panel, columns_of(found, seconds, peaks=False), spans, seconds,
        y_label=text("pictures.coefficient"),
        ticks=_row_ticks(names),
        scale=(number(-DEVIATIONS), f"+{number(DEVIATIONS)}", ramp_of(panel.colours)),
        unit=text("pictures.row_unit"),
        alt=row_sentence(panel.words, found, relative, names, int(panel.energy or len(names) > 1), seconds),
        table=row_table(found, names, [unit for _, _, unit in spans], seconds),
        rows=names,
    )  # fmt: skip


def _picture(panel: Panel, columns: Array, spans: Sequence[Span], seconds: float, **more: object) -> Picture:
    low, high = (np.array([[span[i]] for span in spans], np.float32) for i in (0, 1))
    level = (columns[::-1] - low[::-1]) * (255 / (high - low))[::-1]
    level += np.float32(0.5)  # rounds
    levels = np.clip(level, 0, 255, out=level).astype(np.uint8)
    ramp = ramp_of(panel.colours)
    return Picture(
        name=panel.name,
        title=panel.title,
        seen_by=panel.seen_by,
        rgb=ramp.take(levels, axis=0),
        start=0.0,
        end=seconds,
        spans=tuple(spans),
        levels=levels,
        palette=ramp,
        family=panel.family,
        **more,  # type: ignore[arg-type]
    )


@lru_cache(maxsize=8)
def ramp_of(colours: str) -> NDArray[np.uint8]:
    """Colour table, (256, 3), from low to high."""
    return colormaps[colours](np.arange(256), bytes=True)[:, :3]


def columns_of(found: FeatureMap, seconds: float, peaks: bool) -> Array:
    """(n_bins, n_columns), evenly spaced: the nearest frame, or the peak or mean of many frames."""
    n_frames = found.values.shape[1]
    if n_frames <= MAX_COLUMNS:
        n_columns = min(MAX_COLUMNS, 4 * n_frames)
        centres = (np.arange(n_columns) + 0.5) * (seconds / n_columns)
        middles = (found.seconds[1:] + found.seconds[:-1]) / 2
        return found.values[:, np.searchsorted(middles, centres)]
    return pooled(found.values, found.seconds, np.linspace(0.0, seconds, MAX_COLUMNS + 1), peaks)


def _row_ticks(names: Sequence[str]) -> tuple[tuple[float, str], ...]:
    n = len(names)
    return tuple(((row + 0.5) / n, names[row]) for row in range(0, n, max(1, -(-n // 5))))


def hz_ticks(hz: NDArray[np.float64]) -> tuple[tuple[float, str], ...]:
    """(height, text) of round frequencies in a picture whose rows have the centre frequencies `hz`."""
    ticks: list[tuple[float, str]] = []
    for value in TICKS_HZ:
        at = (float(np.interp(value, hz, np.arange(len(hz)))) + 0.5) / len(hz)
        if hz[0] <= value <= hz[-1] and (not ticks or at - ticks[-1][0] >= MIN_TICK_DISTANCE):
            ticks.append((at, str(value) if value < 1000 else f"{value // 1000}k"))
    return tuple(ticks)
