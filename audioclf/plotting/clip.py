"""Pictures of a clip: waveform, spectrogram, scalogram and MFCCs, as rasters for any front end and as one figure.

Rasters are coloured by table look-up: drawing a matplotlib figure takes a hundred times as long.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from audioclf.features.scalogram import Scalogram
from audioclf.features.spectral import Deltas, LogMel
from audioclf.types import Clip, Feature, FeatureMap, Picture

MAX_COLUMNS = 800
WAVE_ROWS = 160
TABLE_ROWS, TABLE_BANDS = 10, 8
GROUND, AXIS, WAVE = (
    np.array(colour, np.float32) for colour in ((16, 18, 27), (58, 62, 80), (120, 200, 245))
)
TICKS_HZ = (50, 100, 200, 500, 1000, 2000, 4000, 8000, 16_000, 32_000)
MIN_TICK_DISTANCE = 0.1  # of the picture's height

Array = NDArray[np.float32]
Table = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Panel:
    """One view: its feature, and the range of values that its colours span, low to high.

    peaks: a column that covers several frames shows their peak, so that no click is lost, instead of their mean.
    words: the start of the alt text.
    """

    name: str
    title: str
    seen_by: str
    words: str
    feature: Feature
    colours: str
    low: float
    high: float
    peaks: bool = True


VIEWS = (
    Panel(
        "spectrogram", "Spectrogram", "CNN", "Log-mel spectrogram", LogMel(top_db=60.0), "magma", -60.0, 0.0
    ),
    Panel("scalogram", "Scalogram", "GMM", "Wavelet scalogram", Scalogram(), "viridis", -60.0, 0.0),
    # The networks normalise coefficients with training statistics, which a picture does not have.
    Panel(
        name="mfcc",
        title="MFCC",
        seen_by="RNN",
        words="Normalised mel cepstra",
        feature=Deltas(n_mfcc=20, n_mels=40, orders=0),
        colours="cividis",
        low=-3.0,
        high=3.0,
        peaks=False,
    ),
)


def pictures(clip: Clip, views: Sequence[Panel] = VIEWS) -> tuple[Picture, ...]:
    """The waveform and each view, from 0 to clip.seconds, at most MAX_COLUMNS wide.

    To show what the models receive, resample the clip to their rate first: pictures reach up to half the rate.
    """
    return (_waveform(clip), *(_view(clip, view) for view in views))


def figure(drawn: Sequence[Picture]) -> Figure:
    """The pictures stacked on one time axis."""
    height = 0.6 + 1.8 * len(drawn)
    canvas = FigureCanvasAgg(Figure(figsize=(9.0, height), dpi=120))
    axes = canvas.figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0]
    canvas.figure.subplots_adjust(0.09, 0.55 / height, 0.93, 1 - 0.35 / height, hspace=0.3)
    for axis, picture in zip(axes, drawn, strict=True):
        axis.imshow(picture.rgb, extent=(picture.start, picture.end, 0.0, 1.0), aspect="auto")
        axis.set_yticks([at for at, _ in picture.ticks], [text for _, text in picture.ticks])
        axis.set_ylabel(picture.y_label)
        axis.set_title(picture.title, loc="left", fontsize="medium")
        low, high, ramp = picture.scale or ("", "", np.zeros((2, 3), np.uint8))
        mappable = ScalarMappable(Normalize(0.0, 1.0), ListedColormap(ramp / 255.0))
        bar = canvas.figure.colorbar(mappable, ax=axis, pad=0.01, fraction=0.03, ticks=[0.0, 1.0])
        bar.ax.set_yticklabels([low, high])
        bar.set_label(picture.unit, labelpad=0)
        bar.ax.set_visible(picture.scale is not None)  # drawn but hidden, or the axes would not line up
    axes[-1].set_xlabel("time, s")
    return canvas.figure


def png(drawn: Sequence[Picture]) -> bytes:
    """The `figure` as a PNG file."""
    buffer = BytesIO()
    figure(drawn).savefig(buffer, format="png")
    return buffer.getvalue()


@lru_cache(maxsize=8)
def ramp_of(colours: str) -> NDArray[np.uint8]:
    """Colour table, (256, 3), from low to high."""
    return colormaps[colours](np.arange(256), bytes=True)[:, :3]


def _view(clip: Clip, view: Panel) -> Picture:
    found = view.feature(clip)
    columns = columns_of(found, clip.seconds, view.peaks)
    level = (columns[::-1] - view.low) * (255.0 / (view.high - view.low))
    ramp = ramp_of(view.colours)
    return Picture(
        name=view.name,
        title=view.title,
        seen_by=view.seen_by,
        rgb=ramp[np.clip(level, 0, 255).astype(np.uint8)],
        start=0.0,
        end=clip.seconds,
        y_label="coefficient" if found.hz is None else "Hz",
        ticks=_coefficient_ticks(len(columns)) if found.hz is None else hz_ticks(found.hz),
        scale=(_number(view.low), _number(view.high), ramp),
        unit=found.unit,
        alt=_cepstra_sentence(view, found, clip) if found.hz is None else _band_sentence(view, found, clip),
        table=_table(view, found, clip.seconds),
    )


def columns_of(found: FeatureMap, seconds: float, peaks: bool) -> Array:
    """(n_bins, n_columns), evenly spaced: the nearest frame, or the peak or mean of many frames."""
    n_frames = found.values.shape[1]
    if n_frames <= MAX_COLUMNS:
        n_columns = min(MAX_COLUMNS, 4 * n_frames)
        centres = (np.arange(n_columns) + 0.5) * (seconds / n_columns)
        middles = (found.seconds[1:] + found.seconds[:-1]) / 2
        return found.values[:, np.searchsorted(middles, centres)]
    return _pool(found.values, found.seconds, np.linspace(0.0, seconds, MAX_COLUMNS + 1), peaks)


def _pool(values: Array, seconds: NDArray, edges: NDArray, peaks: bool) -> Array:
    """(n_bins, len(edges) − 1): peak or mean of the frames between edges; the next frame if there is none."""
    first = np.minimum(np.searchsorted(seconds, edges[:-1]), len(seconds) - 1)
    if peaks:
        return np.maximum.reduceat(values, first, axis=1)
    counts = np.maximum(1, np.diff(np.append(first, len(seconds))))
    return (np.add.reduceat(values, first, axis=1) / counts).astype(np.float32)


def _waveform(clip: Clip) -> Picture:
    limit = max(float(np.abs(clip.samples).max()), 1e-3)
    text = f"{limit:.2g}"
    return Picture(
        name="waveform",
        title="Waveform",
        seen_by="all models",
        rgb=_envelope(clip.samples, limit),
        start=0.0,
        end=clip.seconds,
        y_label="amplitude",
        ticks=((0.0, f"−{text}"), (0.5, "0"), (1.0, text)),
        scale=None,
        unit="of full scale",
        alt=_wave_sentence(clip),
        table=_wave_table(clip),
    )


def _envelope(samples: Array, limit: float) -> NDArray[np.uint8]:
    """(WAVE_ROWS, n_columns, 3): each column filled from its lowest to its highest sample, between ±limit."""
    n_samples = len(samples)
    n_columns = min(MAX_COLUMNS, n_samples)
    starts = np.arange(n_columns) * n_samples // n_columns
    low, high = (pick.reduceat(samples, starts) for pick in (np.minimum, np.maximum))
    # Each column reaches the start of the next one, so that a steep slope has no gaps.
    following = samples[np.append(starts[1:], n_samples - 1)]
    low, high = np.minimum(low, following), np.maximum(high, following)
    top, bottom = ((1.0 - edge / limit) * (WAVE_ROWS / 2) for edge in (high, low))
    rows = np.arange(WAVE_ROWS, dtype=np.float32)[:, None]
    # Half a pixel each way, so that silence is drawn as a line.
    cover = np.clip(np.minimum(rows + 1, bottom + 0.5) - np.maximum(rows, top - 0.5), 0, 1)
    level = (cover * 255).astype(np.uint8)
    rgb = _blend(GROUND, WAVE)[level]
    centre = slice(WAVE_ROWS // 2 - 1, WAVE_ROWS // 2 + 1)
    rgb[centre] = _blend(AXIS, WAVE)[level[centre]]
    return rgb


def _blend(low: Array, high: Array) -> NDArray[np.uint8]:
    """(256, 3) gradient from one colour to another."""
    return (low + np.linspace(0, 1, 256, dtype=np.float32)[:, None] * (high - low)).astype(np.uint8)


def _number(value: float) -> str:
    return str(round(value)).replace("-", "−")


def _coefficient_ticks(n_rows: int) -> tuple[tuple[float, str], ...]:
    return tuple(((row + 0.5) / n_rows, str(row)) for row in range(0, n_rows, max(1, n_rows // 3)))


def hz_ticks(hz: NDArray[np.float64]) -> tuple[tuple[float, str], ...]:
    """(height, text) of round frequencies in a picture whose rows have the centre frequencies `hz`."""
    ticks: list[tuple[float, str]] = []
    for value in TICKS_HZ:
        at = (float(np.interp(value, hz, np.arange(len(hz)))) + 0.5) / len(hz)
        if hz[0] <= value <= hz[-1] and (not ticks or at - ticks[-1][0] >= MIN_TICK_DISTANCE):
            ticks.append((at, str(value) if value < 1000 else f"{value // 1000}k"))
    return tuple(ticks)


def _wave_sentence(clip: Clip) -> str:
    peak = int(np.abs(clip.samples).argmax())
    rms = math.sqrt(float(np.square(clip.samples, dtype=np.float64).mean()))
    if rms == 0.0:
        return f"Waveform, 0–{clip.seconds:.1f} s: digital silence."
    return (
        f"Waveform, 0–{clip.seconds:.1f} s: peak of {abs(float(clip.samples[peak])):.2f} of full scale at "
        f"{peak / clip.sample_rate:.2f} s; average level {_number(20 * math.log10(rms))} dB."
    )


def _band_sentence(view: Panel, found: FeatureMap, clip: Clip) -> str:
    start = f"{view.words}, 0–{clip.seconds:.1f} s: "
    assert found.hz is not None
    row, column = np.unravel_index(int(found.values.argmax()), found.values.shape)
    if found.values.min() == found.values[row, column]:
        return start + "silence."
    loud = found.seconds[found.values.max(axis=0) > view.high - 30.0]
    return (
        f"{start}loudest near {_round_hz(found.hz[row])} Hz at {found.seconds[column]:.2f} s; "
        f"within 30 dB of the peak between {loud[0]:.2f} s and {loud[-1]:.2f} s."
    )


def _cepstra_sentence(view: Panel, found: FeatureMap, clip: Clip) -> str:
    start = f"{view.words}, 0–{clip.seconds:.1f} s: "
    row, column = np.unravel_index(int(np.abs(found.values[1:]).argmax()), found.values[1:].shape)
    value = found.values[row + 1, column]
    if abs(value) < 0.5:
        return start + "nothing changes."
    return (
        f"{start}{len(found.values)} coefficients; coefficient {row + 1} deviates most from its mean, by "
        f"{signed(value)} {found.unit} at {found.seconds[column]:.2f} s."
    )


def _round_hz(hz: float) -> int:
    """Rounded to two digits, about as precise as the picture can be read."""
    digits = 10 ** max(0, math.floor(math.log10(hz)) - 1)
    return round(hz / digits) * digits


def signed(value: float) -> str:
    """One decimal, always with a sign."""
    return f"{value:+.1f}".replace("-", "−")


def periods(edges: NDArray) -> list[str]:
    """The intervals between edges, in seconds, as text for a table's first column."""
    return [f"{a:.2f}–{b:.2f}" for a, b in pairwise(edges)]


def _table(view: Panel, found: FeatureMap, seconds: float) -> Table:
    """Peaks by time interval and band; for cepstra, means of the lowest coefficients."""
    edges = np.linspace(0.0, seconds, min(TABLE_ROWS, found.values.shape[1]) + 1)
    values = _pool(found.values, found.seconds, edges, view.peaks)
    if found.hz is None:
        values = values[:TABLE_BANDS]
        header = [f"c{row}, {found.unit}" for row in range(len(values))]
        cells = [[signed(value) for value in column] for column in values.T]
    else:
        first = np.arange(TABLE_BANDS) * len(values) // TABLE_BANDS
        last = np.append(first[1:], len(values)) - 1
        header = [
            f"{_round_hz(found.hz[a])}–{_round_hz(found.hz[b])} Hz, dB"
            for a, b in zip(first, last, strict=True)
        ]
        cells = [[_number(value) for value in column] for column in np.maximum.reduceat(values, first).T]
    spans = periods(edges)
    return (("time, s", *header), *((period, *row) for period, row in zip(spans, cells, strict=True)))


def _wave_table(clip: Clip) -> Table:
    edges = np.linspace(0.0, clip.seconds, min(TABLE_ROWS, len(clip.samples)) + 1)
    starts = np.rint(edges[:-1] * clip.sample_rate).astype(np.intp)
    low, high = (pick.reduceat(clip.samples, starts) for pick in (np.minimum, np.maximum))
    rows = zip(periods(edges), low, high, strict=True)
    return (
        ("time, s", "lowest", "highest"),
        *((period, _fraction(a), _fraction(b)) for period, a, b in rows),
    )


def _fraction(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")
