"""What there is to recognise: a Task names the labels, the data and, for every family, the recipe to train it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    world: str = ""


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
    foreign: tuple[str, ...] = ()
    pretraining: float = 0.0
    repeat: int = 1
    repeat_made: int = 1
    speeds: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Task:
    """labels: in the order of a model's outputs. clip_seconds: what a model hears at once.

    pooling: whether the loudest window answers or the mean of all. world: how copies of a recording are made, a
    key of worlds.WORLDS. foreign: kinds of made sounds that teach the background, keys of foreign.FOREIGN.
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
    world: str
    foreign: tuple[str, ...]
    extras: tuple[Extra, ...]
    dataset: str
    home: str
    license: str
    citation: str
    protocols: tuple[Protocol, ...]
    recipes: Mapping[str, Recipe]
    leaky: bool = False
    known: str = ""


@dataclass(frozen=True)
class Protocol:
    """A way to split a data set: each value of manifest column `column` is held out once, or only `hold_out`.

    primary: the one whose out-of-fold scores calibrate the model and stand in its headline. group: column of
    what is drawn for the interval, "" for single recordings. other: a data set whose rows of a role that is
    judged (`datasets.JUDGED`) are judged instead, by the model that holds out nothing; `column` then only tells
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


LEARNT_FOLDS = ("1", "2", "3")  # of other tasks' data; what is foreign to a model is judged on the rest

# The first block keeps the stem's resolution: a stop consonant is two frames long.
FINE_CNN = {"stages": ((24, 1), (48, 2), (96, 2)), "batch_size": 64}

# No normalisation of each clip's mean: the colour of a sound is half of what it is.
OF_SOUNDS = {
    "gmm": Recipe(
        feature={
            "type": "wavelet_cepstra",
            "depth": 8,
            "n_bands": 40,
            "n_cepstra": 20,
            "win_seconds": 0.064,
            "hop_seconds": 0.02,
            "cmvn": False,
            "active_db": 40.0,
            "top_db": 80.0,
        },
        model={
            "n_components": 64,
            "stages": 1,
            "gate_db": 60.0,
            "fisher": 1,
            "even_components": True,
            "back_end_c": 0.1,
        },
        copies=24,
    ),
    "cnn": Recipe(
        feature={"type": "log_mel", "n_mels": 64, "win_seconds": 0.032, "hop_seconds": 0.02},
        model={**FINE_CNN, "epochs": 5.0, "mixing": 0.7},
        copies=24,
    ),
    "rnn": Recipe(
        feature={
            "type": "mfcc_deltas",
            "n_mfcc": 20,
            "n_mels": 64,
            "win_seconds": 0.032,
            "hop_seconds": 0.02,
            "orders": 1,
            "cmvn": False,
        },
        model={"epochs": 5.0, "batch_size": 64, "mixing": 0.5, "hidden": 96},
        copies=24,
    ),
}

# There are three hundred recordings. For a network, what soundfonts play comes before them.
FOUR_SOUNDFONTS = (
    Extra(
        "renders", 5, {"engine": ("blackpearl", "fluidr3", "musescore", "redzeppelin"), "role": ("train",)}
    ),
)
FIVE_SOUNDFONTS = (Extra("renders", 5, {"role": ("train",)}),)
OF_INSTRUMENTS = {
    "gmm": replace(OF_SOUNDS["gmm"], extras=FOUR_SOUNDFONTS),
    "cnn": replace(
        OF_SOUNDS["cnn"],
        model={**OF_SOUNDS["cnn"].model, "epochs": 7.0},
        extras=FIVE_SOUNDFONTS,
        pretraining=4.0,
        repeat=3,
    ),
    "rnn": replace(
        OF_SOUNDS["rnn"],
        model={**OF_SOUNDS["rnn"].model, "epochs": 20.0},
        extras=FOUR_SOUNDFONTS,
        pretraining=3.0,
        repeat=2,
    ),
}

DIGITS = Task(
    name="digits",
    title="Spoken digits",
    prompt="Say one digit, zero to nine",
    labels=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    sample_rate=8000,
    clip_seconds=1.0,
    pooling="loudest",
    world="speech",
    foreign=("backwards", "shuffled", "spliced", "chorus", "hiss", "murmur", "tones", "knocks"),
    extras=(Extra("voices", 8, {"role": ("train",)}, world="voices"),),
    dataset="Free Spoken Digit Dataset",
    home="https://github.com/Jakobovski/free-spoken-digit-dataset",
    license="CC-BY-SA-4.0",
    citation="Z. Jackson et al., Free Spoken Digit Dataset v1.0.10, 2020, doi:10.5281/zenodo.1342401",
    protocols=(
        Protocol("loso", "leave one speaker out", "speaker", primary=True, group="speaker"),
        Protocol("official", "official split, known speakers", "split", hold_out=("test",)),
        Protocol("people", "people it never met", "speaker", group="speaker", other="people"),
        Protocol("voices", "a synthesiser it never heard", "speaker", group="speaker", other="voices"),
    ),
    recipes={
        "gmm": Recipe(
            feature={"type": "wavelet_cepstra"},
            model={"mmi_epochs": 1.0},
            repeat=2,
            repeat_made=2,
            speeds=(0.9, 1.0, 1.1),
        ),
        "cnn": Recipe(
            feature={"type": "log_mel", "n_mels": 40, "top_db": 60.0},
            model={**FINE_CNN, "stages": ((32, 1), (64, 2), (128, 2)), "epochs": 6.0},
            pretraining=1.0,
            repeat=3,
        ),
        "rnn": Recipe(
            feature={"type": "mfcc_deltas", "n_mfcc": 20, "n_mels": 40, "cmvn": False, "top_db": 60.0},
            model={"epochs": 6.0, "batch_size": 64},
            pretraining=1.0,
            repeat=3,
        ),
    },
)

INSTRUMENTS = Task(
    name="instruments",
    title="Musical instruments",
    prompt="Play one instrument for a few seconds",
    labels=(
        "acoustic_guitar",
        "bass_drum",
        "cello",
        "clarinet",
        "double_bass",
        "flute",
        "hi_hat",
        "saxophone",
        "snare_drum",
        "violin_or_fiddle",
    ),
    sample_rate=32000,
    clip_seconds=2.0,
    pooling="mean",
    world="sound",
    foreign=("murmur", "hiss"),
    extras=(
        Extra("environment", 8, {"fold": LEARNT_FOLDS}),
        Extra("digits", 1, {"split": ("train",), "speaker": ("jackson", "theo", "nicolas")}),
    ),
    dataset="FSDKaggle2018 (ten instruments of it)",
    home="https://zenodo.org/records/2552860",
    license="CC-BY-4.0",
    citation="E. Fonseca et al., General-purpose tagging of Freesound audio with AudioSet labels, DCASE 2018",
    protocols=(
        Protocol("folds", "five folds by clip", "fold", primary=True),
        Protocol("sources", "five folds by source, first seed", "source_fold", one_seed=True),
        Protocol("studios", "other studios' recordings", "studio", group="studio", other="studios"),
        Protocol("renders", "a soundfont it never heard", "engine", other="renders"),
    ),
    recipes=OF_INSTRUMENTS,
    leaky=True,
    known="instruments",
)

ENVIRONMENT_LABELS = (
    "baby_cry",
    "chainsaw",
    "clock_tick",
    "dog_bark",
    "fire_crackling",
    "helicopter",
    "person_sneeze",
    "rain",
    "rooster",
    "sea_waves",
)
# The networks also hear what games and desktops know of the same sounds, and of others. A third of the labelled
# ones are rain: with as many copies of each, what is heard wrong is taken for rain.
GAMES = (
    Extra("games", 24, {"label": tuple(label for label in ENVIRONMENT_LABELS if label != "rain")}),
    Extra("games", 8, {"label": ("rain",)}),
    Extra("games", 10, {"label": ("",)}),
)
OF_ENVIRONMENT = {
    "gmm": OF_SOUNDS["gmm"],
    "cnn": replace(
        OF_SOUNDS["cnn"],
        model={**OF_SOUNDS["cnn"].model, "epochs": 20.0, "in_power": True, "equaliser_db": 5.0},
        copies=48,
        extras=GAMES,
        foreign=("hiss",),
    ),
    # Forty cepstra, not twenty, keep the lines by which a chainsaw and a helicopter are told apart.
    "rnn": replace(
        OF_SOUNDS["rnn"],
        feature={**OF_SOUNDS["rnn"].feature, "n_mfcc": 40},
        model={**OF_SOUNDS["rnn"].model, "epochs": 20.0},
        copies=48,
        extras=GAMES,
        foreign=("hiss",),
    ),
}

ENVIRONMENT = Task(
    name="environment",
    title="Environmental sounds",
    prompt="Record a sound of the house, the street or the weather",
    labels=ENVIRONMENT_LABELS,
    sample_rate=32000,
    clip_seconds=2.0,
    pooling="mean",
    world="sound",
    foreign=("murmur", "tones"),
    extras=(
        Extra("instruments", 8, {"fold": LEARNT_FOLDS}),
        Extra("digits", 1, {"split": ("train",), "speaker": ("jackson", "theo", "nicolas")}),
    ),
    dataset="ESC-10",
    home="https://github.com/karolpiczak/ESC-50",
    license="CC-BY-3.0",
    citation="K. J. Piczak, ESC: Dataset for Environmental Sound Classification, ACM Multimedia 2015",
    protocols=(Protocol("folds", "the five official folds", "fold", primary=True),),
    recipes=OF_ENVIRONMENT,
)
