"""Comparison of voices: one recipe for each family."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NAME = "speakers"
TITLE = "Speakers"
DATASET = "Google Speech Commands v0.02 (part)"
LICENSE = "CC-BY-4.0"
# FSDD has 8 kHz, and cheap microphones give little above 4 kHz; docs/speakers.md has the figures at 16 kHz.
SAMPLE_RATE = 8000
LONGEST_SECONDS = 30.0  # of a take that are used


@dataclass(frozen=True)
class SpeakerRecipe:
    """How one family learns voices. feature, model: as a checkpoint stores them.

    copies: augmented copies of every take. speeds: playback speeds; a take at another speed counts as another voice,
    since pitch and formants change with it.
    """

    feature: Mapping[str, Any]
    model: Mapping[str, Any] = field(default_factory=dict)
    copies: int = 0
    speeds: tuple[float, ...] = (1.0,)


RECIPES: Mapping[str, SpeakerRecipe] = {
    "gmm": SpeakerRecipe(
        feature={
            "type": "mfcc_deltas",
            "n_mfcc": 20,
            "n_mels": 26,
            "fmin": 60.0,
            "orders": 1,
            "cmvn": False,
        },
        model={"n_components": 128, "relevance": 16.0},
    ),
    "cnn": SpeakerRecipe(
        feature={"type": "log_mel", "n_mels": 40, "top_db": 70.0},
        model={"channels": 64, "n_dims": 128, "steps": 4000},
        copies=2,
        speeds=(1.0, 0.88, 1.13),
    ),
    "rnn": SpeakerRecipe(
        feature={
            "type": "mfcc",
            "n_mfcc": 24,
            "n_mels": 40,
            "fmin": 60.0,
            "top_db": 70.0,
            "pre_emphasis": 0.0,
        },
        model={"channels": 48, "hidden": 48, "layers": 1, "n_dims": 128, "steps": 4000},
        copies=2,
        speeds=(1.0, 0.88, 1.13),
    ),
}
