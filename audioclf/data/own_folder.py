"""Data sets as they were published, and folders of one's own: where the recordings are and how to split them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from audioclf.audio import is_sound_file
from audioclf.tasks import Protocol, Task
from audioclf.types import DataError

N_FOLDS = 5
FSDD_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.(wav|flac)")
FSDD_TEST_TAKES = range(5)
AUDIOMNIST_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>\d+)_(?P<take>\d+)\.wav")
COMMAND_NAME = re.compile(r"(?P<speaker>[0-9a-f]+)_nohash_(?P<take>\d+)\.wav")
COMMAND_LISTS = {
    "testing_list.txt": "test",
    "validation_list.txt": "train",
}  # no epoch is chosen: more to learn

Row = tuple[Path, dict[str, str]]


@dataclass(frozen=True)
class Found:
    """The recordings with their manifest rows, and the task as it stands on them."""

    task: Task
    rows: list[Row]


def published(task: Task, folder: Path) -> Found | None:
    """The task's recordings in a folder that is one of the published layouts; None if it is none of them."""
    for layout in LAYOUTS.get(task.name, ()):
        if (folder / layout.sign).exists():
            return Found(replace(task, **layout.changes), list(layout.rows(task, folder)))
    return None


def by_folder(name: str, root: Path, like: Task) -> Found:
    """A folder of one's own: every folder in it is a label, every sound file below that an example of it.

    The sounds of each label are dealt to N_FOLDS folds at random, always alike for the same names.
    """
    if not root.is_dir():
        raise DataError(f"there is no folder {root.name or root}; it should hold a folder for every label")
    sounds = {
        folder.name: [path for path in sorted(folder.rglob("*")) if is_sound_file(path)]
        for folder in sorted(root.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    }
    sounds = {label: files for label, files in sounds.items() if files}
    if len(sounds) < 2:
        raise DataError(
            f"{root.name or root} has sounds of {len(sounds)} labels; at least two are needed: "
            "make a folder for each label and put its sounds in"
        )
    label, fewest = min(((label, len(files)) for label, files in sounds.items()), key=lambda pair: pair[1])
    if fewest < 2:
        raise DataError(f"{label} has {fewest} sound; at least 2 are needed, to learn from and to judge on")
    task = replace(
        like,
        name=name,
        title=name.replace("-", " ").capitalize(),
        labels=tuple(sounds),
        extras=(),
        dataset=root.resolve().name,
        home="",
        license="other",
        citation="",
        protocols=(Protocol("folds", f"{min(N_FOLDS, fewest)} folds by file", "fold", primary=True),),
        leaky=False,
        known="",
    )
    return Found(task, list(_dealt(sounds, min(N_FOLDS, fewest))))


def _dealt(sounds: Mapping[str, list[Path]], n_folds: int) -> Iterator[Row]:
    for i, (label, files) in enumerate(sounds.items()):
        order = np.random.default_rng(i).permutation(len(files))
        for path, place in zip(files, order, strict=True):
            yield path, {"label": label, "fold": str(place % n_folds + 1)}


def _fsdd(task: Task, folder: Path) -> Iterator[Row]:
    for path in sorted((folder / "recordings").iterdir()):
        if match := FSDD_NAME.fullmatch(path.name):
            split = "test" if int(match["take"]) in FSDD_TEST_TAKES else "train"
            label = task.labels[int(match["digit"])]
            yield path, {"label": label, "speaker": match["speaker"], "split": split}


def _audiomnist(task: Task, folder: Path) -> Iterator[Row]:
    for path in sorted((folder / "data").glob("[0-9][0-9]/*.wav")):
        if match := AUDIOMNIST_NAME.fullmatch(path.name):
            fold = str((int(match["speaker"]) - 1) % N_FOLDS + 1)
            yield path, {"label": task.labels[int(match["digit"])], "speaker": match["speaker"], "fold": fold}


def _speech_commands(task: Task, folder: Path) -> Iterator[Row]:
    lists = {name: (folder / name).read_text("utf-8").split() for name in COMMAND_LISTS}
    split = {file: COMMAND_LISTS[name] for name, files in lists.items() for file in files}
    for label in task.labels:
        for path in sorted((folder / label).glob("*.wav")):
            if match := COMMAND_NAME.fullmatch(path.name):
                speaker = match["speaker"]
                side = split.get(f"{label}/{path.name}", "train")
                yield path, {"label": label, "speaker": speaker, "split": side}


@dataclass(frozen=True)
class Layout:
    """sign: what only this layout has in its folder. changes: fields of the task that are other on this data."""

    sign: str
    rows: Callable[[Task, Path], Iterator[Row]]
    changes: Mapping[str, Any]


AUDIOMNIST: Mapping[str, Any] = {
    "extras": (),
    "dataset": "AudioMNIST",
    "home": "https://github.com/soerenab/AudioMNIST",
    "license": "MIT",
    "citation": "S. Becker et al., Interpreting and explaining deep neural networks for classification of audio "
    "signals, arXiv:1807.03418",
    "protocols": (
        Protocol("speakers", "five folds of twelve speakers", "fold", primary=True, group="speaker"),
    ),
}
SPEECH_COMMANDS: Mapping[str, Any] = {
    "extras": (),
    "dataset": "Google Speech Commands v0.02, its ten digits",
    "home": "https://arxiv.org/abs/1804.03209",
    "license": "CC-BY-4.0",
    "citation": "P. Warden, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition, arXiv:1804.03209",
    "protocols": (
        Protocol(
            "official",
            "official test list, other speakers",
            "split",
            hold_out=("test",),
            primary=True,
            group="speaker",
        ),
    ),
}

LAYOUTS: Mapping[str, tuple[Layout, ...]] = {
    "digits": (
        Layout("recordings", _fsdd, {}),
        Layout("data/01", _audiomnist, AUDIOMNIST),
        Layout("testing_list.txt", _speech_commands, SPEECH_COMMANDS),
    ),
}
