"""The list of a data set's recordings: manifest.csv in its folder, a row each."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from audioclf.types import DataError
from audioclf.whole import unfinished

MANIFEST = "manifest.csv"


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
