"""A registry gives only files that match its index; errors name the file or value."""

from dataclasses import replace

import fakes
import numpy as np
import pytest
from fakes import rewrite

from audioclf.types import ZooError
from audioclf.zoo.registry import BUNDLED, Registry, find, open_registry
from audioclf.zoo.writing import build_index

ID = "digits-cnn"


# Valid registries


def test_a_saved_model_loads_bit_for_bit(fake_zoo):
    config, model = fake_zoo.load(ID)
    assert replace(config, self_test=()) == fakes.config("cnn")
    for name, array in fakes.model(config).weights().items():
        np.testing.assert_array_equal(model.weights()[name], array)


def test_building_the_index_again_changes_nothing(fake_zoo):
    before = (fake_zoo.root / "index.json").read_bytes()
    build_index(fake_zoo.root)
    assert (fake_zoo.root / "index.json").read_bytes() == before


def test_ids_are_those_of_the_task(fake_zoo):
    assert fake_zoo.ids("digits") == fake_zoo.ids() == ["digits-cnn", "digits-gmm", "digits-rnn"]
    assert fake_zoo.ids("environment") == []
    assert fake_zoo.tasks() == ["digits"]


def test_the_index_shows_the_first_protocol_and_the_size_on_disk(fake_zoo):
    entry = fake_zoo.entry(ID)
    speaker = fakes.METRICS["protocols"]["speaker"]
    assert (entry.accuracy, list(entry.interval)) == (speaker["accuracy"], speaker["interval"])
    assert entry.size == sum(path.stat().st_size for path in (fake_zoo.root / ID).iterdir())


def test_name_location_and_card_of_a_registry_in_a_folder(fake_zoo):
    assert fake_zoo.name == f"models from {fake_zoo.root.name}"
    assert fake_zoo.whereabouts(ID) == "folder"
    assert fake_zoo.card(ID) == (fake_zoo.root / ID / "README.md").read_text("utf-8")
    fake_zoo.pull(ID, lambda *step: pytest.fail("there is nothing to pull into a folder"))
    assert Registry(BUNDLED).name == "bundled models"
    assert {Registry(BUNDLED).whereabouts(name) for name in Registry(BUNDLED).ids()} == {"bundled"}


def test_a_model_is_found_by_its_id_and_by_its_folder(fake_zoo):
    assert find(ID, fake_zoo) == (fake_zoo, ID)
    alone, model_id = find(fake_zoo.root / ID, fake_zoo)
    assert (alone.ids(), model_id) == ([ID], ID)
    alone.verify(ID)
    assert alone.entry(ID) == fake_zoo.entry(ID)


def test_stored_predictions_are_in_the_index_but_not_needed_to_load(fake_zoo):
    assert fake_zoo.predictions(ID) is None
    path = fake_zoo.root / ID / "predictions.json"
    path.write_text('{"schema_version": 1, "items": []}')
    registry = build_index(fake_zoo.root)
    assert registry.predictions(ID) == {"schema_version": 1, "items": []}
    registry.verify(ID)
    path.write_text("{}")
    registry.load(ID)
    with pytest.raises(ZooError, match=r"predictions\.json has 2 bytes"):
        registry.predictions(ID)


@pytest.mark.parametrize("data", ["{", "[1]", "[" * 100_000])
def test_damaged_predictions_are_refused(fake_zoo, data):
    (fake_zoo.root / ID / "predictions.json").write_text(data)
    with pytest.raises(ZooError, match=r"predictions\.json is damaged"):
        build_index(fake_zoo.root).predictions(ID)


# Invalid registries


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
    "newer schema": (lambda i: i.update(schema_version=9), "schema version 9 is not the 2"),
    "no hash": (lambda i: i["models"][ID]["files"]["config.json"].update(sha256=""), "no usable sha256"),
    "no size": (lambda i: i["models"][ID]["files"]["config.json"].update(size=0), "no usable sha256"),
    "size of words": (lambda i: i["models"][ID]["files"]["config.json"].update(size="1 kB"), "damaged"),
    "accuracy of words": (lambda i: i["models"][ID].update(accuracy="best"), "cannot be used: accuracy"),
    "more than all right": (lambda i: i["models"][ID].update(accuracy=2), "cannot be used"),
    "a number for a licence": (lambda i: i["models"][ID].update(license=3), "cannot be used"),
    "an interval upside down": (lambda i: i["models"][ID].update(interval=[0.9, 0.8]), "cannot be used"),
    "an interval beyond all": (lambda i: i["models"][ID].update(interval=[0.9, 1.1]), "cannot be used"),
    "half an interval": (lambda i: i["models"][ID].update(interval=[0.9]), "damaged"),
    "an interval of words": (
        lambda i: i["models"][ID].update(interval=["a", "b"]),
        "cannot be used: interval",
    ),
    "an interval of another kind": (lambda i: i["models"][ID].update(interval=7), "damaged"),
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
def test_a_file_that_is_no_index_is_refused(fake_zoo, data):
    (fake_zoo.root / "index.json").write_bytes(data)
    with pytest.raises(ZooError, match=r"index\.json is damaged"):
        Registry(fake_zoo.root)


def test_an_index_with_another_family_than_the_config_is_refused(fake_zoo):
    rewrite(fake_zoo.root / "index.json", lambda index: index["models"][ID].update(family="rnn"))
    with pytest.raises(ZooError, match=r"config.json describes digits-cnn \(digits, cnn\)"):
        Registry(fake_zoo.root).load(ID)


def test_an_index_with_another_accuracy_than_the_config_does_not_verify(fake_zoo):
    for change in (
        lambda index: index["models"][ID].update(accuracy=1.0),
        lambda index: index["models"][ID].update(interval=[0.99, 1.0]),
    ):
        rewrite(build_index(fake_zoo.root).root / "index.json", change)
        with pytest.raises(ZooError, match=r"does not match config\.json"):
            Registry(fake_zoo.root).verify(ID)


@pytest.mark.parametrize("name", [ID, f"{ID}/config.json"])
def test_a_link_out_of_the_registry_is_refused(fake_zoo, tmp_path, name):
    (fake_zoo.root / name).rename(tmp_path / "outside")
    (fake_zoo.root / name).symlink_to(tmp_path / "outside")
    with pytest.raises(ZooError, match="leads out of the registry"):
        fake_zoo.config(ID)


def test_the_error_for_an_unknown_id_suggests_a_similar_one(fake_zoo):
    with pytest.raises(ZooError, match=r"no model 'digit-cnn' .* did you mean digits-cnn\?"):
        fake_zoo.load("digit-cnn")


def test_a_folder_without_an_index_is_no_registry(tmp_path):
    with pytest.raises(ZooError, match=r"is no model registry.*check the name"):
        open_registry(tmp_path)


def test_a_folder_must_have_the_name_of_its_model(fake_zoo):
    (fake_zoo.root / ID).rename(fake_zoo.root / "other")
    with pytest.raises(ZooError, match=r"other: its config\.json says 'digits-cnn'"):
        build_index(fake_zoo.root)


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_model_with_infinite_logits_does_not_verify(fake_families, tmp_path):
    registry = fakes.build_zoo(tmp_path, fakes.config("cnn", model={"scale": 1e308}))
    with pytest.raises(ZooError, match="unusable logits"):
        registry.verify(ID)


def test_an_index_is_parsed_once_until_it_changes(fake_zoo, monkeypatch):
    from audioclf.zoo import index

    parsed = []
    monkeypatch.setattr(index, "_parse_entry", lambda name, values: parsed.append(name))
    fakes.rewrite(fake_zoo.root / "index.json", lambda content: content.update(changed=True))
    for _ in range(3):
        index.read_index(fake_zoo.root)
    assert len(parsed) == 3, "one for each model"
