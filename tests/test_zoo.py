"""A registry gives exactly what its index promises, and refuses everything else by its own name."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import fakes
import numpy as np
import pytest
from safetensors.numpy import load, save

from audioclf import checkpoint
from audioclf.types import ZooError
from audioclf.zoo import Registry, build_index, load_folder, open_registry, save_model

ID = "digits-cnn"


def rewrite(path: Path, change) -> None:
    """Change a JSON file through a function of its content."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def reindexed(registry: Registry, name: str, data: bytes) -> Registry:
    """The registry with other bytes in one of ID's files, and an index that vouches for them."""
    (registry.root / ID / name).write_bytes(data)
    return build_index(registry.root)


def weights_of(registry: Registry) -> dict[str, np.ndarray]:
    return load((registry.root / ID / "model.safetensors").read_bytes())


# What is right


def test_what_was_saved_comes_back_bit_for_bit(fake_zoo):
    config, model = fake_zoo.load(ID)
    assert config == fakes.config("cnn")
    for name, array in fakes.model(config).weights().items():
        np.testing.assert_array_equal(model.weights()[name], array)


def test_saving_again_gives_the_same_bytes(fake_zoo, tmp_path):
    save_model(tmp_path / ID, *fake_zoo.load(ID))
    for name in ("config.json", "model.safetensors", "README.md"):
        assert (tmp_path / ID / name).read_bytes() == (fake_zoo.root / ID / name).read_bytes()


def test_building_the_index_again_changes_nothing(fake_zoo):
    before = (fake_zoo.root / "index.json").read_bytes()
    build_index(fake_zoo.root)
    assert (fake_zoo.root / "index.json").read_bytes() == before


def test_every_saved_model_verifies(fake_zoo):
    assert fake_zoo.ids() == ["digits-cnn", "digits-gmm", "digits-rnn"]
    for model_id in fake_zoo.ids():
        fake_zoo.verify(model_id)


def test_ids_are_those_of_the_task(fake_zoo):
    assert fake_zoo.ids("digits") == fake_zoo.ids()
    assert fake_zoo.ids("environment") == []
    assert fake_zoo.tasks() == ["digits"]


def test_the_index_shows_the_first_protocol_and_the_size_on_disk(fake_zoo):
    entry = fake_zoo.entry(ID)
    assert entry.accuracy == fakes.METRICS["protocols"]["speaker"]["accuracy"]
    assert entry.size == sum(path.stat().st_size for path in (fake_zoo.root / ID).iterdir())


def test_a_folder_alone_loads_without_an_index(fake_zoo):
    (fake_zoo.root / "index.json").unlink()
    config, _ = load_folder(fake_zoo.root / ID)
    assert config.id == ID


def test_arrays_in_any_memory_order_are_saved_as_they_are():
    rng = np.random.default_rng(0)
    square = rng.normal(size=(3, 4, 5))
    tricky = {
        "fortran": np.asfortranarray(square),
        "transposed": square.T,
        "strided": square[:, ::2],
        "float32": square.astype(np.float32).T,
        "scalar": np.array(7),
    }
    for name, array in checkpoint.unpack(checkpoint.pack(tricky), "test").items():
        assert array.shape == tricky[name].shape
        np.testing.assert_array_equal(array, tricky[name])


def test_equal_tensors_give_equal_bytes_in_any_order():
    a, b = np.arange(3.0), np.arange(4.0)
    assert checkpoint.pack({"a": a, "b": b}) == checkpoint.pack({"b": b, "a": a})


def test_a_failed_save_writes_nothing(fake_families, tmp_path):
    config = fakes.config("cnn", pooling="median")
    with pytest.raises(ZooError, match="pooling 'median'"):
        save_model(tmp_path / ID, config, fakes.model(config))
    assert not (tmp_path / ID).exists()


def test_the_environment_names_the_registry(fake_zoo, monkeypatch):
    monkeypatch.setenv("AUDIOCLF_ZOO", str(fake_zoo.root))
    assert open_registry().root == fake_zoo.root


def test_loading_the_zoo_imports_nothing_heavy():
    code = (
        "import sys, audioclf, audioclf.zoo, audioclf.service\n"
        "print([m for m in ('torch', 'gradio', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# What is wrong


def test_one_changed_byte_is_refused_in_any_file(fake_zoo):
    for name in ("config.json", "model.safetensors", "README.md"):
        path = fake_zoo.root / ID / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
        with pytest.raises(ZooError, match=rf"{name}: sha256 .* of the index"):
            fake_zoo.verify(ID)
        path.write_bytes(whole)
    fake_zoo.verify(ID)


def test_another_size_is_refused(fake_zoo):
    path = fake_zoo.root / ID / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ZooError, match=r"has \d+ bytes, .*\d+; get it again"):
        fake_zoo.load(ID)


def test_a_missing_file_is_named(fake_zoo):
    (fake_zoo.root / ID / "model.safetensors").unlink()
    with pytest.raises(ZooError, match=r"digits-cnn/model\.safetensors cannot be read"):
        fake_zoo.load(ID)


def test_a_fourth_file_is_refused(fake_zoo):
    (fake_zoo.root / ID / "model.pkl").write_bytes(b"x")
    with pytest.raises(ZooError, match=r"does not know model\.pkl"):
        fake_zoo.verify(ID)


BAD_WEIGHTS = {
    "missing tensor": (lambda w: w.pop("bias"), "missing bias"),
    "extra tensor": (lambda w: w.update(more=np.zeros(1)), "left over more"),
    "wrong shape": (lambda w: w.update(bias=np.zeros(3)), "bias has shape"),
    "NaN": (lambda w: w["bias"].__setitem__(0, np.nan), "bias holds values that are not finite"),
    "infinity": (
        lambda w: w["weight"].__setitem__((0, 0), np.inf),
        "weight holds values that are",
    ),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_weights_that_do_not_fit_are_refused(fake_zoo, case):
    change, message = BAD_WEIGHTS[case]
    weights = {name: array.copy() for name, array in weights_of(fake_zoo).items()}
    change(weights)
    registry = reindexed(fake_zoo, "model.safetensors", save(weights))
    with pytest.raises(ZooError, match=message):
        registry.load(ID)


def transpose(weights):
    """Give the first matrix another shape and keep its values."""
    name = next(name for name in sorted(weights) if weights[name].ndim > 1)
    weights[name] = weights[name].reshape(-1)


def spoil(weights):
    next(iter(weights.values())).flat[0] = np.nan


@pytest.mark.parametrize("family", ["gmm", "cnn", "rnn"])
@pytest.mark.parametrize(
    "change", [lambda w: w.popitem(), lambda w: w.update(more=np.zeros(2, np.float32)), transpose, spoil]
)
def test_the_real_families_load_strictly(real_zoo, family, change):
    config = real_zoo.config(f"digits-{family}")
    data = (real_zoo.root / config.id / "model.safetensors").read_bytes()
    weights = {name: array.copy() for name, array in load(data).items()}
    checkpoint.build_model(config, save(weights))
    change(weights)
    with pytest.raises(ZooError, match=r"do not fit|not finite"):
        checkpoint.build_model(config, save(weights))


@pytest.mark.parametrize("family", ["gmm", "cnn", "rnn"])
def test_the_real_families_verify_and_save_again_to_the_same_bytes(real_zoo, tmp_path, family):
    real_zoo.verify(f"digits-{family}")
    save_model(tmp_path, *real_zoo.load(f"digits-{family}"))
    for name in ("config.json", "model.safetensors", "README.md"):
        assert (tmp_path / name).read_bytes() == (real_zoo.root / f"digits-{family}" / name).read_bytes()


def huge_header(data: bytes) -> bytes:
    return (2**30).to_bytes(8, "little") + data[8:]


BAD_FILES = {
    "pickle": (lambda data: pickle.dumps({"a": 1}), "is a pickle, which could run code"),
    "torch zip": (lambda data: b"PK\x03\x04" + data, "is a zip as torch.save writes it"),
    "npy": (lambda data: b"\x93NUMPY" + data, "is a NumPy file"),
    "text": (lambda data: b"weights, honestly", "model.safetensors"),
    "truncated": (lambda data: data[:-8], "no sound safetensors file"),
    "trailing bytes": (lambda data: data + bytes(8), "no sound safetensors file"),
    "oversized header": (huge_header, "a header of 1073741824 bytes"),
    "header past the end": (
        lambda data: (10**5).to_bytes(8, "little") + data[8:],
        "no sound safetensors file",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_what_is_no_safetensors_file_is_refused(fake_zoo, case):
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


BAD_CONFIGS = {
    "unknown family": ({"family": "svm"}, "family 'svm' cannot be used; it must be one of gmm, cnn, rnn"),
    "newer schema": ({"schema_version": 2}, "schema version 2 is not the 1 this audioclf reads"),
    "unknown key": ({"url": "x"}, "unknown or missing keys: url"),
    "import path as feature": ({"feature": {"type": "os.system"}}, "unknown feature 'os.system'"),
    "unknown feature setting": ({"feature": {"type": "log_mel", "colour": 1}}, "no setting colour"),
    "unknown model setting": ({"model": {"depth": 3}}, "unexpected keyword argument 'depth'"),
    "rate of words": ({"sample_rate": "8 kHz"}, "sample_rate '8 kHz' cannot be used"),
    "no length": ({"clip_seconds": 0}, "clip_seconds 0 cannot be used"),
    "endless length": ({"clip_seconds": 1e9}, "clip_seconds 1000000000.0 cannot be used"),
    "no labels": ({"labels": []}, "labels .* at least one"),
    "the same label twice": ({"labels": ["one", "one"]}, "labels .* all different"),
    "no temperature": ({"calibration": {"known_threshold": 0.5}}, "calibration temperature None"),
    "zero temperature": (
        {"calibration": {"temperature": 0, "known_threshold": 0.5}},
        "calibration temperature 0 cannot",
    ),
    "threshold above one": (
        {"calibration": {"temperature": 1, "known_threshold": 2}},
        "known_threshold 2 cannot be used",
    ),
    "calibration of another kind": ({"calibration": [1, 2]}, "config.json is damaged"),
    "metrics without accuracy": ({"metrics": {"protocols": {"p": {"title": "t"}}}}, "config.json is damaged"),
    "metrics of words": ({"metrics": {"ece": "small"}}, "config.json is damaged"),
    "labels that move the cursor": ({"labels": ["a", "\x1b[2J"]}, "labels .* printable"),
    "id that climbs": ({"id": "../digits-cnn"}, "is not a model id"),
}


@pytest.mark.parametrize("case", BAD_CONFIGS)
def test_a_config_no_model_can_have_is_refused(fake_zoo, case):
    change, message = BAD_CONFIGS[case]
    rewrite(fake_zoo.root / ID / "config.json", lambda config: config.update(change))
    with pytest.raises(ZooError, match=message):
        load_folder(fake_zoo.root / ID)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"schema_version": 1}'])
def test_a_config_that_is_no_config_is_refused(fake_zoo, data):
    (fake_zoo.root / ID / "config.json").write_bytes(data)
    with pytest.raises(ZooError, match=r"config\.json|schema version"):
        load_folder(fake_zoo.root / ID)


def climb(index):
    index["models"]["../../etc"] = index["models"].pop(ID)


def climb_in_files(index):
    files = index["models"][ID]["files"]
    files["../secret.json"] = files.pop("config.json")


def four_files(index):
    index["models"][ID]["files"]["model.pkl"] = {"sha256": "0" * 64, "size": 1}


BAD_INDEXES = {
    "traversal in an id": (climb, "'../../etc' is not a model id"),
    "traversal in a file name": (climb_in_files, r"lists the files \.\./secret\.json"),
    "a fourth file": (four_files, r"lists the files .*model\.pkl.*a model is exactly"),
    "newer schema": (lambda i: i.update(schema_version=9), "schema version 9 is not the 1"),
    "no hash": (lambda i: i["models"][ID]["files"]["config.json"].update(sha256=""), "no usable sha256"),
    "no size": (lambda i: i["models"][ID]["files"]["config.json"].update(size=0), "no usable sha256"),
    "size of words": (lambda i: i["models"][ID]["files"]["config.json"].update(size="1 kB"), "damaged"),
    "accuracy of words": (lambda i: i["models"][ID].update(accuracy="best"), "damaged"),
    "more than all right": (lambda i: i["models"][ID].update(accuracy=2), "cannot be used"),
    "a number for a licence": (lambda i: i["models"][ID].update(license=3), "cannot be used"),
    "unknown field": (lambda i: i["models"][ID].update(url="x"), "damaged"),
    "no models": (lambda i: i.pop("models"), "damaged"),
    "models of another kind": (lambda i: i.update(models=[1]), "damaged"),
}


@pytest.mark.parametrize("case", BAD_INDEXES)
def test_a_bad_index_is_refused_when_it_is_opened(fake_zoo, case):
    change, message = BAD_INDEXES[case]
    rewrite(fake_zoo.root / "index.json", change)
    with pytest.raises(ZooError, match=message):
        Registry(fake_zoo.root)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_an_index_that_is_no_index_is_refused(fake_zoo, data):
    (fake_zoo.root / "index.json").write_bytes(data)
    with pytest.raises(ZooError, match=r"index\.json is damaged"):
        Registry(fake_zoo.root)


def test_an_index_that_calls_a_model_something_else_is_refused(fake_zoo):
    rewrite(fake_zoo.root / "index.json", lambda index: index["models"][ID].update(family="rnn"))
    with pytest.raises(ZooError, match=r"config.json describes digits-cnn \(digits, cnn\)"):
        Registry(fake_zoo.root).load(ID)


def test_an_index_that_flatters_a_model_does_not_verify(fake_zoo):
    rewrite(fake_zoo.root / "index.json", lambda index: index["models"][ID].update(accuracy=1.0))
    with pytest.raises(ZooError, match="tell different stories"):
        Registry(fake_zoo.root).verify(ID)


def test_a_link_out_of_the_registry_is_refused(fake_zoo, tmp_path):
    path = fake_zoo.root / ID / "config.json"
    (tmp_path / "outside.json").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "outside.json")
    with pytest.raises(ZooError, match="leads out of the registry"):
        fake_zoo.config(ID)


def test_a_linked_model_folder_is_refused_too(fake_zoo, tmp_path):
    (fake_zoo.root / ID).rename(tmp_path / "elsewhere")
    (fake_zoo.root / ID).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ZooError, match="leads out of the registry"):
        fake_zoo.config(ID)


def test_an_unknown_id_names_the_nearest(fake_zoo):
    with pytest.raises(ZooError, match=r"no model 'digit-cnn' .* did you mean digits-cnn\?"):
        fake_zoo.load("digit-cnn")


def test_a_folder_without_an_index_is_no_registry(tmp_path):
    with pytest.raises(ZooError, match=r"is no model registry.*--zoo"):
        open_registry(tmp_path)


def test_hub_registries_are_refused_with_what_to_do():
    with pytest.raises(ZooError, match="download it"):
        open_registry("hf-hub:someone/zoo")


def test_a_folder_that_is_not_named_as_its_model_is_not_indexed(fake_zoo):
    (fake_zoo.root / ID).rename(fake_zoo.root / "other")
    with pytest.raises(ZooError, match=r"other: its config\.json says 'digits-cnn'"):
        build_index(fake_zoo.root)


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_model_whose_answer_is_not_finite_does_not_verify(fake_families, tmp_path):
    registry = fakes.build_zoo(tmp_path, fakes.config("cnn", model={"scale": 1e308}))
    with pytest.raises(ZooError, match="unusable logits"):
        registry.verify(ID)
