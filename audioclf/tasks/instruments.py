"""Ten musical instruments, learnt from clips of FSDKaggle2018 and phrases from soundfonts."""

from __future__ import annotations

from dataclasses import replace

from audioclf.tasks.base import Extra, Protocol, Task
from audioclf.tasks.recipes import LEARNT_FOLDS, OF_SOUNDS

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
