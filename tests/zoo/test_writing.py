"""A model is verified before it is added, and cards and index match the configs."""

import shutil

import pytest
from fake_hub import files_of

from audioclf.zoo.registry import open_registry
from audioclf.zoo.writing import stale

ID = "digits-cnn"
REPO = "anna/zoo"


def test_a_model_from_a_folder_is_added_with_index_and_cards(cli, fake_zoo, tmp_path):
    other = tmp_path / "other"
    status, out, _ = cli("zoo", "add", fake_zoo.root / ID, "--to", other)
    assert status == 0
    assert ID in out
    open_registry(other).verify(ID)
    assert stale(other) == []


def test_a_model_from_a_hub_is_added(cli, fake_zoo, tmp_path, online):
    online.add("ben/digits", files_of(fake_zoo.root / ID))
    assert cli("zoo", "add", "hf-hub:ben/digits", "--to", tmp_path / "other")[0] == 0
    assert open_registry(tmp_path / "other").entry(ID) == fake_zoo.entry(ID)


def test_a_damaged_model_is_not_added(cli, fake_zoo, tmp_path):
    (fake_zoo.root / ID / "model.safetensors").write_bytes(b"\x80weights")
    status, _, err = cli("zoo", "add", fake_zoo.root / ID, "--to", tmp_path / "other")
    assert status == 1
    assert "is a pickle" in err
    assert not (tmp_path / "other").exists()


def test_a_model_replaces_another_only_with_replace(cli, fake_zoo, tmp_path):
    shutil.copytree(fake_zoo.root / ID, tmp_path / "copy")
    status, _, err = cli("zoo", "add", tmp_path / "copy", "--to", fake_zoo.root)
    assert status == 1
    assert "--replace" in err
    assert cli("zoo", "add", tmp_path / "copy", "--to", fake_zoo.root, "--replace")[0] == 0


def test_a_model_cannot_be_added_to_a_hub(cli, fake_zoo):
    status, _, err = cli("zoo", "add", fake_zoo.root / ID, "--to", f"hf-hub:{REPO}")
    assert status == 1
    assert "not a folder to write to" in err


# card


@pytest.mark.parametrize("name", ["README.md", f"{ID}/README.md", "index.json"])
def test_stale_pages_are_found_and_rewritten(cli, fake_zoo, name):
    before = files_of(fake_zoo.root)
    assert cli("zoo", "card", "--check")[:2] == (0, "nothing is stale\n")
    (fake_zoo.root / name).write_bytes(b"old")
    status, out, _ = cli("zoo", "card", "--check")
    assert status == 1
    assert name in out
    assert cli("zoo", "card")[0] == 0
    assert files_of(fake_zoo.root) == before
