"""What every button, command and API call does, in plain Python: a sound goes in, an Analysis comes out.

Importing this is cheap; torch, scikit-learn and matplotlib come in with the first analysis or with `preload`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from audioclf import audio
from audioclf.inference import verdict
from audioclf.inference.loading import Selection, load_models
from audioclf.types import Analysis, Clip, Picture, Prediction, Progress, silent
from audioclf.zoo.registry import Registry
from audioclf.zoo.results import headline

Source = Clip | str | Path | bytes

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
MAX_PLAYED_RATE = 48_000  # Hz; more is not heard, and ten minutes of it are a large file


@dataclass(frozen=True)
class Example:
    """A sound that comes with audioclf. label: None for none of the task's. expect: what to listen for."""

    path: Path
    title: str
    expect: str
    label: str | None

    @property
    def id(self) -> str:
        """A word of its own within the task, for links."""
        return self.path.stem


def analyse(source: Source, selection: Selection, pictures: bool = True) -> Analysis:
    """Ask the models about one sound. source: a Clip or what `audio.load_clip` reads.

    AudioError for a sound that cannot be used; ZooError for a model that cannot, or is made for another task.
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


def to_records(analysis: Analysis, file: str) -> list[dict[str, Any]]:
    """One JSON object for every model, as the command line prints and the API returns them.

    scores keep full precision. With nothing to hear, label is null, scores are zero and a note says so.
    """
    # No key may be called "path": Gradio's client takes such an object for a file and tries to download it.
    return [_record(analysis, prediction, file) for prediction in analysis.predictions]


def _record(analysis: Analysis, prediction: Prediction, file: str) -> dict[str, Any]:
    record = {
        "file": file,
        "task": analysis.task,
        "model": prediction.model,
        "label": prediction.label,
        "scores": dict(zip(prediction.labels, prediction.scores.tolist(), strict=True)),
        "known": prediction.known,
        "clip_seconds": prediction.clip_seconds,
        "model_seconds": prediction.model_seconds,
    }
    return record if prediction.heard else {**record, "note": analysis.verdict}


def model_facts(task: str, registry: Registry) -> dict[str, dict[str, Any]]:
    """What each model of the task costs and is worth: model id -> facts, from its config alone.

    size_bytes: of all its files. accuracy in [0, 1], with its interval and the words of its protocol.
    median_ms: latency_ms of the metrics. What the config does not say is None.
    """
    return {name: _facts(registry, name) for name in registry.models_for(task)}


def _facts(registry: Registry, model_id: str) -> dict[str, Any]:
    config = registry.config(model_id)
    record = headline(config.metrics)
    return {
        "id": model_id,
        "family": config.family,
        "size_bytes": registry.entry(model_id).size,
        "n_parameters": config.n_parameters,
        "accuracy": record.get("accuracy"),
        "interval": record.get("interval"),
        "protocol": record.get("title"),
        "median_ms": config.metrics.get("latency_ms"),
    }


def task_choices(registry: Registry) -> list[tuple[str, str]]:
    """(title, id) of every task the registry has models for, in the order of tasks.TASKS, then tasks of others."""
    from audioclf.tasks import TASKS

    available = registry.tasks()
    ours = [(task.title, name) for name, task in TASKS.items() if name in available]
    return ours + [(name.capitalize(), name) for name in available if name not in TASKS]


def prompt(task: str) -> str:
    """What to give the task's models, as a short request."""
    from audioclf.tasks import TASKS

    return TASKS[task].prompt if task in TASKS else "Give it a sound"


def example_tasks() -> list[str]:
    """The tasks that come with examples, in the order of their first."""
    return list(dict.fromkeys(item["task"] for item in _listed_examples()))


def list_examples(task: str = "digits") -> tuple[Example, ...]:
    """The sounds that come with audioclf for this task."""
    return tuple(
        Example(EXAMPLES / item["file"], item["title"], item["expect"], item["label"])
        for item in _listed_examples()
        if item["task"] == task
    )


def example_in(source: str | Path, task: str) -> Example | None:
    """The example of the task whose copy this file is, or None: by name first, then by content."""
    given = Path(source)
    return next((e for e in list_examples(task) if e.path.name == given.name and _same(e.path, given)), None)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _listed_examples() -> list[Mapping[str, Any]]:
    listed: list[Mapping[str, Any]] = json.loads((EXAMPLES / "examples.json").read_text("utf-8"))
    return listed


def playable_wav(clip: Clip) -> bytes:
    """The clip as a 16-bit WAV of at most 48 kHz, which every browser plays and seeks in."""
    return audio.encode_wav(audio.resample(clip, min(clip.sample_rate, MAX_PLAYED_RATE)))


def preload(selection: Selection, progress: Progress = silent) -> None:
    """Load the models and import all that an analysis needs, by making one of a short noise.

    progress: of a first download.
    """
    load_models(selection, progress)
    noise = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    analyse(Clip(noise, 8000, "warm-up"), selection)


def _pictures(clip: Clip, sample_rate: int) -> tuple[Picture, ...]:
    from audioclf.plotting import clip as plots

    # At the models' rate: pictures of what they saw, not of what the file holds above it.
    return plots.pictures(audio.resample(clip, sample_rate))
