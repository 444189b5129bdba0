"""Published sets and your own folders are read as they are, and split by speaker or file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audioclf.data import datasets
from audioclf.tasks import DIGITS

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
