"""A data set whose recordings are single windows of another data set's recordings, for a split by window."""

from dataclasses import dataclass, replace

import numpy as np

from audioclf import audio
from audioclf.data.datasets import Dataset
from audioclf.types import Clip

COLUMN, N_FOLDS = "window_fold", 5


@dataclass(frozen=True)
class WindowDataset(Dataset):
    """starts: (n_items,) start of each window in its recording, in seconds. owners: index of that recording."""

    starts: tuple[float, ...] = ()
    owners: tuple[int, ...] = ()

    def load(self, i: int) -> Clip:
        """Load window `i` at the task's sample rate."""
        return audio.cut(super().load(i), self.starts[i], self.task.clip_seconds)


def split_into_windows(dataset: Dataset, seed: int) -> WindowDataset:
    """Cut the recordings into adjacent windows, leave out silent ones, and deal them to folds at random.

    Windows do not overlap, but windows of one recording are in different folds, named in column COLUMN.
    """
    places = [(i, start) for i in range(len(dataset.items)) for start in _starts(dataset, i)]
    folds = np.random.default_rng(seed).permutation(np.arange(len(places)) % N_FOLDS)
    items = [dataset.items[i] for i, _ in places]
    rows = [{**item.row, COLUMN: str(fold)} for item, fold in zip(items, folds, strict=True)]
    return WindowDataset(
        dataset.task,
        tuple(replace(item, row=row) for item, row in zip(items, rows, strict=True)),
        dataset.extras,
        starts=tuple(start for _, start in places),
        owners=tuple(i for i, _ in places),
    )


def _starts(dataset: Dataset, i: int) -> list[float]:
    clip, seconds = dataset.load(i), dataset.task.clip_seconds
    if clip.seconds <= seconds:
        return [(clip.seconds - seconds) / 2]
    starts = [k * seconds for k in range(int(clip.seconds / seconds))]
    loud = [start for start in starts if not audio.is_silent(audio.cut(clip, start, seconds))]
    return loud or starts[:1]
