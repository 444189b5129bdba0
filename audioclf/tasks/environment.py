"""Ten environmental sounds: trained on ESC-10, the networks also on sound effects of games."""

from dataclasses import replace

from audioclf.tasks.base import Extra, Protocol, Task
from audioclf.tasks.recipes import SOUND_RECIPES, TRAINED_FOLDS

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
# Further recordings, from games and desktops, for the networks. A third of the labelled ones are rain: with as many
# copies of it as of the others, models mistake other sounds for rain.
GAMES = (
    Extra("games", 24, {"label": tuple(label for label in ENVIRONMENT_LABELS if label != "rain")}),
    Extra("games", 8, {"label": ("rain",)}),
    Extra("games", 10, {"label": ("",)}),
)
ENVIRONMENT_RECIPES = {
    "gmm": SOUND_RECIPES["gmm"],
    "cnn": replace(
        SOUND_RECIPES["cnn"],
        model={**SOUND_RECIPES["cnn"].model, "epochs": 20.0, "in_power": True, "equaliser_db": 5.0},
        copies=48,
        extras=GAMES,
        background=("hiss",),
    ),
    # Forty cepstra, not twenty, resolve the spectral lines that separate a chainsaw from a helicopter.
    "rnn": replace(
        SOUND_RECIPES["rnn"],
        feature={**SOUND_RECIPES["rnn"].feature, "n_mfcc": 40},
        model={**SOUND_RECIPES["rnn"].model, "epochs": 20.0},
        copies=48,
        extras=GAMES,
        background=("hiss",),
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
    augmentation="sound",
    background=("murmur", "tones"),
    extras=(
        Extra("instruments", 8, {"fold": TRAINED_FOLDS}),
        Extra("digits", 1, {"split": ("train",), "speaker": ("jackson", "theo", "nicolas")}),
    ),
    dataset="ESC-10",
    home="https://github.com/karolpiczak/ESC-50",
    license="CC-BY-3.0",
    citation="K. J. Piczak, ESC: Dataset for Environmental Sound Classification, ACM Multimedia 2015",
    protocols=(Protocol("folds", "five official folds", "fold", primary=True),),
    recipes=ENVIRONMENT_RECIPES,
)
