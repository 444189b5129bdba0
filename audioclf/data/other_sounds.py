"""Sounds of other data sets that test a model: with its labels, or with none of them."""

from pathlib import Path

from audioclf.data.datasets import Dataset, Item
from audioclf.data.manifest import MANIFEST, rows_of
from audioclf.tasks import Protocol, Task

# Roles of sounds that test a model on another data set. "test" sounds also serve as unknown sounds for other tasks.
TEST_ROLES = ("test", "judged")
# Manifest columns: a sound that shares one of these values with a training sound is not an unknown sound.
SOURCE_COLUMNS = ("speaker", "source")


def other_test_items(task: Task, protocol: Protocol, root: Path) -> tuple[Item, ...]:
    """Test sounds of the data set `protocol.other`: those with a label of the task and a role of TEST_ROLES.

    Empty if `root` does not hold that data set, which is optional.
    """
    manifest = root / protocol.other / MANIFEST
    rows = rows_of(manifest) if manifest.is_file() else []
    rows = [row for row in rows if row.get("role") in TEST_ROLES and row.get("label") in task.labels]
    return tuple(Item(manifest.parent / row["file"], row["label"], row) for row in rows)


def unknown_files(dataset: Dataset, root: Path) -> dict[str, list[Path]]:
    """Unknown sounds for the task's models, by data set: files of the other data sets below `root`.

    Leaves out sounds with a label of the task, extras of the data set, sounds that share a speaker or source with
    an extra, and sounds with a role other than "test".
    """
    extras = {item.file for item in dataset.extras}
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
        if files := [file for row in rows if (file := manifest.parent / row["file"]) not in extras]:
            found[manifest.parent.name] = files
    return found
