"""Which windows of a clip a model is shown, and how its answers to them become one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.types import Clip

FLOOR = 1e-6  # of a probability, where windows are pooled

Windows = list[tuple[float, Clip]]
Scores = NDArray[np.float64]


class Windowing(Protocol):
    """How a clip is cut into windows; a ModelConfig and a Task are both such."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def clip_seconds(self) -> float: ...

    @property
    def pooling(self) -> str: ...


@dataclass(frozen=True, eq=False)
class ModelInput:
    """The windows of a clip that a model scores, as (start in seconds, clip), at the model's sample rate.

    audible: indices of windows that are not silent. pooled: those of them that make the answer. focus: the loudest
    window, where that one alone makes it, else None.
    """

    windows: Windows
    audible: tuple[int, ...]
    pooled: tuple[int, ...]
    focus: int | None


def model_input(clip: Clip, windowing: Windowing, all_windows: bool = True) -> ModelInput:
    """The windows of a clip, or without `all_windows` those alone that make the answer; none for a silent clip."""
    if audio.is_silent(clip):
        return ModelInput([], (), (), None)
    clip, seconds = audio.resample(clip, windowing.sample_rate), windowing.clip_seconds
    if windowing.pooling != "loudest":
        windows, focus = audio.sliding_windows(clip, seconds), None
    else:
        windows, focus = _around_loudest(clip, seconds, all_windows)
    loud = [i for i, (_, window) in enumerate(windows) if i == focus or not audio.is_silent(window)]
    # A sound across the border of two windows may be too faint in each of them.
    audible = tuple(loud or range(len(windows)))
    return ModelInput(windows, audible, audible if focus is None else (focus,), focus)


def _around_loudest(clip: Clip, seconds: float, all_windows: bool) -> tuple[Windows, int]:
    """A regular grid in which the loudest window has its place, or that window alone; and its index."""
    start = audio.loudest_window(clip, seconds)
    windows = audio.sliding_windows(clip, seconds) if all_windows else []
    same = [i for i, (at, _) in enumerate(windows) if abs(at - start) * clip.sample_rate < 1]
    if same:
        return windows, same[0]
    focus = sum(at < start for at, _ in windows)
    windows.insert(focus, (start, audio.cut(clip, start, seconds)))
    return windows, focus


def output_probabilities(logits: Scores, temperature: float) -> Scores:
    """(n, n_labels + 1): probabilities of the labels among themselves, then of the background."""
    scaled = logits / temperature
    return np.hstack([_softmax(scaled[:, :-1]), _softmax(scaled)[:, -1:]])


def pool(found: Scores, starts: NDArray[np.int64]) -> tuple[Scores, Scores]:
    """Label scores (n_clips, n_labels) and background (n_clips,) of clips from the outputs of their windows.

    starts: the row at which each clip begins. Scores are the geometric mean of the windows' (a product of
    experts, Hinton, 1999), brought to a sum of 1; a window counts by how little of it is background. The
    arithmetic mean of sure windows is unsure, and no temperature makes up for it. No window can rule a label
    out alone: what it thinks impossible counts as FLOOR.
    """
    rows, background = found[:, :-1], found[:, -1]
    lengths = np.diff(starts, append=len(found))
    usable = np.repeat(np.add.reduceat(1 - background, starts) > 1e-12, lengths)
    weights = np.where(usable, 1 - background, 1.0)
    logs = np.add.reduceat(weights[:, None] * np.log(np.maximum(rows, FLOOR)), starts)
    scores = _softmax(logs / np.add.reduceat(weights, starts)[:, None])
    # One window has nothing to be pooled with: its scores are passed on to the last bit.
    single = lengths == 1
    scores[single] = rows[starts[single]]
    return scores, np.add.reduceat(background, starts) / lengths


def _softmax(logits: Scores) -> Scores:  # SciPy's would slow down the start of the page
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
