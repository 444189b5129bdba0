"""`Classifier`: from a clip to a prediction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.reading import load_clip
from audioclf.audio.windows import at_speed, cut, loudest_window, resample
from audioclf.inference.pooling import (
    ModelInput,
    Scores,
    clearest,
    distribution,
    model_input,
    output_probabilities,
    pool,
)
from audioclf.models import Model, ScoresParts
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

        "loudest": of the windows around the loudest sounds, the scores of the one that is least likely none of the
        labels; `focus` is its row in window_scores.
        "mean": the geometric mean over the windows that are not silent, whose rows are all zeros. Each window is
        scored at all config.speeds, with equal weight. A silent clip gives zeros, no windows and known False.
        AudioError for a sound that cannot be read or scored.
        """
        clip = load_clip(source, sample_rate=sample_rate)
        return self._predictions([clip], all_windows=True)[0]

    def batch(self, clips: Sequence[Clip]) -> list[Prediction]:
        """Predictions of many clips, faster than one call per clip.

        Scores only the windows that may decide: with "loudest" pooling, window_scores has a row for each of them.
        """
        return self._predictions(clips, all_windows=False)

    def main_window(self, clip: Clip) -> float:
        """Start in seconds of the window that decides; of a model that pools all windows, of the loudest one."""
        found = None if self.config.pooling == "mean" else self.batch([clip])[0]
        if found is None or found.focus is None:
            return loudest_window(resample(clip, self.config.sample_rate), self.config.clip_seconds)
        return float(found.window_seconds[found.focus, 0])

    def score_windows(self, windows: Sequence[Clip]) -> tuple[Scores, Scores]:
        """Label scores (n_windows, n_labels) and background scores (n_windows,) of single windows.

        windows: at least one clip of config.clip_seconds at config.sample_rate. Label scores sum to 1; the background
        score is the probability of none of the labels. AudioError for a window that the model cannot score.
        """
        n_speeds = len(self.config.speeds)
        rows = self._outputs(windows).reshape(len(windows) * n_speeds, -1)
        return pool(rows, np.arange(0, len(rows), n_speeds))

    def score_parts(self, clip: Clip, seconds: NDArray[np.float64]) -> Scores:
        """(n_parts, n_labels + 1) probabilities of parts of a clip, background last; each row sums to 1.

        clip: at config.sample_rate. seconds: (n_parts, 2) start and end of each part, at most config.clip_seconds
        long. A model that compares the whole clip once and then scores parts does so, which is quick and not quite
        the same; with other models it is `score_alone`.
        """
        if not isinstance(self.model, ScoresParts):
            return self.score_alone(clip, seconds)
        found = self.feature(clip)
        rows = self.model.part_logits(found.values, np.searchsorted(found.seconds, seconds))
        rows = output_probabilities(rows, self.config.calibration["temperature"])
        return _joint(rows[:, :-1], rows[:, -1])

    def score_alone(self, clip: Clip, seconds: NDArray[np.float64]) -> Scores:
        """As `score_parts`, with a window for each part: the part alone in the middle of silence."""
        length = self.config.clip_seconds
        cuts = (cut(clip, start, end - start) for start, end in seconds)
        return _joint(*self.score_windows([cut(c, (c.seconds - length) / 2, length) for c in cuts]))

    def _predictions(self, clips: Sequence[Clip], all_windows: bool) -> list[Prediction]:
        started = perf_counter()
        inputs = [model_input(clip, self.config, all_windows) for clip in clips]
        rows = self._audible_outputs(inputs)
        ends = np.cumsum([len(given.audible) for given in inputs])
        seconds = (perf_counter() - started) / max(len(clips), 1)
        return [
            self._prediction(clip, given, own, seconds)
            for clip, given, own in zip(clips, inputs, np.split(rows, ends[:-1]), strict=True)
        ]

    def _prediction(self, clip: Clip, given: ModelInput, rows: Scores, seconds: float) -> Prediction:
        """rows: (n_audible, n_speeds, n_labels + 1)."""
        n_labels, n_speeds = len(self.config.labels), len(self.config.speeds)
        scores, unknown = np.zeros((1, n_labels)), np.ones(1)
        window_scores, window_unknown = np.zeros((len(given.windows), n_labels)), np.ones(len(given.windows))
        focus = None
        if given.audible:
            flat, audible = rows.reshape(-1, n_labels + 1), list(given.audible)
            window_scores[audible], window_unknown[audible] = pool(flat, np.arange(0, len(flat), n_speeds))
            counted = rows[[audible.index(j) for j in given.decisive]]
            if given.one:
                best = clearest(counted)
                focus, counted = given.decisive[best], counted[best]
            scores, unknown = pool(counted.reshape(-1, n_labels + 1), np.zeros(1, np.int64))
        threshold = self.config.calibration["known_threshold"]
        spans = [(at, at + self.config.clip_seconds) for at, _ in given.windows]
        return Prediction(
            task=self.config.task,
            model=self.config.id,
            family=self.config.family,
            labels=self.config.labels,
            probabilities=distribution(scores, unknown, threshold)[0],
            window_probabilities=distribution(window_scores, window_unknown, threshold),
            window_seconds=np.array(spans).reshape(-1, 2),
            scores=scores[0],
            window_scores=window_scores,
            unknown_score=float(unknown[0]),
            clip_seconds=clip.seconds,
            model_seconds=seconds,
            focus=focus,
        )

    def _audible_outputs(self, inputs: Sequence[ModelInput]) -> Scores:
        """The outputs of all audible windows, in order.

        The windows that may decide are scored apart from the others, because the last digits of a batch depend on its
        size: an answer has the same numbers with and without the other windows.
        """
        audible = [(given, j) for given in inputs for j in given.audible]
        decides = np.array([j in given.decisive for given, j in audible], dtype=bool)
        rows = np.zeros((len(audible), len(self.config.speeds), len(self.config.labels) + 1))
        for chosen in (decides, ~decides):
            windows = [
                given.windows[j][1] for (given, j), is_in in zip(audible, chosen, strict=True) if is_in
            ]
            rows[chosen] = self._outputs(windows)
        return rows

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


def _joint(labels: Scores, background: Scores) -> Scores:
    """(n, n_labels + 1) probabilities that sum to 1 of label scores and background scores."""
    return np.hstack([labels * (1 - background[:, None]), background[:, None]])
