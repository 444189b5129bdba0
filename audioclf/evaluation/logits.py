"""Logits of models for many recordings, kept on disk to be pooled, calibrated and counted afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.atomic import unfinished
from audioclf.inference.pooling import Windowing, clearest, model_input, output_probabilities, pool
from audioclf.models import Model
from audioclf.types import Clip, Feature
from audioclf.zoo.memory import MAX_BATCH

VERSION = 2  # of the model inputs; a new version makes kept answers stale

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Inputs:
    """x: (n_windows, n_bins, n_frames), windows that a classifier scores, each at n_speeds speeds in turn.

    owners: (n_windows,), index of each window's recording, ascending. n: number of recordings; a silent one has no
    windows. one: whether one window of a recording decides, which the model chooses.
    """

    x: NDArray[np.float32]
    owners: NDArray[np.int64]
    n: int
    n_speeds: int = 1
    one: bool = False

    def of(self, chosen: Mask) -> Self:
        """The windows of the chosen recordings, a mask (n,); owners are re-indexed from 0."""
        rows = chosen[self.owners]
        owners = (np.cumsum(chosen) - 1)[self.owners[rows]]
        return replace(self, x=self.x[rows], owners=owners, n=int(chosen.sum()))


@dataclass(frozen=True, eq=False)
class Answers:
    """logits: (n_windows, n_labels + 1). owners, n and `of` as in Inputs."""

    logits: Array
    owners: NDArray[np.int64]
    n: int

    def of(self, chosen: Mask) -> Self:
        rows = chosen[self.owners]
        return type(self)(self.logits[rows], (np.cumsum(chosen) - 1)[self.owners[rows]], int(chosen.sum()))

    def scores(self, temperature: float = 1.0) -> tuple[Array, Array]:
        """Label scores (n, n_labels) and background (n,); 0 and 1 for silent recordings."""
        rows, starts = np.unique(self.owners, return_index=True)
        scores, background = np.zeros((self.n, self.logits.shape[1] - 1)), np.ones(self.n)
        if len(rows):
            scores[rows], background[rows] = pool(output_probabilities(self.logits, temperature), starts)
        return scores, background

    def save(self, path: Path) -> None:
        """Write the arrays without pickle."""
        with unfinished(path) as half, half.open("wb") as file:  # np.savez adds .npz to a path
            np.savez(file, logits=self.logits, owners=self.owners, n=self.n)

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path, allow_pickle=False) as saved:
            return cls(saved["logits"], saved["owners"], int(saved["n"]))


def joined(parts: Sequence[Answers]) -> Answers:
    """Concatenate the recordings of all parts."""
    firsts = np.cumsum([0, *(part.n for part in parts)])
    owners = [part.owners + first for part, first in zip(parts, firsts, strict=False)]
    return Answers(np.concatenate([p.logits for p in parts]), np.concatenate(owners), int(firsts[-1]))


def model_inputs(
    clips: Iterable[Clip], feature: Feature, windowing: Windowing, speeds: Sequence[float] = (1.0,)
) -> Inputs:
    """The windows of each clip that a classifier scores."""
    x: list[NDArray[np.float32]] = []
    owners: list[int] = []
    n = 0
    for n, clip in enumerate(clips, 1):
        view = model_input(clip, windowing, all_windows=False)
        played = [audio.at_speed(view.windows[i][1], speed) for i in view.decisive for speed in speeds]
        x += [feature(window).values.astype(np.float32) for window in played]
        owners += [n - 1] * len(played)
    stacked = np.stack(x) if x else np.zeros((0, 1, 1), np.float32)
    return Inputs(stacked, np.array(owners, np.int64), n, len(speeds), windowing.pooling == "loudest")


def model_answers(model: Model, inputs: Inputs, n_outputs: int) -> Answers:
    """The model's logits for all windows, or for the one of each recording that decides."""
    batches = [model.logits(inputs.x[at : at + MAX_BATCH]) for at in range(0, len(inputs.x), MAX_BATCH)]
    logits = np.concatenate(batches) if batches else np.zeros((0, n_outputs))
    logits = np.asarray(logits, np.float64)
    rows = _clearest_rows(logits, inputs) if inputs.one else slice(None)
    return Answers(logits[rows], inputs.owners[rows], inputs.n)


def _clearest_rows(logits: Array, inputs: Inputs) -> NDArray[np.int64]:
    """Rows of the window of each recording that decides, at all speeds."""
    rows, found = output_probabilities(logits, 1.0), [np.zeros(0, np.int64)]
    for own in np.split(np.arange(len(logits)), np.flatnonzero(np.diff(inputs.owners)) + 1):
        if len(own):
            own = own.reshape(-1, inputs.n_speeds)
            found.append(own[clearest(rows[own])])
    return np.concatenate(found)
