"""A folder of your own sounds as a data set."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audioclf.audio import is_sound_file
from audioclf.data.manifest import MANIFEST, rows_of
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
    """Read a folder of your own sounds: the rows of its manifest.csv (file, label, fold), if it has one.

    Otherwise each subfolder is a label and each sound file below it an example. The sounds of each label are dealt
    to N_FOLDS folds at random, always in the same way for the same names.
    """
    if not root.is_dir():
        raise DataError(f"there is no folder {root.name or root}; it should hold a folder for every label")
    is_listed = (root / MANIFEST).is_file()
    rows = _listed(root) if is_listed else list(_dealt(root))
    counts = Counter(row["label"] for _, row in rows)
    if len(counts) < 2:
        raise DataError(
            f"{root.name or root} has sounds of {len(counts)} labels; at least two are needed: "
            "make a folder for each label and put its sounds in"
        )
    label, fewest = counts.most_common()[-1]
    if fewest < 2:
        raise DataError(f"{label} has {fewest} sound; at least 2 are needed, to train on and to test on")
    n_folds = len({row["fold"] for _, row in rows})
    if n_folds < 2:
        raise DataError(f"{MANIFEST} names one fold only; at least 2 are needed, to train on and to test on")
    task = replace(
        like,
        name=name,
        title=name.replace("-", " ").capitalize(),
        labels=tuple(sorted(counts)),
        extras=(),
        dataset=root.resolve().name,
        home="",
        license="other",
        citation="",
        protocols=(
            Protocol(
                "folds", f"{n_folds} folds by {'manifest' if is_listed else 'file'}", "fold", primary=True
            ),
        ),
        leaky=False,
        source_list="",
    )
    return FoundRows(task, rows)


def _listed(root: Path) -> list[Row]:
    rows = rows_of(root / MANIFEST)
    if missing := {"label", "fold"} - set(rows[0] if rows else ()):
        raise DataError(
            f"{MANIFEST} has no column {', '.join(sorted(missing))}; it needs file, label and fold"
        )
    return [(root / row["file"], row) for row in rows]


def _dealt(root: Path) -> Iterator[Row]:
    folders = [folder for folder in sorted(root.iterdir()) if not folder.name.startswith(".")]
    sounds = [
        (folder.name, [path for path in sorted(folder.rglob("*")) if is_sound_file(path)])
        for folder in folders
    ]
    sounds = [(label, files) for label, files in sounds if files]
    n_folds = min([N_FOLDS, *(len(files) for _, files in sounds)])
    for i, (label, files) in enumerate(sounds):
        order = np.random.default_rng(i).permutation(len(files))
        for path, place in zip(files, order, strict=True):
            yield path, {"label": label, "fold": str(place % n_folds + 1)}
