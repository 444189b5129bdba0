"""Which frames of a sound speak for a voice and which against it, as curves under the spectrogram."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.plotting.clip import eye_panels
from audioclf.plotting.explanation import AGAINST, CURVE_ROWS, FOR, GREY
from audioclf.plotting.panels import draw
from audioclf.plotting.sentences import periods
from audioclf.types import Clip, Picture
from audioclf.wording import family_name, percent, signed, text

MAX_COLUMNS = 640
COLUMN_SECONDS = 0.02
LEAST_SPAN = 1.0  # of a curve, or a sound that says nothing would look as if it said much
TABLE_ROWS = 10


def pictures(
    clip: Clip, sample_rate: int, evidence: Sequence[tuple[str, NDArray, NDArray]]
) -> tuple[Picture, ...]:
    """The spectrogram, and a curve for each model: (family, seconds of its frames, log-likelihood ratios)."""
    rate = min(clip.sample_rate, sample_rate)
    spectrogram = draw(audio.resample(clip, rate), eye_panels()[0], clip.seconds)
    return replace(spectrogram, top_hz=rate / 2), *(_curve(clip, *one) for one in evidence)


def _curve(clip: Clip, family: str, seconds: NDArray, ratios: NDArray) -> Picture:
    line = columns(seconds, ratios, clip.seconds)
    span = max(LEAST_SPAN, float(np.nanmax(np.abs(line), initial=0.0, where=~np.isnan(line))))
    height = (2 * (np.arange(CURVE_ROWS)[::-1, None] + 0.5) / CURVE_ROWS - 1) * span
    there = np.nan_to_num(line)
    rgb = np.full((CURVE_ROWS, len(line), 3), GREY[0] * 255, np.float32)
    rgb[:, np.isnan(line)] = GREY[64] * 255  # no speech here
    rgb[(height >= 0) & (height <= there)] = FOR
    rgb[(height < 0) & (height >= there)] = AGAINST
    unit = _unit(family)
    return Picture(
        name=f"evidence-{family}",
        title=text("speakers.evidence"),
        seen_by=family_name(family),
        rgb=rgb.astype(np.uint8),
        start=0.0,
        end=clip.seconds,
        y_label=unit,
        ticks=((0.0, signed(-span)), (0.5, "0"), (1.0, signed(span))),
        scale=None,
        unit=unit,
        alt=_alt(family, ratios),
        table=_table(line, clip.seconds, unit),
        spans=((-span, span, unit),),
        levels=np.rint(127.5 * (1 + there / span)).astype(np.uint8)[None],
        family=family,
    )


def columns(seconds: NDArray, values: NDArray, end: float) -> NDArray[np.float64]:
    """(n_columns,) means of the values of equal parts of 0 to `end`; NaN where there are none."""
    n = int(np.clip(np.ceil(end / COLUMN_SECONDS), 1, MAX_COLUMNS))
    place = np.clip((seconds * (n / end)).astype(int), 0, n - 1)
    counts = np.bincount(place, minlength=n)
    sums = np.bincount(place, weights=values, minlength=n)
    return np.divide(sums, counts, out=np.full(n, np.nan), where=counts > 0)


def _unit(family: str) -> str:
    """Of a GMM, the frames' ratios; of a network, what a frame would add."""
    return text("speakers.ratio_unit") if family == "gmm" else text("speakers.slope_unit")


def _alt(family: str, ratios: NDArray) -> str:
    # The slopes of a network are relative to its other frames; a share of them says nothing about the answer.
    if family != "gmm":
        return text("speakers.slope_alt")
    return text("speakers.evidence_alt", share=percent(float((ratios > 0).mean()), 0))


def _table(line: NDArray, end: float, unit: str) -> tuple[tuple[str, ...], ...]:
    parts = np.array_split(line, min(TABLE_ROWS, len(line)))
    edges = np.concatenate([[0], np.cumsum([len(part) for part in parts])]) * (end / len(line))
    means = [part[~np.isnan(part)] for part in parts]
    cells = [signed(float(part.mean())) if len(part) else "–" for part in means]
    return (
        (text("pictures.time"), unit),
        *zip(periods(edges), cells, strict=True),
    )
