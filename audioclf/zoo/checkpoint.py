"""One model in one folder: config.json, model.safetensors and README.md, read as data, never as code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from audioclf.atomic import write_whole
from audioclf.models import FAMILIES, Model, Weights, make_unfilled
from audioclf.types import Clip, Feature, ZooError
from audioclf.zoo.card import render_card
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.results import tables

CONFIG, WEIGHTS, CARD = REQUIRED = "config.json", "model.safetensors", "README.md"
PREDICTIONS = "predictions.json"  # what it said of recordings it was not trained on; answering does without
MAX_BYTES = {CONFIG: 1_000_000, WEIGHTS: 256_000_000, CARD: 1_000_000, PREDICTIONS: 4_000_000}
MAX_HEADER_BYTES = 1_000_000  # a safetensors header names tensors; ours take a few kilobytes
POOLINGS = ("loudest", "mean")
# Of settings that cost memory, far beyond any use; of a list, its length. Weights are held against the file's.
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
}
MAX_FRAMES, MAX_FRAME_SAMPLES = 10_000, 50_000_000  # of a window; the second in all of its frames together
# Other processors and libraries add up in another order, which moves a probability by some 1e-5.
SELF_TEST_TOLERANCE = 1e-3
# What pickle, torch.save and numpy write: files that can run code or are simply not safetensors.
FOREIGN = {b"\x80": "a pickle", b"PK\x03\x04": "a zip as torch.save writes it", b"\x93NUMPY": "a NumPy file"}


def load_folder(folder: str | Path) -> tuple[ModelConfig, Model]:
    """A model that stands alone in a folder, outside any registry: all checks but the index's hashes."""
    path = Path(folder)
    config = parse_config(read_bounded(path / CONFIG), path.name)
    return config, build_model(config, read_bounded(path / WEIGHTS))


def save_model(folder: str | Path, config: ModelConfig, model: Model) -> None:
    """Write the three files; the same model gives the same bytes. ZooError before anything is written.

    The self-test is made anew: it belongs to these weights and this calibration.
    """
    config = replace(config, self_test=())
    check_config(config, config.id)
    config = replace(config, self_test=self_test(config, model))
    path = Path(folder)
    contents = {
        WEIGHTS: pack(model.weights()),
        CONFIG: config.to_json().encode(),
        CARD: render_card(config).encode(),
    }
    path.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        write_whole(path / name, data)


def read_bounded(path: Path) -> bytes:
    """The content of one of a model's files. ZooError if it is missing or beyond its size limit."""
    name, limit = f"{path.parent.name}/{path.name}", MAX_BYTES[path.name]
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ZooError(f"{name} cannot be read ({error.strerror}); get the model again") from error
    if len(data) > limit:
        raise ZooError(f"{name} is larger than the limit of {limit / 1e6:g} MB; refused")
    return data


def parse_config(data: bytes, origin: str) -> ModelConfig:
    """config.json as a checked ModelConfig. ZooError names `origin` and the value that cannot be used."""
    try:
        config = ModelConfig.from_json(data.decode(), origin)
        check_config(config, origin)
        _ = list(tables(config.metrics, config.labels))  # metrics that make no table are damaged
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ZooError(f"{origin}: config.json is damaged ({error}); get the model again") from error
    return config


def check_config(config: ModelConfig, origin: str) -> None:
    """ZooError for the first value that no model can have."""
    known, temperature = config.calibration.get("known_threshold"), config.calibration.get("temperature")
    labels = config.labels
    words = [config.task, config.dataset, config.license, config.library_version]
    rules = (
        (
            all(isinstance(word, str) and word.isprintable() for word in words),
            "task, dataset, license or library_version in",
            words,
            "printable words",
        ),
        (_within(config.n_parameters, 0, 1e9), "n_parameters", config.n_parameters, "a number"),
        (config.family in FAMILIES, "family", config.family, f"one of {', '.join(FAMILIES)}"),
        (config.pooling in POOLINGS, "pooling", config.pooling, f"one of {', '.join(POOLINGS)}"),
        (
            all(isinstance(x, str) and x and x.isprintable() for x in labels),
            "labels",
            labels,
            "printable words",
        ),
        (0 < len(set(labels)) == len(labels), "labels", labels, "at least one, all different"),
        (_within(config.sample_rate, 1000, 192_000), "sample_rate", config.sample_rate, "1000 to 192000 Hz"),
        (_within(config.clip_seconds, 0.1, 60), "clip_seconds", config.clip_seconds, "0.1 to 60 s"),
        (
            0 < len(config.speeds) <= 8 and all(_within(speed, 0.5, 2) for speed in config.speeds),
            "speeds",
            config.speeds,
            "one to eight of 0.5 to 2",
        ),
        (_within(temperature, 1e-6, 1e6), "calibration temperature", temperature, "a positive number"),
        (_within(known, 0, 1), "calibration known_threshold", known, "0 to 1"),
        (
            len(config.self_test) in (0, len(labels) + 1) and all(_within(x, 0, 1) for x in config.self_test),
            "self_test",
            config.self_test,
            "empty, or one probability for each label and one for the background",
        ),
    )
    for holds, name, value, limit in rules:
        if not holds:
            raise ZooError(f"{origin}: {name} {value!r} cannot be used; it must be {limit}")
    check_sizes(config, origin)


def check_sizes(config: ModelConfig, origin: str) -> None:
    """ZooError for settings that would take all memory, before anything is made of them."""
    for name, value in [*config.feature.items(), *config.model.items()]:
        size = len(value) if isinstance(value, (list, tuple)) else value
        if name in LARGEST and isinstance(size, (int, float)) and not size <= LARGEST[name]:
            raise ZooError(f"{origin}: {name} {size} is too large; it must be at most {LARGEST[name]}")
    hop, window = config.feature.get("hop_seconds", 1.0), config.feature.get("win_seconds") or 0.0
    n_frames = config.clip_seconds / hop if hop > 0 else 0.0  # what is not above 0 the feature itself refuses
    if n_frames > MAX_FRAMES or n_frames * window * config.sample_rate > MAX_FRAME_SAMPLES:
        raise ZooError(
            f"{origin}: hop_seconds {hop:g} makes {n_frames:.0f} frames of a window; "
            f"at most {MAX_FRAMES}, of {MAX_FRAME_SAMPLES:,} samples in all, can be used"
        )


def _within(value: object, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


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
    logits = model.logits(make_feature(config)(probe(config)).values[None])[0]
    with np.errstate(all="ignore"):
        exponents = np.exp((logits - logits.max()) / config.calibration["temperature"])
    scores = exponents / exponents.sum()
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


def unpack(data: bytes, origin: str) -> Weights:
    """Tensors by name from the bytes of a safetensors file. ZooError for anything else and for NaN or Inf."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    kind = next((kind for magic, kind in FOREIGN.items() if data.startswith(magic)), None)
    # A safetensors file may begin with 0x80 too, as its header's length; then byte 8 opens the header.
    if kind and data[8:9] != b"{":
        raise ZooError(f"{origin}/{WEIGHTS} is {kind}, which could run code when read; refused")
    header = int.from_bytes(data[:8], "little")
    if header > MAX_HEADER_BYTES:
        raise ZooError(f"{origin}/{WEIGHTS}: a header of {header} bytes, over {MAX_HEADER_BYTES}; refused")
    try:
        weights: Weights = load(data)
    except (SafetensorError, KeyError, ValueError) as error:
        raise ZooError(f"{origin}/{WEIGHTS} is no sound safetensors file ({error}); get it again") from error
    if broken := sorted(name for name, array in weights.items() if not np.isfinite(array).all()):
        raise ZooError(f"{origin}/{WEIGHTS}: {broken[0]} holds values that are not finite; train it again")
    return weights


def pack(weights: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of a safetensors file; equal tensors give equal bytes."""
    from safetensors.numpy import load, save

    # safetensors 0.8 silently writes Fortran-ordered and strided arrays wrongly: copy, save, read back.
    plain = {name: np.array(weights[name], order="C") for name in sorted(weights)}
    data: bytes = save(plain)
    for name, array in load(data).items():
        if not np.array_equal(array, plain[name]):
            raise ZooError(f"{name} does not survive saving: are all its values finite and of a plain type?")
    return data
