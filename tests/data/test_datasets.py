"""A data set is read, or refused with an error that names the problem; folds hold out whole groups."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import tiny_data

from audioclf import tasks
from audioclf.data import datasets
from audioclf.data.manifest import known_clips
from audioclf.tasks import DIGITS, TASKS, Extra, task_of
from audioclf.types import AudioclfError, DataError


@pytest.fixture
def data(tmp_path):
    return tiny_data.write_digits(tmp_path)


def test_a_manifest_is_read_in_its_order(data):
    dataset = datasets.read(DIGITS, data)
    assert len(dataset.items) == 10 * len(tiny_data.SPEAKERS) * tiny_data.TAKES
    assert dataset.items[0].label == "zero"
    assert dataset.targets.tolist() == sorted(dataset.targets.tolist())
    assert dataset.load(0).sample_rate == DIGITS.sample_rate


def test_known_clips_get_their_source_fold_and_others_keep_their_fold(tmp_path):
    folder = tmp_path / "instruments"
    folder.mkdir()
    clip, known = next(
        (clip, row) for clip, row in known_clips("instruments").items() if row["fold"] != row["source_fold"]
    )
    rows = [f"{clip}.wav,{known['label']},{known['fold']}"]
    rows += [f"{i}.wav,{label},{i % 5 + 1}" for i, label in enumerate(TASKS["instruments"].labels)]
    for row in rows:
        (folder / row.split(",")[0]).touch()
    (folder / "manifest.csv").write_text("\n".join(["file,label,fold", *rows]))
    items = datasets.read(replace(TASKS["instruments"], extras=()), tmp_path).items
    assert (items[0].row["fold"], items[0].row["source_fold"]) == (known["fold"], known["source_fold"])
    assert all(item.row["source_fold"] == item.row["fold"] for item in items[1:])


def test_a_recipe_can_add_extras_and_background_kinds(data, monkeypatch):
    plain, _ = datasets.choose("digits-cnn", data)
    more = replace(
        DIGITS.recipes["cnn"], extras=(Extra("voices", 3, {"speaker": ("robot",)}),), background=("rumble",)
    )
    patched = {"digits": replace(DIGITS, recipes={**DIGITS.recipes, "cnn": more})}
    for module in (tasks, datasets):
        monkeypatch.setattr(module, "TASKS", patched)
    richer, _ = datasets.choose("digits-cnn", data)
    assert richer.items == plain.items
    assert richer.extras[: len(plain.extras)] == plain.extras
    assert len(richer.extras) - len(plain.extras) == 3 * 2 * len(DIGITS.labels)
    assert richer.task.background == (*plain.task.background, "rumble")


def test_the_environment_variable_names_the_data_folder(data, monkeypatch):
    monkeypatch.setenv(datasets.DATA_VARIABLE, str(data))
    assert len(datasets.read(DIGITS).items) == len(datasets.read(DIGITS, data).items)


def test_leave_one_speaker_out_holds_out_every_recording_once(data):
    folds = datasets.read(DIGITS, data).folds(DIGITS.protocols[0])
    assert set(folds) == set(tiny_data.SPEAKERS)
    assert (sum(held_out.astype(int) for held_out in folds.values()) == 1).all()


def test_a_checkout_of_the_published_digits_is_read(tmp_path):
    tiny_data.write_voices(tmp_path)
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for digit in range(10):
        for take in (0, 4, 5):
            soundfile.write(recordings / f"{digit}_theo_{take}.wav", np.zeros(100), 8000)
    (recordings / "notes.txt").write_text("not a recording")
    dataset = datasets.read(DIGITS, tmp_path)
    assert len(dataset.items) == 30
    assert {item.row["split"] for item in dataset.items if "_5" in item.file.name} == {"train"}
    assert {item.row["split"] for item in dataset.items if "_4" in item.file.name} == {"test"}


def test_missing_data_is_reported_with_the_place_to_get_it(data, tmp_path, monkeypatch):
    monkeypatch.delenv(datasets.DATA_VARIABLE, raising=False)
    with pytest.raises(DataError, match=f"--data FOLDER or set {datasets.DATA_VARIABLE}.*{DIGITS.home}"):
        datasets.read(DIGITS)
    with pytest.raises(DataError, match="holds neither digits"):
        datasets.read(DIGITS, tmp_path / "digits" / "audio")
    next((data / "digits" / "audio").iterdir()).unlink()
    with pytest.raises(DataError, match="1 recordings of the digits manifest are missing"):
        datasets.read(DIGITS, data)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("file", "path", "no column file"),
        (",label,", ",word,", "no column label"),
        ("speaker", "person", "no column speaker"),
        (",zero,", ",zilch,", "labels that are not the task's: zilch"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(data, old, new, words):
    manifest = data / "digits" / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=words):
        datasets.read(DIGITS, data)


def test_a_set_without_some_label_is_refused(data):
    manifest = data / "digits" / "manifest.csv"
    lines = [line for line in manifest.read_text().splitlines() if ",nine," not in line]
    manifest.write_text("\n".join(lines))
    with pytest.raises(DataError, match="lacks recordings"):
        datasets.read(DIGITS, data)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_task_has_labels_sources_and_one_primary_protocol(task):
    assert len(set(task.labels)) == len(task.labels) > 1
    assert task.license and task.citation and task.home.startswith("https://")
    assert sum(protocol.primary for protocol in task.protocols) == 1
    assert task.pooling in ("loudest", "mean")


def test_an_unknown_id_is_refused_with_the_known_ids():
    assert task_of("digits-cnn") == (DIGITS, "cnn")
    with pytest.raises(AudioclfError, match=r"digits-svm.*digits-gmm, digits-cnn, digits-rnn"):
        task_of("digits-svm")
