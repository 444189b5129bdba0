"""The pool a model learns from: every recording many times over in other voices, rooms and microphones.

The pool of a data set is made once and each fold takes from it what its training recordings gave, so that all
families and folds learn from the same sounds. Each sound depends on (seed, recording, copy) alone, whatever the
number of processes that make it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf import audio, foreign, perturb
from audioclf.datasets import Dataset
from audioclf.features import feature_from_config
from audioclf.models import Progress
from audioclf.types import Clip

VERSION = 1  # of the recipe below; a new one makes old caches stale
FOREIGN_SHARE = 0.3  # foreign sounds made for every sound of the task
CHUNK = 512

Sound = tuple[str, int, int, int]


@dataclass(frozen=True, eq=False)
class Pool:
    """x: (n, n_bins, n_frames) float16. targets: (n,), n_labels for the background.

    sources: (n, 2) indices of the recordings a sound was made from, -1 for none.
    """

    x: NDArray[np.float16]
    targets: NDArray[np.int64]
    sources: NDArray[np.int64]

    def without(self, held_out: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Rows in which nothing of the held-out recordings can be heard."""
        touched = np.append(held_out, False)[self.sources].any(axis=1)  # -1 picks the appended False
        return np.flatnonzero(~touched)


def make_pool(
    dataset: Dataset, feature: Mapping[str, Any], copies: int, seed: int, cache: Path, progress: Progress
) -> Pool:
    """The pool under one feature, from `cache` when it was made before with the same settings."""
    plan = plan_sounds(dataset, copies, seed)
    sounds = cache / f"sounds-{dataset.task.name}-{key(dataset, copies, seed)}.npy"
    if not sounds.exists():
        _fill(sounds, partial(_make_sounds, dataset, seed), plan, progress, "making the sounds")
    features = cache / f"features-{dataset.task.name}-{key(dataset, copies, seed, feature)}.npy"
    if not features.exists():
        extract = partial(_extract, feature, dataset.task.sample_rate)
        _fill(features, extract, np.load(sounds, mmap_mode="r"), progress, "extracting features")
    sources = np.array([(i, j) for _, i, j, _ in plan])
    n_labels = len(dataset.task.labels)
    labels = dataset.targets
    targets = np.array([n_labels if kind else labels[i] for kind, i, _, _ in plan])
    return Pool(np.load(features, mmap_mode="r"), targets, sources)


def plan_sounds(dataset: Dataset, copies: int, seed: int) -> list[Sound]:
    """(kind of foreign sound or "", recording, second recording, copy) for every sound of the pool."""
    n = len(dataset.items)
    plan = [("", i, i, copy) for copy in range(copies + 1) for i in range(n)]
    rng = np.random.default_rng([seed, n])
    kinds = list(foreign.FOREIGN)
    for copy in range(round(FOREIGN_SHARE * len(plan))):
        kind = kinds[copy % len(kinds)]
        i, j = rng.integers(n, size=2) if kind in foreign.FROM_RECORDINGS else (-1, -1)
        plan.append((kind, int(i), int(j), copy))
    return plan


def listen(clip: Clip, seconds: float) -> Clip:
    """The one window a model gets of a short clip: the same that a classifier scores."""
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
    rng = np.random.default_rng([seed, i + 1, j + 1, copy, ["", *foreign.FOREIGN].index(kind)])
    seconds = dataset.task.clip_seconds
    if not kind and copy == 0:
        return listen(dataset.load(i), seconds)
    if not kind:
        return in_the_world(speak(dataset.load(i), rng), seconds, rng)
    recordings = [dataset.load(k) for k in (i, j)] if i >= 0 else []
    rate = dataset.task.sample_rate
    return in_the_world(foreign.FOREIGN[kind](recordings, rate, seconds, rng), seconds, rng)


def speak(clip: Clip, rng: np.random.Generator) -> Clip:
    """In another voice: pitch over more than an octave, formants that follow it as they do from men to children."""
    if rng.random() < 0.1:
        return clip
    pitch = np.exp(rng.uniform(np.log(0.8), np.log(2.2)))
    formants = np.clip(pitch**0.25 * np.exp(rng.normal(0, 0.07)), 0.8, 1.3)
    return perturb.chain(clip, perturb.voice(pitch, formants, rng.uniform(0.75, 1.35)), rng)


def in_the_world(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """Through a room, a microphone and a channel, somewhere in a window of `seconds` with noise all over it."""
    steps: list[perturb.Perturbation] = []
    if rng.random() < 0.15:
        steps.append(perturb.Shift(-rng.uniform(0, 0.05)))
    if rng.random() < 0.4:
        steps.append(perturb.Reverb(rng.uniform(0.1, 0.7), rng.uniform(-15, 0)))
    if rng.random() < 0.7:
        steps.append(perturb.Response((100, 300, 900, 2000, 3600), tuple(rng.normal(0, 5, 5))))
    if rng.random() < 0.3:
        steps.append(perturb.band_limit(rng.uniform(80, 400), rng.uniform(2400, 3700)))
    if rng.random() < 0.15:
        steps.append(perturb.Clipping(rng.uniform(0, 15)))
    if rng.random() < 0.1:
        steps.append(perturb.Telephone())
    clip = perturb.chain(clip, steps, rng)
    start = audio.loudest_window(clip, seconds) + np.clip(rng.normal(0, 0.04), -0.1, 0.1)
    clip = audio.cut(clip, start, seconds)
    if rng.random() < 0.8:
        colour = str(rng.choice(list(perturb.NOISE_COLOURS)))
        clip = perturb.Noise(rng.uniform(3, 45), colour)(clip, rng)
    return clip


def key(dataset: Dataset, *settings: Any) -> str:
    """Tells apart what was made of other recordings, with other settings or by another version of this module."""
    files = [f"{item.label}/{item.file.name}" for item in dataset.items]
    return digest(VERSION, dataset.task.name, FOREIGN_SHARE, files, settings)


def digest(*facts: Any) -> str:
    """16 hexadecimal digits that differ when the facts, anything that JSON can hold, do."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _fill(
    path: Path,
    make: Callable[[Any], NDArray],
    inputs: Sequence[Any] | NDArray,
    progress: Progress,
    stage: str,
) -> None:
    """Make one row for every input on all cores, chunk by chunk, into a .npy file that appears only when whole."""
    chunks = [inputs[at : at + CHUNK] for at in range(0, len(inputs), CHUNK)]
    first = make(inputs[:1])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    out = np.lib.format.open_memmap(unfinished, "w+", first.dtype, (len(inputs), *first.shape[1:]))
    # "spawn": a forked torch deadlocks once its thread pool has run in the parent.
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as workers:
        for i, values in enumerate(workers.map(make, chunks)):
            out[i * CHUNK : i * CHUNK + len(values)] = values
            progress(i + 1, len(chunks), stage)
    out.flush()
    unfinished.replace(path)
