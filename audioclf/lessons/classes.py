"""The classes of a task: one example of each side by side, and how many recordings each has."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf.audio import load_clip
from audioclf.data.local_recordings import local_recordings
from audioclf.features.spectral import LogMel, Mfcc
from audioclf.lessons.excerpt import excerpt, power_db, samples_of
from audioclf.lessons.panels import hz_axis, time_axis, waveform
from audioclf.lessons.splits import configs
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Curve, Field, Mark, Panel, Sound, View, range_of
from audioclf.types import Clip, ZooError
from audioclf.wording import percent, readable, text

N_MELS, N_MFCC = 26, 13
N_FFT_POINTS = 400
TONES = 6


def classes(clip: Clip, task: Task, picture: str) -> View:
    """One picture of an example of each label, side by side; the visitor's own sound is the first.

    picture: waveform, fft, bands or mfcc. In the order of the labels; those without an example are named. Where the
    task's data set is on this machine, its first recording of a label is the example.
    """
    labels, real = configs(task)[0].labels, _real(task.selection.task)
    examples = {**dict(task.examples), **real}
    found = tuple((label, examples[label]) for label in labels if label in examples)
    parts = [(text("explore.original"), excerpt(clip)), *_examples(found)]
    missing = [readable(label) for label in labels if label not in examples]
    draw = PICTURES[picture]
    said = text("classes.real_said" if real else "classes.said", n=len(parts) - 1, of=len(labels))
    return View(
        panels=tuple(draw(name, part) for name, part in parts),
        said=said,
        facts=((text("classes.missing"), ", ".join(missing)),) if missing else (),
        sounds=tuple(Sound(name, part) for name, part in parts),
        arrays={f"samples_{i}": part.samples for i, (_, part) in enumerate(parts)},
    )


def _real(task: str) -> dict[str, Path]:
    """The first recording of each label, by name; empty without the data set."""
    items = sorted(local_recordings(task).values(), key=lambda item: item.file, reverse=True)
    return {item.label: item.file for item in items}


@lru_cache(maxsize=8)
def _examples(files: tuple[tuple[str, Path], ...]) -> tuple[tuple[str, Clip], ...]:
    return tuple((readable(label), excerpt(load_clip(path))) for label, path in files)


def _waveform(name: str, part: Clip) -> Panel:
    samples = samples_of(part)
    low, high = range_of(samples)
    curve = waveform(samples, part.sample_rate, tone=1)
    alt = text("classes.wave_alt", peak=f"{np.abs(samples).max():.2f}")
    return Panel(name, time_axis(part), Axis(text("explore.amplitude"), low, high), alt, (curve,), size="low")


def spectrum(part: Clip) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies in Hz and dB below the strongest, of the whole second; of neighbours, the strongest is kept."""
    power = np.abs(np.fft.rfft(samples_of(part) * np.hanning(len(part.samples)))) ** 2
    size = max(1, len(power) // N_FFT_POINTS)
    rows = power[: len(power) // size * size].reshape(-1, size).max(axis=1)
    return np.arange(len(rows)) * size * part.sample_rate / len(part.samples), power_db(rows, 80.0)


def _fft(name: str, part: Clip) -> Panel:
    hz, db = spectrum(part)
    alt = text("classes.fft_alt", hz=f"{hz[int(db.argmax())]:.0f}")
    top = part.sample_rate / 2
    return Panel(name, hz_axis(top), Axis("dB", -80.0, 3.0, "dB"), alt, (Curve(hz, db, tone=1),), size="low")


def _bands(name: str, part: Clip) -> Panel:
    rows = LogMel(n_mels=N_MELS, fmin=0.0, top_db=60.0)(part).values.astype(float)
    alt = text("classes.bands_alt", n=N_MELS, band=int(rows.mean(axis=1).argmax()) + 1)
    axis = Axis(text("signal.band"), 0.5, N_MELS + 0.5)
    return Panel(name, time_axis(part), axis, alt, field=Field(rows, -60.0, 0.0, "dB"), size="low")


def _mfcc(name: str, part: Clip) -> Panel:
    rows = Mfcc(n_mfcc=N_MFCC, n_mels=N_MELS)(part).values.astype(float)
    scaled = (rows - rows.mean(axis=1, keepdims=True)) / np.maximum(rows.std(axis=1, keepdims=True), 0.3)
    axis = Axis(text("signal.coefficient"), -0.5, N_MFCC - 0.5)
    alt = text("classes.mfcc_alt", n=N_MFCC, frames=rows.shape[1])
    return Panel(name, time_axis(part), axis, alt, field=Field(scaled, -3.0, 3.0, "σ", True), size="low")


PICTURES = {"waveform": _waveform, "fft": _fft, "bands": _bands, "mfcc": _mfcc}


def distribution(clip: Clip, task: Task, kind: str) -> View:
    """How many test recordings each label has, as bars or as a pie, from the stored results. The clip is not used."""
    config = next((c for c in configs(task) if c.metrics.get("confusion")), None)
    if config is None:
        raise ZooError(text("classes.no_counts", task=task.selection.task))
    matrix = np.array(config.metrics["confusion"], dtype=np.int64)
    # The matrix counts every recording once for each seed.
    counts = matrix.sum(axis=1) // max(1, len(config.metrics.get("seeds") or ()))
    names = [readable(label) for label in [*config.labels, None][: len(counts)]]
    total = max(1, int(counts.sum()))
    most, least = int(counts.argmax()), int(counts.argmin())
    said = text(
        "classes.even_said" if counts[most] == counts[least] else "classes.uneven_said",
        n=len(counts),
        total=f"{total:,}",
        most=names[most],
        n_most=f"{counts[most]:,}",
        least=names[least],
        n_least=f"{counts[least]:,}",
        share=percent(counts[most] / total, 0),
    )
    panel = _pie(names, counts / total, said) if kind == "pie" else _bars(names, counts, said)
    return View(
        panels=(panel,),
        said=said,
        facts=tuple((name, f"{n:,}") for name, n in zip(names, counts.tolist(), strict=True)),
        arrays={"counts": counts},
    )


def _bars(names: list[str], counts: NDArray[np.int64], alt: str) -> Panel:
    """A bar for each label, with its name on it."""
    n, top = len(names), float(counts.max())
    places = np.arange(n, 0, -1).astype(float)
    curves = [
        Curve(
            np.array([0.0, count, count, 0.0]), at + np.array([-0.36, -0.36, 0.36, 0.36]), look="area", tone=7
        )
        for at, count in zip(places, counts.astype(float), strict=True)
    ]
    return Panel(
        text("classes.bars_title"),
        Axis(text("classes.recordings"), 0.0, 1.06 * top),
        Axis(text("classes.label"), 0.3, n + 0.7, ticks=((0.0, ""),)),
        alt,
        curves,
        marks=tuple(Mark(name, x=0.5 * top, y=at) for name, at in zip(names, places, strict=True)),
        size="tall",
    )


def _pie(names: list[str], shares: NDArray[np.float64], alt: str) -> Panel:
    """A slice for each label, clockwise from the top, with its name on it."""
    ends = np.concatenate([[0.0], np.cumsum(shares)]) * 2 * np.pi
    curves, marks = [], []
    for i, name in enumerate(names):
        angles = np.linspace(ends[i], ends[i + 1], 24)
        x, y = (np.concatenate([[0.0], turn(angles)]) for turn in (np.sin, np.cos))
        curves.append(Curve(x, y, look="area", tone=1 + i % TONES))
        middle = (ends[i] + ends[i + 1]) / 2
        marks.append(Mark(name, x=0.72 * float(np.sin(middle)), y=0.72 * float(np.cos(middle))))
    nothing = ((2.0, ""),)
    axis = Axis("", -1.08, 1.08, ticks=nothing)
    return Panel(text("classes.pie_title"), axis, axis, alt, curves, marks=marks, size="square")
