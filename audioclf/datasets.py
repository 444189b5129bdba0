"""Training sets on disk: their manifests, and the splits by which they are judged."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.tasks import Protocol, Task
from audioclf.types import Clip, DataError

DATA_VARIABLE = "AUDIOCLF_DATA"
FSDD_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.(wav|flac)")
FSDD_TEST_TAKES = range(5)


@dataclass(frozen=True)
class Item:
    """One recording: where it is, what it holds, and its manifest row (speaker, split, fold …)."""

    file: Path
    label: str
    row: dict[str, str]


@dataclass(frozen=True)
class Dataset:
    """The recordings of a task, in the order of the manifest.

    extras: sounds of other data sets that every fold learns from; their label is "" where it is not the task's.
    """

    task: Task
    items: tuple[Item, ...]
    extras: tuple[Item, ...] = ()

    @property
    def targets(self) -> NDArray[np.int64]:
        index = {label: i for i, label in enumerate(self.task.labels)}
        return np.array([index[item.label] for item in self.items])

    def load(self, i: int) -> Clip:
        """The recording at the task's sample rate."""
        return self._load(self.items[i])

    def load_extra(self, i: int) -> Clip:
        """The extra sound at the task's sample rate."""
        return self._load(self.extras[i])

    def _load(self, item: Item) -> Clip:
        return _decoded(item.file, self.task.sample_rate)

    def folds(self, protocol: Protocol) -> dict[str, NDArray[np.bool_]]:
        """Fold name -> which items are held out. What is not held out is trained on."""
        values = np.array([item.row[protocol.column] for item in self.items])
        names = protocol.hold_out or tuple(sorted(set(values)))
        return {str(name): values == name for name in names}


@lru_cache(maxsize=4)  # a pool asks for the same recording many times in a row
def _decoded(file: Path, sample_rate: int) -> Clip:
    return audio.resample(audio.load_clip(file), sample_rate)


def read(task: Task, data: str | Path | None = None) -> Dataset:
    """The task's data set below the folder `data` (default: $AUDIOCLF_DATA).

    Read from `<data>/<task>/manifest.csv`, or from a checkout of the Free Spoken Digit Dataset as published.
    DataError says what is missing and where to get it.
    """
    root = data_folder(task, data)
    for folder in (root / task.name, root):
        if (folder / "manifest.csv").is_file():
            return replace(_from_manifest(task, folder), extras=_extras(task, root))
        if task.name == "digits" and (folder / "recordings").is_dir():
            return replace(_from_fsdd(task, folder / "recordings"), extras=_extras(task, root))
    raise DataError(
        f"{root.name or root} holds neither {task.name}/manifest.csv nor the data as published; {_how_to_get(task)}"
    )


def data_folder(task: Task, data: str | Path | None = None) -> Path:
    """The folder given, or that of the environment; DataError when there is neither."""
    given = data or os.environ.get(DATA_VARIABLE)
    if not given:
        how = f"pass --data FOLDER or set {DATA_VARIABLE}"
        raise DataError(f"no data folder given: {how}; {_how_to_get(task)}")
    return Path(given)


def others(task: Task, root: Path) -> list[list[Path]]:
    """The recordings of every other data set below `root`, in the order of their manifests."""
    manifests = [path for path in sorted(root.glob("*/manifest.csv")) if path.parent.name != task.name]
    return [[path.parent / row["file"] for row in _rows(path)] for path in manifests]


def _extras(task: Task, root: Path) -> tuple[Item, ...]:
    items: list[Item] = []
    for extra in task.extras:
        manifest = root / extra.dataset / "manifest.csv"
        if not manifest.is_file():
            raise DataError(
                f"{task.name} is also learnt from {extra.dataset}, which is not in {root.name or root}; "
                f"get it with `audioclf data get {extra.dataset}`"
            )
        rows = (row for row in _rows(manifest) if all(row.get(k) in v for k, v in extra.where.items()))
        for row in rows:
            label = row.get("label", "") if row.get("label") in task.labels else ""
            items += [Item(manifest.parent / row["file"], label, row)] * extra.copies
    return tuple(items)


def _how_to_get(task: Task) -> str:
    return f"the {task.dataset} is at {task.home}"


def _from_manifest(task: Task, folder: Path) -> Dataset:
    rows = _rows(folder / "manifest.csv")
    return _checked(task, [Item(folder / row["file"], row.get("label", ""), row) for row in rows])


def _rows(manifest: Path) -> list[dict[str, str]]:
    with open(manifest, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and "file" not in rows[0]:
        raise DataError(
            f"{manifest.parent.name}/{manifest.name} has no column file; is it a list of recordings?"
        )
    return rows


def _from_fsdd(task: Task, folder: Path) -> Dataset:
    items = []
    for path in sorted(folder.iterdir()):
        if match := FSDD_NAME.fullmatch(path.name):
            split = "test" if int(match["take"]) in FSDD_TEST_TAKES else "train"
            label = task.labels[int(match["digit"])]
            items.append(Item(path, label, {"label": label, "speaker": match["speaker"], "split": split}))
    return _checked(task, items)


def _checked(task: Task, items: list[Item]) -> Dataset:
    columns = {"file", "label"} if not items else set(items[0].row)
    needed = {"label", *(protocol.column for protocol in task.protocols)}
    if missing := needed - columns:
        raise DataError(f"the {task.name} manifest has no column {', '.join(sorted(missing))}")
    if strange := {item.label for item in items} - set(task.labels):
        raise DataError(
            f"the {task.name} data has labels that are not the task's: {', '.join(sorted(strange))}"
        )
    if absent := [item.file.name for item in items if not item.file.is_file()]:
        raise DataError(
            f"{len(absent)} recordings of the {task.name} manifest are missing, {absent[0]} first"
        )
    if len({item.label for item in items}) < len(task.labels):
        raise DataError(
            f"the {task.name} data lacks recordings of some labels; get it again: {_how_to_get(task)}"
        )
    return Dataset(task, tuple(items))
