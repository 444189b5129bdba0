"""What a checkpoint says about itself: the content of config.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any

from audioclf.types import ZooError
from audioclf.version import __version__

SCHEMA_VERSION = 1
VERSION = re.compile(r"\d+(?:\.\d+)*")
MODEL_ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@dataclass(frozen=True)
class ModelConfig:
    """A model's full description; with its weights, all that is needed to answer.

    feature: {"type": name in features.FEATURES, **fields}. model: keyword arguments of the family's class.
    calibration: temperature (logits are divided by it) and known_threshold (largest background probability
    that still counts as known). pooling: "loudest" answers from the loudest window, "mean" from all of them.
    speeds: how many times as fast each window is played to the model, whose answers are pooled.
    A model has one output more than it has labels: the last one is the background, "none of these".
    training: what it was taught besides the settings of feature and model, as `train.Job.lessons` says; empty
    where nobody wrote it down.
    self_test: probabilities of all outputs for `checkpoint.probe`; empty where none are stored.
    requires: the oldest audioclf that can use this model, as "0.3"; empty for any that reads its schema.
    """

    id: str
    task: str
    family: str
    labels: tuple[str, ...]
    sample_rate: int
    clip_seconds: float
    pooling: str
    feature: Mapping[str, Any]
    model: Mapping[str, Any]
    calibration: Mapping[str, float]
    dataset: str
    license: str
    seed: int
    n_parameters: int
    library_version: str
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    self_test: tuple[float, ...] = ()
    speeds: tuple[float, ...] = (1.0,)
    requires: str = ""
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, origin: str) -> ModelConfig:
        """Read config.json. ZooError names `origin` and what is wrong; unknown keys are errors."""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ZooError(
                f"{origin}: config.json is not JSON ({error}); pull or train the model again"
            ) from error
        if not isinstance(values, dict):
            raise ZooError(f"{origin}: config.json must hold one object")
        version = values.get("schema_version")
        if version != SCHEMA_VERSION:
            raise ZooError(
                f"{origin}: schema version {version} is not the {SCHEMA_VERSION} this audioclf reads; "
                "update audioclf or train the model again"
            )
        # Before the keys: a model of a newer audioclf may well have keys that this one does not know.
        check_requires(str(values.get("requires", "")), origin)
        optional = {
            f.name for f in fields(cls) if f.default is not MISSING or f.default_factory is not MISSING
        }
        if wrong := sorted((set(values) ^ {f.name for f in fields(cls)}) - (optional - set(values))):
            raise ZooError(f"{origin}: config.json has unknown or missing keys: {', '.join(wrong)}")
        if not MODEL_ID.fullmatch(str(values["id"])):
            raise ZooError(f"{origin}: {values['id']!r} is not a model id (lower-case words joined by - . _)")
        for name, default in (("labels", ()), ("self_test", ()), ("speeds", (1.0,))):
            values[name] = tuple(values.get(name, default))
        return cls(**values)


def check_requires(version: str, origin: str) -> None:
    """ZooError if a model needs a newer audioclf than this."""
    if version and not VERSION.fullmatch(version):
        raise ZooError(f"{origin}: requires {version!r} is no version such as 0.3; get the model again")
    if version and _numbers(version) > _numbers(__version__):
        raise ZooError(
            f"{origin} needs audioclf {version} or newer, and this is {__version__}; "
            "update audioclf, or name an older revision of the model"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in VERSION.findall(version)[0].split("."))
