"""The pool of training sounds: augmented copies of every recording, background sounds and extras.

The pool of a data set is made once; each fold leaves out the sounds made from its held-out recordings. All families
and folds thus train on the same sounds. Each sound depends only on (seed, recording, copy).
"""

import hashlib
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.atomic import half_made, remove_abandoned, resumable
from audioclf.data.datasets import Dataset, fingerprint
from audioclf.features import feature_from_config
from audioclf.processes import in_processes
from audioclf.training import augmentation, background_sounds
from audioclf.types import Clip, Progress

VERSION = 4  # of how sounds are made; a new version makes old caches stale
BACKGROUND_SHARE = 0.04  # background sounds of each kind per sound of the task
CHUNK = 128  # what an interruption loses, at most, in each process

OWN, EXTRA = "own", "extra"

Sound = tuple[str, int, int, int]


@dataclass(frozen=True, eq=False)
class Pool:
    """x: (n, n_bins, n_frames) float16. targets: (n,), n_labels for the background.

    sources: (n, 2) indices of the recordings a sound was made from, -1 for none. extra: (n,), whether a sound comes
    from another data set.
    """

    x: NDArray[np.float16]
    targets: NDArray[np.int64]
    sources: NDArray[np.int64]
    extra: NDArray[np.bool_]

    def training_rows(
        self, held_out: NDArray[np.bool_], extra_stride: int = 1, background_stride: int = 1
    ) -> NDArray[np.intp]:
        """Rows that contain no part of a held-out recording.

        extra_stride: keep one of this many sounds of other data sets. background_stride: keep one of this many
        sounds that are synthesised without a recording.
        """
        touched = np.append(held_out, False)[self.sources].any(axis=1)  # -1 picks the appended False
        synthesised = (self.sources[:, 0] < 0) & ~self.extra
        kept = ~touched
        for kind, stride in ((self.extra, extra_stride), (synthesised, background_stride)):
            kept &= ~kind | (np.cumsum(kind) % stride == 0)
        return np.flatnonzero(kept)


def make_pool(
    dataset: Dataset, feature: Mapping[str, Any], copies: int, seed: int, cache: Path, progress: Progress
) -> Pool:
    """The pool with one feature, read from `cache` if it was made before with the same settings."""
    plan = plan_sounds(dataset, copies, seed)
    sounds, features = _paths(dataset, feature, copies, seed, cache)
    if not features.exists():
        if not sounds.exists():
            _fill(sounds, partial(_make_sounds, dataset, seed), plan, progress, "making the sounds")
        extract = partial(_extract, feature, dataset.task.sample_rate)
        _fill(features, extract, np.load(sounds, mmap_mode="r"), progress, "extracting features")
    sources = np.array([sources_of(dataset, sound) for sound in plan])
    targets = np.array([_target(dataset, kind, i) for kind, i, _, _ in plan])
    extra = np.array([kind == EXTRA for kind, *_ in plan])
    return Pool(np.load(features, mmap_mode="r"), targets, sources, extra)


def _paths(
    dataset: Dataset, feature: Mapping[str, Any], copies: int, seed: int, cache: Path
) -> tuple[Path, Path]:
    """The files of the sounds and of their features."""
    name = dataset.task.name
    return (
        cache / f"sounds-{name}-{key(dataset, copies, seed)}.npy",
        cache / f"features-{name}-{key(dataset, copies, seed, feature)}.npy",
    )


def bytes_to_make(dataset: Dataset, feature: Mapping[str, Any], copies: int, seed: int, cache: Path) -> int:
    """Bytes that `make_pool` has yet to write."""
    task, n = dataset.task, len(plan_sounds(dataset, copies, seed))
    sounds, features = _paths(dataset, feature, copies, seed, cache)
    if features.exists():
        return 0
    noise = np.random.default_rng(0).normal(0, 0.1, round(task.clip_seconds * task.sample_rate))
    clip = Clip(noise.astype(np.float32), task.sample_rate)
    sizes = {sounds: clip.samples.size, features: feature_from_config(feature)(clip).values.size}
    halves = {path: half_made(path) for path in sizes}
    return sum(
        2 * n * size - (halves[path].stat().st_size if halves[path].exists() else 0)
        for path, size in sizes.items()
        if not path.exists()
    )


def sources_of(dataset: Dataset, sound: Sound) -> tuple[int, int]:
    """The recordings that a sound contains, -1 for none."""
    kind, i, j, _ = sound
    return (i, j) if kind != EXTRA else (dataset.held_out_with(i),) * 2


def _target(dataset: Dataset, kind: str, i: int) -> int:
    items = {OWN: dataset.items, EXTRA: dataset.extras}.get(kind)
    labels = dataset.task.labels
    return labels.index(items[i].label) if items and items[i].label else len(labels)


def plan_sounds(dataset: Dataset, copies: int, seed: int) -> list[Sound]:
    """(kind, recording, second recording, copy) for every sound of the pool.

    The kind is OWN, EXTRA (then the "recording" is an index of the extras) or one of background_sounds.KINDS.
    """
    n = len(dataset.items)
    # Copies of a recording follow each other, so that it is decoded once.
    plan: list[Sound] = [(OWN, i, i, copy) for i in range(n) for copy in range(copies + 1)]
    rng = np.random.default_rng([seed, n])
    kinds = dataset.task.background
    for copy in range(round(BACKGROUND_SHARE * len(kinds) * len(plan))):
        kind = kinds[copy % len(kinds)]
        i, j = rng.integers(n, size=2) if kind in background_sounds.FROM_RECORDINGS else (-1, -1)
        plan.append((kind, int(i), int(j), copy))
    return plan + [(EXTRA, i, i, 0) for i in range(len(dataset.extras))]


def model_window(clip: Clip, seconds: float) -> Clip:
    """The window of a short clip that a model trains on; a classifier scores the same window."""
    return audio.cut(clip, audio.loudest_window(clip, seconds), seconds)


def _make_sounds(dataset: Dataset, seed: int, plan: Sequence[Sound]) -> NDArray[np.int16]:
    return np.stack([_quantised(_sound(dataset, *sound, seed).samples) for sound in plan])


def _quantised(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.round(samples / max(np.abs(samples).max(), 1e-9) * 32000).astype(np.int16)


def _extract(feature: Mapping[str, Any], sample_rate: int, sounds: NDArray[np.int16]) -> NDArray[np.float16]:
    import torch

    torch.set_num_threads(1)  # this is one process of several
    extract = feature_from_config(feature)
    clips = (Clip(sound.astype(np.float32) / 32768, sample_rate) for sound in sounds)
    return np.stack([extract(clip).values.astype(np.float16) for clip in clips])


def _sound(dataset: Dataset, kind: str, i: int, j: int, copy: int, seed: int) -> Clip:
    task, seconds = dataset.task, dataset.task.clip_seconds
    rng = np.random.default_rng(
        [seed, i + 1, j + 1, copy, [OWN, *background_sounds.KINDS, EXTRA].index(kind)]
    )
    if kind == OWN and copy == 0:
        return model_window(dataset.load(i), seconds)
    if kind == OWN:
        return augmentation.AUGMENTATIONS[task.augmentation](dataset.load(i), seconds, rng)
    if kind == EXTRA:
        name = dataset.extras[i].augmentation or task.augmentation
        return augmentation.AUGMENTATIONS[name](dataset.load_extra(i), seconds, rng)
    recordings = [dataset.load(k) for k in (i, j)] if i >= 0 else []
    made = background_sounds.KINDS[kind](recordings, task.sample_rate, seconds, rng)
    return augmentation.room_and_channel(made, seconds, rng)


def key(dataset: Dataset, *settings: Any) -> str:
    """Hash of the recordings, the settings and the version of this module."""
    items = (*dataset.items, *dataset.extras)
    hashes = {file: fingerprint(file) for file in {item.file for item in items}}
    files = [f"{item.label}/{item.file.name}/{item.augmentation}/{hashes[item.file]}" for item in items]
    task = dataset.task
    made = (
        task.name,
        task.augmentation,
        task.clip_seconds,
        task.sample_rate,
        task.background,
        BACKGROUND_SHARE,
    )
    return digest(VERSION, made, files, settings)


def digest(*facts: Any) -> str:
    """Hash of JSON values, 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _fill(
    path: Path,
    make: Callable[[Any], NDArray],
    inputs: Sequence[Any] | NDArray,
    progress: Progress,
    stage: str,
) -> None:
    """Make one row per input on all cores, chunk by chunk, in a .npy file that appears only when it is complete.

    Rows are appended in order, so the size of a half-made file says how many it has; the next call makes the others.
    """
    first = make(inputs[:1])
    shape = (len(inputs), *first.shape[1:])
    remove_abandoned(path)  # leftovers can be gigabytes large
    with resumable(path) as half:
        n_made = _prepare(half, first.dtype, shape)
        chunks = [inputs[at : at + CHUNK] for at in range(n_made, len(inputs), CHUNK)]
        with half.open("ab") as file:
            for values in in_processes(make, chunks):
                file.write(values.tobytes())
                file.flush()
                n_made += len(values)
                progress(-(-n_made // CHUNK), -(-len(inputs) // CHUNK), stage)


def _prepare(half: Path, dtype: np.dtype, shape: tuple[int, ...]) -> int:
    """Cut a half-made .npy file to whole rows, or begin it. The number of its rows."""
    header = io.BytesIO()
    facts = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(header, facts)
    start, row = header.getvalue(), dtype.itemsize * math.prod(shape[1:])
    half.touch()
    with half.open("r+b") as file:
        n_made = 0
        if file.read(len(start)) == start:
            n_made = (half.stat().st_size - len(start)) // row
        else:
            file.seek(0)
            file.write(start)
        file.truncate(len(start) + n_made * row)
    return n_made
