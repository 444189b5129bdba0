"""What a checkpoint says about itself: the content of config.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from audioclf.types import ZooError

SCHEMA_VERSION = 1
MODEL_ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@dataclass(frozen=True)
class ModelConfig:
    """A model's full description; with its weights, all that is needed to answer.

    feature: {"type": name in features.FEATURES, **fields}. model: keyword arguments of the family's class.
    calibration: temperature (logits are divided by it) and known_threshold (largest background probability
    that still counts as known). pooling: "loudest" answers from the loudest window, "mean" from all of them.
    A model has one output more than it has labels: the last one is the background, "none of these".
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
    metrics: Mapping[str, Any] = field(default_factory=dict)
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
        names = {f.name for f in fields(cls)}
        if wrong := sorted(set(values) ^ names):
            raise ZooError(f"{origin}: config.json has unknown or missing keys: {', '.join(wrong)}")
        if not MODEL_ID.fullmatch(str(values["id"])):
            raise ZooError(f"{origin}: {values['id']!r} is not a model id (lower-case words joined by - . _)")
        values["labels"] = tuple(values["labels"])
        return cls(**values)
