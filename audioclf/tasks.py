"""What there is to recognise: a Task names the labels, the data and, for every family, the recipe to train it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audioclf.types import AudioclfError


@dataclass(frozen=True)
class Recipe:
    """How one family learns a task: the feature it sees and its class's settings, both as a checkpoint stores them.

    copies: how many perturbed versions of every recording it learns from, besides the recording itself.
    """

    feature: Mapping[str, Any]
    model: Mapping[str, Any] = field(default_factory=dict)
    copies: int = 20


@dataclass(frozen=True)
class Task:
    """labels: in the order of a model's outputs. clip_seconds: what a model hears at once.

    pooling: whether the loudest window answers or the mean of all. protocols: name in a report -> manifest
    column whose values are the folds (`hold_out` limits them to the named ones).
    """

    name: str
    title: str
    prompt: str
    labels: tuple[str, ...]
    sample_rate: int
    clip_seconds: float
    pooling: str
    dataset: str
    home: str
    license: str
    citation: str
    protocols: tuple[Protocol, ...]
    recipes: Mapping[str, Recipe]


@dataclass(frozen=True)
class Protocol:
    """A way to split a data set: each value of manifest column `column` is held out once, or only `hold_out`.

    primary: the one whose out-of-fold scores calibrate the model and stand in its headline.
    """

    name: str
    title: str
    column: str
    hold_out: tuple[str, ...] = ()
    primary: bool = False


DIGITS = Task(
    name="digits",
    title="Spoken digits",
    prompt="Say one digit, zero to nine",
    labels=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    sample_rate=8000,
    clip_seconds=1.0,
    pooling="loudest",
    dataset="Free Spoken Digit Dataset",
    home="https://github.com/Jakobovski/free-spoken-digit-dataset",
    license="CC-BY-SA-4.0",
    citation="Z. Jackson et al., Free Spoken Digit Dataset v1.0.10, 2020, doi:10.5281/zenodo.1342401",
    protocols=(
        Protocol("loso", "leave one speaker out", "speaker", primary=True),
        Protocol("official", "official split, known speakers", "split", hold_out=("test",)),
    ),
    recipes={
        "gmm": Recipe(feature={"type": "wavelet_cepstra"}),
        "cnn": Recipe(feature={"type": "log_mel", "n_mels": 40, "top_db": 60.0}),
        "rnn": Recipe(feature={"type": "mfcc_deltas"}),
    },
)

TASKS: Mapping[str, Task] = {task.name: task for task in (DIGITS,)}


def task_of(model_id: str) -> tuple[Task, str]:
    """The task and family that an id "<task>-<family>" names; AudioclfError lists what there is."""
    name, _, family = model_id.rpartition("-")
    if name not in TASKS or family not in TASKS[name].recipes:
        known = ", ".join(f"{task.name}-{f}" for task in TASKS.values() for f in task.recipes)
        raise AudioclfError(f"there is no recipe for {model_id!r}; there are {known}")
    return TASKS[name], family
