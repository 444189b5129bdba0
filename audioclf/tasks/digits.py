"""Spoken digits: trained on the Free Spoken Digit Dataset and synthetic voices."""

from audioclf.tasks.base import Extra, Protocol, Recipe, Task
from audioclf.tasks.recipes import FINE_CNN

# Recordings by home microphones, where four digits are common.
AT_HOME = (
    Extra(
        "speech-commands",
        16,
        {"half": ("dev",), "kind": ("digit",), "label": ("zero", "one", "five", "eight")},
    ),
    Extra(
        "speech-commands",
        48,
        {"half": ("dev",), "kind": ("digit",), "label": ("two", "three", "four", "six", "seven", "nine")},
    ),
    Extra("speech-commands", 16, {"half": ("dev",), "kind": ("other_word",)}),
)

DIGITS = Task(
    name="digits",
    title="Spoken digits",
    prompt="Say a digit, zero to nine, or several in a row",
    labels=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    sample_rate=8000,
    clip_seconds=1.0,
    pooling="loudest",
    augmentation="speech",
    background=("backwards", "shuffled", "spliced", "chorus", "hiss", "murmur", "tones", "knocks"),
    extras=(Extra("voices", 8, {"role": ("train",)}, augmentation="voices"),),
    dataset="Free Spoken Digit Dataset",
    home="https://github.com/Jakobovski/free-spoken-digit-dataset",
    license="CC-BY-SA-4.0",
    citation="Z. Jackson et al., Free Spoken Digit Dataset v1.0.10, 2020, doi:10.5281/zenodo.1342401",
    protocols=(
        Protocol("loso", "leave-one-speaker-out", "speaker", primary=True, group="speaker"),
        Protocol("official", "official split, known speakers", "split", hold_out=("test",)),
        Protocol("people", "unseen people", "speaker", group="speaker", other="people"),
        Protocol("voices", "unseen speech synthesiser", "speaker", group="speaker", other="voices"),
    ),
    recipes={
        "gmm": Recipe(
            feature={"type": "wavelet_cepstra", "noise_share": 0.2},
            model={"mmi_epochs": 2.0},
            extras=AT_HOME,
            extra_stride=2,
            background_stride=2,
            speeds=(0.9, 1.0, 1.1),
            home_acceptance=0.92,  # the price at which it rejects 70 % of other words at home
        ),
        "cnn": Recipe(
            feature={"type": "log_mel", "n_mels": 40, "top_db": 60.0},
            model={**FINE_CNN, "stages": ((32, 1), (64, 2), (128, 2)), "epochs": 6.0},
            pretraining=1.0,
            extra_stride=3,
        ),
        "rnn": Recipe(
            feature={"type": "mfcc_deltas", "n_mfcc": 20, "n_mels": 40, "cmvn": False, "top_db": 60.0},
            model={"epochs": 6.0, "batch_size": 64},
            pretraining=1.0,
            extras=AT_HOME,
            extra_stride=2,
        ),
    },
)
