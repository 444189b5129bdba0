"""The mel scale, its triangles, the energies in them, and how the DCT removes their correlation."""

import numpy as np
from numpy.typing import NDArray

from audioclf.features.frames import dct_matrix
from audioclf.features.spectral import LogMel
from audioclf.lessons.excerpt import Samples, excerpt, sound_of
from audioclf.lessons.panels import hz_axis, time_axis
from audioclf.lessons.resynthesis import noise_like
from audioclf.lessons.view import Axis, Curve, Field, Mark, Panel, Sound, View
from audioclf.types import Clip
from audioclf.wording import text

TOP_HZ = 8000.0
TONE_RATE, TONE_SECONDS, N_TONES = 16_000, 0.16, 8
N_BANDS = 26


def hz_to_mel(hz: NDArray | float) -> NDArray:
    """Mel of Hz, 2595 log10(1 + f / 700): HTK's fit to listeners' equal steps of pitch (Stevens et al. 1937)."""
    return 2595.0 * np.log10(1.0 + np.asarray(hz, dtype=float) / 700.0)


def mel_to_hz(mel: NDArray | float) -> NDArray:
    """The inverse of `hz_to_mel`."""
    return 700.0 * (10.0 ** (np.asarray(mel, dtype=float) / 2595.0) - 1.0)


def edges(n_mels: int, top: float = TOP_HZ) -> Samples:
    """(n_mels + 2,) Hz: band i rises from edge i to edge i + 1 and falls to edge i + 2."""
    return mel_to_hz(np.linspace(0.0, float(hz_to_mel(top)), n_mels + 2))


def mel(clip: Clip, n_mels: int, axis: str) -> View:
    """The mel scale: its curve, and the triangles of a filter bank on the chosen axis. The clip is not used."""
    borders = edges(n_mels)
    width = borders[2:] - borders[:-2]
    scale = {
        "linear": hz_axis(TOP_HZ),
        "mel": Axis("mel", 0.0, float(hz_to_mel(TOP_HZ)), "mel"),
        "log": Axis("Hz", 50.0, TOP_HZ, "Hz", is_log=True),
    }[axis]
    place = hz_to_mel if axis == "mel" else np.asarray
    triangles = [
        Curve(place(borders[i : i + 3]), np.array([0.0, 1.0, 0.0]), "", tone=(1, 2, 3)[i % 3], part="H")
        for i in range(n_mels)
    ]
    hz = np.linspace(0.0, TOP_HZ, 300)
    said = text("signal.mel_said", n=n_mels, first=f"{width[0]:.0f}", last=f"{width[-1]:,.0f}")
    centres = borders[1:-1]
    return View(
        panels=(
            Panel(
                text("signal.mel_title"),
                hz_axis(TOP_HZ),
                Axis("mel", 0.0, float(hz_to_mel(TOP_HZ)), "mel"),
                text("signal.mel_alt", top=f"{hz_to_mel(TOP_HZ):.0f}"),
                (
                    Curve(hz, hz_to_mel(hz), text("signal.mel_curve"), tone=0, part="m"),
                    Curve(centres, hz_to_mel(centres), text("signal.centres"), "dots", 1, part="H"),
                ),
                marks=(Mark("1,000 Hz", x=1000.0), Mark("1,000 mel", y=1000.0)),
            ),
            Panel(
                text("signal.triangles_title", n=n_mels),
                scale,
                Axis(text("signal.weight"), 0.0, 1.05),
                said,
                triangles,
            ),
        ),
        said=said,
        facts=(
            (text("signal.mel_1000"), f"{hz_to_mel(1000.0):,.0f} mel"),
            (text("signal.first_band"), f"{width[0]:.0f} Hz"),
            (text("signal.last_band"), f"{width[-1]:,.0f} Hz"),
        ),
        sounds=(
            Sound(
                text("signal.hear_mel"),
                tones(mel_to_hz(np.linspace(hz_to_mel(200.0), hz_to_mel(6000.0), N_TONES))),
            ),
            Sound(text("signal.hear_hz"), tones(np.linspace(200.0, 6000.0, N_TONES))),
        ),
        arrays={"edges_hz": borders},
    )


def tones(hz: NDArray) -> Clip:
    """Short tones, one after the other."""
    times = np.arange(round(TONE_SECONDS * TONE_RATE)) / TONE_RATE
    fade = np.minimum(1.0, np.minimum(times, times[::-1]) / 0.01)
    return sound_of(0.3 * np.concatenate([fade * np.sin(2 * np.pi * f * times) for f in hz]), TONE_RATE)


def correlation(rows: NDArray) -> tuple[Samples, float]:
    """(n_rows, n_rows) correlation over the frames, 0 where a row is constant; mean size off the diagonal."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    size = np.sqrt(np.sum(centred**2, axis=1))
    size[size < 1e-9] = np.inf
    matrix = (centred @ centred.T) / np.outer(size, size)
    np.fill_diagonal(matrix, 1.0)
    n = len(rows)
    return matrix, float((np.abs(matrix).sum() - n) / (n * n - n))


def bands(clip: Clip, n_mels: int) -> View:
    """Energies in mel bands, and the correlation of the bands before and after the DCT."""
    part = excerpt(clip)
    found = LogMel(n_mels=n_mels, fmin=0.0, top_db=60.0)(part)
    rows = found.values.astype(float)
    cepstra = dct_matrix(n_mels, n_mels).astype(float) @ rows
    before, mean_before = correlation(rows)
    after, mean_after = correlation(cepstra[1:])
    said = text("signal.bands_said", before=f"{mean_before:.2f}", after=f"{mean_after:.2f}", n=n_mels)
    loud = int(rows.mean(axis=1).argmax())
    return View(
        panels=(
            Panel(
                text("signal.bands_title", n=n_mels, frames=rows.shape[1]),
                time_axis(part),
                Axis(text("signal.band"), 0.5, n_mels + 0.5),
                text("signal.bands_alt", n=n_mels, frames=rows.shape[1], loud=loud + 1),
                field=Field(rows, -60.0, 0.0, "dB"),
            ),
            _matrix(text("signal.before"), before, mean_before, 1),
            _matrix(text("signal.after"), after, mean_after, 2),
        ),
        said=said,
        facts=(
            (text("signal.mean_before"), f"{mean_before:.2f}"),
            (text("signal.mean_after"), f"{mean_after:.2f}"),
        ),
        sounds=(Sound(text("explore.original"), part),),
        arrays={"log_mel_db": rows, "correlation": before, "correlation_after_dct": after},
    )


def bands_sounds(clip: Clip, n_mels: int) -> tuple[Sound, ...]:
    """Noise with the energies of the bands."""
    return (Sound(text("signal.hear_bands", n=n_mels), noise_like(excerpt(clip), n_mels)),)


def _matrix(title: str, matrix: Samples, mean: float, first: int) -> Panel:
    end = first + len(matrix) - 0.5
    axis = Axis(text("signal.band") if first == 1 else text("signal.coefficient"), first - 0.5, end)
    return Panel(
        title,
        axis,
        axis,
        text("signal.matrix_alt", title=title, n=len(matrix), mean=f"{mean:.2f}"),
        field=Field(matrix, -1.0, 1.0, "", diverging=True),
        size="square",
    )
