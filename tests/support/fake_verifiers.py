"""A small model of voices, trained on synthetic ones within a second, in a registry."""

from pathlib import Path
from typing import Any

import numpy as np
import voices

from audioclf.audio import resample
from audioclf.models import make_speaker_model
from audioclf.zoo.checkpoint import make_feature
from audioclf.zoo.config import SAME, SPEAKERS, ModelConfig
from audioclf.zoo.registry import Registry
from audioclf.zoo.writing import build_index, save_model

FEATURE = {"type": "mfcc", "n_mfcc": 12, "n_mels": 20}
CALIBRATION = {
    "scale": 5.0,
    "offset": 0.0,
    "per_log_second": 0.0,
    "per_log_enrolled": 0.0,
    "threshold": 1.0,
    "band": 0.5,
    "least_seconds": 0.3,
}
CONDITION = {
    "eer": 0.02,
    "interval": [0.01, 0.03],
    "min_dcf": 0.2,
    "act_dcf": 0.3,
    "far": 0.05,
    "frr": 0.01,
    "unsure": 0.1,
    "n_targets": 200,
    "n_impostors": 4000,
    "n_people": 20,
}
MEASURED = {
    **CONDITION,
    "det": [[-2.0, 0.9, 0.0], [1.0, 0.05, 0.01], [4.0, 0.0, 0.8]],
    "edges": [-2.0, 1.0, 4.0],
    "targets": [0.1, 0.9],
    "impostors": [0.95, 0.05],
}
METRICS = {
    "verification": {
        "conditions": {
            "all · 10 s · 3 s · same channel": MEASURED,
            "all · 10 s · 3 s · other channel": {**MEASURED, "eer": 0.06},
        },
        "people": {"audiomnist": 20},
        "target_prior": 0.05,
    }
}


def config(**changes: Any) -> ModelConfig:
    values: dict[str, Any] = {
        "id": "speakers-gmm",
        "task": SPEAKERS,
        "family": "gmm",
        "labels": SAME,
        "sample_rate": 8000,
        "clip_seconds": 10.0,
        "pooling": "mean",
        "feature": FEATURE,
        "model": {"n_components": 8},
        "calibration": CALIBRATION,
        "dataset": "synthetic voices",
        "license": "CC0-1.0",
        "seed": 0,
        "n_parameters": 200,
        "library_version": "0.1.0",
        "metrics": METRICS,
    }
    return ModelConfig(**{**values, **changes})


def speaker_zoo(root: Path, **changes: Any) -> Registry:
    """A registry of one such model."""
    one = config(**changes)
    extract, rng = make_feature(one), np.random.default_rng(0)
    clips = [voices.speech(rng.uniform(80, 250), rng.uniform(0.85, 1.3), 1.0, seed) for seed in range(20)]
    utterances = [extract(resample(clip, one.sample_rate)).values for clip in clips]
    model = make_speaker_model(one.family, n_bins=len(utterances[0]), **one.model)
    model.fit(utterances, np.arange(len(clips)), seed=0, progress=lambda *_: None)
    save_model(root / one.id, one, model)
    return build_index(root)
