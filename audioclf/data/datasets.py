"""Data sets on disk: manifests, held-out folds, extra training sounds, and unknown sounds from other data sets."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.data.manifest import MANIFEST, known_clips, rows_of
from audioclf.data.own_folder import FindUnusable, FoundRows, by_folder
from audioclf.data.people import HOME, halves_of_takes, part
from audioclf.data.published import LAYOUTS
from audioclf.tasks import TASKS, Protocol, Task, task_of
from audioclf.types import AudioclfError, AudioError, Clip, DataError

DATA_VARIABLE = "AUDIOCLF_DATA"


@dataclass(frozen=True)
class Item:
    """One recording: its file, its label and its manifest row (speaker, split, fold …).

    augmentation: a key of augmentation.AUGMENTATIONS; "" for the task's own augmentation.
    """

    file: Path
    label: str
    row: dict[str, str]
    augmentation: str = ""


@dataclass(frozen=True)
class Dataset:
    """The recordings of a task, in the order of the manifest.

    extras: sounds of other data sets that every fold trains on; the label is "" if the task does not have it.
    notices: what was left out of a folder of your own sounds, in sentences.
    """

    task: Task
    items: tuple[Item, ...]
    extras: tuple[Item, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def targets(self) -> NDArray[np.int64]:
        return targets(self.task, self.items)

    def load(self, i: int) -> Clip:
        """Load recording `i` at the task's sample rate."""
        return decoded(self.items[i].file, self.task.sample_rate)

    def load_extra(self, i: int) -> Clip:
        """Load extra sound `i` at the task's sample rate."""
        return decoded(self.extras[i].file, self.task.sample_rate)

    def held_out_with(self, i: int) -> int:
        """Index of the recording together with which extra sound `i` is held out; -1 for none.

        It has the same source. A person of Speech Commands is held out with one of the groups of the primary
        protocol (`home_fold`): with its last recording.
        """
        row = self.extras[i].row
        if row.get("half"):
            return self._last_of_fold[self.home_fold(row["speaker"])]
        if not (source := row.get("source")):
            return -1
        return next((k for k, item in enumerate(self.items) if item.row.get("source") == source), -1)

    def home_fold(self, speaker: str) -> str:
        """The fold of the primary protocol whose model does not learn from this person of Speech Commands."""
        names = list(self._last_of_fold)
        return names[part(speaker, len(names))]

    @cached_property
    def _last_of_fold(self) -> dict[str, int]:
        """Index of the last recording of each fold of the primary protocol: no other protocol holds it out."""
        primary = next(protocol for protocol in self.task.protocols if protocol.primary)
        return {name: int(np.flatnonzero(mask)[-1]) for name, mask in self.folds(primary).items()}

    def folds(self, protocol: Protocol) -> dict[str, NDArray[np.bool_]]:
        """Fold name -> mask of the held-out items; the fold trains on all other items."""
        values = np.array([item.row[protocol.column] for item in self.items])
        names = protocol.hold_out or tuple(sorted(set(values)))
        return {str(name): values == name for name in names}


def targets(task: Task, items: tuple[Item, ...]) -> NDArray[np.int64]:
    """Index of each item's label in the task's labels."""
    index = {label: i for i, label in enumerate(task.labels)}
    return np.array([index[item.label] for item in items], dtype=np.int64)


@lru_cache(maxsize=4)  # a pool asks for the same recording many times in a row
def decoded(file: Path, sample_rate: int) -> Clip:
    """Decode a file and resample it to `sample_rate`. AudioError with the file's folder, too."""
    try:
        return audio.resample(audio.load_clip(file), sample_rate)
    except AudioError as error:
        raise AudioError(f"{file.parent.name}/{file.name}: {error}") from error


def fingerprint(file: Path) -> str:
    """Hash of a file's content, 16 hexadecimal digits."""
    stat = file.stat()
    return _fingerprint(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=100_000)  # every training hashes the same files
def _fingerprint(file: Path, changed_ns: int, size: int) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest()


def choose(
    model_id: str,
    data: str | Path | None = None,
    like: str = "",
    find_unusable: FindUnusable = lambda files: {},
) -> tuple[Dataset, str]:
    """The data set and the family of an id "<task>-<family>".

    like: the task whose recipes train on a folder of your own sounds, <data>/<label>/*.wav, under a new name.
    find_unusable: finds recordings in that folder that must be left out.
    """
    if not like:
        task, family = task_of(model_id)
        return read(_with_recipe(task, family), data), family
    name, family = own_name(model_id, like)
    task = _with_recipe(TASKS[like], family)
    found = by_folder(name, data_folder(TASKS[like], data), task, find_unusable)
    return Dataset(found.task, _checked(found.task, _items(found)), notices=found.notices), family


def own_name(model_id: str, like: str) -> tuple[str, str]:
    """The task's name and the family of a model of your own; AudioclfError says what the id must look like."""
    if like not in TASKS:
        raise AudioclfError(f"there is no task {like!r}; choose one of {', '.join(TASKS)}")
    name, _, family = model_id.rpartition("-")
    if not name or name in TASKS or family not in TASKS[like].recipes:
        families = ", ".join(TASKS[like].recipes)
        raise AudioclfError(
            f"{model_id!r} cannot be the id of a model of your own; "
            f"give a new name and one of {families}: my-sounds-{next(iter(TASKS[like].recipes))}"
        )
    return name, family


def _with_recipe(task: Task, family: str) -> Task:
    """The task with the additional extras and background kinds of a family's recipe."""
    recipe = task.recipes[family]
    return replace(
        task, extras=(*task.extras, *recipe.extras), background=(*task.background, *recipe.background)
    )


def read(task: Task, data: str | Path | None = None) -> Dataset:
    """Read the task's data set below the folder `data` (default: $AUDIOCLF_DATA).

    Reads `<data>/<task>/manifest.csv` or one of the `published.LAYOUTS`. A published set with the same labels has
    its own protocols in the result's task. DataError says what is missing and where to get it.
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
        f"{root.name or root} holds neither {task.name}/{MANIFEST} nor the published data set; {_how_to_get(task)}"
    )


def _published(task: Task, folder: Path) -> FoundRows | None:
    """The task's recordings if the folder has one of the published layouts, else None."""
    for layout in LAYOUTS.get(task.name, ()):
        if (folder / layout.sign).exists():
            return FoundRows(replace(task, **layout.changes), list(layout.rows(task, folder)))
    return None


def data_folder(task: Task, data: str | Path | None = None, other: str = "") -> Path:
    """The given folder, or $AUDIOCLF_DATA; DataError if neither is set.

    other: the data set that the error names, if it is not the task's own.
    """
    return given_folder(data, f"; {_hint(other) if other else _how_to_get(task)}")


def given_folder(data: str | Path | None, advice: str = "") -> Path:
    """The given folder, or $AUDIOCLF_DATA; DataError, with `advice` at its end, if neither is set."""
    if not (given := data or os.environ.get(DATA_VARIABLE)):
        raise DataError(f"no data folder given: pass --data FOLDER or set {DATA_VARIABLE}{advice}")
    return Path(given)


def _completed(task: Task, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Add the columns of the task's source list to the rows of its recordings."""
    if not task.source_list:
        return rows
    known = known_clips(task.source_list)
    return [{**known.get(Path(row["file"]).stem, _unlisted(row)), **row} for row in rows]


def _unlisted(row: dict[str, str]) -> dict[str, str]:
    """Columns of a recording that the source list lacks: its fold counts as the fold of its source."""
    return {"source_fold": row["fold"]} if "fold" in row else {}


def _items(found: FoundRows) -> list[Item]:
    return [Item(path, row["label"], row) for path, row in found.rows]


def _extras(task: Task, root: Path) -> tuple[Item, ...]:
    items: list[Item] = []
    for extra in task.extras:
        recordings = _with_half(recordings_of(task, root / extra.dataset), extra.dataset)
        found = [
            replace(item, augmentation=extra.augmentation)
            for item in recordings
            if all(item.row.get(k) in v for k, v in extra.where.items())
        ]
        if not found:
            raise DataError(
                f"{task.name} also trains on {extra.dataset}, and {root.name or root} has none of the recordings "
                f"of it that are needed; {_hint(extra.dataset)}"
            )
        if absent := _absent(found):
            raise DataError(
                f"{len(absent)} sounds of {extra.dataset} are missing, {absent[0]} first; {_hint(extra.dataset)}"
            )
        items += [item for item in found for _ in range(extra.copies)]
    return tuple(items)


def recordings_of(task: Task, folder: Path) -> Iterator[Item]:
    """Recordings of another data set, from its manifest, else as it was published; none if there is neither.

    The label is "" if the task does not have it.
    """
    if (folder / MANIFEST).is_file():
        for row in rows_of(folder / MANIFEST):
            label = row.get("label", "")
            yield Item(folder / row["file"], label if label in task.labels else "", row)
        return
    for layout in LAYOUTS.get(task.name, ()):
        if (folder / layout.sign).exists():
            yield from (Item(path, row["label"], row) for path, row in layout.rows(task, folder))
            others = layout.others(task, folder) if layout.others else ()
            yield from (Item(path, "", row) for path, row in others)


def _with_half(items: Iterator[Item], name: str) -> Iterator[Item]:
    """Of Speech Commands, the recordings that are used, each with the half of its speaker as a column."""
    if name != HOME:
        yield from items
        return
    halves = halves_of_takes()
    for item in items:
        row = item.row
        if half := halves.get((row["speaker"], row["label"], row["take"])):
            yield replace(item, row={**row, "half": half})


def _how_to_get(task: Task) -> str:
    fetched = _hint(task.name) if task.name in TASKS else "check the folder"
    return f"the {task.dataset} is at {task.home}; {fetched}" if task.home else fetched


def _hint(dataset: str) -> str:
    return f"get it with `audioclf data get {dataset}`"


def _checked(task: Task, items: list[Item]) -> tuple[Item, ...]:
    columns = {"file", "label"} if not items else set(items[0].row)
    if missing := sorted(_needed(task) - columns):
        raise DataError(f"the {task.name} manifest has no column {', '.join(missing)}")
    if unexpected := {item.label for item in items} - set(task.labels):
        raise DataError(
            f"the {task.name} data has labels that are not the task's: {', '.join(sorted(unexpected))}"
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
