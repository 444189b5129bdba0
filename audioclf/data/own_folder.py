"""A folder of your own sounds as a data set."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audioclf.data.manifest import MANIFEST, rows_of
from audioclf.data.sound_files import Found, is_litter, search
from audioclf.tasks import Protocol, Task
from audioclf.types import DataError
from audioclf.wording import counted, some_of, together

N_FOLDS = 5
MAX_LABELS = 150  # the confusion matrix of more would not fit into a model's config
MAX_LABEL_LENGTH = 80
# Folders that split a data set: never labels.
SPLIT = re.compile(
    r"(train|test|val|valid|dev|eval)(ing|idation|uation)?([ _-]?(set|data|split))?|fold[ _-]?\d+"
)

Row = tuple[Path, dict[str, str]]
# Files -> why each one that cannot be used cannot.
FindUnusable = Callable[[Sequence[Path]], Mapping[Path, str]]


@dataclass(frozen=True)
class FoundRows:
    """Recordings with their manifest rows, and the task adapted to them. notices: what was left out, in sentences."""

    task: Task
    rows: list[Row]
    notices: tuple[str, ...] = ()


def by_folder(name: str, root: Path, like: Task, find_unusable: FindUnusable = lambda files: {}) -> FoundRows:
    """Read a folder of your own sounds: the rows of its manifest.csv (file, label, fold), if it has one.

    Otherwise each subfolder is a label and each sound file below it an example. The sounds of each label are dealt
    to N_FOLDS folds at random, always in the same way for the same names. DataError says all that is wrong at once.
    """
    if not root.is_dir():
        raise DataError(f"there is no folder {root.name or root}; it should hold a folder for every label")
    is_listed = (root / MANIFEST).is_file()
    rows, notices = (_listed(name, root), []) if is_listed else _labelled(root)
    unusable = find_unusable([path for path, _ in rows])
    usable = [row for row in rows if row[0] not in unusable]
    if unusable:
        lines = [f"{path.relative_to(root).as_posix()}: {why}" for path, why in unusable.items()]
        notices.append("\n  ".join([f"left out {counted(len(lines), 'file')} that cannot be used:", *lines]))
    if problems := list(_problems(root, rows, usable, is_listed)):
        raise DataError(together([*problems, *(notices if unusable else [])]))
    rows = usable if is_listed else list(_dealt(usable))
    return FoundRows(_task(name, root, like, rows, is_listed), rows, tuple(notices))


def _task(name: str, root: Path, like: Task, rows: list[Row], is_listed: bool) -> Task:
    n_folds = len({row["fold"] for _, row in rows})
    title = f"{n_folds} folds by {'manifest' if is_listed else 'file'}"
    return replace(
        like,
        name=name,
        title=name.replace("-", " ").capitalize(),
        labels=tuple(sorted({row["label"] for _, row in rows})),
        extras=(),
        dataset="".join(c if c.isprintable() else "?" for c in root.resolve().name),
        home="",
        license="other",
        citation="",
        protocols=(Protocol("folds", title, "fold", primary=True),),
        leaky=False,
        source_list="",
    )


def _problems(root: Path, rows: list[Row], usable: list[Row], is_listed: bool) -> Iterator[str]:
    """All that is wrong with the labels and folds."""
    before, counts = (Counter(row["label"] for _, row in given) for given in (rows, usable))
    if lost := sorted(set(before) - set(counts)):
        yield f"no file of {some_of(lost)} can be used; repair the files, or remove the label"
    if splits := [label for label in before if SPLIT.fullmatch(label.lower())]:
        if len(splits) > 1 or len(before) < 2:
            yield (
                f"{some_of(sorted(splits))} look like the parts of a divided data set, not like labels; put one "
                f"folder for each label into {root.name or root}, with the sounds of all parts, or keep the parts "
                f"and list the files in {MANIFEST}, with the columns file, label and fold (the name of the part)"
            )
    elif len(before) < 2:
        yield (
            f"{root.name or root} has sounds of {len(before)} labels; at least two are needed: "
            "make a folder for each label and put its sounds in"
        )
    if len(before) > MAX_LABELS:
        yield f"there are {len(before)} labels; at most {MAX_LABELS} can be used: join some of them"
    for label, n in counts.items():
        if n < 2:
            yield f"{label} has {n} sound; at least 2 are needed, to train on and to test on"
    if bad := [label for label in before if not _is_plain(label, MAX_LABEL_LENGTH)]:
        yield (
            f"{some_of([ascii(label) for label in bad])} cannot be labels; "
            f"give each a printable name of 1 to {MAX_LABEL_LENGTH} characters"
        )
    if is_listed:
        yield from _problems_of_folds(usable)


def _problems_of_folds(rows: list[Row]) -> Iterator[str]:
    folds: dict[str, set[str]] = {}
    for _, row in rows:
        folds.setdefault(row["label"], set()).add(row["fold"])
    names = set().union(*folds.values())
    if bad := [name for name in names if not _is_plain(name, 40) or re.search(r'[/\\:*?"<>|]', name)]:
        yield f"{some_of([ascii(name) for name in bad])} cannot be folds; number them, or give them short plain names"
    if len(names) < 2:
        yield f"{MANIFEST} names one fold only; at least 2 are needed, to train on and to test on"
    elif alone := [label for label, own in folds.items() if len(own) < 2]:
        yield f"all sounds of {some_of(alone)} are in one fold; put some into another, to train on and to test on"


def _is_plain(word: str, most: int) -> bool:
    return 0 < len(word.strip()) == len(word) <= most and word.isprintable()


def _listed(name: str, root: Path) -> list[Row]:
    rows = rows_of(root / MANIFEST)
    if missing := {"label", "fold"} - set(rows[0] if rows else ()):
        raise DataError(
            f"{MANIFEST} has no column {', '.join(sorted(missing))}; it needs file, label and fold"
        )
    if twice := [file for file, n in Counter(row["file"] for row in rows).items() if n > 1]:
        raise DataError(f"{MANIFEST} names {some_of(twice)} more than once; remove all rows but one")
    inside = os.path.realpath(root)
    paths = {row["file"]: Path(os.path.realpath(root / row["file"])) for row in rows}
    if outside := [file for file, path in paths.items() if not path.is_relative_to(inside)]:
        raise DataError(
            f"{MANIFEST} names files outside the folder: {some_of(outside)}; move them into {root.name or root}"
        )
    if absent := [row["file"] for row in rows if not os.path.isfile(root / row["file"])]:
        n = counted(len(absent), "recording")
        raise DataError(f"{n} of the {name} manifest are missing, {some_of(absent)}; correct their names")
    return [(root / row["file"], row) for row in rows]


def _labelled(root: Path) -> tuple[list[Row], list[str]]:
    """The sounds in each folder of `root`, without a fold, and notices of what was left out.

    DataError for a folder that cannot be opened, or that has files but none of them a sound.
    """
    everything = search(root)
    names = [path.name for path in sorted(root.iterdir()) if path.is_dir() and not is_litter(path.name)]
    found = {name: search(root / name) for name in names}
    problems = [
        f"the folder {path.relative_to(root).as_posix()} cannot be opened ({reason}); check its permissions"
        for path, reason in everything.closed
    ]
    problems += [
        f"{name} holds {counted(len(of.others), 'file')}, but no sound ({some_of([p.name for p in of.others])}); "
        "save its sounds as WAV, FLAC or MP3, or take the folder away"
        for name, of in found.items()
        if of.others and not of.sounds
    ]
    if problems:
        raise DataError(together(problems))
    rows = [(path, {"label": name}) for name, of in found.items() for path in of.sounds]
    return rows, list(_left_out(root, everything, found))


def _left_out(root: Path, everything: Found, found: Mapping[str, Found]) -> Iterator[str]:
    """Notices of what is not in a label's folder, or is no sound."""
    if others := [path.relative_to(root).as_posix() for path in everything.others]:
        verb = "is" if len(others) == 1 else "are"
        yield f"skipped {counted(len(others), 'file')} that by name {verb} no sound: {some_of(others)}"
    if loose := [path.name for path in everything.sounds if path.parent == root]:
        yield f"skipped {counted(len(loose), 'sound')} outside the folders of the labels: {some_of(loose)}"
    if empty := [name for name, of in found.items() if not (of.sounds or of.others)]:
        yield f"skipped {counted(len(empty), 'empty folder')}: {some_of(empty)}"


def _dealt(rows: list[Row]) -> Iterator[Row]:
    """The rows with a fold each; the sounds of each label are spread evenly."""
    labels = list(dict.fromkeys(row["label"] for _, row in rows))
    files = [[path for path, row in rows if row["label"] == label] for label in labels]
    n_folds = min([N_FOLDS, *map(len, files)])
    for i, (label, own) in enumerate(zip(labels, files, strict=True)):
        order = np.random.default_rng(i).permutation(len(own))
        for path, place in zip(own, order, strict=True):
            yield path, {"label": label, "fold": str(place % n_folds + 1)}
