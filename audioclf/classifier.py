"""From a clip to a prediction: the object that every caller uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from audioclf import audio, zoo
from audioclf.checkpoint import make_feature
from audioclf.config import ModelConfig
from audioclf.models import Model
from audioclf.types import AudioError, Clip, Feature, Prediction

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
        window_scores. "mean": the mean probability of the windows in which there is something to hear.
        Rows of silent windows are all zeros; a silent clip gives no scores, no windows and known False.
        AudioError for a sound that cannot be read or scored.
        """
        clip = source if isinstance(source, Clip) else audio.load_clip(source)
        return self._predictions([clip], self._windows)[0]

    def batch(self, clips: Sequence[Clip]) -> list[Prediction]:
        """What a call says of each clip, for many of them at once, in a fraction of the time.

        For "loudest" pooling only the window that decides is looked at, and so the only row of window_scores.
        """
        return self._predictions(clips, self._deciding)

    def _predictions(self, clips: Sequence[Clip], cut: Callable[[Clip], Cut]) -> list[Prediction]:
        started = perf_counter()
        cuts = [
            (Windows(), None) if audio.is_silent(c) else cut(audio.resample(c, self.config.sample_rate))
            for c in clips
        ]
        outputs = self._outputs(cuts)
        seconds = (perf_counter() - started) / max(len(clips), 1)
        return [
            self._prediction(clip, taken, rows, seconds)
            for clip, taken, rows in zip(clips, cuts, outputs, strict=True)
        ]

    def _prediction(self, clip: Clip, cut: Cut, outputs: Scores, seconds: float) -> Prediction:
        windows, focus = cut
        rows, background = outputs[:, :-1], outputs[:, -1]
        heard = rows.any(axis=1) if focus is None else np.arange(len(rows)) == focus
        unknown = float(background[heard].mean()) if heard.any() else 1.0
        return Prediction(
            task=self.config.task,
            model=self.config.id,
            family=self.config.family,
            labels=self.config.labels,
            scores=_pool(rows[heard], 1 - background[heard]),
            window_scores=rows,
            window_seconds=self._spans(windows),
            known=bool(heard.any()) and unknown <= self.config.calibration["known_threshold"],
            unknown_score=unknown,
            clip_seconds=clip.seconds,
            model_seconds=seconds,
            focus=focus,
        )

    def _windows(self, clip: Clip) -> Cut:
        """A regular grid; for "loudest" the loudest window is put in its place and its index returned."""
        seconds = self.config.clip_seconds
        windows = audio.windows(clip, seconds)
        if self.config.pooling != "loudest":
            return windows, None
        start = audio.loudest_window(clip, seconds)
        same = [i for i, (at, _) in enumerate(windows) if abs(at - start) * clip.sample_rate < 1]
        if same:
            return windows, same[0]
        focus = sum(at < start for at, _ in windows)
        windows.insert(focus, (start, audio.cut(clip, start, seconds)))
        return windows, focus

    def _deciding(self, clip: Clip) -> Cut:
        """The windows that the answer rests on, and no others."""
        if self.config.pooling != "loudest":
            return self._windows(clip)
        start = audio.loudest_window(clip, self.config.clip_seconds)
        return [(start, audio.cut(clip, start, self.config.clip_seconds))], 0

    def _outputs(self, cuts: Sequence[Cut]) -> list[Scores]:
        """For each cut (n_windows, n_labels + 1): probabilities of the labels among themselves, then background."""
        outputs = [np.zeros((len(windows), len(self.config.labels) + 1)) for windows, _ in cuts]
        places = [(i, j) for i, cut in enumerate(cuts) for j in _loud(*cut)]
        for first in range(0, len(places), BATCH):
            chosen = places[first : first + BATCH]
            # (batch, n_bins, n_frames)
            x = np.stack([self.feature(cuts[i][0][j][1]).values for i, j in chosen])
            logits = self.model.logits(x) / self.config.calibration["temperature"]
            if not np.isfinite(logits).all():
                raise AudioError(
                    f"{self.config.id} finds no finite answer; export the sound again at a normal level"
                )
            among, full = _softmax(logits[:, :-1]), _softmax(logits)
            for (i, j), labels, background in zip(chosen, among, full[:, -1], strict=True):
                outputs[i][j] = [*labels, background]
        return outputs

    def _spans(self, windows: Windows) -> Scores:
        return np.array([(at, at + self.config.clip_seconds) for at, _ in windows], float).reshape(-1, 2)


def load(model: str | Path, registry: zoo.Registry | str | Path | None = None) -> Classifier:
    """A classifier by its id in the registry (default: the bundled zoo), or from a model's own folder.

    A path is anything with a separator in it. ZooError for what is not there, damaged or of a newer schema.
    """
    name = str(model)
    zoo.check_local(name)
    if isinstance(model, Path) or "/" in name or "\\" in name:
        return Classifier(*zoo.load_folder(model))
    return Classifier(*zoo.open_registry(registry).load(name))


def _loud(windows: Windows, focus: int | None) -> list[int]:
    """Which windows are worth a look: those with something to hear."""
    loud = [i for i, (_, w) in enumerate(windows) if i == focus or not audio.is_silent(w)]
    # What is heard across a border of two windows may be too faint in each of them.
    return loud or list(range(len(windows)))


def _softmax(logits: Scores) -> Scores:
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def _pool(rows: Scores, weights: Scores) -> Scores:
    """Mean of label probabilities, (n_labels,); a window counts by how little of it is background.

    That is the mean of the full probabilities, background included, brought to a sum of 1 over the labels,
    but it does not break down where every window is background to the last bit.
    """
    if not len(rows):
        return np.zeros(rows.shape[1])
    weights = weights if weights.sum() > 1e-12 else np.ones(len(rows))
    return np.asarray(weights @ rows / weights.sum())
