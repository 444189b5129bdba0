"""The recordings of a task's data set, where it is on this machine."""

from dataclasses import replace

from audioclf.data.datasets import Item, read
from audioclf.tasks import TASKS
from audioclf.types import DataError


def local_recordings(task: str) -> dict[str, Item]:
    """File name, as stored with a model's answers -> recording; empty if $AUDIOCLF_DATA lacks the data set."""
    if task not in TASKS:
        return {}
    try:
        # A recording can be played without the extra training data.
        items = read(replace(TASKS[task], extras=())).items
    except DataError:
        return {}
    return {item.row.get("file") or item.file.name: item for item in items}
