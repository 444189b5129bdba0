"""Measure a recipe by its task's protocols: train every fold without what it is judged on, then count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.atomic import write_whole
from audioclf.data import datasets
from audioclf.evaluation import metrics, robustness
from audioclf.evaluation.answers import Array
from audioclf.evaluation.calibration import Judged, answered, confidence, rejection
from audioclf.evaluation.folds import LEAKY, Bench
from audioclf.inference.classifier import Classifier
from audioclf.inference.timing import latency
from audioclf.tasks import Protocol
from audioclf.training.job import make_job
from audioclf.training.train import same_recipe, stored_config
from audioclf.types import Progress, ZooError, silent
from audioclf.zoo.checkpoint import load_folder
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.files import PREDICTIONS
from audioclf.zoo.registry import root_of
from audioclf.zoo.writing import build_index, save_model

PREDICTIONS_VERSION = 1


def evaluate(
    model_id: str,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    seeds: Sequence[int] = (0,),
    epochs: int | None = None,
    runs: str | Path = "runs",
    like: str = "",
    stress: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Metrics of the recipe, measured on recordings its models never met.

    Folds done before, by the same recipe and seed, are read from `runs`. The numbers, the predictions behind
    them, and the temperature and threshold found, go beside the model in the registry `out`, and into its card.
    like: as in `datasets.choose`. stress: measure, too, what noise, rooms and filters do to the accuracy; what
    was measured of that before is kept otherwise, if the models of the folds still say the same.
    """
    jobs = tuple(make_job(model_id, data, seed, epochs, runs, like, progress) for seed in seeds)
    root = root_of(out)
    stored = stored_config(root, model_id)
    if stored and not same_recipe(jobs[0], stored):
        raise ZooError(
            f"{model_id} in {root.name} was trained with other settings than are to be measured; "
            "train it again, or name another registry with --out"
        )
    bench = Bench(jobs, datasets.data_folder(jobs[0].task, data))
    measured, calibration, predictions = measure(bench)
    if stress:
        measured["stress"] = robustness.curves(bench, calibration)
    if stored:
        _, model = load_folder(root / model_id)
        kept = _kept(stored, root / model_id / PREDICTIONS, predictions)
        measured = {**kept, **measured, **latency(Classifier(stored, model))}
        save_model(root / model_id, replace(stored, metrics=measured, calibration=calibration), model)
        write_whole(root / model_id / PREDICTIONS, predictions)
        build_index(root)
    return measured


def _kept(stored: ModelConfig, path: Path, predictions: bytes) -> dict[str, Any]:
    """What an evaluation that does not measure it leaves as it was: of stress, if the folds' models are the same."""
    same = path.is_file() and _answers(path.read_bytes()) == _answers(predictions)
    names = ("training_curve", *(("stress",) if same else ()))
    return {name: stored.metrics[name] for name in names if name in stored.metrics}


def _answers(predictions: bytes) -> list[tuple[str, int]]:
    """The likeliest label of each recording, which no temperature changes."""
    items = json.loads(predictions)["items"]
    return [(item["file"], int(np.argmax(item["scores"]))) for item in items]


def measure(bench: Bench) -> tuple[dict[str, Any], dict[str, float], bytes]:
    """Metrics; temperature and threshold; and predictions.json of the protocol of record."""
    judged = bench.held_out(bench.primary)
    trust, calibration = confidence(judged)
    scores, background = judged.calibrated()
    seeds = [job.seed for job in bench.jobs]
    found: dict[str, Any] = {"seeds": seeds, "protocols": {}}
    for protocol in bench.task.protocols:
        if protocol.primary:
            found["protocols"][protocol.name] = summary(protocol, judged, scores, seeds)
        elif (others := bench.judged(protocol)) is not None:
            calibrated, _ = others.scores(calibration["temperature"])
            found["protocols"][protocol.name] = summary(
                protocol, others, calibrated, seeds[: len(calibrated)]
            )
    first = found["protocols"][bench.primary.name]
    said = len(seeds) * np.bincount(judged.targets, minlength=len(bench.task.labels))
    recall = np.diag(first["confusion"]) / np.maximum(said, 1)
    found |= trust
    found["per_class"] = dict(zip(bench.task.labels, recall.tolist(), strict=True))
    found["confusion"] = first["confusion"]
    found |= rejection(judged, bench.strange(), bench.foreign.kinds, calibration)
    if bench.task.leaky:
        found["leaky"] = leak(bench, judged, first["accuracy"])
    # Of the first seed, whose model is the one that ships: what three would say together, nobody can ask.
    return found, calibration, predictions(bench, judged, scores[0], background[0])


def summary(protocol: Protocol, judged: Judged, scores: Array, seeds: Sequence[int]) -> dict[str, Any]:
    """Accuracy with its interval, by fold, by seed and by label; scores (n_seeds, n, n_labels)."""
    n_labels = scores.shape[-1]
    answers = answered(scores)
    right = answers == judged.targets
    counts = [metrics.confusion(judged.targets, given, n_labels) for given in answers]
    return {
        "title": protocol.title,
        "accuracy": float(right.mean()),
        "interval": metrics.interval(right.mean(0), judged.groups),
        "macro_f1": float(np.mean([metrics.macro_f1(judged.targets, a, n_labels) for a in answers])),
        # Of the first seed, as all that predictions.json can tell.
        "macro_f1_interval": metrics.f1_interval(judged.targets, answers[0], judged.groups, n_labels),
        "seeds": {str(seed): float(r.mean()) for seed, r in zip(seeds, right, strict=True)},
        "held_out": protocol.column,
        "folds": {
            str(name): float(right[:, judged.folds == name].mean()) for name in _in_order(judged.folds)
        },
        "n": len(judged.items),
        "confusion": np.sum(counts, axis=0).tolist(),
    }


def _in_order(names: NDArray) -> list[str]:
    return list(dict.fromkeys(names.tolist()))


def leak(bench: Bench, judged: Judged, honest_clips: float) -> dict[str, Any]:
    """What much of the field would claim of the recipe, beside the honest numbers; of the first seed alone."""
    leaked, honest = bench.leaked(), judged.answers[0]
    right = answered(leaked.scores(1.0)[0])[0] == leaked.targets
    right_honest = honest.logits[:, :-1].argmax(1) == judged.targets[honest.owners]
    return {
        "title": LEAKY.title,
        "accuracy": float(right.mean()),
        "interval": metrics.interval(right, leaked.groups),
        "n": len(right),
        "honest_windows": float(right_honest.mean()),
        "honest_clips": honest_clips,
    }


def predictions(bench: Bench, judged: Judged, scores: Array, background: Array) -> bytes:
    """predictions.json: what the first seed's models said of each recording that they never met, calibrated."""
    task, order = bench.task, np.argsort(judged.items)
    content = {
        "schema_version": PREDICTIONS_VERSION,
        "protocol": bench.primary.name,
        "labels": task.labels,
        "items": [
            {
                "file": item.row.get("file") or item.file.name,
                "label": item.label,
                "fold": str(judged.folds[k]),
                "scores": scores[k].round(4).tolist(),
                "background": round(float(background[k]), 4),
            }
            for k in order
            if (item := bench.dataset.items[judged.items[k]])
        ],
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
