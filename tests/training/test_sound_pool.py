"""The pool depends only on its seed, and the rows of a fold contain nothing of a held-out recording."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import sounds
import tiny_data

from audioclf import processes
from audioclf.data import datasets
from audioclf.tasks import DIGITS, Extra
from audioclf.training import augmentation, background_sounds, sound_pool
from audioclf.types import Clip

TASK = replace(DIGITS, extras=(Extra("voices", 2, {"role": ("train",)}),))
LOG_MEL = {"type": "log_mel", "n_mels": 20}
COPIES = 2


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return datasets.read(TASK, tiny_data.write_digits(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def made(dataset, cache):
    stages = []
    made = sound_pool.make_pool(
        dataset, LOG_MEL, COPIES, 0, cache, lambda done, total, words: stages.append(words)
    )
    assert set(stages) == {"making the sounds", "extracting features"}
    return made


def test_two_trainings_that_make_the_same_pool_do_not_overwrite_each_other(tmp_path, monkeypatch):
    path, double = tmp_path / "rows.npy", partial(np.multiply, 2)

    def another_starts(done, total, words):
        if done == 1:
            sound_pool._fill(path, double, np.full((5, 1), 7), lambda *_: None, "")

    monkeypatch.setattr(sound_pool, "CHUNK", 2)
    sound_pool._fill(path, double, np.arange(5)[:, None], another_starts, "")
    assert np.load(path).ravel().tolist() == [0, 2, 4, 6, 8]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_an_interrupted_pool_goes_on_where_it_stopped(tmp_path, monkeypatch):
    path, made = tmp_path / "rows.npy", []
    inputs = np.arange(7)[:, None]

    def double(rows):
        made.extend(rows[:, 0].tolist())
        return 2 * rows

    def stop(done, total, words):
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(processes, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    monkeypatch.setattr(sound_pool, "CHUNK", 2)
    with pytest.raises(KeyboardInterrupt):
        sound_pool._fill(path, double, inputs, stop, "")
    assert not path.exists()
    half = next(tmp_path.iterdir())
    with half.open("ab") as file:
        file.write(b"row")  # as a killed process leaves it
    made.clear()
    told = []
    sound_pool._fill(path, double, inputs, lambda done, total, words: told.append((done, total)), "")
    assert np.load(path).ravel().tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert set(made) == {0, 4, 5, 6}, "the first tells the shape"
    assert told == [(3, 4), (4, 4)]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_half_made_pool_of_another_shape_is_made_anew(tmp_path, monkeypatch):
    path = tmp_path / "rows.npy"
    path.with_name("rows.npy.half").write_bytes(b"something else" * 50)
    sound_pool._fill(path, partial(np.multiply, 2), np.arange(5)[:, None], lambda *_: None, "")
    assert np.load(path, mmap_mode="r").ravel().tolist() == [0, 2, 4, 6, 8]


def test_cached_features_need_no_sounds(dataset, cache, made):
    next(cache.glob("sounds-*")).unlink()
    again = sound_pool.make_pool(
        dataset, LOG_MEL, COPIES, 0, cache, lambda *_: pytest.fail("made a second time")
    )
    assert np.array_equal(made.x, again.x)


def test_the_same_pool_is_made_again(dataset, made, monkeypatch, tmp_path):
    """By other processes or by threads."""
    monkeypatch.setattr(processes, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    again = sound_pool.make_pool(dataset, LOG_MEL, COPIES, 0, tmp_path, lambda *_: None)
    assert np.array_equal(made.x, again.x)


def test_the_pool_has_recordings_their_copies_background_and_extras(dataset, made):
    n_own = len(dataset.items) * (COPIES + 1)
    assert np.array_equal(made.targets[:n_own], np.repeat(dataset.targets, COPIES + 1))
    n_background = round(sound_pool.BACKGROUND_SHARE * len(DIGITS.background) * n_own)
    assert (made.targets[n_own : n_own + n_background] == len(DIGITS.labels)).all()
    extras = made.targets[n_own + n_background :]
    known = [DIGITS.labels.index(item.label) if item.label else len(DIGITS.labels) for item in dataset.extras]
    assert extras.tolist() == known
    assert set(known) >= {0, len(DIGITS.labels)}, "digits of synthetic voices, and words that are none"
    assert made.x.shape[1:] == (20, 99)
    assert np.isfinite(made.x).all()


def test_training_rows_contain_nothing_of_a_held_out_speaker(dataset, made):
    for held_out in dataset.folds(DIGITS.protocols[0]).values():
        rows = made.training_rows(held_out)
        used = made.sources[rows]
        assert not set(np.flatnonzero(held_out)) & set(used.ravel())
        left = np.setdiff1d(np.arange(len(made.targets)), rows)
        assert all(np.isin(made.sources[i], np.flatnonzero(held_out)).any() for i in left)


def test_strides_thin_out_extras_and_synthesised_sounds(dataset, made):
    nobody = np.zeros(len(dataset.items), bool)
    synthesised = (made.sources[:, 0] < 0) & ~made.extra
    everything, fewer, quieter = (made.training_rows(nobody, *strides) for strides in ((), (3,), (1, 4)))
    assert len(everything) == len(made.targets)
    assert len(everything) - len(fewer) == made.extra.sum() - made.extra.sum() // 3
    assert set(everything) - set(fewer) <= set(np.flatnonzero(made.extra))
    assert len(everything) - len(quieter) == synthesised.sum() - synthesised.sum() // 4
    assert set(everything) - set(quieter) <= set(np.flatnonzero(synthesised))


def test_an_extra_uses_its_own_augmentation(dataset, monkeypatch):
    still = {"still": lambda clip, seconds, rng: sound_pool.model_window(clip, seconds)}
    monkeypatch.setattr(augmentation, "AUGMENTATIONS", augmentation.AUGMENTATIONS | still)
    extras = tuple(replace(item, augmentation="still") for item in dataset.extras)
    made = sound_pool._sound(replace(dataset, extras=extras), sound_pool.EXTRA, 0, 0, 0, 0).samples
    assert np.array_equal(made, sound_pool.model_window(dataset.load_extra(0), 1.0).samples)


def test_background_sounds_name_every_source_recording(dataset):
    """A changed recording changes only the sounds that name it as a source."""
    plan = sound_pool.plan_sounds(dataset, 0, 0)
    i = next(i for kind, i, j, _ in plan if kind in background_sounds.FROM_RECORDINGS and i != j)

    class Changed(datasets.Dataset):
        def load(self, k: int) -> Clip:
            clip = super().load(k)
            return Clip(clip.samples[::-1].copy(), clip.sample_rate) if k == i else clip

    changed = Changed(dataset.task, dataset.items, dataset.extras)
    for kind, a, b, copy in plan:
        before = sound_pool._sound(dataset, kind, a, b, copy, 0).samples
        after = sound_pool._sound(changed, kind, a, b, copy, 0).samples
        if kind == sound_pool.EXTRA or i not in (a, b):
            assert np.array_equal(before, after)


def test_a_sound_depends_on_its_seed_alone(dataset):
    def sound(seed):
        return sound_pool._sound(dataset, sound_pool.OWN, 3, 3, 1, seed).samples

    assert np.array_equal(sound(0), sound(0))
    assert not np.array_equal(sound(0), sound(1))


def test_other_settings_do_not_share_a_cache(dataset):
    keys = [sound_pool.key(dataset, *settings) for settings in ((2, 0), (3, 0), (2, 1), (2, 0, LOG_MEL))]
    keys.append(sound_pool.key(replace(dataset, items=dataset.items[1:]), 2, 0))
    assert len(set(keys)) == 5


@pytest.mark.parametrize("kind", background_sounds.KINDS)
def test_background_sounds_of_every_kind_are_audible(kind):
    recordings = [sounds.burst(0.1, 0.3, 0.5, 8000), sounds.burst(0.0, 0.2, 0.3, 8000)]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        given = recordings if kind in background_sounds.FROM_RECORDINGS else []
        clip = background_sounds.KINDS[kind](given, 8000, 1.0, rng)
        assert clip.seconds <= 3
        assert np.abs(clip.samples).max() > 0.01


def test_room_and_channel_keep_the_sound_in_the_window():
    clip = sounds.burst(0.0, 0.4, 0.4, 8000)
    for seed in range(20):
        window = augmentation.room_and_channel(clip, 1.0, np.random.default_rng(seed))
        assert len(window.samples) == 8000
        energy = np.square(window.samples[1600:6400]).sum() / np.square(window.samples).sum()
        assert energy > 0.5


def test_a_random_window_of_a_longer_sound_is_never_silent():
    clip = sounds.burst(3.0, 0.5, 6.0, 32000)
    for seed in range(20):
        window = augmentation.any_sound(clip, 1.0, np.random.default_rng(seed))
        assert len(window.samples) == 32000
        level = np.square(window.samples).sum() / np.square(clip.samples).sum()
        # The quietest window allowed, twice, through a dull microphone.
        assert 10 * np.log10(level) > 2 * augmentation.QUIET_DB - 10
