"""Silence parts of a sound: cells of a grid of time slices and frequency bands."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.signal import istft, stft

from audioclf.types import Clip

WINDOW_SECONDS = 0.032
QUIET = 20  # percentile of a frequency bin's level over time that counts as silence
CELLS_AT_ONCE = 1 << 21  # spectrum values in memory at once during resynthesis
LOWEST_HZ = 50.0

Cells = NDArray[np.bool_]  # (…, n_bands, n_slices), row 0 lowest


@dataclass(frozen=True, eq=False)
class Grid:
    """Edges of the cells, increasing. seconds: (n_slices + 1,); hz: (n_bands + 1,)."""

    seconds: NDArray[np.float64]
    hz: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """(n_bands, n_slices)."""
        return len(self.hz) - 1, len(self.seconds) - 1


def grid(start: float, end: float, sample_rate: int, n_slices: int = 16, n_bands: int = 8) -> Grid:
    """Equal slices of start…end seconds, and bands of equal mel width from LOWEST_HZ to half the sample rate."""
    low, high = np.log1p(np.array([LOWEST_HZ, sample_rate / 2]) / 700)
    hz = 700 * np.expm1(np.linspace(low, high, n_bands + 1))
    seconds = np.linspace(start, end, n_slices + 1)
    return Grid(seconds.astype(np.float64), hz.astype(np.float64))


@dataclass(frozen=True, eq=False)
class Occluder:
    """Silences cells of a clip: attenuates every frequency bin there to its own level in quiet moments.

    Digital silence would itself be a cue: it does not occur within the sounds that models are trained on.
    """

    clip: Clip
    grid: Grid
    _removable: NDArray[np.complex64] = field(init=False, repr=False)  # (n_bins, n_frames)
    _band: NDArray[np.intp] = field(init=False, repr=False)
    _slice: NDArray[np.intp] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        win = 1 << round(np.log2(WINDOW_SECONDS * self.clip.sample_rate))
        hz, seconds, spectrum = stft(
            self.clip.samples, self.clip.sample_rate, nperseg=win, noverlap=3 * win // 4
        )
        inside = (seconds >= self.grid.seconds[0]) & (seconds <= self.grid.seconds[-1])
        size = np.abs(spectrum)
        quiet = np.percentile(size[:, inside], QUIET, axis=1, keepdims=True) if inside.any() else 0.0
        kept = np.minimum(1.0, quiet / np.maximum(size, 1e-12))
        object.__setattr__(self, "_removable", (spectrum * (1 - kept) * inside).astype(np.complex64))
        n_bands, n_slices = self.grid.shape
        for name, places, edges, n in (
            ("_band", hz, self.grid.hz, n_bands),
            ("_slice", seconds, self.grid.seconds, n_slices),
        ):
            object.__setattr__(self, name, np.clip(np.searchsorted(edges, places, "right") - 1, 0, n - 1))

    def without(self, cells: Cells) -> list[Clip]:
        """One clip for each mask in `cells`, (n, n_bands, n_slices), with the cells that are True silenced."""
        n = max(1, CELLS_AT_ONCE // self._removable.size)
        return [clip for i in range(0, len(cells), n) for clip in self._without(cells[i : i + n])]

    def only(self, cells: Cells) -> Clip:
        """What `without` removes, for listening. cells: (n_bands, n_slices)."""
        samples = self.clip.samples - self._without(cells[None])[0].samples
        return Clip(samples, self.clip.sample_rate, self.clip.name)

    def _without(self, cells: Cells) -> list[Clip]:
        mask = cells[:, self._band[:, None], self._slice[None, :]]
        win = 2 * (self._removable.shape[0] - 1)
        removed = istft(mask * self._removable, nperseg=win, noverlap=3 * win // 4)[1]
        n = len(self.clip.samples)
        removed = np.pad(removed, ((0, 0), (0, max(n - removed.shape[1], 0))))[:, :n]
        return [Clip(self.clip.samples - part, self.clip.sample_rate, self.clip.name) for part in removed]
