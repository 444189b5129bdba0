"""One model in one folder: config.json, model.safetensors and README.md, read as data, never as code."""

from pathlib import Path

import numpy as np

from audioclf.models import Model, make_unfilled
from audioclf.types import Clip, Feature, ZooError
from audioclf.zoo.config import ModelConfig, parse_config
from audioclf.zoo.files import CONFIG, WEIGHTS, read_bounded
from audioclf.zoo.weights import unpack

# Other processors and libraries add up in another order, which moves a probability by some 1e-5.
SELF_TEST_TOLERANCE = 1e-3


def load_folder(folder: str | Path) -> tuple[ModelConfig, Model]:
    """A model that stands alone in a folder, outside any registry: all checks but the index's hashes."""
    path = Path(folder)
    config = parse_config(read_bounded(path / CONFIG), path.name)
    return config, build_model(config, read_bounded(path / WEIGHTS))


def make_feature(config: ModelConfig) -> Feature:
    """The feature a config describes. ZooError for settings that the feature refuses."""
    from audioclf.features import feature_from_config  # imports torch: not for a mere listing

    try:
        return feature_from_config(config.feature)
    except (TypeError, ValueError) as error:
        raise ZooError(f"{config.id}: no such feature settings ({error}); train it again") from error


def silent_input(config: ModelConfig) -> np.ndarray:
    """The feature of a silent window, (n_bins, n_frames): the shape of everything this model is given."""
    n_samples = round(config.clip_seconds * config.sample_rate)
    return make_feature(config)(Clip(np.zeros(n_samples, np.float32), config.sample_rate)).values


def probe(config: ModelConfig) -> Clip:
    """One window of a sound that any machine makes alike: a rising tone in three pulses over a hum."""
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
    """ZooError if the model has no answer to silence, or another one to `probe` than it had when it was saved."""
    logits = model.logits(silent_input(config)[None])
    if logits.shape != (1, len(config.labels) + 1) or not np.isfinite(logits).all():
        raise ZooError(f"{config.id}: silence gives unusable logits of shape {logits.shape}; train it again")
    check_self_test(config, model)


def check_self_test(config: ModelConfig, model: Model) -> None:
    """ZooError if the model does not answer `probe` as it did when it was saved. Passes where nothing is stored."""
    found, stored = self_test(config, model), config.self_test
    same = len(found) == len(stored) and np.allclose(found, stored, rtol=0, atol=SELF_TEST_TOLERANCE)
    if stored and not same:
        raise ZooError(
            f"{config.id} does not answer its self-test as it did when it was saved: weights, settings "
            "or this installation are not the same; get the model again or update audioclf"
        )


def build_model(config: ModelConfig, data: bytes) -> Model:
    """The model of a config with the weights that `data`, a safetensors file, holds. Strict: ZooError."""
    weights = unpack(data, config.id)
    try:
        n_bins = silent_input(config).shape[0]
        model = make_unfilled(config.family, n_labels=len(config.labels), n_bins=n_bins, **config.model)
        model.load_weights(weights)
    except (TypeError, ValueError, RuntimeError, ArithmeticError, MemoryError) as error:
        raise ZooError(f"{config.id}: weights do not fit config.json: {error}; get it again") from error
    return model
