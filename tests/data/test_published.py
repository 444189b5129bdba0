"""Published sets and your own folders are read as they are, and split by speaker or file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import sounds

from audioclf.data import datasets
from audioclf.data.manifest import write_manifest
from audioclf.tasks import DIGITS, TASKS
from audioclf.types import AudioclfError, DataError

PLAIN = replace(DIGITS, extras=())


def write(path: Path, sample_rate: int = 16_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(sample_rate // 4), sample_rate)


@pytest.fixture
def audiomnist(tmp_path):
    for speaker in range(1, 11):
        for digit in range(10):
            write(tmp_path / "data" / f"{speaker:02}" / f"{digit}_{speaker:02}_0.wav", 48_000)
    return tmp_path


@pytest.fixture
def commands(tmp_path):
    """Three speakers; the third is on the test list, and one word is no digit."""
    files = [
        f"{word}/{who}_nohash_{take}.wav"
        for word in (*DIGITS.labels, "bed")
        for who in "abc"
        for take in (0, 1)
    ]
    for file in files:
        write(tmp_path / file)
    (tmp_path / "testing_list.txt").write_text("\n".join(file for file in files if "/c_" in file))
    (tmp_path / "validation_list.txt").write_text("\n".join(file for file in files if "/b_" in file))
    return tmp_path


def test_audiomnist_is_split_by_speaker(audiomnist):
    dataset = datasets.read(PLAIN, audiomnist)
    assert dataset.task.dataset == "AudioMNIST"
    assert dataset.task.labels == DIGITS.labels
    assert len(dataset.items) == 100
    assert dataset.load(0).sample_rate == DIGITS.sample_rate
    (protocol,) = dataset.task.protocols
    assert len(dataset.folds(protocol)) == 5
    assert_no_group_on_both_sides(dataset, protocol, "speaker")


def assert_no_group_on_both_sides(dataset, protocol, column):
    groups = np.array([item.row[column] for item in dataset.items])
    for held_out in dataset.folds(protocol).values():
        assert 0 < held_out.sum() < len(groups)
        assert not set(groups[held_out]) & set(groups[~held_out])


def test_speech_commands_hold_out_the_official_test_list(commands):
    dataset = datasets.read(PLAIN, commands)
    assert len(dataset.items) == 60
    (protocol,) = dataset.task.protocols
    (held_out,) = dataset.folds(protocol).values()
    assert {dataset.items[i].row["speaker"] for i in np.flatnonzero(held_out)} == {"c"}
    assert_no_group_on_both_sides(dataset, protocol, "speaker")


def test_speech_commands_are_listed_as_torchaudio_lists_them(commands, tmp_path_factory):
    from torchaudio.datasets import SPEECHCOMMANDS

    root = tmp_path_factory.mktemp("theirs")
    (root / "SpeechCommands").mkdir()
    (root / "SpeechCommands" / "speech_commands_v0.02").symlink_to(commands, target_is_directory=True)
    theirs = SPEECHCOMMANDS(root, subset="testing")
    listed = {theirs.get_metadata(i)[2:4] for i in range(len(theirs))}
    dataset = datasets.read(PLAIN, commands)
    (held_out,) = dataset.folds(dataset.task.protocols[0]).values()
    ours = {(dataset.items[i].label, dataset.items[i].row["speaker"]) for i in np.flatnonzero(held_out)}
    assert ours == {pair for pair in listed if pair[0] in DIGITS.labels}


def test_the_checksum_of_speech_commands_is_the_one_torchaudio_knows():
    from torchaudio.datasets import speechcommands

    from audioclf.data.published import SOURCES

    source = SOURCES["speech-commands"]
    assert speechcommands._CHECKSUMS[source.url] == source.sha256


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
    from audioclf.cli.classify import sounds_below

    endings = sorted({ending for ending, _ in sounds.CONTAINERS.values()})
    for label in ("owl", "crow"):
        for ending in (*endings, "MP4", "txt"):
            (tmp_path / label / f"sound-{ending}.{ending}").parent.mkdir(exist_ok=True)
            (tmp_path / label / f"sound-{ending}.{ending}").touch()
    dataset, _ = datasets.choose("my-birds-cnn", tmp_path, "environment")
    training = {str(item.file) for item in dataset.items}
    assert training == set(sounds_below([str(tmp_path)]))
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
        ({"file": "owl/gone.wav"}, "recordings of the my-birds manifest are missing, gone.wav"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(birds, changes, words):
    rows = [
        {"file": f"{label}/deeper/{i}.wav", "label": label, "fold": str(i), **changes}
        for label in ("owl", "crow")
        for i in range(2)
    ]
    write_rows(birds, [{key: value for key, value in row.items() if value is not None} for row in rows])
    with pytest.raises(DataError, match=words):
        datasets.choose("my-birds-cnn", birds, "environment")
