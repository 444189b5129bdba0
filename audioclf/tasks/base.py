"""What a task is: its labels, its data and, for every family, the recipe to train it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Extra:
    """Sounds of another data set that every fold learns from, each in so many perturbed `copies`.

    where: manifest column -> the values that may be learnt from; what is left out stays for judging. Sounds with
    one of the task's labels teach that label, all others the background. world: as in Task, "" for the task's.
    """

    dataset: str
    copies: int
    where: Mapping[str, tuple[str, ...]]
    augmentation: str = ""


@dataclass(frozen=True)
class Recipe:
    """How one family learns a task: the feature it sees and its class's settings, both as a checkpoint stores them.

    copies: how many perturbed versions of every recording it learns from, besides the recording itself.
    extras, foreign: what it learns from besides those of the task.
    pretraining: epochs over the sounds that come of no recording of the data set, before any fold; every fold
    goes on from there, and hears again one in `repeat` of the other data sets' sounds and one in `repeat_made` of
    those made from nothing. A fold is then cheap, and no less honest.
    speeds: how many times as fast each window is played to the model when it answers.
    """

    feature: Mapping[str, Any]
    model: Mapping[str, Any] = field(default_factory=dict)
    copies: int = 20
    extras: tuple[Extra, ...] = ()
    background: tuple[str, ...] = ()
    pretraining: float = 0.0
    extra_stride: int = 1
    background_stride: int = 1
    speeds: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Protocol:
    """A way to split a data set: each value of manifest column `column` is held out once, or only `hold_out`.

    primary: the one whose out-of-fold scores calibrate the model and stand in its headline. group: column of
    what is drawn for the interval, "" for single recordings. other: a data set whose rows of a role that is
    judged (`datasets.TEST_ROLES`) are judged instead, by the model that holds out nothing; `column` then only tells
    them apart in the report. one_seed: the first seed's models alone are judged so.
    """

    name: str
    title: str
    column: str
    hold_out: tuple[str, ...] = ()
    primary: bool = False
    group: str = ""
    other: str = ""
    one_seed: bool = False


@dataclass(frozen=True)
class Task:
    """labels: in the order of a model's outputs. clip_seconds: what a model hears at once.

    pooling: whether the loudest window answers or the mean of all. world: how copies of a recording are made, a
    key of worlds.AUGMENTATIONS. foreign: kinds of made sounds that teach the background, keys of background.KINDS.
    leaky: whether to measure, too, what splitting windows at random would claim, as much of the field does.
    known: the list in `manifests` that tells more of recordings than their manifest does, "" for none.
    """

    name: str
    title: str
    prompt: str
    labels: tuple[str, ...]
    sample_rate: int
    clip_seconds: float
    pooling: str
    augmentation: str
    background: tuple[str, ...]
    extras: tuple[Extra, ...]
    dataset: str
    home: str
    license: str
    citation: str
    protocols: tuple[Protocol, ...]
    recipes: Mapping[str, Recipe]
    leaky: bool = False
    source_list: str = ""
