"""Analyse one sound: load it, run the models, draw the pictures and return an Analysis.

Importing this is cheap: torch, scikit-learn and matplotlib are imported by the first analysis or by `preload`.
"""

from pathlib import Path
from time import perf_counter

import numpy as np

from audioclf import audio
from audioclf.inference import verdict
from audioclf.inference.loading import Selection, load_models
from audioclf.types import Analysis, Clip, Picture, Progress, no_progress

Source = Clip | str | Path | bytes

MAX_PLAYED_RATE = 48_000  # Hz; more is inaudible and makes ten minutes a large file


def analyse(source: Source, selection: Selection, pictures: bool = True) -> Analysis:
    """Predictions, verdict, notices and pictures for one sound: a Clip, or anything `audio.load_clip` reads.

    Raises AudioError for an unusable sound, ZooError for a model that is unusable or made for another task.
    """
    started = perf_counter()
    clip = source if isinstance(source, Clip) else audio.load_clip(source)
    timings = {"decode": perf_counter() - started}
    classifiers = load_models(selection)
    predictions = tuple(classifier(clip) for classifier in classifiers)
    timings.update({p.model: p.model_seconds for p in predictions})
    sample_rate = max(c.config.sample_rate for c in classifiers)
    drawing = perf_counter()
    drawn = _pictures(clip, sample_rate) if pictures else ()
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


def _pictures(clip: Clip, sample_rate: int) -> tuple[Picture, ...]:
    from audioclf.plotting import clip as plots

    # At the models' rate: the pictures show what the models receive, not what the file holds above it.
    return plots.pictures(audio.resample(clip, sample_rate))
