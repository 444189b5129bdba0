"""Select the windows of a clip that a model scores, and pool their scores."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.windows import cut, is_silent, loudest_window, resample, sliding_windows
from audioclf.types import Clip

FLOOR = 1e-6  # least probability of a window in the geometric mean

Windows = list[tuple[float, Clip]]
Scores = NDArray[np.float64]


class Windowing(Protocol):
    """How a clip is cut into windows; ModelConfig and Task satisfy it."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def clip_seconds(self) -> float: ...

    @property
    def pooling(self) -> str: ...


@dataclass(frozen=True, eq=False)
class ModelInput:
    """The windows of a clip that a model scores, as (start in seconds, clip), at the model's sample rate.

    audible: indices of windows that are not silent. pooled: indices of windows whose scores are pooled. focus: index
    of the loudest window if only that one is pooled, else None.
    """

    windows: Windows
    audible: tuple[int, ...]
    pooled: tuple[int, ...]
    focus: int | None


def model_input(clip: Clip, windowing: Windowing, all_windows: bool = True) -> ModelInput:
    """The windows of a clip; without `all_windows` only those that are pooled. A silent clip has no windows."""
    if is_silent(clip):
        return ModelInput([], (), (), None)
    clip, seconds = resample(clip, windowing.sample_rate), windowing.clip_seconds
    if windowing.pooling != "loudest":
        windows, focus = sliding_windows(clip, seconds), None
    else:
        windows, focus = _around_loudest(clip, seconds, all_windows)
    loud = [i for i, (_, window) in enumerate(windows) if i == focus or not is_silent(window)]
    # A sound on the border of two windows may be too faint in each of them.
    audible = tuple(loud or range(len(windows)))
    return ModelInput(windows, audible, audible if focus is None else (focus,), focus)


def _around_loudest(clip: Clip, seconds: float, all_windows: bool) -> tuple[Windows, int]:
    """A regular grid of windows plus the loudest one, or the loudest one alone; and its index."""
    start = loudest_window(clip, seconds)
    windows = sliding_windows(clip, seconds) if all_windows else []
    same = [i for i, (at, _) in enumerate(windows) if abs(at - start) * clip.sample_rate < 1]
    if same:
        return windows, same[0]
    focus = sum(at < start for at, _ in windows)
    windows.insert(focus, (start, cut(clip, start, seconds)))
    return windows, focus


def output_probabilities(logits: Scores, temperature: float) -> Scores:
    """(n, n_labels + 1): label probabilities that sum to 1, then the background probability."""
    scaled = logits / temperature
    return np.hstack([_softmax(scaled[:, :-1]), _softmax(scaled)[:, -1:]])


def pool(found: Scores, starts: NDArray[np.int64]) -> tuple[Scores, Scores]:
    """Label scores (n_clips, n_labels) and background scores (n_clips,), pooled over the windows of each clip.

    starts: first row of each clip. Label scores are the geometric mean over windows (product of experts, Hinton,
    1999), weighted by 1 - background and normalised to sum 1. The arithmetic mean of confident windows is
    under-confident, and temperature scaling cannot correct that. Probabilities are at least FLOOR, so that one
    window cannot rule out a label.
    """
    rows, background = found[:, :-1], found[:, -1]
    lengths = np.diff(starts, append=len(found))
    usable = np.repeat(np.add.reduceat(1 - background, starts) > 1e-12, lengths)
    weights = np.where(usable, 1 - background, 1.0)
    logs = np.add.reduceat(weights[:, None] * np.log(np.maximum(rows, FLOOR)), starts)
    scores = _softmax(logs / np.add.reduceat(weights, starts)[:, None])
    # A single window keeps its scores to the last bit.
    single = lengths == 1
    scores[single] = rows[starts[single]]
    return scores, np.add.reduceat(background, starts) / lengths


def _softmax(logits: Scores) -> Scores:  # importing SciPy's would delay the start of the page
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
