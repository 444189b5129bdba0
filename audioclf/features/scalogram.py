"""The scalogram: a complex-Morlet wavelet transform, computed only for the columns that a picture needs.

The clip is transformed once. A wavelet is a bump on the spectrum, so a band needs only the bins of its support:

- Narrow bands: the bins are multiplied by the bump, moved down to zero frequency (which keeps magnitudes) and
  inverted with at least as many points as bins. Columns average the squares, so no moment is missed.
- Wide bands: the wavelet is far shorter than a column. The column's energy is computed from short spectra of
  its samples, weighted by the squared bump (Parseval). All wide bands share one set of frames.

`coefficients` adds up the product modulo the number of columns instead. One small inverse transform a band then
gives the exact coefficients at the start of each column, but nothing in between.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from audioclf.features.frames import check_positive, power_to_db
from audioclf.types import Clip, FeatureMap

EPSILON = 1e-3  # a bump is cut where it falls below this fraction of its peak: 60 dB down
WIDE = 8  # a bump over more than 2 · WIDE bins of a frame's spectrum is wide: smooth across one bin
FRAMES = 4  # minimum of frames a column; they overlap by half, so columns share a click near their border
FRAME_SECONDS = 1 / 16  # longest hop; a longer column averages more frames
BLOCK_SAMPLES = 1 << 20  # framed at once: bounds the memory for a ten-minute clip

RATIOS = tuple(sorted({2**i * 3**j for i in range(14) for j in (0, 1)}))  # points per column a band may have


@dataclass(frozen=True, eq=False)
class Band:
    """Bands inverted together: picture rows, first bins, (n_rows, n_bins) bumps and points per column (ratio)."""

    rows: NDArray[np.intp]
    starts: NDArray[np.intp]
    bumps: NDArray[np.complex64]
    ratio: int


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that does not depend on the samples. A column has step samples; n_total counts padded columns.

    hop: samples between the wide bands' frames, which are 2 · hop long; divides step.
    wide_weights: (hop + 1, n_wide_rows), maps a frame's power spectrum to mean energy.
    """

    hz: NDArray[np.float64]
    seconds: NDArray[np.float64]
    step: int
    n_columns: int
    n_total: int
    hop: int
    narrow: tuple[Band, ...]
    wide_rows: NDArray[np.intp]
    wide_weights: NDArray[np.float32]

    @property
    def n_padded(self) -> int:
        """Length of the transform in samples."""
        return self.n_total * self.step


@dataclass(frozen=True)
class Scalogram:
    """Energy of a complex-Morlet transform in dB below its loudest cell: (n_scales, up to n_columns).

    The wavelet is PyWavelets' cmorB-C, B = bandwidth and C = centre; its spectrum is exp(−π² B (f − C)²)
    (Teolis 1998). Bands are evenly spaced in log frequency from fmin to fmax (None, or too high: 0.95 of half
    the rate). Their peak gain is 1, so tones of one amplitude look alike in all bands; PyWavelets multiplies by
    √scale instead. A column is a whole number of samples; the last may reach past the end.
    """

    n_scales: int = 96
    fmin: float = 60.0
    fmax: float | None = None
    n_columns: int = 800
    bandwidth: float = 1.5
    centre: float = 1.0
    top_db: float = 60.0

    def __post_init__(self) -> None:
        check_positive(self, "n_scales", "fmin", "n_columns", "bandwidth", "centre", "top_db")
        if self.fmin < 1:
            raise ValueError(
                f"Scalogram: fmin must be at least 1 Hz, not {self.fmin}: its wavelet is too long"
            )

    def __call__(self, clip: Clip) -> FeatureMap:
        """(n_scales, n_columns), dB; `seconds` are the centres of the columns."""
        plan = make_plan(self, len(clip.samples), clip.sample_rate)
        return FeatureMap(power_to_db(self.energy(clip), self.top_db), plan.seconds, plan.hz, "dB")

    def energy(self, clip: Clip) -> NDArray[np.float32]:
        """(n_scales, n_columns) mean of |coefficient|² over each column."""
        plan = make_plan(self, len(clip.samples), clip.sample_rate)
        samples = clip.samples - clip.samples.mean()
        power = np.empty((self.n_scales, plan.n_columns), dtype=np.float32)
        spectrum = scipy.fft.rfft(samples, plan.n_padded)
        for band in plan.narrow:
            power[band.rows] = _narrow_energy(spectrum, band, plan)[:, : plan.n_columns]
        if len(plan.wide_rows):
            power[plan.wide_rows] = _wide_energy(samples, plan)
        return power

    def coefficients(self, clip: Clip) -> NDArray[np.complex64]:
        """(n_scales, n_columns) complex, at the first sample of each column; `energy` averages over columns."""
        plan = make_plan(self, len(clip.samples), clip.sample_rate)
        spectrum = scipy.fft.rfft(clip.samples - clip.samples.mean(), plan.n_padded)
        folded = np.zeros((self.n_scales, plan.n_total), dtype=np.complex64)
        for row, (first, bump) in enumerate(_bumps(self, plan.hz, clip.sample_rate, plan.n_padded)):
            before = first % plan.n_total
            product = np.zeros(-(-(before + len(bump)) // plan.n_total) * plan.n_total, dtype=np.complex64)
            np.multiply(spectrum[first : first + len(bump)], bump, out=product[before : before + len(bump)])
            folded[row] = product.reshape(-1, plan.n_total).sum(axis=0)
        return scipy.fft.ifft(folded, axis=1)[:, : plan.n_columns] * np.float32(1 / plan.step)


def _narrow_energy(spectrum: NDArray, band: Band, plan: Plan) -> NDArray:
    """(n_rows, n_total) mean of |coefficient|² over each column."""
    product = np.zeros(band.bumps.shape, dtype=spectrum.dtype)
    for line, first in zip(product, band.starts, strict=True):
        part = spectrum[first : first + len(line)]
        line[: len(part)] = part
    product *= band.bumps
    n_points = band.ratio * plan.n_total
    wave = scipy.fft.ifft(product, n_points, axis=1, overwrite_x=True)
    square = np.square(wave.real) + np.square(wave.imag)
    mean = square.reshape(len(band.rows), plan.n_total, band.ratio).mean(axis=2)
    return mean * np.float32((n_points / plan.n_padded) ** 2)


def _wide_energy(samples: NDArray, plan: Plan) -> NDArray:
    """(n_wide_rows, n_columns) mean of |coefficient|² over each column, from short frames."""
    hop, per_column = plan.hop, plan.step // plan.hop
    # Frames overlap by half; the squares of their sine windows add up to one at every sample.
    window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)).astype(np.float32)
    padded = np.zeros((plan.n_columns * per_column + 1) * hop, dtype=np.float32)
    padded[hop // 2 : hop // 2 + len(samples)] = samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * hop)[::hop]
    energy = np.empty((plan.n_columns, len(plan.wide_rows)), dtype=np.float32)
    block = max(1, BLOCK_SAMPLES // (2 * plan.step))
    for first in range(0, plan.n_columns, block):
        columns = slice(first, min(first + block, plan.n_columns))
        part = frames[columns.start * per_column : columns.stop * per_column] * window
        spectrum = scipy.fft.rfft(part, axis=1)
        square = np.square(spectrum.real) + np.square(spectrum.imag)
        mean = square.reshape(-1, per_column, hop + 1).mean(axis=1)
        energy[columns] = mean @ plan.wide_weights
    return energy.T


def _bumps(
    feature: Scalogram, hz: NDArray[np.float64], sample_rate: int, n_padded: int
) -> list[tuple[int, NDArray[np.float32]]]:
    """First bin and bump of each band: exp(−π² B (C f / hz − C)²) where that is above EPSILON."""
    reach = math.sqrt(-math.log(EPSILON) / feature.bandwidth) / math.pi / feature.centre
    bins = hz * (n_padded / sample_rate)
    bumps = []
    for centre in bins:
        first = max(0, math.ceil(centre * (1 - reach)))
        last = min(n_padded // 2, math.floor(centre * (1 + reach)))
        distance = feature.centre * (np.arange(first, last + 1) / centre - 1.0)
        bumps.append((first, np.exp(-(math.pi**2) * feature.bandwidth * distance**2).astype(np.float32)))
    return bumps


def _fast_length(target: float) -> int:
    return scipy.fft.next_fast_len(max(1, math.ceil(target)), real=True)


@lru_cache(maxsize=8)
def make_plan(feature: Scalogram, n_samples: int, sample_rate: int) -> Plan:
    """Bands, bumps and lengths for clips of this length. ValueError where fmin is not below fmax."""
    fmax = min(feature.fmax or math.inf, 0.95 * sample_rate / 2)
    if feature.fmin >= fmax:
        raise ValueError(f"fmin of {feature.fmin:g} Hz is not below the highest band, {fmax:g} Hz")
    hz = np.geomspace(feature.fmin, fmax, feature.n_scales).astype(np.float64)
    step = _fast_length(n_samples / feature.n_columns)
    longest_hop = max(1.0, min(step / FRAMES, FRAME_SECONDS * sample_rate))
    hop = next(h for h in range(int(longest_hop), 0, -1) if step % h == 0)
    n_columns = -(-n_samples // step)
    # Pad by the longest wavelet, or the clip's end wraps around to its start.
    tail = feature.centre / hz[0] * math.sqrt(-math.log(EPSILON) * feature.bandwidth) * sample_rate
    n_total = _fast_length((n_samples + tail) / step)
    bumps = _bumps(feature, hz, sample_rate, n_total * step)
    is_wide = np.array([len(bump) * hop > WIDE * n_total * step for _, bump in bumps])
    wide_rows = np.flatnonzero(is_wide)
    frame_hz = np.arange(hop + 1) * (sample_rate / (2 * hop))
    distance = feature.centre * (frame_hz[:, None] / hz[wide_rows] - 1.0)
    weights = np.exp(-2 * math.pi**2 * feature.bandwidth * distance**2) / (2 * hop**2)
    weights[-1] /= 2  # half of this bin belongs to the negative frequencies
    return Plan(
        hz=hz,
        seconds=(np.arange(n_columns, dtype=np.float64) + 0.5) * (step / sample_rate),
        step=step,
        n_columns=n_columns,
        n_total=n_total,
        hop=hop,
        narrow=_narrow_bands(bumps, np.flatnonzero(~is_wide), n_total, step),
        wide_rows=wide_rows,
        wide_weights=weights.astype(np.float32),
    )


def _ratio(n_bins: int, n_total: int) -> int:
    """Points per column for a support of n_bins. One is enough only if the energy hardly changes in a column."""
    return 1 if 2 * n_bins <= n_total else next(r for r in RATIOS[1:] if r * n_total >= n_bins)


def _narrow_bands(
    bumps: list[tuple[int, NDArray[np.float32]]], rows: NDArray[np.intp], n_total: int, step: int
) -> tuple[Band, ...]:
    """Bands with the same number of points, stacked."""
    groups: dict[int, list[int]] = {}
    for row in rows.tolist():
        groups.setdefault(_ratio(len(bumps[row][1]), n_total), []).append(row)
    bands = []
    for ratio, members in groups.items():
        stack = np.zeros((len(members), max(len(bumps[row][1]) for row in members)), dtype=np.complex64)
        for line, row in zip(stack, members, strict=True):
            line[: len(bumps[row][1])] = bumps[row][1]
        # A linear phase moves each point to the middle of the samples that it represents.
        lag = (step / ratio - 1) / 2
        stack *= np.exp(2j * np.pi * lag / (n_total * step) * np.arange(stack.shape[1])).astype(np.complex64)
        starts = np.array([bumps[row][0] for row in members], dtype=np.intp)
        bands.append(Band(np.array(members, dtype=np.intp), starts, stack, ratio))
    return tuple(bands)
