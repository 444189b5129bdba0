"""What the lessons on networks share: a model, the part of a sound that it reads, and its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioclf.audio import cut, resample
from audioclf.inference.classifier import Classifier
from audioclf.inference.loading import Selection, load_models
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Field, Panel
from audioclf.types import Clip, FeatureMap, ZooError
from audioclf.wording import NONE, family_name, probability, readable, text

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heard:
    """The window of a sound that decides, as one network reads it. start: in seconds of the sound.

    output: column of the logits of its answer. answer: in words, with its probability.
    """

    classifier: Classifier
    window: Clip
    start: float
    given: FeatureMap
    output: int
    answer: str

    @property
    def name(self) -> str:
        return str(self.classifier.config.id)

    @property
    def says(self) -> str:
        """The sentence that tells its answer."""
        return text("networks.says", model=self.name, answer=self.answer)

    @property
    def time(self) -> Axis:
        """The time axis of the window."""
        return Axis(text("explore.seconds"), 0.0, self.window.seconds, "s")


def hear(clip: Clip, task: Task, family: str) -> Heard:
    """What the task's first model of a family reads of a sound. ZooError if there is none."""
    classifier = model_of(task.selection, family)
    config, found = classifier.config, classifier(clip)
    start = classifier.main_window(clip)
    window = cut(resample(clip, config.sample_rate), start, config.clip_seconds)
    output = int(found.probabilities.argmax()) if found.heard else len(config.labels)
    name = readable((*config.labels, None)[output])
    answer = f"{name} ({probability(float(found.probabilities.max()))})" if found.heard else NONE
    return Heard(classifier, window, start, classifier.feature(window), output, answer)


def first_models(selection: Selection) -> dict[str, str]:
    """The id of the first model of each family for a task, by family."""
    found: dict[str, str] = {}
    for name in selection.registry.models_for(selection.task):
        found.setdefault(selection.registry.entry(name).family, name)
    return found


def model_of(selection: Selection, family: str) -> Classifier:
    """The first model of a family for a task. ZooError if there is none."""
    if name := first_models(selection).get(family):
        return load_models(Selection(selection.registry, selection.task, (name,)))[0]
    raise ZooError(text("networks.no_model", family=family_name(family), task=selection.task))


def bands(given: FeatureMap, n: int) -> Axis:
    """The axis of a network's input: bands with their Hz, or coefficients."""
    if given.hz is None:
        return Axis(text("signal.coefficient"), -0.5, n - 0.5)
    ticks = tuple((float(i), f"{given.hz[i]:,.0f}") for i in np.linspace(0, n - 1, 6).round().astype(int))
    return Axis("Hz", -0.5, n - 0.5, text("signal.band"), ticks=ticks)


def input_panel(heard: Heard) -> Panel:
    """The picture that the network reads."""
    values = heard.given.values.astype(float)
    is_mel = heard.given.hz is not None
    scaled = values if is_mel else _by_row(values)
    low, high = (float(values.min()), float(values.max())) if is_mel else (-3.0, 3.0)
    title = text("networks.input_title", rows=values.shape[0], columns=values.shape[1])
    return Panel(
        title,
        heard.time,
        bands(heard.given, len(values)),
        text("networks.input_alt", model=heard.name, start=f"{heard.start:.2f}"),
        field=Field(scaled, low, max(high, low + 1.0), heard.given.unit if is_mel else "σ", not is_mel),
    )


def _by_row(values: Array) -> Array:
    centred = values - values.mean(axis=1, keepdims=True)
    return centred / np.maximum(values.std(axis=1, keepdims=True), 0.05)
