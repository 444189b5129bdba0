"""From a clip to a prediction: the object that every caller uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.inference.pooling import ModelInput, Scores, Windows, model_input, output_probabilities, pool
from audioclf.models import Model
from audioclf.types import AudioError, Clip, Feature, Prediction
from audioclf.zoo.checkpoint import make_feature
from audioclf.zoo.config import ModelConfig

BATCH = 64  # windows scored at once: bounds the memory a ten-minute clip needs


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
        views = [model_input(clip, self.config, all_windows) for clip in clips]
        found = self._outputs(views)
        seconds = (perf_counter() - started) / max(len(clips), 1)
        return [
            self._prediction(clip, view, rows, seconds)
            for clip, view, rows in zip(clips, views, found, strict=True)
        ]

    def _prediction(self, clip: Clip, view: ModelInput, rows: Scores, seconds: float) -> Prediction:
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

    def _outputs(self, views: Sequence[ModelInput]) -> list[Scores]:
        """For each view (n_windows, n_speeds, n_labels + 1), from `output_probabilities`; zeros if silent."""
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
            rows = output_probabilities(logits, self.config.calibration["temperature"])
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
