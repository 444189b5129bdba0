"""Pictures of two recordings on the same axes and one range of dB, and their difference."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, cast

import numpy as np

from audioclf.features.frames import power_to_db
from audioclf.plotting.clip import eye_panels
from audioclf.plotting.explanation import diverging
from audioclf.plotting.panels import Array, Panel, columns_of, draw, hz_ticks
from audioclf.plotting.sentences import TABLE_BANDS, number, round_hz, row_table
from audioclf.types import Clip, Feature, FeatureMap, Picture
from audioclf.wording import text

MOST_DB = 24.0  # of the difference that colours show
MIDDLE = 128  # level of no difference, exactly
STEP_DB = MOST_DB / MIDDLE  # between two levels
ALIKE_DB = 0.5  # the largest difference of two pictures that are called the same


class Measured(Feature, Protocol):
    """A feature in dB that also gives the energy of its cells."""

    def energy(self, clip: Clip) -> Array: ...


@dataclass(frozen=True, eq=False)
class View:
    """One kind of picture of two recordings. difference: second minus first. sentence: where they differ most."""

    name: str
    first: Picture
    second: Picture
    difference: Picture
    sentence: str


def views(first: Clip, second: Clip) -> tuple[View, ...]:
    """Spectrogram and scalogram of two aligned clips of one length and rate, from 0 to their end.

    0 dB is the loudest cell of both; what is softer than the range of the colours counts as its lowest value.
    """
    return tuple(_view(panel, first, second) for panel in eye_panels())


def _view(panel: Panel, first: Clip, second: Clip) -> View:
    seconds = first.seconds
    before, after = _maps(cast(Measured, panel.feature), first, second, -panel.low)
    difference = FeatureMap(
        columns_of(after, seconds, peaks=True) - columns_of(before, seconds, peaks=True),
        before.seconds,
        before.hz,
        "dB",
    )
    sentence = _sentence(difference, seconds)
    one, other = (draw(first, replace(panel, feature=_given(found)), seconds) for found in (before, after))
    return View(panel.name, one, other, _difference(panel, difference, seconds, sentence), sentence)


def _given(found: FeatureMap) -> Callable[[Clip], FeatureMap]:
    return lambda _: found


def _maps(feature: Measured, first: Clip, second: Clip, top_db: float) -> tuple[FeatureMap, FeatureMap]:
    """Both maps in dB below the loudest cell of both."""
    axes = feature(first)
    energy = np.stack([feature.energy(first), feature.energy(second)])
    before, after = (replace(axes, values=values) for values in power_to_db(energy, top_db))
    return before, after


def _difference(panel: Panel, found: FeatureMap, seconds: float, sentence: str) -> Picture:
    assert found.hz is not None
    levels = np.clip(np.rint(found.values[::-1] / STEP_DB) + MIDDLE, 0, 255).astype(np.uint8)
    ramp = diverging((np.arange(256) - MIDDLE) / MIDDLE)
    title = text("pair.difference", title=panel.title.lower())
    return Picture(
        name=f"{panel.name}-difference",
        title=title,
        seen_by="",
        rgb=ramp.take(levels, axis=0),
        start=0.0,
        end=seconds,
        y_label="Hz",
        ticks=hz_ticks(found.hz),
        scale=(number(-MOST_DB), f"+{number(MOST_DB)}", ramp),
        unit="dB",
        alt=f"{title}. {sentence}",
        table=_table(found, seconds),
        rows=tuple(float(f"{hz:.5g}") for hz in found.hz),
        spans=((-MOST_DB, MOST_DB - STEP_DB, "dB"),),
        levels=levels,
        palette=ramp,
    )


def _sentence(found: FeatureMap, seconds: float) -> str:
    most, least = float(found.values.max()), float(found.values.min())
    if max(most, -least) < ALIKE_DB:
        return text("pair.alike", most=f"{ALIKE_DB:g}")
    parts = [
        text("pair.louder", db=number(most), place=_place(found, seconds, found.values.argmax())),
        text("pair.quieter", db=number(-least), place=_place(found, seconds, found.values.argmin())),
    ]
    shown = [part for part, db in zip(parts, (most, -least), strict=True) if db >= ALIKE_DB]
    return text(
        "pair.differ",
        parts=text("pair.and", first=shown[0], second=shown[-1]) if len(shown) > 1 else shown[0],
    )


def _place(found: FeatureMap, seconds: float, cell: np.intp) -> str:
    assert found.hz is not None
    row, column = np.unravel_index(int(cell), found.values.shape)
    at = (column + 0.5) * seconds / found.values.shape[1]
    return text("pair.place", hz=f"{round_hz(found.hz[row]):,}", at=f"{at:.2f}")


def _table(found: FeatureMap, seconds: float) -> tuple[tuple[str, ...], ...]:
    """Mean difference by time interval and band."""
    assert found.hz is not None
    bands = np.array_split(np.arange(len(found.hz)), TABLE_BANDS)
    means = np.stack([found.values[band].mean(axis=0) for band in bands])
    names = [f"{round_hz(found.hz[band[0]])}–{round_hz(found.hz[band[-1]])} Hz" for band in bands]
    middles = (np.arange(means.shape[1]) + 0.5) * (seconds / means.shape[1])
    return row_table(FeatureMap(means, middles, None, "dB"), names, ["dB"] * len(bands), seconds)
