"""Settings that the recipes of several tasks share."""

from audioclf.tasks.base import Recipe

TRAINED_FOLDS = ("1", "2", "3")  # of other tasks' data; the rest tests a model on unknown sounds

# The first block keeps the stem's resolution: a stop consonant is two frames long.
FINE_CNN = {"stages": ((24, 1), (48, 2), (96, 2)), "batch_size": 64}

# Cepstra are not normalised per clip: the spectral colour of a sound identifies it.
SOUND_RECIPES = {
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
