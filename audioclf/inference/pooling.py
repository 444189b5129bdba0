"""Select the windows of a clip that a model scores, and pool their scores."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.activity import sounding_windows
from audioclf.audio.windows import cut, is_silent, resample, sliding_windows
from audioclf.types import Clip

LEAST = 1e-300  # least probability before a logarithm
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

    audible: indices of windows that are not silent. decisive: indices of the windows that the answer comes from. one:
    whether it comes from one of them, which `clearest` chooses; else their scores are pooled.
    """

    windows: Windows
    audible: tuple[int, ...]
    decisive: tuple[int, ...]
    one: bool


def model_input(clip: Clip, windowing: Windowing, all_windows: bool = True) -> ModelInput:
    """The windows of a clip; without `all_windows` only the decisive ones. A silent clip has no windows."""
    one = windowing.pooling == "loudest"
    if is_silent(clip):
        return ModelInput([], (), (), one)
    clip, seconds = resample(clip, windowing.sample_rate), windowing.clip_seconds
    windows = sliding_windows(clip, seconds) if all_windows or not one else []
    chosen: list[int] = []
    if one:
        windows, chosen = _with_sounding(clip, seconds, windows)
    loud = [i for i, (_, window) in enumerate(windows) if i in chosen[:1] or not is_silent(window)]
    # A sound on the border of two windows may be too faint in each of them.
    audible = tuple(loud or range(len(windows)))
    return ModelInput(windows, audible, tuple(i for i in chosen if i in audible) if one else audible, one)


def _with_sounding(clip: Clip, seconds: float, windows: Windows) -> tuple[Windows, list[int]]:
    """`windows` and those of `sounding_windows`, in order of time; the indices of the latter, the loudest first."""
    grid = [at for at, _ in windows]
    starts = [
        next((at for at in grid if abs(at - start) * clip.sample_rate < 1), start)
        for start in sounding_windows(clip, seconds)
    ]
    windows = sorted(
        [*windows, *((at, cut(clip, at, seconds)) for at in starts if at not in grid)], key=lambda w: w[0]
    )
    places = [at for at, _ in windows]
    return windows, [places.index(at) for at in starts]


def clearest(rows: Scores) -> int:
    """Index of the window that is least likely none of the labels, the first of equal ones.

    rows: (n_windows, n_speeds, n_labels + 1), see `output_probabilities`. The mean over speeds of the log-odds of
    `background_share` decides, so that the choice does not depend on the temperature (but for certain background).
    """
    background = rows[..., -1]
    best = (1 - background) * rows[..., :-1].max(axis=-1)
    odds = np.log(np.maximum(background, LEAST)) - np.log(np.maximum(best, LEAST))
    return int(odds.mean(axis=1).argmin())


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


def background_share(scores: Scores, background: Scores) -> Scores:
    """Probability of the background against that of the likeliest label: 1 for silence; any leading axes.

    scores: (…, n_labels). background: (…).
    """
    best = (1 - background) * scores.max(axis=-1)
    return background / np.where(background + best > 0, background + best, 1.0)


def distribution(scores: Scores, background: Scores, threshold: float) -> Scores:
    """(n, n_labels + 1): probabilities of the labels and, last, of none of these; zeros where the scores are zeros.

    The odds of the background are divided by those of `threshold`, in [0, 1]: a change of its prior probability
    (Saerens, Latinne and Decaestecker, 2002, eq. 2.4). So none of these is the likeliest entry exactly where
    `background_share` exceeds the threshold; at a threshold of 1 it never is.
    """
    none, labels = background * (1 - threshold), (1 - background) * threshold
    total = none + labels
    labels = np.divide(labels, total, out=np.ones_like(labels), where=total > 0)[:, None]
    return np.hstack([labels * scores, 1 - labels]) * scores.any(axis=-1, keepdims=True)


def _softmax(logits: Scores) -> Scores:  # importing SciPy's would delay the start of the page
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
