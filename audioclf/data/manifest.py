"""The list of a data set's recordings: manifest.csv in its folder, a row each."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from audioclf.atomic import unfinished
from audioclf.types import DataError

MANIFEST = "manifest.csv"
LISTS = Path(__file__).with_name("lists")

T = TypeVar("T")


def listed(name: str, kind: Callable[..., T]) -> tuple[T, ...]:
    """The rows of a list that comes with the program, what of which package becomes what, as objects of a kind."""
    with open(LISTS / f"{name}.csv", newline="", encoding="utf-8") as file:
        return tuple(kind(**row) for row in csv.DictReader(file))


def known_clips(name: str) -> dict[str, dict[str, str]]:
    """The rows of a list of a data set's recordings, by the stem of their files."""
    rows: tuple[dict[str, str], ...] = listed(name, dict)
    return {row.pop("clip"): row for row in rows}


def rows_of(manifest: Path) -> list[dict[str, str]]:
    """The rows of a manifest. DataError for a file without the column that names recordings."""
    with open(manifest, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and "file" not in rows[0]:
        raise DataError(
            f"{manifest.parent.name}/{manifest.name} has no column file; is it a list of recordings?"
        )
    return rows


def write_manifest(folder: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    """Write the manifest of `folder`, last of all its files: a folder that has one is complete."""
    with unfinished(folder / MANIFEST) as half, open(half, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
