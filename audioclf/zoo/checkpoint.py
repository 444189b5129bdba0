"""Load and check one model from one folder. Its files are read as data, never as code."""

from pathlib import Path

import numpy as np

from audioclf.models import Model, make_unfilled
from audioclf.types import Clip, Feature, ZooError
from audioclf.zoo.config import SPEAKERS, ModelConfig, parse_config
from audioclf.zoo.files import CONFIG, WEIGHTS, read_bounded
from audioclf.zoo.memory import check_memory
from audioclf.zoo.weights import unpack

# The order of summation differs between processors and libraries; it moves a probability by some 1e-5.
SELF_TEST_TOLERANCE = 1e-3


def load_folder(folder: str | Path) -> tuple[ModelConfig, Model]:
    """A single model in a folder outside any registry, with all checks except the hashes of the index."""
    path = Path(folder)
    config = parse_config(read_bounded(path / CONFIG), path.name)
    return config, build_model(config, read_bounded(path / WEIGHTS))


def make_feature(config: ModelConfig) -> Feature:
    """The feature of a config. ZooError for settings that the feature refuses."""
    from audioclf.features import feature_from_config  # imports torch, which a listing must not

    try:
        return feature_from_config(config.feature)
    except (TypeError, ValueError) as error:
        raise ZooError(f"{config.id}: the feature settings are invalid ({error}); train it again") from error


def silent_input(config: ModelConfig) -> np.ndarray:
    """The feature of a silent window, (n_bins, n_frames); it has the shape of every input of the model."""
    n_samples = round(config.clip_seconds * config.sample_rate)
    return make_feature(config)(Clip(np.zeros(n_samples, np.float32), config.sample_rate)).values


def input_shape(config: ModelConfig) -> tuple[int, int]:
    """(n_bins, n_frames) of every input of the model."""
    n_bins, n_frames = silent_input(config).shape
    return n_bins, n_frames


def probe(config: ModelConfig) -> Clip:
    """One window of a test sound, the same on every machine: a rising tone in three pulses over a hum."""
    n_samples = round(config.clip_seconds * config.sample_rate)
    seconds = np.arange(n_samples) / config.sample_rate
    share = np.arange(n_samples) / n_samples
    top = 0.4 * config.sample_rate
    rising = np.sin(np.pi * seconds * (200 + top * share)) * np.sin(3 * np.pi * share) ** 2
    hum = np.sin(2 * np.pi * 120 * seconds) + 0.5 * np.sin(2 * np.pi * 240 * seconds)
    return Clip((0.3 * rising + 0.05 * hum).astype(np.float32), config.sample_rate, "probe")


def self_test(config: ModelConfig, model: Model) -> tuple[float, ...]:
    """Probabilities of all outputs, background last, for `probe`; empty if they are not finite."""
    from scipy.special import softmax

    logits = model.logits(make_feature(config)(probe(config)).values[None])[0]
    with np.errstate(all="ignore"):
        scores = softmax(logits / config.calibration["temperature"])
    return tuple(round(float(score), 6) for score in scores) if np.isfinite(scores).all() else ()


def check_answers(config: ModelConfig, model: Model) -> None:
    """ZooError if the model gives unusable logits for silence, or fails `check_self_test`."""
    logits = model.logits(silent_input(config)[None])
    if logits.shape != (1, len(config.labels) + 1) or not np.isfinite(logits).all():
        raise ZooError(f"{config.id}: silence gives unusable logits of shape {logits.shape}; train it again")
    check_self_test(config, model)


def check_self_test(config: ModelConfig, model: Model) -> None:
    """ZooError if the probabilities for `probe` are not the stored ones. Passes if none are stored."""
    found, stored = self_test(config, model), config.self_test
    same = len(found) == len(stored) and np.allclose(found, stored, rtol=0, atol=SELF_TEST_TOLERANCE)
    if stored and not same:
        raise ZooError(
            f"{config.id} does not answer its self-test as it did when it was saved: weights, settings "
            "or this installation have changed; get the model again or update audioclf"
        )


def build_model(config: ModelConfig, data: bytes) -> Model:
    """The classifier of a config, with weights from `data`, a safetensors file. ZooError unless all of them fit."""
    if config.task == SPEAKERS:
        raise ZooError(f"{config.id} compares voices and gives no labels; use it with `audioclf verify`")
    weights = unpack(data, config.id)
    try:
        shape = input_shape(config)
        check_memory(config, shape)
        model = make_unfilled(config.family, n_labels=len(config.labels), n_bins=shape[0], **config.model)
        model.load_weights(weights)
    except (TypeError, ValueError, LookupError, RuntimeError, ArithmeticError, MemoryError) as error:
        raise ZooError(f"{config.id}: weights do not fit config.json: {error}; get it again") from error
    return model
