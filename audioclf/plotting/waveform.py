"""The waveform of a clip as a raster: the envelope of its samples."""

import math

import numpy as np
from numpy.typing import NDArray

from audioclf.plotting.sentences import TABLE_ROWS, Table, number, periods
from audioclf.types import Clip, Picture
from audioclf.wording import text

MAX_COLUMNS = 800
WAVE_ROWS = 160
GROUND, WAVE = (np.array(colour, np.float32) for colour in ((16, 18, 27), (120, 200, 245)))
AXIS_LEVEL = 60  # brightness of the line at zero, of 255

Array = NDArray[np.float32]


def waveform(clip: Clip) -> Picture:
    """Amplitude over time, scaled to the clip's peak."""
    limit = max(float(np.abs(clip.samples).max()), 1e-3)
    peak = f"{limit:.2g}"
    levels, colours = _envelope(clip.samples, limit), _blend(GROUND, WAVE)
    return Picture(
        name="waveform",
        title=text("pictures.waveform"),
        seen_by=text("pictures.waveform_seen"),
        rgb=colours.take(levels, axis=0),
        start=0.0,
        end=clip.seconds,
        y_label=text("pictures.amplitude"),
        ticks=((0.0, f"−{peak}"), (0.5, "0"), (1.0, peak)),
        scale=None,
        unit=text("pictures.full_scale"),
        alt=_sentence(clip),
        table=_table(clip),
        levels=levels,
        palette=colours,
    )


def _envelope(samples: Array, limit: float) -> NDArray[np.uint8]:
    """(WAVE_ROWS, n_columns): 255 from each column's lowest to its highest sample, between ±limit; 0 elsewhere."""
    n_samples = len(samples)
    n_columns = min(MAX_COLUMNS, n_samples)
    starts = np.arange(n_columns) * n_samples // n_columns
    low, high = (pick.reduceat(samples, starts) for pick in (np.minimum, np.maximum))
    # Each column reaches the start of the next one, so that a steep slope has no gaps.
    following = samples[np.append(starts[1:], n_samples - 1)]
    low, high = np.minimum(low, following), np.maximum(high, following)
    top, bottom = (((1.0 - edge / limit) * (WAVE_ROWS / 2)).astype(np.float32) for edge in (high, low))
    rows = np.arange(WAVE_ROWS, dtype=np.float32)[:, None]
    # Half a pixel each way, so that silence is drawn as a line.
    cover = np.minimum(rows + 1, bottom + np.float32(0.5))
    cover -= np.maximum(rows, top - np.float32(0.5))
    cover *= 255
    levels = np.clip(cover, 0, 255, out=cover).astype(np.uint8)
    centre = slice(WAVE_ROWS // 2 - 1, WAVE_ROWS // 2 + 1)
    levels[centre] = np.maximum(levels[centre], AXIS_LEVEL)
    return levels


def _blend(low: Array, high: Array) -> NDArray[np.uint8]:
    """(256, 3) gradient from one colour to another."""
    return (low + np.linspace(0, 1, 256, dtype=np.float32)[:, None] * (high - low)).astype(np.uint8)


def _sentence(clip: Clip) -> str:
    peak = int(np.abs(clip.samples).argmax())
    rms = math.sqrt(float(np.square(clip.samples, dtype=np.float64).mean()))
    if rms == 0.0:
        return text("pictures.wave_silent", seconds=f"{clip.seconds:.1f}")
    return text(
        "pictures.wave_alt",
        seconds=f"{clip.seconds:.1f}",
        peak=f"{abs(float(clip.samples[peak])):.2f}",
        at=f"{peak / clip.sample_rate:.2f}",
        level=number(20 * math.log10(rms)),
    )


def _table(clip: Clip) -> Table:
    edges = np.linspace(0.0, clip.seconds, min(TABLE_ROWS, len(clip.samples)) + 1)
    starts = np.rint(edges[:-1] * clip.sample_rate).astype(np.intp)
    low, high = (pick.reduceat(clip.samples, starts) for pick in (np.minimum, np.maximum))
    rows = zip(periods(edges), low, high, strict=True)
    head = (text("pictures.time"), text("pictures.lowest"), text("pictures.highest"))
    return (head, *((period, _fraction(a), _fraction(b)) for period, a, b in rows))


def _fraction(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")
