"""Analyse one sound: load it, run the models, draw the pictures and return an Analysis.

Importing this is cheap: torch, scikit-learn and matplotlib are imported by the first analysis or by `preload`.
"""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from audioclf import audio
from audioclf.inference import verdict
from audioclf.inference.loading import Selection, load_models
from audioclf.types import Analysis, Clip, Picture, Progress, no_progress

if TYPE_CHECKING:
    from audioclf.inference.classifier import Classifier

Source = Clip | str | Path | bytes

# What a visitor may send: the decoder's own list.
SUFFIXES, FORMATS, MAX_BYTES = tuple(sorted(audio.SUFFIXES)), audio.FORMATS, audio.MAX_BYTES
MAX_PLAYED_RATE = 48_000  # Hz; more is inaudible and makes ten minutes a large file


def analyse(source: Source, selection: Selection, pictures: bool = True, windows: bool = True) -> Analysis:
    """Predictions, verdict, notices and pictures for one sound: a Clip, or anything `audio.load_clip` reads.

    windows: also score the windows that do not decide the answer; without, predictions have only those that do.
    Raises AudioError for an unusable sound, ZooError for a model that is unusable or made for another task.
    """
    started = perf_counter()
    clip = source if isinstance(source, Clip) else audio.load_clip(source)
    timings = {"decode": perf_counter() - started}
    classifiers = load_models(selection)
    predictions = tuple(c(clip) if windows else c.batch([clip])[0] for c in classifiers)
    timings.update({p.model: p.model_seconds for p in predictions})
    sample_rate = max(c.config.sample_rate for c in classifiers)
    drawing = perf_counter()
    drawn = _pictures(clip, sample_rate, classifiers) if pictures else ()
    timings["pictures"] = perf_counter() - drawing
    timings["total"] = perf_counter() - started
    return Analysis(
        clip=clip,
        task=selection.task,
        predictions=predictions,
        verdict=verdict.verdict(predictions),
        notices=verdict.notices(clip, predictions, sample_rate),
        listened=verdict.listened(clip, predictions),
        pictures=drawn,
        timings=timings,
    )


def playable_wav(clip: Clip) -> bytes:
    """The clip as a 16-bit WAV of at most 48 kHz, which every browser can play and seek in."""
    return audio.encode_wav(audio.resample(clip, min(clip.sample_rate, MAX_PLAYED_RATE)))


def preload(selection: Selection, progress: Progress = no_progress) -> None:
    """Load the models and import all libraries, by analysing a short noise. progress: of a first download."""
    load_models(selection, progress)
    noise = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    analyse(Clip(noise, 8000, "warm-up"), selection)


def _pictures(clip: Clip, sample_rate: int, classifiers: Sequence["Classifier"]) -> tuple[Picture, ...]:
    from audioclf.plotting import clip as plots

    # At the models' rate: the pictures show what the models receive, not what the file holds above it.
    seen = [plots.Seen(c.config.id, c.config.family, c.config.sample_rate, c.feature) for c in classifiers]
    return plots.pictures(clip, sample_rate, seen)
