"""Pictures of an explanation, all on the time axis of the explained window."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.features.spectral import LogMel
from audioclf.lab.explain import Explanation, Region
from audioclf.lab.occlusion import Grid
from audioclf.plotting.panels import columns_of, hz_ticks, ramp_of
from audioclf.plotting.sentences import periods
from audioclf.types import Clip, FeatureMap, Picture
from audioclf.wording import family_name, probability, readable, signed

# Purple supports the answer, green contradicts it: safe for colour-blind people, and no family's colours.
FOR, AGAINST, EDGE = (np.array(c, np.float32) for c in ((200, 120, 240), (160, 215, 90), (255, 255, 255)))
GREY = np.linspace(0.04, 0.62, 256, dtype=np.float32)  # dark enough for colours to show on it
LEVELS = np.linspace(-1, 1, 256, dtype=np.float32)  # of a colour scale
STRENGTH = 0.8  # opacity of the strongest cell
LEAST_SIGN = 0.3  # of the strongest cell: weaker ones get no sign
SIGN_INK = 240  # not quite the white of the box
SIGN = 4  # half a sign's width in columns; rows are lower
ROWS_PER_BAND = 4
CURVE_ROWS = 96
TABLE_ROWS, TABLE_BANDS = 10, 8

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]


def pictures(clip: Clip, found: Explanation) -> tuple[Picture, ...]:
    """The occlusion map over the spectrogram, then the family's own views; all span the map's cells."""
    ground = _spectrogram(clip, found)
    return (_occlusion(ground, found), *(_view(ground, found, name, view) for name, view in found.views))


def _spectrogram(clip: Clip, found: Explanation) -> FeatureMap:
    """(n_bins, n_columns) in dB, up to the model's highest frequency; seconds count from the clip's start."""
    start, end = found.grid.seconds[[0, -1]]
    part = audio.cut(audio.resample(clip, round(2 * found.grid.hz[-1])), start, end - start)
    spectrum = LogMel(top_db=60.0)(part)
    columns = columns_of(spectrum, part.seconds, peaks=True)
    middles = start + (np.arange(columns.shape[1]) + 0.5) * (part.seconds / columns.shape[1])
    return FeatureMap(columns, middles, spectrum.hz, "dB")


def _occlusion(ground: FeatureMap, found: Explanation) -> Picture:
    assert ground.hz is not None
    bands = np.clip(np.searchsorted(found.grid.hz, ground.hz, "right") - 1, 0, len(found.values) - 1)
    slices = np.searchsorted(found.grid.seconds, ground.seconds, "right") - 1
    heat = found.values[bands][:, slices.clip(0, found.values.shape[1] - 1)]
    rgb = _over(ground, heat)
    _signs(rgb, ground, found)
    if found.region:
        _outline(rgb, ground, found.region)
    strongest = float(np.abs(found.values).max())
    return _picture(
        found, "occlusion", "Occlusion map", rgb,
        y_label="Hz",
        ticks=hz_ticks(ground.hz),
        scale=(signed(-strongest), signed(strongest), diverging(LEVELS)),
        unit="log-odds",
        alt=f"Spectrogram under a grid of {found.values.size} cells, coloured by how much the answer depends on "
        f"each. {found.sentence}",
        table=_grid_table(found.scores, found.grid),
        **_readable(heat, ground, strongest, "log-odds"),
    )  # fmt: skip


def _view(ground: FeatureMap, found: Explanation, name: str, view: FeatureMap) -> Picture:
    """A map over the spectrogram if rows are bands, a curve if there is one row, otherwise a map of rows."""
    if view.hz is not None:
        draw = _band_view
    elif len(view.values) == 1:
        draw = _curve_view
    else:
        draw = _row_view
    return draw(ground, found, name, view)


def _band_view(ground: FeatureMap, found: Explanation, name: str, view: FeatureMap) -> Picture:
    assert ground.hz is not None and view.hz is not None
    rows = _nearest(view.hz, ground.hz)
    heat = np.nan_to_num(_spread(view, ground))[rows]
    strongest = float(np.nanmax(np.abs(view.values)))
    row, column = np.unravel_index(int(np.nanargmax(view.values)), view.values.shape)
    return _picture(
        found, _slug(name), name, _over(ground, heat),
        y_label="Hz",
        ticks=hz_ticks(ground.hz),
        scale=(signed(-strongest), signed(strongest), diverging(LEVELS)),
        unit=view.unit,
        alt=f"{name} over the spectrogram: the strongest evidence for {readable(found.label)} is near "
        f"{view.hz[row]:.0f} Hz at {view.seconds[column]:.2f} s.",
        table=_view_table(view, [f"{hz:.0f} Hz" for hz in view.hz]),
        **_readable(heat, ground, strongest, view.unit),
    )  # fmt: skip


def _curve_view(ground: FeatureMap, found: Explanation, name: str, view: FeatureMap) -> Picture:
    line = _spread(view, ground)[0]
    low, high = min(0.0, float(np.nanmin(line))), max(0.0, float(np.nanmax(line)))
    span = high - low or 1.0
    rows = (np.arange(CURVE_ROWS)[::-1, None] + 0.5) / CURVE_ROWS * span + low
    filled = np.where(line >= 0, (rows >= 0) & (rows <= line), (rows <= 0) & (rows >= line))
    rgb = np.full((CURVE_ROWS, len(line), 3), GREY[0] * 255, np.float32)
    rgb[:, np.isnan(line)] = GREY[64] * 255  # no values here
    rgb[filled & (line >= 0)] = FOR
    rgb[filled & (line < 0)] = AGAINST
    at = int(np.nanargmax(view.values[0]))
    ticks = sorted({(0.0, _short(low)), ((0.0 - low) / span, "0"), (1.0, _short(high))})
    return _picture(
        found, _slug(name), name, rgb.astype(np.uint8),
        y_label=view.unit,
        ticks=tuple(dict(ticks).items()),
        scale=None,
        unit=view.unit,
        alt=f"{name} over time: highest at {view.seconds[at]:.2f} s, "
        f"{_short(float(view.values[0, at]))} ({view.unit}).",
        table=_view_table(view, [view.unit]),
    )  # fmt: skip


def _row_view(ground: FeatureMap, found: Explanation, name: str, view: FeatureMap) -> Picture:
    """Rows sorted by total weight, largest on top; negligible rows are left out."""
    weight = np.nansum(view.values, axis=1)
    order = np.argsort(-weight)[: max(1, int((weight > 0.02 * weight.sum()).sum()))]
    spread = _spread(view, ground)[order]
    ramp = ramp_of("viridis")
    level = np.nan_to_num(spread / max(float(np.nanmax(spread)), 1e-9)).clip(0, 1)
    rgb = ramp[(255 * level).astype(np.uint8)]
    rgb[np.isnan(spread)] = (GREY[64] * 255).astype(np.uint8)
    n = len(order)
    ticks = tuple(((n - 0.5 - i) / n, f"{order[i]}") for i in range(n))[:: max(1, n // 6)]
    share = 100 * weight[order[0]] / weight.sum()
    return _picture(
        found, _slug(name), name, np.repeat(rgb, max(1, CURVE_ROWS // n), axis=0),
        y_label="component",
        ticks=tuple(sorted(ticks)),
        scale=("0", _short(float(np.nanmax(spread))), ramp),
        unit=view.unit,
        alt=f"{name}: {n} components matter; number {order[0]} has the largest share, {share:.0f} %.",
        table=_view_table(
            FeatureMap(view.values[order[:TABLE_BANDS]], view.seconds, None, view.unit),
            [f"component {i}" for i in order[:TABLE_BANDS]],
        ),
        rows=tuple(f"component {i}" for i in order[::-1]),
        spans=((0.0, float(np.nanmax(spread)), view.unit),),
        levels=(255 * level).astype(np.uint8),
    )  # fmt: skip


def _picture(found: Explanation, name: str, title: str, rgb: Pixels, **more: object) -> Picture:
    start, end = (float(edge) for edge in found.grid.seconds[[0, -1]])
    return Picture(name, title, family_name(found.family), rgb, start, end, **more)  # type: ignore[arg-type]


def _over(ground: FeatureMap, heat: NDArray) -> Pixels:
    """(rows, columns, 3), top row first: the grey spectrogram with the heat map over it."""
    level = np.clip((ground.values + 60.0) * (255 / 60.0), 0, 255).astype(np.uint8)
    grey = 255 * GREY[level][..., None]
    share = (heat / max(float(np.abs(heat).max()), 1e-9)).astype(np.float32)[..., None]
    alpha = STRENGTH * np.abs(share)
    rgb = grey * (1 - alpha) + np.where(share > 0, FOR, AGAINST) * alpha
    return np.repeat(rgb[::-1].astype(np.uint8), ROWS_PER_BAND, axis=0)


def _readable(heat: NDArray, ground: FeatureMap, strongest: float, unit: str) -> dict[str, Any]:
    """Fields of a Picture with which the values of a heat map are read: colours also show the ground."""
    assert ground.hz is not None
    share = heat[::-1] / max(strongest, 1e-9)
    return {
        "rows": tuple(float(f"{hz:.5g}") for hz in ground.hz),
        "spans": ((-strongest, strongest, unit),),
        "levels": np.rint(127.5 * (1 + share.clip(-1, 1))).astype(np.uint8),
    }


def _signs(rgb: Pixels, ground: FeatureMap, found: Explanation) -> None:
    """Draw + or − into each cell that matters, so that the map does not depend on colour alone."""
    assert ground.hz is not None
    strongest = float(np.abs(found.values).max())
    middles = (found.grid.seconds[1:] + found.grid.seconds[:-1]) / 2
    for band, slice_ in np.argwhere(np.abs(found.values) > max(LEAST_SIGN * strongest, 1e-9)):
        inside = np.flatnonzero((ground.hz >= found.grid.hz[band]) & (ground.hz < found.grid.hz[band + 1]))
        if not len(inside):
            continue
        row = len(rgb) - 1 - round(float(inside.mean()) * ROWS_PER_BAND + ROWS_PER_BAND / 2)
        column = int(np.searchsorted(ground.seconds, middles[slice_]))
        rgb[max(0, row - 1) : row + 2, max(0, column - SIGN) : column + SIGN + 1] = SIGN_INK
        if found.values[band, slice_] > 0:
            rgb[max(0, row - 2 * SIGN) : row + 2 * SIGN + 1, max(0, column - 1) : column + 1] = SIGN_INK


def _outline(rgb: Pixels, ground: FeatureMap, region: Region) -> None:
    """Draw a white box around the region into the picture."""
    assert ground.hz is not None
    inside = np.flatnonzero((ground.seconds >= region.start) & (ground.seconds <= region.end))
    bands = np.flatnonzero((ground.hz >= region.low_hz) & (ground.hz <= region.high_hz))
    if not (len(inside) and len(bands)):
        return
    left, right = inside[[0, -1]]
    top, bottom = (
        len(rgb) - 1 - bands[-1] * ROWS_PER_BAND - ROWS_PER_BAND + 1,
        len(rgb) - 1 - bands[0] * ROWS_PER_BAND,
    )
    # Several rows thick: pictures are shown at about half their height, where a single row would fade.
    for row in range(ROWS_PER_BAND - 1):
        rgb[[top + row, bottom - row], left : right + 1] = EDGE
    rgb[top : bottom + 1, [left, right]] = EDGE


def diverging(share: NDArray) -> Pixels:
    """(n, 3) colours of shares from −1, against, to 1, for, through the dark background."""
    share = share.astype(np.float32)[:, None]
    alpha = STRENGTH * np.abs(share)
    return (255 * GREY[0] * (1 - alpha) + np.where(share > 0, FOR, AGAINST) * alpha).astype(np.uint8)


def _spread(view: FeatureMap, ground: FeatureMap) -> NDArray[np.float32]:
    """(n_rows, n_columns): for each column of the picture, the nearest column of the view."""
    return view.values[:, _nearest(view.seconds, ground.seconds)]


def _nearest(places: Array, wanted: Array) -> NDArray[np.intp]:
    middles = (places[1:] + places[:-1]) / 2
    return np.searchsorted(middles, wanted)


def _grid_table(scores: Array, grid: Grid) -> tuple[tuple[str, ...], ...]:
    """Probability of the label without each cell; one row per time slice."""
    edges = [f"{float(f'{hz:.2g}'):g}" for hz in grid.hz]
    head = [f"without {low}–{high} Hz" for low, high in pairwise(edges)]
    rows = [[probability(score) for score in column] for column in scores.T]
    return (
        ("time, s", *head),
        *((span, *row) for span, row in zip(periods(grid.seconds), rows, strict=True)),
    )


def _view_table(view: FeatureMap, head: list[str]) -> tuple[tuple[str, ...], ...]:
    """Mean of each view row per time interval, one table row each; – where there are no values."""
    parts = np.array_split(np.arange(len(view.seconds)), min(TABLE_ROWS, len(view.seconds)))
    rows = []
    for part in parts:
        present = [values[part][~np.isnan(values[part])] for values in view.values]
        cells = [_short(float(v.mean())) if len(v) else "–" for v in present]
        rows.append((f"{view.seconds[part[0]]:.2f}–{view.seconds[part[-1]]:.2f}", *cells))
    return (("time, s", *head), *rows)


def _short(value: float) -> str:
    return "0" if abs(value) < 0.001 else f"{value:.2g}".replace("-", "−")


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
