"""`Classifier`: from a clip to a prediction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from audioclf.audio.reading import load_clip
from audioclf.audio.windows import at_speed
from audioclf.inference.pooling import ModelInput, Scores, model_input, output_probabilities, pool
from audioclf.models import Model
from audioclf.types import AudioError, Clip, Feature, Prediction
from audioclf.zoo.checkpoint import input_shape, make_feature
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.memory import batch_windows


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model with its config. Call it with a clip, or with anything that `audio.load_clip` reads."""

    config: ModelConfig
    model: Model
    feature: Feature = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "feature", make_feature(self.config))

    @cached_property
    def _n_batch(self) -> int:
        """Windows scored at once; limits the memory for a long clip."""
        return batch_windows(self.config, input_shape(self.config))

    def __call__(self, source: Any, sample_rate: int | None = None) -> Prediction:
        """Predict the label of a sound: a Clip, or anything that `audio.load_clip` reads, also with a sample rate.

        Cuts the sound into windows of config.clip_seconds, scores them and pools the scores by config.pooling.

        "loudest": the scores of the window around the loudest moment; `focus` is its row in window_scores.
        "mean": the geometric mean over the windows that are not silent, whose rows are all zeros. Each window is
        scored at all config.speeds, with equal weight. A silent clip gives no scores, no windows and known False.
        AudioError for a sound that cannot be read or scored.
        """
        clip = load_clip(source, sample_rate=sample_rate)
        return self._predictions([clip], all_windows=True)[0]

    def batch(self, clips: Sequence[Clip]) -> list[Prediction]:
        """Predictions of many clips, faster than one call per clip.

        Scores only the windows that decide: with "loudest" pooling, window_scores has one row.
        """
        return self._predictions(clips, all_windows=False)

    def score_windows(self, windows: Sequence[Clip]) -> tuple[Scores, Scores]:
        """Label scores (n_windows, n_labels) and background scores (n_windows,) of single windows.

        windows: at least one clip of config.clip_seconds at config.sample_rate. Label scores sum to 1; the background
        score is the probability of none of the labels. AudioError for a window that the model cannot score.
        """
        n_speeds = len(self.config.speeds)
        rows = self._outputs(windows).reshape(len(windows) * n_speeds, -1)
        return pool(rows, np.arange(0, len(rows), n_speeds))

    def _predictions(self, clips: Sequence[Clip], all_windows: bool) -> list[Prediction]:
        started = perf_counter()
        inputs = [model_input(clip, self.config, all_windows) for clip in clips]
        rows = self._outputs([given.windows[j][1] for given in inputs for j in given.audible])
        ends = np.cumsum([len(given.audible) for given in inputs])
        seconds = (perf_counter() - started) / max(len(clips), 1)
        return [
            self._prediction(clip, given, own, seconds)
            for clip, given, own in zip(clips, inputs, np.split(rows, ends[:-1]), strict=True)
        ]

    def _prediction(self, clip: Clip, given: ModelInput, rows: Scores, seconds: float) -> Prediction:
        """rows: (n_audible, n_speeds, n_labels + 1)."""
        n_labels, n_speeds = len(self.config.labels), len(self.config.speeds)
        scores, unknown = np.zeros(n_labels), 1.0
        window_scores = np.zeros((len(given.windows), n_labels))
        if given.audible:
            flat = rows.reshape(-1, n_labels + 1)
            window_scores[list(given.audible)], _ = pool(flat, np.arange(0, len(flat), n_speeds))
            counted = rows[np.isin(given.audible, given.pooled)].reshape(-1, n_labels + 1)
            (scores,), (unknown,) = pool(counted, np.zeros(1, np.int64))
        return Prediction(
            task=self.config.task,
            model=self.config.id,
            family=self.config.family,
            labels=self.config.labels,
            scores=scores,
            window_scores=window_scores,
            window_seconds=np.array([(at, at + self.config.clip_seconds) for at, _ in given.windows]).reshape(
                -1, 2
            ),
            known=bool(given.audible) and bool(unknown <= self.config.calibration["known_threshold"]),
            unknown_score=float(unknown),
            clip_seconds=clip.seconds,
            model_seconds=seconds,
            focus=given.focus,
        )

    def _outputs(self, windows: Sequence[Clip]) -> Scores:
        """(n_windows, n_speeds, n_labels + 1): see `output_probabilities`."""
        played = [(window, speed) for window in windows for speed in self.config.speeds]
        step = self._n_batch if len(played) > 1 else 1
        found = [self._batch_outputs(played[at : at + step]) for at in range(0, len(played), step)]
        shape = (len(windows), len(self.config.speeds), len(self.config.labels) + 1)
        return np.concatenate(found).reshape(shape) if found else np.zeros(shape)

    def _batch_outputs(self, played: Sequence[tuple[Clip, float]]) -> Scores:
        # (batch, n_bins, n_frames)
        x = np.stack([self.feature(at_speed(window, speed)).values for window, speed in played])
        logits = self.model.logits(x)
        if not np.isfinite(logits).all():
            raise AudioError(
                f"{self.config.id} gives no finite scores; export the sound again at a normal level"
            )
        return output_probabilities(logits, self.config.calibration["temperature"])
