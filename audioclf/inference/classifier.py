"""From a clip to a prediction: the object that every caller uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.models import Model
from audioclf.types import AudioError, Clip, Feature, Prediction
from audioclf.zoo.checkpoint import make_feature
from audioclf.zoo.config import ModelConfig

FLOOR = 1e-6  # of a probability, where windows are pooled
BATCH = 64  # windows scored at once: bounds the memory a ten-minute clip needs

Windows = list[tuple[float, Clip]]
Cut = tuple[Windows, int | None]  # a clip's windows, and which of them decides, or None for all
Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model with its description; call it with a clip, or with what `audio.load_clip` reads."""

    config: ModelConfig
    model: Model
    feature: Feature = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "feature", make_feature(self.config))

    def __call__(self, source: Clip | str | Path | bytes) -> Prediction:
        """Score the sound in windows of config.clip_seconds and pool them as config.pooling says.

        "loudest": the scores are those of the window around the loudest moment, which `focus` names in
        window_scores. "mean": the geometric mean of the windows in which there is something to hear.
        Each window is heard at each of config.speeds, and all these answers count alike. Rows of silent windows
        are all zeros; a silent clip gives no scores, no windows and known False.
        AudioError for a sound that cannot be read or scored.
        """
        clip = source if isinstance(source, Clip) else audio.load_clip(source)
        return self._predictions([clip], all_windows=True)[0]

    def batch(self, clips: Sequence[Clip]) -> list[Prediction]:
        """What a call says of each clip, for many of them at once, in a fraction of the time.

        Only the windows that the answer rests on are looked at: for "loudest" pooling that is the only row of
        window_scores.
        """
        return self._predictions(clips, all_windows=False)

    def _predictions(self, clips: Sequence[Clip], all_windows: bool) -> list[Prediction]:
        started = perf_counter()
        views = [look(clip, self.config, all_windows) for clip in clips]
        found = self._outputs(views)
        seconds = (perf_counter() - started) / max(len(clips), 1)
        return [
            self._prediction(clip, view, rows, seconds)
            for clip, view, rows in zip(clips, views, found, strict=True)
        ]

    def _prediction(self, clip: Clip, view: View, rows: Scores, seconds: float) -> Prediction:
        scores, unknown = np.zeros(len(self.config.labels)), 1.0
        if view.counts:
            pooled, background = pool(np.concatenate(rows[list(view.counts)]), np.zeros(1, np.int64))
            scores, unknown = pooled[0], float(background[0])
        return Prediction(
            task=self.config.task,
            model=self.config.id,
            family=self.config.family,
            labels=self.config.labels,
            scores=scores,
            window_scores=self._of_windows(rows, view.heard),
            window_seconds=self._spans(view.windows),
            known=bool(view.counts) and unknown <= self.config.calibration["known_threshold"],
            unknown_score=unknown,
            clip_seconds=clip.seconds,
            model_seconds=seconds,
            focus=view.focus,
        )

    def _outputs(self, views: Sequence[View]) -> list[Scores]:
        """For each view (n_windows, n_speeds, n_labels + 1), as `outputs` gives them; zeros for silent windows."""
        shape = (len(self.config.speeds), len(self.config.labels) + 1)
        found: list[Scores] = [np.zeros((len(view.windows), *shape)) for view in views]
        places = [(i, j, k) for i, view in enumerate(views) for j in view.heard for k in range(shape[0])]
        for first in range(0, len(places), BATCH):
            chosen = places[first : first + BATCH]
            # (batch, n_bins, n_frames)
            x = np.stack([self._shown(views[i].windows[j][1], k) for i, j, k in chosen])
            logits = self.model.logits(x)
            if not np.isfinite(logits).all():
                raise AudioError(
                    f"{self.config.id} finds no finite answer; export the sound again at a normal level"
                )
            rows = outputs(logits, self.config.calibration["temperature"])
            for (i, j, k), row in zip(chosen, rows, strict=True):
                found[i][j, k] = row
        return found

    def _shown(self, window: Clip, k: int) -> NDArray[np.float32]:
        return self.feature(audio.at_speed(window, self.config.speeds[k])).values

    def _of_windows(self, rows: Scores, heard: tuple[int, ...]) -> Scores:
        """Label scores (n_windows, n_labels) of rows (n_windows, n_speeds, n_labels + 1)."""
        scores = np.zeros((len(rows), len(self.config.labels)))
        if heard:
            n_speeds = rows.shape[1]
            firsts = np.arange(0, len(heard) * n_speeds, n_speeds)
            scores[list(heard)], _ = pool(np.concatenate(rows[list(heard)]), firsts)
        return scores

    def _spans(self, windows: Windows) -> Scores:
        return np.array([(at, at + self.config.clip_seconds) for at, _ in windows], float).reshape(-1, 2)


class Hearing(Protocol):
    """What decides which windows of a clip a model is shown; a ModelConfig and a Task both have it."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def clip_seconds(self) -> float: ...

    @property
    def pooling(self) -> str: ...


@dataclass(frozen=True, eq=False)
class View:
    """What a model is shown of a clip: windows as (start in seconds, clip), at the model's sample rate.

    heard: the windows in which there is something to hear. counts: those of them that the answer comes from.
    focus: the loudest window, if that alone counts.
    """

    windows: Windows
    heard: tuple[int, ...]
    counts: tuple[int, ...]
    focus: int | None


def look(clip: Clip, hearing: Hearing, all_windows: bool = True) -> View:
    """The windows of a clip that a model is asked about, or those alone that count: none for a silent clip."""
    if audio.is_silent(clip):
        return View([], (), (), None)
    clip, seconds = audio.resample(clip, hearing.sample_rate), hearing.clip_seconds
    if hearing.pooling != "loudest":
        windows, focus = audio.sliding_windows(clip, seconds), None
    else:
        windows, focus = _around_loudest(clip, seconds, all_windows)
    loud = [i for i, (_, w) in enumerate(windows) if i == focus or not audio.is_silent(w)]
    # What is heard across a border of two windows may be too faint in each of them.
    heard = tuple(loud or range(len(windows)))
    return View(windows, heard, heard if focus is None else (focus,), focus)


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


def outputs(logits: Scores, temperature: float) -> Scores:
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


def _softmax(logits: Scores) -> Scores:
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
