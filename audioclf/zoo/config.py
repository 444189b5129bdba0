"""`ModelConfig`: the content of config.json, and its checks."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from audioclf.models import FAMILIES
from audioclf.types import ZooError
from audioclf.zoo.metric_checks import MAX_LABELS, check_metrics
from audioclf.zoo.metric_tables import tables
from audioclf.zoo.values import MAX_TITLE, MAX_WORD, is_number, is_word, quoted, refuse_constant

SCHEMA_VERSION = 2
MODEL_ID = re.compile(rf"(?=.{{1,{MAX_WORD}}}\Z)[a-z0-9]+(?:[._-][a-z0-9]+)*")  # it becomes a folder's name
POOLINGS = ("loudest", "mean")
SPEAKERS = "speakers"  # the task whose models compare voices instead of giving labels; see zoo.verification
SAME = ("same",)  # their label
# What a calibration holds: name -> lowest and highest value.
CALIBRATION = {"temperature": (1e-6, 1e6), "known_threshold": (0, 1)}
SPEAKER_CALIBRATION = {
    "scale": (1e-6, 1e6),
    "offset": (-1e6, 1e6),
    "per_log_second": (-100, 100),
    "per_log_enrolled": (-100, 100),
    "second_power": (-10, 10),
    "enrolled_power": (-10, 10),
    "threshold": (-100, 100),
    "band": (0, 100),
    "least_seconds": (0, 60),
}
# What earlier versions did not write.
CALIBRATION_DEFAULTS = {"second_power": 0.0, "enrolled_power": 0.0}
# Limits, far above any use, of settings that cost memory (of a list: its length). Sizes of weights must fit the file.
LARGEST = {
    **dict.fromkeys(("n_mels", "n_mfcc", "n_bands", "n_cepstra", "n_scales"), 512),
    **dict.fromkeys(("width", "delta_width", "wide_delta_width"), 99),
    "n_fft": 2**15,
    "n_columns": 10_000,
    "orders": 4,
    "win_seconds": 60,
    "hop_seconds": 60,
    "bandwidth": 100,
    "centre": 100,
    "stages": 100,
    "layers": 20,
    "fisher": 100,
    "channels": 512,
    "hidden": 1024,
    "n_components": 4096,
    "n_dims": 1024,
    "n_cohort": 2000,
}
MAX_FRAMES, MAX_FRAME_SAMPLES = 10_000, 50_000_000  # in a window; samples in all its frames together


@dataclass(frozen=True)
class ModelConfig:
    """Full description of a model: with the weights, all that a prediction needs.

    feature: {"type": name in features.FEATURES, **fields}. model: keyword arguments of the family's class.
    calibration: temperature (logits are divided by it) and known_threshold (share of the background against the
    likeliest label up to which the sound counts as known); of a model that compares voices, see
    inference.verification.Verifier.
    pooling: "loudest" uses one of the windows around the loudest sounds, "mean" all windows.
    speeds: playback speeds at which each window is scored; the scores are pooled.
    A model has one more output than labels: the last one is the background, "none of these".
    training: augmentation, background and extra data, as in `training.job.Job.training_settings`.
    self_test: probabilities of all outputs for `checkpoint.probe`; empty if none are stored.
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
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, origin: str) -> Self:
        """Read config.json. ZooError names `origin` and the error; unknown keys are errors."""
        try:
            values = json.loads(text, parse_constant=refuse_constant)
        except json.JSONDecodeError as error:
            raise ZooError(
                f"{origin}: config.json is not JSON ({error}); pull or train the model again"
            ) from error
        if not isinstance(values, dict):
            raise ZooError(f"{origin}: config.json must hold one object")
        version = values.get("schema_version")
        if version != SCHEMA_VERSION:
            raise ZooError(
                f"{origin}: schema version {quoted(version)} is not the {SCHEMA_VERSION} this audioclf reads; "
                "update audioclf or train the model again"
            )
        if wrong := sorted(set(values) ^ {f.name for f in fields(cls)}):
            raise ZooError(
                f"{origin}: config.json has unknown or missing keys: {quoted(', '.join(wrong))[1:-1]}"
            )
        if not MODEL_ID.fullmatch(str(values["id"])):
            raise ZooError(
                f"{origin}: {quoted(values['id'])} is not a model id (lower-case words joined by - . _, "
                f"at most {MAX_WORD} characters)"
            )
        for name in ("labels", "self_test", "speeds"):
            values[name] = tuple(values[name])
        return cls(**values)


def parse_config(data: bytes, origin: str) -> ModelConfig:
    """Read and check config.json. ZooError names `origin` and the value that cannot be used."""
    try:
        config = ModelConfig.from_json(data.decode(), origin)
        check_config(config, origin)
        _ = list(tables(config.metrics, config.labels))  # metrics that make no table are damaged
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise ZooError(f"{origin}: config.json is damaged ({error}); get the model again") from error
    return config


def check_config(config: ModelConfig, origin: str) -> None:
    """ZooError for the first value out of range."""
    labels = config.labels
    ranges = SPEAKER_CALIBRATION if config.task == SPEAKERS else CALIBRATION
    words = [config.task, config.license, config.library_version]
    rules = (
        (
            all(map(is_word, words)),
            "task, license or library_version in",
            words,
            f"printable words of at most {MAX_WORD} characters",
        ),
        (
            is_word(config.dataset, MAX_TITLE),
            "dataset",
            config.dataset,
            f"printable words of at most {MAX_TITLE} characters",
        ),
        (is_number(config.n_parameters, 0, 1e9), "n_parameters", config.n_parameters, "a number"),
        (config.family in FAMILIES, "family", config.family, f"one of {', '.join(FAMILIES)}"),
        (config.pooling in POOLINGS, "pooling", config.pooling, f"one of {', '.join(POOLINGS)}"),
        (
            all(map(is_word, labels)),
            "labels",
            labels,
            f"printable words of at most {MAX_WORD} characters",
        ),
        (
            0 < len(set(labels)) == len(labels) <= MAX_LABELS,
            f"labels ({len(labels)})",
            labels,
            f"at least one and at most {MAX_LABELS}, all different",
        ),
        (
            is_number(config.sample_rate, 1000, 192_000),
            "sample_rate",
            config.sample_rate,
            "1000 to 192000 Hz",
        ),
        (is_number(config.clip_seconds, 0.1, 60), "clip_seconds", config.clip_seconds, "0.1 to 60 s"),
        (
            0 < len(config.speeds) <= 8 and all(is_number(speed, 0.5, 2) for speed in config.speeds),
            "speeds",
            config.speeds,
            "one to eight of 0.5 to 2",
        ),
        (isinstance(config.training, Mapping), "training", config.training, "an object"),
        (config.task != SPEAKERS or labels == SAME, "labels", labels, f"{SAME[0]!r} alone for {SPEAKERS}"),
        *(
            (
                is_number(value := config.calibration.get(name, CALIBRATION_DEFAULTS.get(name)), *ends),
                f"calibration {name}",
                value,
                _range(*ends),
            )
            for name, ends in ranges.items()
        ),
        (
            len(config.self_test) in (0, len(labels) + 1)
            and all(is_number(x, 0, 1) for x in config.self_test),
            "self_test",
            config.self_test,
            "empty, or one probability for each label and one for the background",
        ),
    )
    for holds, name, wrong, limit in rules:
        if not holds:
            raise ZooError(f"{origin}: {name} {quoted(wrong)} cannot be used; it must be {limit}")
    check_sizes(config, origin)
    try:
        check_metrics(config.metrics, len(labels))
    except ValueError as error:
        raise ZooError(f"{origin}: {error}; evaluate or get the model again") from error


def _range(low: float, high: float) -> str:
    return f"{low:g} to {high:g}"


def check_sizes(config: ModelConfig, origin: str) -> None:
    """ZooError for settings that would take all memory, before anything is allocated.

    Layers and the shape of the feature are checked by `memory.check_memory`.
    """
    for name, value in [*config.feature.items(), *config.model.items()]:
        size = len(value) if isinstance(value, (list, tuple)) else value
        if name in LARGEST and isinstance(size, (int, float)) and not size <= LARGEST[name]:
            raise ZooError(f"{origin}: {name} {size} is too large; it must be at most {LARGEST[name]}")
    widths = config.model.get("stages")
    if isinstance(widths, (list, tuple)) and any(
        isinstance(width, (int, float)) and not width <= LARGEST["channels"]
        for pair in widths
        if isinstance(pair, (list, tuple))
        for width in pair
    ):
        raise ZooError(
            f"{origin}: stages {quoted(widths)} is too wide; channels and strides are at most {LARGEST['channels']}"
        )
    hop, window = config.feature.get("hop_seconds", 1.0), config.feature.get("win_seconds") or 0.0
    n_frames = config.clip_seconds / hop if hop > 0 else 0.0  # the feature refuses hops up to 0
    n_transformed = max(window * config.sample_rate, config.feature.get("n_fft") or 0)
    if n_frames > MAX_FRAMES or n_frames * n_transformed > MAX_FRAME_SAMPLES:
        raise ZooError(
            f"{origin}: hop_seconds {hop:g} gives {n_frames:.0f} frames per window; "
            f"at most {MAX_FRAMES}, with {MAX_FRAME_SAMPLES:,} samples in all, can be used"
        )
