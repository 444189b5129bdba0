"""One frame and its spectrum: windows, leakage, partials, periodogram and Welch's average."""

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

from audioclf.lessons.excerpt import Samples, excerpt, loudest_at, power_db, repeated, samples_of
from audioclf.lessons.panels import hz_axis, whole
from audioclf.lessons.view import Axis, Curve, Mark, Panel, Sound, View, range_of, signed
from audioclf.types import Clip
from audioclf.wording import counted, percent, text

WINDOWS = {"rectangular": "boxcar", "hann": "hann", "hamming": "hamming", "blackman": "blackman"}
FRAME_SECONDS = 0.032
FINE = 16  # zero padding that makes the shape of a window's spectrum visible


def window(name: str, n: int) -> Samples:
    """(n,) a periodic window: rectangular, hann, hamming or blackman (Harris 1978)."""
    return scipy.signal.get_window(WINDOWS[name], n)


def psd(samples: NDArray, sample_rate: int, n_segment: int, name: str = "hann") -> tuple[Samples, Samples]:
    """Frequencies in Hz and one-sided power spectral density (unit²/Hz), averaged over segments (Welch 1967).

    Segments overlap by half and keep their mean; one segment is the periodogram. The sum of the density times the
    distance of its frequencies is the mean square of the windowed samples.
    """
    n = min(n_segment, len(samples))
    shape = window(name, n)
    starts = range(0, len(samples) - n + 1, max(1, n // 2))
    frames = np.stack([samples[s : s + n] for s in starts]) * shape
    power = np.mean(np.abs(scipy.fft.rfft(frames, axis=1)) ** 2, axis=0)
    power *= 2.0 / (sample_rate * float(np.sum(shape**2)))
    power[0] /= 2.0
    if n % 2 == 0:
        power[-1] /= 2.0
    return np.arange(len(power)) * sample_rate / n, power


def frame_at(clip: Clip, percent_of: float, seconds: float = FRAME_SECONDS) -> tuple[float, Samples]:
    """Start in seconds and samples of the frame at a position from 0 to 100 %."""
    n = round(seconds * clip.sample_rate)
    first = round(percent_of / 100.0 * (len(clip.samples) - n))
    return first / clip.sample_rate, samples_of(clip)[first : first + n]


def best_position(clip: Clip, seconds: float = FRAME_SECONDS) -> float:
    """Position of the loudest frame in percent."""
    n = round(seconds * clip.sample_rate)
    return 100.0 * loudest_at(clip, seconds) / max(1, len(clip.samples) - n)


def spectrum_of(frame: NDArray, sample_rate: int, fine: int = FINE) -> tuple[Samples, Samples]:
    """Frequencies in Hz and power of a frame, zero-padded to `fine` times its length."""
    power = np.abs(scipy.fft.rfft(frame, fine * len(frame))) ** 2
    return np.arange(len(power)) * sample_rate / (fine * len(frame)), power


def side_lobe(name: str, n: int = 512) -> tuple[float, float]:
    """Width of the main lobe in bins between its zeros, and height of the highest side lobe in dB."""
    power = power_db(np.abs(scipy.fft.rfft(window(name, n), 64 * n)) ** 2, 200.0)
    falls = np.flatnonzero(np.diff(power) > 0)  # the first rise ends the main lobe
    first = int(falls[0]) if len(falls) else len(power) - 1
    return 2 * first / 64, float(power[first:].max())


def frame(clip: Clip, position: float, shape: str) -> View:
    """One frame, its window, and how far the window spreads each frequency."""
    part = excerpt(clip)
    start, cut = frame_at(part, position)
    weights = window(shape, len(cut))
    hz, power = spectrum_of(cut * weights, part.sample_rate)
    _, plain = spectrum_of(cut, part.sample_rate)
    width, lobe = side_lobe(shape)
    spread = width * part.sample_rate / len(cut)
    said = text(
        "signal.frame_said",
        window=text(f"explore.{shape}"),
        ms=f"{1000 * FRAME_SECONDS:.0f}",
        at=f"{start:.2f}",
        width=f"{spread:.0f}",
        lobe=signed(lobe, 0),
    )
    low, high = range_of(cut)
    ms = 1000 * np.arange(len(cut)) / part.sample_rate
    curves = [Curve(*_peaks(hz, power_db(power)), text("signal.windowed"), tone=1, part="X")]
    if shape != "rectangular":
        curves.insert(0, Curve(*_peaks(hz, power_db(plain)), text("explore.rectangular"), tone=7))
    return View(
        panels=(
            whole(part, start, FRAME_SECONDS),
            Panel(
                text("signal.frame_title"),
                Axis(text("explore.ms"), 0.0, 1000 * FRAME_SECONDS, "ms"),
                Axis(text("explore.amplitude"), low, high),
                text("signal.frame_alt", ms=f"{1000 * FRAME_SECONDS:.0f}", n=len(cut)),
                (
                    Curve(ms, cut, text("signal.frame"), tone=7, part="x"),
                    Curve(ms, weights * float(cut.max()), text("signal.window"), "dashed", 2, part="w"),
                    Curve(ms, cut * weights, text("signal.windowed"), tone=1, part="X"),
                ),
            ),
            Panel(
                text("signal.leak_title"),
                hz_axis(part.sample_rate / 2),
                Axis("dB", -80.0, 3.0, "dB"),
                said,
                curves,
            ),
        ),
        said=said,
        facts=(
            (text("signal.main_lobe"), text("signal.bins", n=f"{width:.1f}", hz=f"{spread:.0f}")),
            (text("signal.side_lobe"), f"{signed(lobe, 0)} dB"),
            (text("signal.frame_length"), text("signal.in_samples", n=len(cut))),
        ),
        sounds=(
            Sound(text("explore.original"), part),
            Sound(text("signal.hear_frame"), repeated(cut * weights, part)),
        ),
        arrays={"frame": cut, "window": weights, "hz": hz, "power": power},
    )


def strongest(frame: NDArray, n: int) -> tuple[Samples, NDArray[np.bool_], float]:
    """The sum of the n strongest partials of a frame, which bins these are, and their share of the energy.

    By Parseval's theorem the energy is the same in time and in frequency: Σ|x|² = Σ|X|² / N.
    """
    spectrum = scipy.fft.rfft(frame)
    twice = np.full(len(spectrum), 2.0)  # a bin stands for a positive and a negative frequency
    twice[0] = 1.0
    if len(frame) % 2 == 0:
        twice[-1] = 1.0
    energy = twice * np.abs(spectrum) ** 2
    kept = np.zeros(len(spectrum), dtype=bool)
    kept[np.argsort(-energy, kind="stable")[:n]] = True
    total = float(energy.sum())
    share = float(energy[kept].sum()) / total if total > 0 else 1.0
    return scipy.fft.irfft(np.where(kept, spectrum, 0), len(frame)), kept, share


def fourier(clip: Clip, partials: int) -> View:
    """The loudest frame as a sum of its strongest partials."""
    part = excerpt(clip)
    _, cut = frame_at(part, best_position(part))
    built, kept, share = strongest(cut, partials)
    hz = np.arange(len(kept)) * part.sample_rate / len(cut)
    db = power_db(np.abs(scipy.fft.rfft(cut)) ** 2, 70.0)
    ms = 1000 * np.arange(len(cut)) / part.sample_rate
    said = text("signal.fourier_said", n=partials, share=percent(share), all=len(kept))
    strong = float(hz[int(np.argmax(db))])
    return View(
        panels=(
            Panel(
                text("signal.sum_title"),
                Axis(text("explore.ms"), 0.0, 1000 * FRAME_SECONDS, "ms"),
                Axis(text("explore.amplitude"), *range_of(cut)),
                said,
                (
                    Curve(ms, cut, text("signal.frame"), tone=7, part="x"),
                    Curve(ms, built, text("signal.sum", n=partials), tone=1, part="X"),
                ),
            ),
            Panel(
                text("signal.partials_title"),
                hz_axis(part.sample_rate / 2),
                Axis("dB", -70.0, 3.0, "dB"),
                text("signal.partials_alt", n=partials, hz=f"{strong:.0f}"),
                (
                    Curve(hz[~kept], db[~kept], text("signal.left_out"), "stems", 7, part="k"),
                    Curve(hz[kept], db[kept], text("signal.taken"), "stems", 1, part="X"),
                ),
            ),
        ),
        said=said,
        facts=(
            (text("signal.partials"), f"{partials} / {len(kept)}"),
            (text("signal.energy_share"), percent(share)),
            (text("signal.bin_distance"), f"{part.sample_rate / len(cut):.1f} Hz"),
        ),
        sounds=(
            Sound(text("signal.hear_frame"), repeated(cut, part)),
            Sound(text("signal.hear_sum", n=partials), repeated(built, part)),
        ),
        arrays={"frame": cut, "sum": built, "hz": hz, "kept": kept},
    )


def density(clip: Clip, estimate: str, segment: int, axis: str) -> View:
    """Power spectral density: the periodogram, or Welch's average over shorter segments."""
    part = excerpt(clip)
    samples = samples_of(part)
    n = len(samples) if estimate == "periodogram" else segment
    # Only without a window is the area under a periodogram exactly the mean square (Parseval).
    hz, power = psd(samples, part.sample_rate, n, "rectangular" if estimate == "periodogram" else "hann")
    step = float(hz[1])
    total, square = float(power.sum() * step), float(np.mean(samples**2))
    strong = float(hz[int(power.argmax())])
    averaged = max(1, 2 * (len(samples) // min(n, len(samples))) - 1)
    said = text("signal.density_said", n=counted(averaged, "segment"), step=f"{step:.1f}", hz=f"{strong:.0f}")
    shown = 10 * np.log10(np.maximum(power, 1e-13)) if axis == "db" else power
    low, high = range_of(shown)
    if axis == "db":
        low = max(low, high - 90.0)
    thin = _peaks(hz, shown)
    return View(
        panels=(
            Panel(
                text("signal.density_title"),
                hz_axis(part.sample_rate / 2),
                Axis(
                    "dB/Hz" if axis == "db" else text("signal.per_hz"),
                    low,
                    high,
                    "dB" if axis == "db" else "",
                ),
                said,
                (Curve(*thin, text(f"explore.{estimate}"), tone=1, part="S"),),
                marks=(Mark(f"{strong:.0f} Hz", x=strong),),
            ),
        ),
        said=said,
        facts=(
            (text("signal.segments"), str(averaged)),
            (text("signal.resolution"), f"{step:.1f} Hz"),
            (text("signal.area"), f"{total:.3g}"),
            (text("signal.mean_square"), f"{square:.3g}"),
        ),
        sounds=(Sound(text("explore.original"), part),),
        arrays={"hz": hz, "psd": power},
    )


def _peaks(x: Samples, y: Samples, n: int = 1500) -> tuple[Samples, Samples]:
    """At most about n points; of several that share one, the highest, so that no line is lost."""
    size = -(-len(y) // n)
    if size == 1:
        return x, y
    whole_y = y[: len(y) // size * size].reshape(-1, size)
    return x[: len(whole_y) * size : size], whole_y.max(axis=1)
