"""Occlusion maps: the parts of a sound that a model's answer depends on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from audioclf.audio import windows
from audioclf.inference.classifier import Classifier
from audioclf.lab.occlusion import Cells, Grid, Occluder, grid
from audioclf.types import AudioError, Clip, FeatureMap, Progress, no_progress
from audioclf.wording import family_name, probability, readable

Array = NDArray[np.float64]

BATCH = 32  # occluded clips scored between two progress reports
LEAST_DROP = 0.2  # in log-odds: if the best cell drops by less, no region is named
LEAST_FALL = 0.05  # in probability: a model whose answer falls by less needs no single part
SMALLEST = 1e-6  # lower limit of probabilities before the log-odds


@dataclass(frozen=True)
class Region:
    """A box in time and frequency, in seconds from the clip's start."""

    start: float
    end: float
    low_hz: float
    high_hz: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why `model` predicts `label` for the window start…end of a clip.

    score: probability of the label. grid: the cells, in the clip's time. values:
    (n_bands, n_slices) drop in the label's log-odds without each cell; negative where the cell is evidence against
    the label. scores: the label's probability without each cell. region: smallest box around the most important
    cells, None if no cell matters. score_without: the probability without these cells. views: (name, map) of the
    family's own view, NaN in frames that the model ignores.
    """

    model: str
    family: str
    label: str
    score: float
    start: float
    end: float
    grid: Grid
    values: Array
    scores: Array
    region: Region | None
    score_without: float
    views: tuple[tuple[str, FeatureMap], ...]
    sentence: str


def explain(
    clip: Clip, classifier: Classifier, label: str | None = None, progress: Progress = no_progress
) -> Explanation:
    """Silence each cell of `Classifier.main_window` in turn and measure the drop in the label's log-odds.

    label: by default the predicted one. AudioError for a silent clip or a label that the model does not have.
    """
    if label not in (None, *classifier.config.labels):
        raise AudioError(
            f"{classifier.config.id} has no label {label!r}; it has {', '.join(classifier.config.labels)}"
        )
    if windows.is_silent(clip):
        raise AudioError(f"{clip.name} is silent, or too quiet to judge: there is nothing to explain")
    window, start, occluder = _occluder(clip, classifier)
    label = label or classifier.batch([window])[0].label or classifier.config.labels[0]
    n_cells = occluder.grid.shape[0] * occluder.grid.shape[1]
    single = np.eye(n_cells, dtype=bool).reshape(-1, *occluder.grid.shape)
    scores = _scores(
        classifier, label, occluder, np.concatenate([~single[:1] & single[:1], single]), progress
    )
    score, left = float(scores[0]), scores[1:].reshape(occluder.grid.shape)
    values = _log_odds(score) - _log_odds(left)
    placed = Grid(occluder.grid.seconds + start, occluder.grid.hz)
    cells = most_important(values)
    without = float(_scores(classifier, label, occluder, cells[None])[0])
    region = _box(cells, placed) if cells.any() else None
    return Explanation(
        model=classifier.config.id,
        family=classifier.config.family,
        label=label,
        score=score,
        start=start,
        end=start + window.seconds,
        grid=placed,
        values=values,
        scores=left,
        region=region,
        score_without=without,
        views=_views(classifier, window, start, label),
        sentence=_sentence(classifier.config.family, label, region, score, without),
    )


def explain_all(
    clip: Clip,
    classifiers: Sequence[Classifier],
    label: str | None = None,
    progress: Progress = no_progress,
) -> Iterator[Explanation]:
    """`explain` for each model in turn, with one progress count over all of them."""
    n = len(classifiers)
    for i, classifier in enumerate(classifiers):

        def report(done: int, total: int, words: str, i: int = i, name: str = classifier.config.id) -> None:
            progress(i * total + done, n * total, f"{name}, {words}")

        yield explain(clip, classifier, label, report)


def _occluder(clip: Clip, classifier: Classifier) -> tuple[Clip, float, Occluder]:
    """The window that is explained, its start in the clip, and an `Occluder` for it."""
    config = classifier.config
    sound = windows.resample(clip, config.sample_rate)
    start = classifier.main_window(sound)
    window = windows.cut(sound, start, config.clip_seconds)
    # A short clip is padded with zeros; the grid covers only the sound.
    first, last = max(0.0, -start), min(window.seconds, sound.seconds - start)
    return window, start, Occluder(window, grid(first, last, config.sample_rate))


def _scores(
    classifier: Classifier,
    label: str,
    occluder: Occluder,
    cells: Cells,
    progress: Progress = no_progress,
) -> Array:
    """(n,) probability of the label for each mask of (n, n_bands, n_slices) cells to silence."""
    row = classifier.config.labels.index(label)
    scores: list[float] = []
    for first in range(0, len(cells), BATCH):
        progress(first, len(cells), "silencing parts")
        found = classifier.batch(occluder.without(cells[first : first + BATCH]))
        scores += [float(p.probabilities[row]) for p in found]
    progress(len(cells), len(cells), "done")
    return np.array(scores)


def _log_odds(p: Array | float) -> Array:
    p = np.clip(p, SMALLEST, 1 - SMALLEST)
    return np.log(p / (1 - p))


def most_important(values: Array) -> Cells:
    """The best cell and the cells connected to it with at least half its drop; none if its drop is small."""
    best = values.max()
    if best < LEAST_DROP:
        return np.zeros(values.shape, bool)
    parts, _ = ndimage.label(values >= best / 2)
    return parts == parts[np.unravel_index(int(values.argmax()), values.shape)]


def _box(cells: Cells, placed: Grid) -> Region:
    bands, slices = (np.flatnonzero(cells.any(axis)) for axis in (1, 0))
    return Region(
        float(placed.seconds[slices[0]]),
        float(placed.seconds[slices[-1] + 1]),
        float(placed.hz[bands[0]]),
        float(placed.hz[bands[-1] + 1]),
    )


def _sentence(family: str, label: str, region: Region | None, score: float, without: float) -> str:
    name = family_name(family)
    if region is None:
        return f"The {name} relied on no single part: its answer hardly changes without any of them."
    change = _change(label, score, without)
    low, high = (f"{float(f'{hz:.2g}'):g}" for hz in (region.low_hz, region.high_hz))
    where = f"{region.start:.2f}–{region.end:.2f} s, {low}–{high} Hz"
    if score - without < LEAST_FALL:
        return f"The {name} relied on no single part: even without the most important one, {where}, {change}."
    return f"The {name} relied on {where}: without it, {change}."


def _change(label: str, score: float, without: float) -> str:
    before, after = probability(score), probability(without)
    change = f"stays at {before}" if before == after else f"goes from {before} to {after}"
    return f"the probability of {readable(label)} {change}"


def _views(
    classifier: Classifier, window: Clip, start: float, label: str
) -> tuple[tuple[str, FeatureMap], ...]:
    found = classifier.feature(window)
    output = classifier.config.labels.index(label)
    return tuple(
        (
            view.name,
            FeatureMap(
                view.values.astype(np.float32),
                start + found.seconds[:: view.frame_step][: view.values.shape[1]],
                found.hz[:: view.bin_step] if view.bin_step and found.hz is not None else None,
                view.unit,
            ),
        )
        for view in classifier.model.views(found.values, output)
    )


def part(clip: Clip, region: Region, keep: bool = True) -> Clip:
    """Only the region of the clip, for listening; with keep False, the clip without it."""
    hz = np.array([0.0, region.low_hz, region.high_hz, clip.sample_rate / 2])
    hz = np.maximum.accumulate(np.minimum(hz, clip.sample_rate / 2))
    seconds = np.clip([0.0, region.start, region.end, clip.seconds], 0.0, clip.seconds)
    occluder = Occluder(clip, Grid(seconds, hz))
    inside = np.zeros((3, 3), bool)
    inside[1, 1] = True
    return occluder.only(inside) if keep else occluder.without(inside[None])[0]
