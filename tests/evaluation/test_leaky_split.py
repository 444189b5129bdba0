"""Windows as recordings: every audible window once, and each recording in several folds."""

import numpy as np
import pytest
import soundfile
import sounds

from audioclf import audio
from audioclf.data.datasets import Dataset, Item
from audioclf.evaluation.leaky_split import COLUMN, N_FOLDS, split_into_windows
from audioclf.tasks import INSTRUMENTS
from audioclf.types import Clip

SECONDS = INSTRUMENTS.clip_seconds


@pytest.fixture
def dataset(tmp_path):
    rate = INSTRUMENTS.sample_rate
    clips = [sounds.noise(s * SECONDS, rate, seed=k) for k, s in enumerate((3.5, 0.6, 4.0))]
    gap = clips[2].samples.copy()
    gap[round(SECONDS * rate) : round(2 * SECONDS * rate)] = 0
    clips[2] = Clip(gap, rate)
    items = []
    for i, clip in enumerate(clips):
        soundfile.write(tmp_path / f"{i}.wav", clip.samples, rate, subtype="FLOAT")
        items.append(Item(tmp_path / f"{i}.wav", "cello", {"fold": "1"}))
    return Dataset(INSTRUMENTS, tuple(items))


def test_windows_are_adjacent_and_silent_ones_are_left_out(dataset):
    found = split_into_windows(dataset, 0)
    starts = {i: [s for s, o in zip(found.starts, found.owners, strict=True) if o == i] for i in range(3)}
    assert starts[0] == [0, SECONDS, 2 * SECONDS]
    assert starts[1] == [pytest.approx(-0.2 * SECONDS)]
    assert starts[2] == [0, 2 * SECONDS, 3 * SECONDS]
    for i, (start, owner) in enumerate(zip(found.starts, found.owners, strict=True)):
        assert np.array_equal(found.load(i).samples, audio.cut(dataset.load(owner), start, SECONDS).samples)


def test_folds_have_equal_sizes_and_split_recordings(dataset):
    found = split_into_windows(dataset, 0)
    folds = np.array([item.row[COLUMN] for item in found.items])
    sizes = [int((folds == str(k)).sum()) for k in range(N_FOLDS)]
    assert sum(sizes) == len(found.items) and max(sizes) - min(sizes) <= 1
    assert len({fold for fold, owner in zip(folds, found.owners, strict=True) if owner == 0}) > 1
