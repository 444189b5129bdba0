"""Small models and zoos for tests: right in every respect but what they answer."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from audioclf.inference.loading import Selection
from audioclf.models import View, make_model
from audioclf.types import Clip
from audioclf.zoo.checkpoint import make_feature
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.registry import Registry, open_registry
from audioclf.zoo.writing import build_index, save_model

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FEATURES = {
    "gmm": {"type": "mfcc", "n_mfcc": 8, "n_mels": 12},
    "cnn": {"type": "log_mel", "n_mels": 10},
    "rnn": {"type": "mfcc", "n_mfcc": 6, "n_mels": 12},
}
METRICS = {
    "protocols": {
        "speaker": {
            "title": "leave-one-speaker-out",
            "accuracy": 0.875,
            "interval": [0.86, 0.89],
            "macro_f1": 0.87,
            "folds": {"anna": 0.9, "ben": 0.85},
            "n": 3000,
        },
        "official": {"title": "official split", "accuracy": 0.98, "interval": [0.96, 0.99], "n": 300},
    },
    "latency_ms": 3.5,
    "ece": 0.02,
    "per_class": {name: 0.9 for name in DIGITS},
}


class FakeModel:
    """Linear on the feature's mean over time. It has a family's interface and strictness, and it is quick."""

    def __init__(self, n_labels: int, n_bins: int, scale: float = 0.02) -> None:
        self.shapes = {"weight": (n_labels + 1, n_bins), "bias": (n_labels + 1,)}
        self.scale = scale
        self.arrays = {name: np.zeros(shape) for name, shape in self.shapes.items()}

    def randomise(self, seed: int, background: float = -5.0) -> Self:
        rng = np.random.default_rng(seed)
        self.arrays = {name: rng.normal(size=shape) for name, shape in self.shapes.items()}
        self.arrays["bias"][-1] = background
        return self

    def logits(self, x: np.ndarray) -> np.ndarray:
        return self.scale * (x.mean(axis=2) @ self.arrays["weight"].T) + self.arrays["bias"]

    def views(self, x: np.ndarray, output: int) -> tuple[View, ...]:
        return (View("Weight", "logit", x * self.arrays["weight"][output][:, None]),)

    def weights(self) -> dict[str, np.ndarray]:
        return dict(self.arrays)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        if missing := set(self.shapes) - set(weights):
            raise ValueError(f"missing {', '.join(missing)}")
        if extra := set(weights) - set(self.shapes):
            raise ValueError(f"left over {', '.join(extra)}")
        for name, shape in self.shapes.items():
            if weights[name].shape != shape:
                raise ValueError(f"{name} has shape {weights[name].shape}, not {shape}")
        self.arrays = {name: np.array(values) for name, values in weights.items()}


def config(family: str = "cnn", **changes: Any) -> ModelConfig:
    values: dict[str, Any] = {
        "id": f"digits-{family}",
        "task": "digits",
        "family": family,
        "labels": DIGITS,
        "sample_rate": 8000,
        "clip_seconds": 1.0,
        "pooling": "loudest",
        "feature": FEATURES[family],
        "model": {},
        "calibration": {"temperature": 1.0, "known_threshold": 0.5},
        "dataset": "Free Spoken Digit Dataset",
        "license": "CC-BY-SA-4.0",
        "seed": 0,
        "n_parameters": 121,
        "library_version": "0.1.0",
        "metrics": METRICS,
    }
    return ModelConfig(**{**values, **changes})


def n_bins(config: ModelConfig) -> int:
    return int(config.feature.get("n_mfcc") or config.feature["n_mels"])


def model(config: ModelConfig, background: float = -5.0) -> Self:
    """A fake that fits the config; a high background makes every sound unknown to it."""
    fake = FakeModel(len(config.labels), n_bins(config), **config.model)
    return fake.randomise(sum(map(ord, config.id)), background)


def build_zoo(root: Path, *configs: ModelConfig, background: float = -5.0) -> Registry:
    for one in configs or [config(family) for family in FEATURES]:
        save_model(root / one.id, one, model(one, background))
    return build_index(root)


def asked(registry: Registry | None = None, *models: str, task: str = "digits") -> Selection:
    """These models of a registry, by default all of the task; without a registry, of the one that is the default."""
    return Selection(registry or open_registry(), task, models)


def swell(seconds: float = 0.5, hz: float = 440.0, sample_rate: int = 8000, level: float = 0.3) -> Clip:
    """A tone that swells and fades, so that there is one loudest moment, its middle."""
    t = np.arange(round(seconds * sample_rate)) / sample_rate
    samples = level * np.sin(2 * np.pi * hz * t) * np.sin(np.pi * t / seconds) ** 2
    return Clip(samples.astype(np.float32), sample_rate, "swell")


def joined(*clips: Clip) -> Clip:
    return Clip(np.concatenate([clip.samples for clip in clips]), clips[0].sample_rate, "joined")


def rewrite(path: Path, change: Callable[[Any], None]) -> None:
    """Change a JSON file through a function of its content."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def json_lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


TINY = {
    "gmm": ({"type": "wavelet_cepstra"}, {"n_components": 2, "stages": 2}),
    "cnn": ({"type": "log_mel", "n_mels": 20}, {"stages": [[8, 2]], "epochs": 1}),
    "rnn": ({"type": "mfcc"}, {"channels": 8, "hidden": 4, "layers": 1, "dropout": 0.0, "epochs": 1}),
}


def real_zoo(root: Path, task: str = "digits", labels: Sequence[str] = DIGITS) -> Registry:
    """The real families, small and hardly trained: everything is right but the answers. May be one task of many."""
    rng = np.random.default_rng(0)
    targets = np.arange(33) % (len(labels) + 1)
    sounds = [swell(1.0, 200.0 + 150 * target, level=rng.uniform(0.1, 0.9)) for target in targets]
    for family, (feature, settings) in TINY.items():
        one = config(
            family,
            id=f"{task}-{family}",
            task=task,
            labels=tuple(labels),
            feature=feature,
            model=settings,
            metrics={},
        )
        extract = make_feature(one)
        x = np.stack([extract(sound).values for sound in sounds])
        model = make_model(family, n_labels=len(labels), n_bins=x.shape[1], **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # so few sounds are no training; scikit-learn says so
            model.fit(x, targets, seed=0, progress=lambda *_: None)
        save_model(root / one.id, one, model)
    return build_index(root)
