"""Teach a stored digit model, by recordings of strangers with home microphones, what is none of its labels.

Only the background output and its threshold change. The labels keep their logits, so that a window's label stays.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.data import datasets
from audioclf.data.datasets import Item, data_folder, decoded
from audioclf.data.people import HOME, part
from audioclf.data.strangers import strangers
from audioclf.evaluation import metrics
from audioclf.evaluation.calibration import TRUE_ACCEPTANCE
from audioclf.evaluation.logits import Inputs, model_answers, model_inputs
from audioclf.features import feature_from_config
from audioclf.inference.pooling import background_share
from audioclf.models import Adaptable
from audioclf.tasks import DIGITS
from audioclf.training.background_fit import PENALTY, Evidence, block_weights, evidence_of, fitted_background
from audioclf.training.sound_pool import Pool, make_pool
from audioclf.types import DataError, Progress, ZooError, no_progress
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.registry import open_registry, root_of
from audioclf.zoo.writing import build_index, save_model

ADAPTED = "adapted"  # key of a config's training settings
HALF = "dev"  # of the people; the other half judges
N_PARTS = 6  # of the people; the answers to a part come from a fit without it


@dataclass(frozen=True, eq=False)
class Adaptation:
    """A model and the sounds that it is adapted with: strangers, the task's own recordings, artificial sounds."""

    config: ModelConfig
    model: Adaptable
    dataset: datasets.Dataset
    pool: Pool
    progress: Progress = no_progress

    @cached_property
    def evidence(self) -> Evidence:
        """Of the model as it was before the adaptation."""
        return evidence_of(self.model, self.pool.x)

    @cached_property
    def people(self) -> NDArray[np.int64]:
        """(n,) part of the stranger who says a sound of the pool, -1 for the other sounds."""
        parts = np.full(len(self.pool.targets), -1)
        parts[self.pool.extra] = [_part(item) for item in self.dataset.extras]
        return parts

    def background(self, part: int | None = None) -> tuple[NDArray[np.float64], float]:
        """The background output fitted without the strangers of `part`; None: with all."""
        rows = np.ones(len(self.people), bool) if part is None else self.people != part
        n_labels, targets = len(self.config.labels), self.pool.targets[rows]
        weights = block_weights(targets, self.pool.extra[rows].astype(np.int64), n_labels)
        return fitted_background(self.evidence.of(rows), targets == n_labels, weights)

    @cached_property
    def by_part(self) -> dict[int, tuple[NDArray[np.float64], float]]:
        """For every part of the strangers, the background output that was fitted without it."""
        found = {}
        for i in range(N_PARTS):
            self.progress(i, N_PARTS + 1, "fitting without a part of the people")
            found[i] = self.background(i)
        return found

    @cached_property
    def inputs(self) -> Inputs:
        """Of every recording of a stranger."""
        config = self.config
        clips = (decoded(item.file, config.sample_rate) for item in self.dataset.extras)
        return model_inputs(clips, feature_from_config(config.feature), config, config.speeds)

    def unlikeness(self, shift: float = 0.0) -> NDArray[np.float64]:
        """(n_strangers,): how much each recording counts as unknown to the fit without its speaker's part.

        shift: added to the background's bias.
        """
        parts, found = np.array([_part(item) for item in self.dataset.extras]), np.ones(self.inputs.n)
        for i in np.unique(parts).tolist():
            weights, bias = self.by_part[i]
            self.model.set_background(weights, bias + shift)
            answers = model_answers(self.model, self.inputs.of(parts == i), len(self.config.labels) + 1)
            found[parts == i] = background_share(*answers.scores(self.config.calibration["temperature"]))
        return found

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        """(n_strangers,): the label of each recording, n_labels for other words."""
        labels = (*self.config.labels, "")
        return np.array([labels.index(item.label) for item in self.dataset.extras])

    def threshold(self, unlikeness: NDArray[np.float64]) -> float:
        """What accepts TRUE_ACCEPTANCE of the strangers' digits."""
        digits = self.targets < len(self.config.labels)
        return metrics.evened_quantile(unlikeness[digits], self.targets[digits], TRUE_ACCEPTANCE)

    def results(self, rejected: NDArray[np.bool_]) -> dict[str, Any]:
        """What was learnt from, and what became of each stranger's recording, (n_strangers,)."""
        n_labels = len(self.config.labels)
        by_label = metrics.by_label(rejected, self.targets, n_labels + 1)
        return {
            "dataset": HOME,
            "half": HALF,
            "n": len(self.targets),
            "n_speakers": len({item.row["speaker"] for item in self.dataset.extras}),
            "penalty": PENALTY,
            "called_unknown": float(by_label[:-1].mean()),
            "others_rejected": float(by_label[-1]),
        }


def adapt(
    model_id: str,
    data: str | Path | None = None,
    out: str | Path | None = None,
    runs: str | Path = "runs",
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Adapt the stored model in the registry `out` and save it. What it learnt from, and results on held-out people.

    ZooError for a model that has other labels than the digits or is adapted already, DataError for missing data.
    """
    config, model = open_registry(out).load(model_id)
    if config.labels != DIGITS.labels:
        raise ZooError(f"{model_id} has other labels than the digits; only digits of strangers are at hand")
    if ADAPTED in config.training:
        raise ZooError(f"{model_id} is adapted already; train it again first")
    if not isinstance(model, Adaptable):
        raise ZooError(f"{model_id} has no linear last layer; adapt a model of another family")
    dataset = adapting(data)
    pool = make_pool(dataset, config.feature, 0, 0, Path(runs) / "cache", progress)
    adaptation = Adaptation(config, model, dataset, pool, progress)
    # Strings are read by the background's probability itself: it moves so that the threshold stays where it was.
    threshold = adaptation.threshold(adaptation.unlikeness())
    log_odds = _log_odds(config.calibration["known_threshold"]) - _log_odds(threshold)
    shift = config.calibration["temperature"] * log_odds
    unlikeness = adaptation.unlikeness(shift)
    weights, bias = adaptation.background()
    model.set_background(weights, bias + shift)
    calibration = {**config.calibration, "known_threshold": adaptation.threshold(unlikeness)}
    found = adaptation.results(unlikeness > calibration["known_threshold"])
    adapted = replace(config, calibration=calibration, training={**config.training, ADAPTED: found})
    save_model(root_of(out) / model_id, adapted, model)
    build_index(root_of(out))
    progress(N_PARTS + 1, N_PARTS + 1, "saved")
    return found


def adapting(data: str | Path | None = None) -> datasets.Dataset:
    """The sounds of an adaptation: the task's own recordings, and those of strangers as extras. DataError."""
    root = data_folder(DIGITS, data, HOME)
    items = strangers(root, HOME, HALF)
    if {item.label for item in items} != {"", *DIGITS.labels}:
        raise DataError(
            f"{HOME} in {root.name or root} lacks some digits or other words of the people who may teach; "
            "see “Strangers and made cases” in docs/accuracy.md"
        )
    extras = tuple(replace(item, augmentation="none") for item in items)
    return replace(datasets.read(replace(DIGITS, extras=()), data), extras=extras)


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-9), 1 - 1e-9)
    return float(np.log(share / (1 - share)))


def _part(item: Item) -> int:
    return part(item.row["speaker"], N_PARTS)
