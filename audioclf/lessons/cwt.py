"""The continuous wavelet transform with four wavelets: scalogram, cone of influence, tiles of time and frequency."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from audioclf.lessons.excerpt import Samples, excerpt, like, power_db, samples_of
from audioclf.lessons.panels import time_axis
from audioclf.lessons.view import Axis, Box, Curve, Field, Panel, Sound, View, range_of
from audioclf.types import Clip
from audioclf.wording import text

N_SCALES = 64
LOW_HZ = 60.0
MAX_COLUMNS = 500
B, C = 1.5, 1.0  # of the Morlet wavelet, as PyWavelets' cmor1.5-1.0
SHANNON = 1.0  # bandwidth of the Shannon wavelet around 1.5 Hz
ORDER = 4  # of the complex Gaussian's derivative
CENTRE = (1 + np.sqrt(1 + 8 * ORDER)) / 2  # its peak in radians per unit of its time


@dataclass(frozen=True)
class Wavelet:
    """A wavelet by its spectrum over frequency relative to its centre: 1 at 1, 0 at 0.

    decay: its e-folding time in periods of its centre; what lies that close to an end is touched by the zeros beyond.
    """

    spectrum: Callable[[NDArray], NDArray]
    decay: float
    is_real: bool = False


def _gaussian_derivative(order: float) -> Callable[[NDArray], NDArray]:
    """|ψ̂| of the n-th derivative of a Gaussian: f^n exp(−n (f² − 1) / 2), with its peak at 1."""
    return lambda f: np.where(f > 0, np.maximum(f, 0) ** order * np.exp(-order * (f**2 - 1) / 2), 0.0)


def _complex_gaussian(f: NDArray) -> NDArray:
    """|ψ̂| of the ORDER-th derivative of exp(−it − t²), PyWavelets' cgau, with its peak at 1."""
    bell = np.exp(-((CENTRE * f - 1) ** 2 - (CENTRE - 1) ** 2) / 4)
    return np.where(f > 0, np.maximum(f, 0) ** ORDER * bell, 0.0)


WAVELETS = {
    "morlet": Wavelet(
        lambda f: np.where(f > 0, np.exp(-(np.pi**2) * B * C**2 * (f - 1) ** 2), 0.0), np.sqrt(B) * C
    ),
    "mexican_hat": Wavelet(_gaussian_derivative(2), np.sqrt(2) * np.sqrt(2) / (2 * np.pi), is_real=True),
    "complex_gaussian": Wavelet(_complex_gaussian, CENTRE / (2 * np.pi)),
    "shannon": Wavelet(lambda f: ((f >= 1 - SHANNON / 3) & (f < 1 + SHANNON / 3)).astype(float), 1.5),
}


def transform(samples: NDArray, sample_rate: int, hz: NDArray, name: str) -> NDArray[np.complex64]:
    """(n_hz, n_samples) coefficients: the wavelet of each frequency on the spectrum, so that a tone has gain 1.

    Half the negative frequencies of a real wavelet are left out, which gives the analytic coefficients.
    """
    size = scipy.fft.next_fast_len(2 * len(samples))
    spectrum = scipy.fft.rfft(samples.astype(np.float32), size)
    product = np.zeros((len(hz), size), dtype=np.complex64)
    np.multiply(
        spectrum, _gains(name, size, sample_rate, tuple(hz.tolist())), out=product[:, : len(spectrum)]
    )
    return 2 * scipy.fft.ifft(product, axis=1, overwrite_x=True)[:, : len(samples)]


@lru_cache(maxsize=8)
def _gains(name: str, size: int, sample_rate: int, hz: tuple[float, ...]) -> NDArray[np.float32]:
    """(n_hz, size / 2 + 1) spectrum of the wavelet of each frequency."""
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate)
    return WAVELETS[name].spectrum(frequencies[None, :] / np.array(hz)[:, None]).astype(np.float32)


def shape_of(name: str) -> tuple[Samples, NDArray[np.complex128]]:
    """The wavelet over time in periods of its centre."""
    n, periods = 2048, 16.0
    frequencies = np.fft.fftfreq(n, periods / n)
    wave = np.fft.fftshift(np.fft.ifft(WAVELETS[name].spectrum(frequencies)))
    wave = wave / np.abs(wave).max()
    times = (np.arange(n) / n - 0.5) * periods
    near = np.abs(times) <= 4
    return times[near], wave[near]


def cwt(clip: Clip, wavelet: str) -> View:
    """The scalogram with one of four wavelets, and the tiles of time and frequency beside those of the STFT."""
    part = excerpt(clip, 8000)
    top = 0.45 * part.sample_rate
    hz = np.geomspace(LOW_HZ, top, N_SCALES)
    found = transform(samples_of(part), part.sample_rate, hz, wavelet)
    power = np.abs(found) ** 2
    step = -(-power.shape[1] // MAX_COLUMNS)
    kept = power[:, : power.shape[1] // step * step].reshape(len(hz), -1, step).mean(axis=2)
    db = power_db(kept, 60.0)
    loud = int(power.mean(axis=1).argmax())
    reach = WAVELETS[wavelet].decay / hz
    said = text(
        "wavelets.cwt_said",
        wavelet=text(f"explore.{wavelet}"),
        hz=f"{hz[loud]:.0f}",
        low=f"{1000 * reach[0]:.0f}",
        high=f"{1000 * reach[-1]:.1f}",
    )
    axis = Axis("Hz", LOW_HZ, top, "Hz", is_log=True)
    times, wave = shape_of(wavelet)
    return View(
        panels=(
            Panel(
                text("wavelets.scalogram_title", n=N_SCALES),
                time_axis(part),
                axis,
                said,
                (
                    Curve(reach, hz, text("wavelets.cone"), "dashed", 7, part="cone"),
                    Curve(part.seconds - reach, hz, "", "dashed", 7, part="cone"),
                ),
                field=Field(db, -60.0, 0.0, "dB"),
                size="tall",
            ),
            Panel(
                text("wavelets.wave_title"),
                Axis(text("wavelets.periods"), -4.0, 4.0),
                Axis(text("explore.amplitude"), *range_of(wave.real, wave.imag)),
                text("wavelets.wave_alt", wavelet=text(f"explore.{wavelet}")),
                _waves(times, wave, wavelet),
                size="low",
            ),
            _tiles(text("wavelets.tiling"), True),
            _tiles(text("wavelets.tiling_stft"), False),
        ),
        said=said,
        facts=(
            (text("wavelets.loudest"), f"{hz[loud]:.0f} Hz"),
            (text("wavelets.at_low", hz=f"{LOW_HZ:.0f}"), f"± {1000 * reach[0]:.0f} ms"),
            (text("wavelets.at_high", hz=f"{top:.0f}"), f"± {1000 * reach[-1]:.1f} ms"),
        ),
        sounds=(
            Sound(text("explore.original"), part),
            Sound(text("wavelets.hear_band", hz=f"{hz[loud]:.0f}"), like(found[loud].real, part)),
        ),
        arrays={"power": power, "hz": hz},
    )


def _waves(times: Samples, wave: NDArray, name: str) -> tuple[Curve, ...]:
    real = Curve(times, wave.real, text("wavelets.real"), tone=1, part="psi")
    if WAVELETS[name].is_real:
        return (real,)
    return (real, Curve(times, wave.imag, text("wavelets.imaginary"), "dashed", 2))


def _tiles(title: str, is_wavelet: bool) -> Panel:
    """Tiles of equal area: octaves of a wavelet transform, or the even tiles of a short-time spectrum."""
    boxes = []
    for row in range(4):
        low, high = (
            ((2.0**row - 1) / 15, (2.0 ** (row + 1) - 1) / 15) if is_wavelet else (row / 4, (row + 1) / 4)
        )
        n = 2 ** (row + 1) if is_wavelet else 4
        boxes += [Box(i / n, (i + 1) / n, low, high, tone=1 + (i + row) % 2) for i in range(n)]
    nothing = ((0.0, ""),)
    return Panel(
        title,
        Axis(text("wavelets.time"), 0.0, 1.0, ticks=nothing),
        Axis(text("wavelets.frequency"), 0.0, 1.0, ticks=nothing),
        text("wavelets.tiling_alt") if is_wavelet else text("wavelets.tiling_stft_alt"),
        boxes=boxes,
        size="square",
    )
