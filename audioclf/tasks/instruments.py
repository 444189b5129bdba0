"""Ten musical instruments: trained on clips of FSDKaggle2018 and phrases from soundfonts."""

from dataclasses import replace

from audioclf.tasks.base import Extra, Protocol, Task
from audioclf.tasks.recipes import SOUND_RECIPES, TRAINED_FOLDS

# Three hundred recordings are few: the networks are pretrained on phrases from soundfonts.
FOUR_SOUNDFONTS = (
    Extra(
        "renders", 5, {"engine": ("blackpearl", "fluidr3", "musescore", "redzeppelin"), "role": ("train",)}
    ),
)
FIVE_SOUNDFONTS = (Extra("renders", 5, {"role": ("train",)}),)
INSTRUMENT_RECIPES = {
    "gmm": replace(SOUND_RECIPES["gmm"], extras=FOUR_SOUNDFONTS),
    "cnn": replace(
        SOUND_RECIPES["cnn"],
        model={**SOUND_RECIPES["cnn"].model, "epochs": 7.0},
        extras=FIVE_SOUNDFONTS,
        pretraining=4.0,
        extra_stride=3,
    ),
    "rnn": replace(
        SOUND_RECIPES["rnn"],
        model={**SOUND_RECIPES["rnn"].model, "epochs": 20.0},
        extras=FOUR_SOUNDFONTS,
        pretraining=3.0,
        extra_stride=2,
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
    augmentation="sound",
    background=("murmur", "hiss"),
    extras=(
        Extra("environment", 8, {"fold": TRAINED_FOLDS}),
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
        Protocol("renders", "unseen soundfont", "engine", other="renders"),
    ),
    recipes=INSTRUMENT_RECIPES,
    leaky=True,
    source_list="instruments",
)
