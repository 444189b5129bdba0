"""Definition of a task: labels, data, evaluation protocols and one training recipe per family."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Extra:
    """Sounds of another data set that every fold is trained on, each in `copies` augmented copies.

    where: manifest column -> values used in training; the rest is kept for testing. Sounds with one of the task's
    labels train that label, all others the background. augmentation: as in Task, "" for the task's own.
    """

    dataset: str
    copies: int
    where: Mapping[str, tuple[str, ...]]
    augmentation: str = ""


@dataclass(frozen=True)
class Recipe:
    """How one family is trained on a task. feature and model settings are as a checkpoint stores them.

    copies: augmented copies of every recording in training, besides the recording itself.
    extras, background: in addition to those of the task.
    pretraining: epochs, once for all folds, on the sounds that contain no recording of the data set. Every fold
    starts from its weights, which makes folds cheap and keeps held-out recordings out.
    extra_stride, background_stride: a fold uses one in so many sounds of other data sets, and one in so many
    background sounds made without a recording. speeds: playback speeds of each window in inference, pooled.
    home_acceptance: share of strangers' labels that the threshold accepts, if the recipe learns from strangers.
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
    home_acceptance: float = 0.95


@dataclass(frozen=True)
class Protocol:
    """A train/test split: each value of manifest column `column` is held out once, or only those in `hold_out`.

    primary: its out-of-fold scores calibrate the model and are the headline result. group: column whose values are
    resampled for the confidence interval, "" for single recordings. other: test on this other data set (rows with a
    role in `other_sounds.TEST_ROLES`) with the model that holds out nothing; `column` then only groups the report.
    one_seed: only the models of the first seed are tested.
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
    """labels: in the order of a model's outputs. clip_seconds: length of a model's input window.

    pooling: "loudest" (one window around a loud sound decides) or "mean" (of all windows).
    augmentation: of copies, a key of training.augmentation.AUGMENTATIONS.
    background: kinds of artificial sounds, keys of training.background.KINDS.
    leaky: also evaluate a leaky random split of windows, which is common in the literature.
    source_list: the list in `data/lists` with further columns for the recordings, "" for none.
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
