"""Checkpoints are saved exactly and loaded strictly; errors name what is wrong."""

import pickle
from dataclasses import fields, replace
from pathlib import Path

import fakes
import numpy as np
import pytest
from fakes import rewrite
from safetensors.numpy import load, save

from audioclf.types import ZooError
from audioclf.zoo import checkpoint
from audioclf.zoo.card import render_card
from audioclf.zoo.checkpoint import load_folder
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.metric_tables import numbers
from audioclf.zoo.registry import Registry
from audioclf.zoo.weights import pack, unpack
from audioclf.zoo.writing import build_index, save_model

ID = "digits-cnn"


def reindexed(registry: Registry, name: str, data: bytes) -> Registry:
    """The registry with other bytes in one of ID's files, and an index to match."""
    (registry.root / ID / name).write_bytes(data)
    return build_index(registry.root)


def weights_of(registry: Registry, name: str = ID) -> dict[str, np.ndarray]:
    weights = load((registry.root / name / "model.safetensors").read_bytes())
    return {name: array.copy() for name, array in weights.items()}


def test_arrays_in_any_memory_order_are_saved_exactly():
    rng = np.random.default_rng(0)
    square = rng.normal(size=(3, 4, 5))
    tricky = {
        "fortran": np.asfortranarray(square),
        "transposed": square.T,
        "strided": square[:, ::2],
        "float32": square.astype(np.float32).T,
        "scalar": np.array(7),
    }
    for name, array in unpack(pack(tricky), "test").items():
        assert array.shape == tricky[name].shape
        np.testing.assert_array_equal(array, tricky[name])


def test_equal_tensors_give_equal_bytes_in_any_order():
    a, b = np.arange(3.0), np.arange(4.0)
    assert pack({"a": a, "b": b}) == pack({"b": b, "a": a})


BAD_SETTINGS = [({"pooling": "median"}, "pooling 'median'")]
BAD_SETTINGS += [
    ({"speeds": speeds}, r"speeds .*one to eight of 0\.5 to 2")
    for speeds in ((), (0.1,), (1.0,) * 9, ("fast",))
]


@pytest.mark.parametrize(("settings", "message"), BAD_SETTINGS)
def test_a_failed_save_writes_nothing(fake_families, tmp_path, settings, message):
    config = fakes.config("cnn", **settings)
    with pytest.raises(ZooError, match=message):
        save_model(tmp_path / ID, config, fakes.model(config))
    assert not (tmp_path / ID).exists()


def transpose(weights):
    """Give the first matrix another shape and keep its values."""
    name = next(name for name in sorted(weights) if weights[name].ndim > 1)
    weights[name] = weights[name].reshape(-1)


def spoil(value):
    return lambda weights: next(iter(weights.values())).flat.__setitem__(0, value)


MISFIT, NOT_FINITE = (
    r"weights do not fit config\.json: .+; get it again",
    "{} holds values that are not finite",
)
BAD_WEIGHTS = {
    "missing tensor": (lambda w: w.popitem(), MISFIT),
    "extra tensor": (lambda w: w.update(more=np.zeros(2, np.float32)), MISFIT),
    "wrong shape": (transpose, MISFIT),
    "NaN": (spoil(np.nan), NOT_FINITE),
    "infinity": (spoil(np.inf), NOT_FINITE),
}


@pytest.mark.parametrize("family", ["gmm", "cnn", "rnn"])
@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_the_real_families_load_strictly(real_zoo, family, case):
    config = real_zoo.config(f"digits-{family}")
    weights = weights_of(real_zoo, config.id)
    checkpoint.build_model(config, save(weights))
    change, message = BAD_WEIGHTS[case]
    change(weights)
    with pytest.raises(ZooError, match=message.format(next(iter(weights)))):
        checkpoint.build_model(config, save(weights))


@pytest.mark.parametrize("family", ["gmm", "cnn", "rnn"])
def test_the_real_families_verify_and_save_again_to_the_same_bytes(real_zoo, tmp_path, family):
    real_zoo.verify(f"digits-{family}")
    save_model(tmp_path, *real_zoo.load(f"digits-{family}"))
    for name in ("config.json", "model.safetensors", "README.md"):
        assert (tmp_path / name).read_bytes() == (real_zoo.root / f"digits-{family}" / name).read_bytes()


def header_of(n_bytes: int):
    """Give the header another length."""
    return lambda data: n_bytes.to_bytes(8, "little") + data[8:]


BAD_FILES = {
    "pickle": (lambda data: pickle.dumps({"a": 1}), "is a pickle, which could run code"),
    "torch zip": (lambda data: b"PK\x03\x04" + data, "is a zip as torch.save writes it"),
    "npy": (lambda data: b"\x93NUMPY" + data, "is a NumPy file"),
    "text": (lambda data: b"weights, honestly", "model.safetensors"),
    "truncated": (lambda data: data[:-8], "no valid safetensors file"),
    "trailing bytes": (lambda data: data + bytes(8), "no valid safetensors file"),
    "oversized header": (header_of(2**30), "a header of 1073741824 bytes"),
    "header past the end": (header_of(10**5), "no valid safetensors file"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_files_other_than_safetensors_are_refused(fake_zoo, case):
    change, message = BAD_FILES[case]
    data = (fake_zoo.root / ID / "model.safetensors").read_bytes()
    registry = reindexed(fake_zoo, "model.safetensors", change(data))
    with pytest.raises(ZooError, match=message):
        registry.load(ID)


def test_a_pickle_is_never_run(fake_zoo, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    registry = reindexed(fake_zoo, "model.safetensors", pickle.dumps(Bomb()))
    with pytest.raises(ZooError):
        registry.load(ID)
    assert not (tmp_path / "ran").exists()


CALIBRATION = {"temperature": 1.0, "known_threshold": 0.5}
DAMAGED = r"config\.json is damaged"
BAD_CONFIGS = {
    "unknown family": ({"family": "svm"}, "family 'svm' cannot be used; it must be one of gmm, cnn, rnn"),
    "newer schema": ({"schema_version": 9}, "schema version 9 is not the 2 this audioclf reads"),
    "unknown key": ({"url": "x"}, "unknown or missing keys: url"),
    "import path as feature": ({"feature": {"type": "os.system"}}, "unknown feature 'os.system'"),
    "unknown feature setting": ({"feature": {"type": "log_mel", "colour": 1}}, "no setting colour"),
    "unknown model setting": ({"model": {"depth": 3}}, "no setting depth"),
    "rate of words": ({"sample_rate": "8 kHz"}, "sample_rate '8 kHz' cannot be used"),
    "no length": ({"clip_seconds": 0}, "clip_seconds 0 cannot be used"),
    "endless length": ({"clip_seconds": 1e9}, "clip_seconds 1000000000.0 cannot be used"),
    "no labels": ({"labels": []}, "labels .* at least one"),
    "the same label twice": ({"labels": ["one", "one"]}, "labels .* all different"),
    "no temperature": ({"calibration": {"known_threshold": 0.5}}, "calibration temperature None"),
    "zero temperature": ({"calibration": {**CALIBRATION, "temperature": 0}}, "temperature 0 cannot be used"),
    "threshold above 1": (
        {"calibration": {**CALIBRATION, "known_threshold": 2}},
        "threshold 2 cannot be used",
    ),
    "calibration of another kind": ({"calibration": [1, 2]}, DAMAGED),
    "metrics without accuracy": (
        {"metrics": {"protocols": {"p": {"title": "t"}}}},
        "object with accuracy",
    ),
    "metrics of words": ({"metrics": {"ece": "small"}}, "metrics.ece 'small' must be"),
    "metrics of another kind": ({"metrics": [0.9]}, r"metrics \[0.9\] must be"),
    "seeds of words": (
        {"metrics": {**fakes.METRICS, "seeds": 3, "confusion": [[1]]}},
        "metrics.seeds 3 must be",
    ),
    "a data set of another kind": ({"dataset": ["a", "b"]}, "dataset .* cannot be used"),
    "a licence of another kind": ({"license": None}, "license .* cannot be used"),
    "parameters of words": ({"n_parameters": "many"}, "n_parameters 'many' cannot be used"),
    "a feature without a name": ({"feature": {}}, "unknown feature None"),
    "labels that move the cursor": ({"labels": ["a", "\x1b[2J"]}, "labels .* printable"),
    "self-test of another length": ({"self_test": [0.5]}, r"self_test \(0.5,\) cannot be used"),
    "self-test of words": ({"self_test": ["a"] * 11}, "self_test .* cannot be used"),
    "id that climbs": ({"id": "../digits-cnn"}, "is not a model id"),
}


@pytest.mark.parametrize("case", BAD_CONFIGS)
def test_an_invalid_config_is_refused(fake_zoo, case):
    change, message = BAD_CONFIGS[case]
    rewrite(fake_zoo.root / ID / "config.json", lambda config: config.update(change))
    with pytest.raises(ZooError, match=message):
        load_folder(fake_zoo.root / ID)


@pytest.mark.parametrize("key", [field.name for field in fields(ModelConfig)])
def test_any_value_in_a_config_is_refused_or_usable(fake_zoo, key):
    """For any value, loading raises ZooError, or the model loads and its card can be rendered."""
    for value in (None, 3, -1.5, "x", [], [None], {}, {"x": None}, True):
        rewrite(fake_zoo.root / ID / "config.json", lambda config, value=value: config.update({key: value}))
        try:
            config, _ = load_folder(fake_zoo.root / ID)
        except ZooError:
            continue
        assert render_card(config)
        numbers(config.metrics)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"schema_version": 1}'])
def test_a_file_that_is_no_config_is_refused(fake_zoo, data):
    (fake_zoo.root / ID / "config.json").write_bytes(data)
    with pytest.raises(ZooError, match=r"config\.json|schema version"):
        load_folder(fake_zoo.root / ID)


def test_a_config_without_a_self_test_is_read(fake_zoo):
    rewrite(fake_zoo.root / ID / "config.json", lambda config: config.update(self_test=[]))
    config, model = load_folder(fake_zoo.root / ID)
    assert config.self_test == ()
    checkpoint.check_self_test(config, model)


# The self-test


def test_the_probe_is_one_loud_window_that_any_model_can_take(fake_zoo):
    config = fakes.config("cnn", clip_seconds=0.7, sample_rate=16000)
    clip = checkpoint.probe(config)
    assert (len(clip.samples), clip.sample_rate) == (11200, 16000)
    assert 0.1 < np.abs(clip.samples).max() <= 1


@pytest.mark.parametrize("family", ["gmm", "cnn", "rnn"])
def test_the_self_test_is_the_probabilities_of_all_outputs(real_zoo, family):
    config, model = real_zoo.load(f"digits-{family}")
    assert len(config.self_test) == len(config.labels) + 1
    assert sum(config.self_test) == pytest.approx(1, abs=1e-4)  # each is rounded to six places
    checkpoint.check_self_test(config, model)


def test_changed_weights_fail_the_self_test(fake_zoo):
    weights = weights_of(fake_zoo)
    weights["bias"] = weights["bias"][::-1].copy()
    registry = reindexed(fake_zoo, "model.safetensors", save(weights))
    with pytest.raises(ZooError, match="does not answer its self-test as it did when it was saved"):
        registry.verify(ID)


def test_another_calibration_gives_another_self_test(fake_zoo, tmp_path):
    config, model = fake_zoo.load(ID)
    save_model(tmp_path / ID, replace(config, calibration={**CALIBRATION, "temperature": 2.0}), model)
    warmer, _ = load_folder(tmp_path / ID)
    assert max(warmer.self_test) < max(config.self_test)
    checkpoint.check_self_test(warmer, model)
