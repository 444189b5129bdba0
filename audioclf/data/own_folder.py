"""A folder of your own sounds as a data set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audioclf.audio import is_sound_file
from audioclf.tasks import Protocol, Task
from audioclf.types import DataError

N_FOLDS = 5
Row = tuple[Path, dict[str, str]]


@dataclass(frozen=True)
class FoundRows:
    """Recordings with their manifest rows, and the task adapted to them."""

    task: Task
    rows: list[Row]


def by_folder(name: str, root: Path, like: Task) -> FoundRows:
    """Read a folder of your own sounds: each subfolder is a label, each sound file below it an example.

    Deals the sounds of each label to N_FOLDS folds at random, always in the same way for the same names.
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
        raise DataError(f"{label} has {fewest} sound; at least 2 are needed, to train on and to test on")
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
        source_list="",
    )
    return FoundRows(task, list(_dealt(sounds, min(N_FOLDS, fewest))))


def _dealt(sounds: Mapping[str, list[Path]], n_folds: int) -> Iterator[Row]:
    for i, (label, files) in enumerate(sounds.items()):
        order = np.random.default_rng(i).permutation(len(files))
        for path, place in zip(files, order, strict=True):
            yield path, {"label": label, "fold": str(place % n_folds + 1)}
