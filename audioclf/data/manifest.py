"""manifest.csv, the list of a data set's recordings, and the lists that come with the program."""

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
    """Rows of a list that comes with the program, as objects of `kind`."""
    with open(LISTS / f"{name}.csv", newline="", encoding="utf-8") as file:
        return tuple(kind(**row) for row in csv.DictReader(file))


def known_clips(name: str) -> dict[str, dict[str, str]]:
    """Rows of a list of recordings, by the stem of their files."""
    rows: tuple[dict[str, str], ...] = listed(name, dict)
    return {row.pop("clip"): row for row in rows}


def rows_of(manifest: Path) -> list[dict[str, str]]:
    """Rows of a manifest, "" for a missing value; DataError if it is no table or a row names no file."""
    name = f"{manifest.parent.name}/{manifest.name}"
    try:
        # Spreadsheets write a byte-order mark, which "utf-8-sig" passes over.
        with open(manifest, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{name} cannot be read ({error}); save it as CSV with commas, in UTF-8") from error
    if rows and "file" not in rows[0]:
        raise DataError(
            f"{name} has no column file; is it a list of recordings, with commas between its columns?"
        )
    if nameless := [i for i, row in enumerate(rows, 2) if not row["file"] or "\0" in row["file"]]:
        raise DataError(f"{name} names no file in row {nameless[0]}; remove the row, or name one")
    return rows


def write_manifest(folder: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    """Write the manifest of `folder`. Call this last: a folder with a manifest counts as complete."""
    with unfinished(folder / MANIFEST) as half, open(half, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
