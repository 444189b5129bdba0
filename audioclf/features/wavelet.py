"""Wavelet-packet cepstra, on PyWavelets."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pywt
from numpy.typing import NDArray

from audioclf.features.frames import Array, dct_matrix, framing, mel_centres, power_to_db, slopes, standardise
from audioclf.types import Clip, FeatureMap

NOISE_FLOOR = 0.01  # share of a cell's energy that is left at least


def check_wavelet(name: str) -> None:
    """ValueError unless `name` is a discrete wavelet of PyWavelets."""
    if name not in pywt.wavelist(kind="discrete"):
        raise ValueError(
            f"unknown wavelet {name!r}; use a discrete wavelet of PyWavelets, such as sym8, db8 or coif3"
        )


def packet_nodes(samples: Array, wavelet: str, depth: int) -> Array:
    """All nodes of a wavelet-packet tree at `depth`, (2**depth, n_coefficients), lowest frequency first.

    One transform per level computes all its nodes. Boundaries are periodic: pad first if that matters.
    samples: (n_samples,), a multiple of 2**depth; orthogonal wavelets then keep the energy.
    """
    nodes = samples[None]
    for _ in range(depth):
        children = np.stack(pywt.dwt(nodes, wavelet, mode="periodization", axis=-1), axis=1)
        # A high-pass branch mirrors its spectrum, so its low and high children swap places (Gray code).
        children[1::2] = children[1::2, ::-1]
        nodes = children.reshape(2 * len(nodes), -1)
    return nodes


def _padding(wavelet: str, depth: int) -> int:
    """Reach of the whole tree's filters beyond a sample, in samples."""
    return (pywt.Wavelet(wavelet).dec_len - 1) * (2**depth - 1)


@lru_cache(maxsize=32)
def _node_delays(wavelet: str, depth: int) -> NDArray[np.float64]:
    """(2**depth,) delay of each node's energy in samples, from the centroids of unit pulses.

    Low-pass and high-pass filters have different delays, which add up down the tree.
    """
    step = 2**depth
    length = 2 * step * (1 + _padding(wavelet, depth) // step)
    at = length // 2
    energy = np.zeros((step, length // step))
    # The transform is not shift-invariant: average over many shifts.
    shifts = range(0, step, max(1, step // 64))
    for shift in shifts:
        energy += packet_nodes(np.roll(np.eye(1, length, at)[0], shift), wavelet, depth) ** 2
    centroid = (energy * (np.arange(energy.shape[1]) + 0.5)).sum(axis=1) / energy.sum(axis=1)
    return centroid * step - (at + np.mean(shifts) + 0.5)


@lru_cache(maxsize=32)
def _band_edges(n_bands: int, depth: int, nyquist: float, fmin: float) -> NDArray[np.intp]:
    """(n_bands + 1,) node numbers of the edges of mel-spaced bands, each at least one node wide."""
    n_nodes = 2**depth
    first = min(round(fmin / nyquist * n_nodes), n_nodes - 1)
    if n_bands > n_nodes - first:
        raise ValueError(
            f"{n_nodes - first} packet nodes above {fmin:g} Hz cannot make {n_bands} bands; raise depth"
        )
    inner = mel_centres(n_bands - 1, first / n_nodes * nyquist, nyquist) / nyquist * n_nodes
    edges = np.rint([first, *inner, n_nodes]).astype(np.intp)
    steps = np.arange(n_bands + 1)
    edges = np.maximum.accumulate(edges - steps) + steps
    return np.minimum(edges, n_nodes - n_bands + steps)


def _frame_energy(coefficients: Array, starts: NDArray, ends: NDArray) -> NDArray[np.float64]:
    """(n_nodes, n_frames) energy between two positions, which are given in fractional coefficients.

    starts, ends: (n_nodes, n_frames). Subtracts running sums, so the cost does not depend on the overlap.
    """
    n_coefficients = coefficients.shape[1]
    running = np.zeros((len(coefficients), n_coefficients + 2))
    np.cumsum(np.square(coefficients, dtype=np.float64), axis=1, out=running[:, 1:-1])
    running[:, -1] = running[:, -2]

    def energy_before(position: NDArray) -> NDArray[np.float64]:
        position = np.clip(position, 0.0, n_coefficients)
        whole = position.astype(np.intp)
        low, high = (np.take_along_axis(running, whole + i, axis=1) for i in (0, 1))
        return low + (high - low) * (position - whole)

    return np.maximum(energy_before(ends) - energy_before(starts), 0.0)


@dataclass(frozen=True)
class WaveletCepstra:
    """Cepstra of wavelet-packet bands: 1 + n_cepstra · (1 to 3) rows, one frame every hop.

    Row 0 is the energy of the frame in dB below the loudest frame. It is never normalised, so that a model can
    tell pauses from sound. Then follow n_cepstra coefficients (DCT-II of log energies of mel-spaced bands of
    packet nodes; after Farooq & Datta 2001) and their slopes over delta_width and wide_delta_width frames (odd,
    0 for none). cmvn: normalise these to mean 0 and variance 1 over frames whose row 0 is at least -active_db.

    noise_share: every band loses noise_factor times the energy that this share of its frames stays below, its noise,
    but not more than all but NOISE_FLOOR of its own (spectral subtraction, Boll 1979); 0 subtracts nothing.

    The tree is computed once for the whole clip; node energies are averaged over frames after undoing each
    node's delay. A tree per frame would transform each sample win/hop times.
    """

    wavelet: str = "sym8"
    depth: int = 6
    n_bands: int = 24
    n_cepstra: int = 16
    win_seconds: float = 0.032
    hop_seconds: float = 0.010
    fmin: float = 60.0
    delta_width: int = 5
    wide_delta_width: int = 15
    cmvn: bool = True
    active_db: float = 30.0
    top_db: float = 60.0
    noise_share: float = 0.0
    noise_factor: float = 2.0

    def __post_init__(self) -> None:
        check_wavelet(self.wavelet)
        if not (self.win_seconds > 0 and self.hop_seconds > 0 and self.top_db > 0 and 1 <= self.depth <= 10):
            raise ValueError(
                "WaveletCepstra: win_seconds, hop_seconds and top_db must be above 0, depth 1 to 10"
            )
        if not (0 <= self.noise_share < 1 and self.noise_factor >= 0):
            raise ValueError("WaveletCepstra: noise_share must be 0 to 1, noise_factor 0 or above")
        if not 1 <= self.n_cepstra <= self.n_bands:
            raise ValueError(f"WaveletCepstra: n_cepstra must be 1 to {self.n_bands}, not {self.n_cepstra}")
        if wrong := [w for w in (self.delta_width, self.wide_delta_width) if w and (w < 3 or w % 2 == 0)]:
            raise ValueError(f"WaveletCepstra: a delta width must be 0, or odd and >= 3, not {wrong[0]}")

    def bands(self, clip: Clip) -> FeatureMap:
        """The log energies behind the cepstra: (n_bands, n_frames), dB below the loudest cell."""
        return self.both(clip)[0]

    def __call__(self, clip: Clip) -> FeatureMap:
        """(n_rows, n_frames): row 0 in dB, the others in standard deviations, or dB without cmvn."""
        energy, _ = self._band_energy(clip)
        return self._cepstra(clip, self._less_noise(energy))

    def both(self, clip: Clip) -> tuple[FeatureMap, FeatureMap]:
        """`bands` and the feature itself, from one tree."""
        frames = framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, None)
        energy, edges = self._band_energy(clip)
        energy = self._less_noise(energy)
        hz = (edges[:-1] + edges[1:]) / 2 * (clip.sample_rate / 2 / 2**self.depth)
        bands = FeatureMap(power_to_db(energy, self.top_db), frames.seconds, hz, "dB")
        return bands, self._cepstra(clip, energy)

    def _less_noise(self, energy: Array) -> Array:
        if not self.noise_share:
            return energy
        noise = np.quantile(energy, self.noise_share, axis=1, keepdims=True)
        return np.maximum(energy - self.noise_factor * noise, NOISE_FLOOR * energy).astype(energy.dtype)

    def _cepstra(self, clip: Clip, energy: Array) -> FeatureMap:
        frames = framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, None)
        loudness = power_to_db(energy.sum(axis=0, keepdims=True), self.top_db)
        cepstra = dct_matrix(self.n_cepstra, self.n_bands) @ power_to_db(energy, self.top_db)
        rows = [cepstra]
        for width in (self.delta_width, self.wide_delta_width):
            if width:
                rows.append(slopes(cepstra, width))
        if self.cmvn:
            active = loudness[0] >= -self.active_db
            rows = [standardise(row, active) for row in rows]
        return FeatureMap(np.concatenate([loudness, *rows]), frames.seconds, None, "σ" if self.cmvn else "dB")

    def _band_energy(self, clip: Clip) -> tuple[Array, NDArray[np.intp]]:
        """(n_bands, n_frames) energies and the (n_bands + 1,) node numbers of the band edges."""
        frames = framing(len(clip.samples), clip.sample_rate, self.win_seconds, self.hop_seconds, None)
        step = 2**self.depth
        n_padded = -(-(len(clip.samples) + _padding(self.wavelet, self.depth)) // step) * step
        padded = np.zeros(n_padded, dtype=np.float32)
        padded[: len(clip.samples)] = clip.samples - clip.samples.mean()
        nodes = packet_nodes(padded, self.wavelet, self.depth)
        edges = _band_edges(self.n_bands, self.depth, clip.sample_rate / 2, self.fmin)
        starts = (frames.starts + _node_delays(self.wavelet, self.depth)[:, None]) / step
        energy = _frame_energy(nodes, starts, starts + frames.win_length / step)
        return np.add.reduceat(energy, edges[:-1], axis=0).astype(np.float32), edges
