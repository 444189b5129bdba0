"""A folder of your own sounds is a data set, or refused with all that is wrong; nothing is left out unsaid."""

from pathlib import Path

import numpy as np
import pytest
import sounds

from audioclf.data import datasets
from audioclf.data.manifest import write_manifest
from audioclf.tasks import TASKS
from audioclf.types import AudioclfError, DataError


def write(path: Path) -> None:
    """An empty file: what is in it is checked elsewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.fixture
def birds(tmp_path):
    for label, n in (("owl", 7), ("crow", 5), ("great tit", 9)):
        for i in range(n):
            write(tmp_path / "birds" / label / "deeper" / f"{i}.wav")
    (tmp_path / "birds" / "notes.txt").write_text("no folder")
    (tmp_path / "birds" / "empty").mkdir()
    (tmp_path / "birds" / ".hidden").mkdir()
    return tmp_path / "birds"


def test_subfolders_of_your_own_folder_are_labels(birds):
    dataset, family = datasets.choose("my-birds-cnn", birds, "environment")
    task = dataset.task
    assert (task.name, family) == ("my-birds", "cnn")
    assert task.labels == ("crow", "great tit", "owl")
    assert (task.clip_seconds, task.pooling) == (TASKS["environment"].clip_seconds, "mean")
    assert task.dataset == "birds"
    assert len(dataset.items) == 21
    assert not dataset.extras


def test_classify_and_train_like_find_the_same_files_in_a_folder(tmp_path):
    """Both find every file with the ending of a readable container."""
    from audioclf.cli.files import sounds_below

    endings = sorted({ending for ending, _ in sounds.CONTAINERS.values()})
    for label in ("owl", "crow"):
        for ending in (*endings, "MP4", "txt"):
            (tmp_path / label / f"sound-{ending}.{ending}").parent.mkdir(exist_ok=True)
            (tmp_path / label / f"sound-{ending}.{ending}").touch()
    dataset, _ = datasets.choose("my-birds-cnn", tmp_path, "environment")
    training = {str(item.file) for item in dataset.items}
    assert training == {file for file, _ in sounds_below([str(tmp_path)])}
    assert len(training) == 2 * (len(endings) + 1)


def test_your_own_sounds_are_dealt_to_folds_evenly_and_reproducibly(birds):
    dataset, _ = datasets.choose("my-birds-cnn", birds, "environment")
    again, _ = datasets.choose("my-birds-gmm", birds, "environment")
    assert [item.row for item in dataset.items] == [item.row for item in again.items]
    (protocol,) = dataset.task.protocols
    folds = dataset.folds(protocol)
    assert len(folds) == 5
    assert (sum(held_out.astype(int) for held_out in folds.values()) == 1).all()
    for held_out in folds.values():
        assert {dataset.items[i].label for i in np.flatnonzero(held_out)} == set(dataset.task.labels)


def test_an_incomplete_folder_is_refused_with_the_reason(birds, tmp_path):
    with pytest.raises(DataError, match="no folder nowhere"):
        datasets.choose("my-birds-cnn", tmp_path / "nowhere", "environment")
    with pytest.raises(DataError, match="sounds of 1 labels; at least two"):
        datasets.choose("my-birds-cnn", tmp_path, "environment")
    write(birds / "heron" / "only.wav")
    with pytest.raises(DataError, match=r"heron has 1 sound"):
        datasets.choose("my-birds-cnn", birds, "environment")


@pytest.mark.parametrize(
    ("model_id", "like", "words"),
    [
        ("digits-cnn", "digits", "id of a model of your own"),
        ("birds", "digits", "id of a model of your own"),
        ("my-birds-svm", "digits", "one of gmm, cnn, rnn"),
        ("my-birds-cnn", "whales", r"no task 'whales'.*environment"),
    ],
)
def test_an_invalid_id_or_task_is_refused(birds, model_id, like, words):
    with pytest.raises(AudioclfError, match=words):
        datasets.choose(model_id, birds, like)


def write_rows(folder, rows):
    write_manifest(folder, tuple(rows[0]), rows)


def test_the_manifest_of_your_own_folder_decides_labels_and_folds(birds):
    """Recordings of one source stay in one fold, wherever the files are."""
    files = [("owl", "owl", i, "ab"[i < 3]) for i in range(5)] + [
        ("crow", "owl", 5, "a"),
        ("crow", "owl", 6, "b"),
    ]
    write_rows(birds, [{"file": f"{d}/deeper/{i}.wav", "label": k, "fold": f} for k, d, i, f in files])
    dataset, _ = datasets.choose("my-birds-cnn", birds, "environment")
    assert [(item.label, item.file.name, item.row["fold"]) for item in dataset.items] == [
        (label, f"{i}.wav", fold) for label, _, i, fold in files
    ]
    (protocol,) = dataset.task.protocols
    assert (sorted(dataset.folds(protocol)), dataset.task.labels) == (["a", "b"], ("crow", "owl"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fold": None}, "manifest.csv has no column fold"),
        ({"label": None}, "manifest.csv has no column label"),
        ({"file": None}, "has no column file"),
        ({"fold": "1"}, "one fold only; at least 2"),
        (
            {"file": "{label}/{i}.gone"},
            "4 recordings of the my-birds manifest are missing, owl/0.gone, owl/1",
        ),
        ({"file": "owl/deeper/0.wav"}, "names owl/deeper/0.wav more than once"),
        ({"file": ""}, "names no file in row 2"),
        ({"file": "../{label}{i}.wav"}, "files outside the folder: ../owl0.wav"),
        ({"file": "/etc/{label}{i}.wav"}, "files outside the folder: /etc/owl0.wav"),
        ({"label": ""}, "'' cannot be labels"),
        ({"fold": "a/{i}"}, "'a/[01]'.* cannot be folds"),
        ({"fold": "{label}"}, "all sounds of owl, crow are in one fold"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(birds, changes, words):
    rows = [
        {"file": f"{label}/deeper/{i}.wav", "label": label, "fold": str(i), **changes}
        for label in ("owl", "crow")
        for i in range(2)
    ]
    places = [{"label": label, "i": i} for label in ("owl", "crow") for i in range(2)]
    given = [
        {key: value.format(**place) for key, value in row.items() if value is not None}
        for row, place in zip(rows, places, strict=True)
    ]
    write_rows(birds, given)
    with pytest.raises(DataError, match=words):
        datasets.choose("my-birds-cnn", birds, "environment")


def test_a_manifest_from_a_spreadsheet_is_read(birds):
    rows = [f"{k}/deeper/{i}.wav,{k},{i}" for k in ("owl", "crow") for i in range(2)]
    (birds / "manifest.csv").write_text("\n".join(["file,label,fold", *rows]), "utf-8-sig")
    assert len(datasets.choose("my-birds-cnn", birds, "environment")[0].items) == 4
    (birds / "manifest.csv").write_text("file,label,fold\nowl/\u00fc.wav,owl,1", "latin-1")
    with pytest.raises(DataError, match=r"birds/manifest\.csv cannot be read .*UTF-8"):
        datasets.choose("my-birds-cnn", birds, "environment")


@pytest.mark.parametrize(
    "parts",
    [
        ("train", "test"),
        ("Training", "Validation", "Testing"),
        ("train", "val", "test"),
        ("fold1", "fold_2"),
        ("train",),
    ],
)
@pytest.mark.parametrize("inner", ["owl", ""])
def test_the_parts_of_a_divided_set_never_become_labels(tmp_path, parts, inner):
    for part in parts:
        for i in range(3):
            write(tmp_path / part / inner / f"{i}.wav")
    with pytest.raises(DataError, match=r"parts of a divided data set.*manifest\.csv"):
        datasets.choose("my-birds-cnn", tmp_path, "environment")


def test_a_single_label_may_be_called_train(tmp_path):
    for label in ("train", "bus"):
        for i in range(2):
            write(tmp_path / label / f"{i}.wav")
    assert datasets.choose("my-cars-cnn", tmp_path, "environment")[0].task.labels == ("bus", "train")


def test_what_is_left_out_is_said(birds):
    write(birds / "loose.wav")
    write(birds / "owl" / "readme.md")
    write(birds / "__MACOSX" / "owl" / "._0.wav")
    write(birds / "owl" / ".DS_Store")
    dataset, _ = datasets.choose("my-birds-cnn", birds, "environment")
    assert dataset.notices == (
        "skipped 2 files that by name are no sound: notes.txt, owl/readme.md",
        "skipped 1 sound outside the folders of the labels: loose.wav",
        "skipped 1 empty folder: empty",
    )
    assert "__MACOSX" not in dataset.task.labels


def test_unusable_recordings_are_left_out_and_named(birds):
    bad = {birds / "owl" / "deeper" / "3.wav": "too short", birds / "crow" / "deeper" / "0.wav": "damaged"}
    dataset, _ = datasets.choose("my-birds-cnn", birds, "environment", lambda files: bad)
    assert not {item.file for item in dataset.items} & set(bad)
    assert len(dataset.items) == 19
    assert "2 files that cannot be used:\n  owl/deeper/3.wav: too short\n  crow/deeper/0.wav: damaged" in str(
        dataset.notices
    ).replace("\\n", "\n")


def test_all_that_is_wrong_with_a_folder_is_said_at_once(birds):
    write(birds / "heron" / "only.wav")
    write(birds / "x\x07y" / "0.wav")
    owls = sorted((birds / "owl" / "deeper").iterdir())
    with pytest.raises(DataError) as caught:
        datasets.choose("my-birds-cnn", birds, "environment", lambda files: dict.fromkeys(owls, "damaged"))
    for words in (
        "no file of owl can be used",
        "heron has 1 sound",
        "'x\\x07y' cannot be labels",
        "6.wav: damaged",
    ):
        assert words in str(caught.value)


@pytest.mark.parametrize("name", ["voice.wma", "labels.csv"])
def test_a_folder_whose_files_are_no_sounds_is_no_silent_loss(birds, name):
    write(birds / "heron" / name)
    with pytest.raises(DataError, match=f"heron holds 1 file, but no sound \\({name}\\)"):
        datasets.choose("my-birds-cnn", birds, "environment")
