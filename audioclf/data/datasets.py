"""Training sets on disk: their manifests, the splits by which they are judged, and what is foreign to them."""

import hashlib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.data.manifest import MANIFEST, known_clips, rows_of
from audioclf.data.own_folder import FoundRows, by_folder
from audioclf.data.published import LAYOUTS
from audioclf.tasks import TASKS, Protocol, Task, task_of
from audioclf.types import AudioclfError, Clip, DataError

DATA_VARIABLE = "AUDIOCLF_DATA"
# Roles of the sounds that a protocol of other data judges; "judged" ones do nothing else, "test" ones are also
# what models of other tasks should not know.
TEST_ROLES = ("test", "judged")
SOURCE_COLUMNS = (
    "speaker",
    "source",
)  # manifest columns; recordings that agree in one of them are no unknown_files


@dataclass(frozen=True)
class Item:
    """One recording: where it is, what it holds, and its manifest row (speaker, split, fold …).

    world: how copies of it are made, a key of augmentation.AUGMENTATIONS; "" for the way of the task.
    """

    file: Path
    label: str
    row: dict[str, str]
    augmentation: str = ""


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
        return targets(self.task, self.items)

    def load(self, i: int) -> Clip:
        """The recording at the task's sample rate."""
        return decoded(self.items[i].file, self.task.sample_rate)

    def load_extra(self, i: int) -> Clip:
        """The extra sound at the task's sample rate."""
        return decoded(self.extras[i].file, self.task.sample_rate)

    def same_source(self, i: int) -> int:
        """The first recording of the same source as the extra sound, which is held out with it; -1 for none."""
        if not (source := self.extras[i].row.get("source")):
            return -1
        return next((k for k, item in enumerate(self.items) if item.row.get("source") == source), -1)

    def folds(self, protocol: Protocol) -> dict[str, NDArray[np.bool_]]:
        """Fold name -> which items are held out. What is not held out is trained on."""
        values = np.array([item.row[protocol.column] for item in self.items])
        names = protocol.hold_out or tuple(sorted(set(values)))
        return {str(name): values == name for name in names}


def targets(task: Task, items: tuple[Item, ...]) -> NDArray[np.int64]:
    """Indices of the items' labels among those of the task."""
    index = {label: i for i, label in enumerate(task.labels)}
    return np.array([index[item.label] for item in items], dtype=np.int64)


@lru_cache(maxsize=4)  # a pool asks for the same recording many times in a row
def decoded(file: Path, sample_rate: int) -> Clip:
    """The sound of a file at `sample_rate`."""
    return audio.resample(audio.load_clip(file), sample_rate)


def fingerprint(file: Path) -> str:
    """16 hexadecimal digits that tell what a file holds from what another does, or what it held before."""
    stat = file.stat()
    return _fingerprint(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=100_000)  # a training asks again and again
def _fingerprint(file: Path, changed_ns: int, size: int) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest()


def choose(model_id: str, data: str | Path | None = None, like: str = "") -> tuple[Dataset, str]:
    """The data set and the family that an id "<task>-<family>" means.

    like: the task whose recipes are used for a folder of one's own, <data>/<label>/*.wav; its id is free.
    """
    if not like:
        task, family = task_of(model_id)
        return read(_with_recipe(task, family), data), family
    if like not in TASKS:
        raise AudioclfError(f"there is no task {like!r} to be like; there are {', '.join(TASKS)}")
    name, _, family = model_id.rpartition("-")
    if not name or name in TASKS or family not in TASKS[like].recipes:
        families = ", ".join(TASKS[like].recipes)
        raise AudioclfError(
            f"{model_id!r} cannot be the id of a model of your own; "
            f"give a new name and one of {families}: my-sounds-{next(iter(TASKS[like].recipes))}"
        )
    return _own(name, data_folder(TASKS[like], data), _with_recipe(TASKS[like], family)), family


def _with_recipe(task: Task, family: str) -> Task:
    """The task with what a family's recipe learns from besides."""
    recipe = task.recipes[family]
    return replace(
        task, extras=(*task.extras, *recipe.extras), background=(*task.background, *recipe.background)
    )


def read(task: Task, data: str | Path | None = None) -> Dataset:
    """The task's data set below the folder `data` (default: $AUDIOCLF_DATA).

    Read from `<data>/<task>/manifest.csv`, or as it was published: see `published.LAYOUTS`. The task of the result
    is the given one, or for another set of the same labels a variant of it with that set's own protocols.
    DataError says what is missing and where to get it.
    """
    root = data_folder(task, data)
    for folder in (root / task.name, root):
        if (folder / MANIFEST).is_file():
            rows = _completed(task, rows_of(folder / MANIFEST))
            items = [Item(folder / row["file"], row.get("label", ""), row) for row in rows]
            return Dataset(task, _checked(task, items), _extras(task, root))
        if found := _published(task, folder):
            return Dataset(found.task, _checked(found.task, _items(found)), _extras(found.task, root))
    raise DataError(
        f"{root.name or root} holds neither {task.name}/{MANIFEST} nor the data as published; {_how_to_get(task)}"
    )


def _published(task: Task, folder: Path) -> FoundRows | None:
    """The task's recordings in a folder that is one of the published layouts; None if it is none of them."""
    for layout in LAYOUTS.get(task.name, ()):
        if (folder / layout.sign).exists():
            return FoundRows(replace(task, **layout.changes), list(layout.rows(task, folder)))
    return None


def data_folder(task: Task, data: str | Path | None = None, other: str = "") -> Path:
    """The folder given, or that of the environment; DataError when there is neither.

    other: the data set that is wanted of it, if it is not the task's own.
    """
    given = data or os.environ.get(DATA_VARIABLE)
    if not given:
        how = f"pass --data FOLDER or set {DATA_VARIABLE}"
        raise DataError(f"no data folder given: {how}; {_get(other) if other else _how_to_get(task)}")
    return Path(given)


def other_test_items(task: Task, protocol: Protocol, root: Path) -> tuple[Item, ...]:
    """The sounds of another data set that a protocol judges: those with a label of the task and a role of TEST_ROLES.

    Empty where `root` does not hold that set: whoever trains on data of their own need not have it.
    """
    manifest = root / protocol.other / MANIFEST
    rows = rows_of(manifest) if manifest.is_file() else []
    rows = [row for row in rows if row.get("role") in TEST_ROLES and row.get("label") in task.labels]
    return tuple(Item(manifest.parent / row["file"], row["label"], row) for row in rows)


def unknown_files(dataset: Dataset, root: Path) -> dict[str, list[Path]]:
    """Sounds of the other data sets below `root` that none of the task's models has met, by data set.

    Left out are sounds with a label of the task, sounds learnt from, and sounds of the same speaker or source as
    one of those; of sets whose rows have a role, all but "test".
    """
    learnt = {item.file for item in dataset.extras}
    known = {
        (column, item.row[column])
        for item in dataset.extras
        for column in SOURCE_COLUMNS
        if item.row.get(column)
    }
    found: dict[str, list[Path]] = {}
    for manifest in sorted(root.glob(f"*/{MANIFEST}")):
        if manifest.parent.name == dataset.task.name:
            continue
        rows = [row for row in rows_of(manifest) if not any((c, row.get(c)) in known for c in SOURCE_COLUMNS)]
        rows = [row for row in rows if row.get("label") not in dataset.task.labels]
        rows = [row for row in rows if row.get("role", "test") == "test"]
        if files := [file for row in rows if (file := manifest.parent / row["file"]) not in learnt]:
            found[manifest.parent.name] = files
    return found


def _completed(task: Task, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """With what the task's list knows of recordings of that name besides."""
    if not task.source_list:
        return rows
    known = known_clips(task.source_list)
    return [{**known.get(Path(row["file"]).stem, _alone(row)), **row} for row in rows]


def _alone(row: dict[str, str]) -> dict[str, str]:
    """Of a recording of one's own, of which no list knows, the fold tells all there is."""
    return {"source_fold": row["fold"]} if "fold" in row else {}


def _own(name: str, root: Path, like: Task) -> Dataset:
    found = by_folder(name, root, like)
    return Dataset(found.task, _checked(found.task, _items(found)))


def _items(found: FoundRows) -> list[Item]:
    return [Item(path, row["label"], row) for path, row in found.rows]


def _extras(task: Task, root: Path) -> tuple[Item, ...]:
    items: list[Item] = []
    for extra in task.extras:
        manifest = root / extra.dataset / MANIFEST
        if not manifest.is_file():
            raise DataError(
                f"{task.name} is also learnt from {extra.dataset}, which is not in {root.name or root}; "
                f"{_get(extra.dataset)}"
            )
        rows = (row for row in rows_of(manifest) if all(row.get(k) in v for k, v in extra.where.items()))
        found = [_extra(manifest.parent, row, task, extra.augmentation) for row in rows]
        if absent := _absent(found):
            raise DataError(
                f"{len(absent)} sounds of {extra.dataset} are missing, {absent[0]} first; {_get(extra.dataset)}"
            )
        items += [item for item in found for _ in range(extra.copies)]
    return tuple(items)


def _extra(folder: Path, row: dict[str, str], task: Task, world: str) -> Item:
    label = row.get("label", "")
    return Item(folder / row["file"], label if label in task.labels else "", row, world)


def _how_to_get(task: Task) -> str:
    fetched = _get(task.name) if task.name in TASKS else "check the folder"
    return f"the {task.dataset} is at {task.home}; {fetched}" if task.home else fetched


def _get(dataset: str) -> str:
    return f"get it with `audioclf data get {dataset}`"


def _checked(task: Task, items: list[Item]) -> tuple[Item, ...]:
    columns = {"file", "label"} if not items else set(items[0].row)
    if missing := sorted(_needed(task) - columns):
        raise DataError(f"the {task.name} manifest has no column {', '.join(missing)}")
    if strange := {item.label for item in items} - set(task.labels):
        raise DataError(
            f"the {task.name} data has labels that are not the task's: {', '.join(sorted(strange))}"
        )
    if absent := _absent(items):
        raise DataError(
            f"{len(absent)} recordings of the {task.name} manifest are missing, {absent[0]} first"
        )
    if len({item.label for item in items}) < len(task.labels):
        raise DataError(
            f"the {task.name} data lacks recordings of some labels; get it again: {_how_to_get(task)}"
        )
    return tuple(items)


def _absent(items: list[Item]) -> list[str]:
    return [item.file.name for item in items if not item.file.is_file()]


def _needed(task: Task) -> set[str]:
    own = [protocol for protocol in task.protocols if not protocol.other]
    return {"label", *(p.column for p in own), *(p.group for p in own if p.group)}
