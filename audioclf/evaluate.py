"""Measure a recipe by its task's protocols: train every fold without what it is judged on, then count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from audioclf import audio, datasets, metrics, zoo
from audioclf.checkpoint import load_folder, save_model
from audioclf.features import feature_from_config
from audioclf.pool import Pool, digest, listen
from audioclf.tasks import Protocol
from audioclf.train import Job, make_job, same_recipe, stored_config
from audioclf.types import Clip, ZooError

# Of the voices in the data; strangers are further from what a model knows, and 0.95 turned many of them away.
TRUE_ACCEPTANCE = 0.98
N_FOREIGN = 300  # of each of the other data sets


def evaluate(
    model_id: str,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    epochs: int | None = None,
    runs: str | Path = "runs",
) -> dict[str, Any]:
    """Metrics of the recipe, measured on recordings its models never met.

    Folds done before, by the same recipe and seed, are read from `runs`. The numbers, and the temperature and
    threshold found on the out-of-fold scores, go into the config and card of the model in the registry `out`.
    """
    job = make_job(model_id, data, seed, epochs, runs)
    root = zoo.root_of(out)
    stored = stored_config(root, model_id)
    if stored and not same_recipe(job, stored):
        raise ZooError(
            f"{model_id} in {root.name} was trained with other settings than are to be measured; "
            "train it again, or name another registry with --out"
        )
    pool, inputs = job.pool(), clean_inputs(job)
    files = foreign_files(job, datasets.data_folder(job.task, data))
    foreign = Foreign(digest([file.name for file in files]), foreign_inputs(job, files))
    measured: dict[str, Any] = {"protocols": {}}
    calibration: dict[str, float] = {}
    for protocol in job.task.protocols:
        logits, foreign_logits, fold = out_of_fold(job, pool, inputs, foreign, protocol)
        measured["protocols"][protocol.name] = summary(job, protocol, logits, fold)
        if protocol.primary:
            details, calibration = confidence(job, logits, foreign_logits, fold)
            measured |= details
    if stored:
        _, model = load_folder(root / model_id)
        save_model(root / model_id, replace(stored, metrics=measured, calibration=calibration), model)
        zoo.build_index(root)
    return measured


@dataclass(frozen=True, eq=False)
class Foreign:
    """Inputs made of foreign sounds, (n, n_bins, n_frames), and a name that other files do not have."""

    name: str
    inputs: NDArray[np.float32]


def _inputs(job: Job, clips: Iterable[Clip]) -> NDArray[np.float32]:
    """(n, n_bins, n_frames): of every clip what a classifier shows its model."""
    extract = feature_from_config(job.recipe.feature)
    x = [extract(listen(clip, job.task.clip_seconds)).values for clip in clips]
    return np.array(x, dtype=np.float32)


def clean_inputs(job: Job) -> NDArray[np.float32]:
    """(n, n_bins, n_frames) of every recording, unperturbed."""
    return _inputs(job, (job.dataset.load(i) for i in range(len(job.dataset.items))))


def foreign_files(job: Job, folder: Path) -> list[Path]:
    """Sounds of other tasks' data sets, which this task's models never met."""
    rng = np.random.default_rng(0)
    chosen: list[Path] = []
    for files in datasets.others(job.task, folder):
        chosen += [files[i] for i in rng.permutation(len(files))[:N_FOREIGN]]
    return chosen


def foreign_inputs(job: Job, files: Sequence[Path]) -> NDArray[np.float32]:
    """(n, n_bins, n_frames) of every file in which there is something to hear."""
    clips = (audio.resample(audio.load_clip(file), job.task.sample_rate) for file in files)
    return _inputs(job, (clip for clip in clips if not audio.is_silent(clip)))


def out_of_fold(
    job: Job,
    pool: Pool,
    inputs: NDArray[np.float32],
    foreign: Foreign,
    protocol: Protocol,
) -> tuple[NDArray, NDArray, NDArray]:
    """What each fold's model says of the recordings it never met.

    Logits of the held-out recordings, (n, n_labels + 1), nan where none was held out; those of the foreign
    sounds by every fold's model, (n_folds, n_foreign, n_labels + 1); the fold of every recording, "" for none.
    """
    folds = job.dataset.folds(protocol)
    n_outputs = len(job.task.labels) + 1
    logits, fold_of = np.full((len(inputs), n_outputs), np.nan), np.full(len(inputs), "", dtype=object)
    foreign_logits = []
    for name, held_out in folds.items():
        path = job.runs / job.id / f"{protocol.name}-{name}-{job.fingerprint}-{foreign.name}.npz"
        if not path.exists():
            model = job.fit(pool, held_out, f"{protocol.name}-{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            strange = foreign.inputs
            answers = model.logits(strange) if len(strange) else np.zeros((0, n_outputs))
            np.savez(path, own=model.logits(inputs[held_out]), foreign=answers)
        with np.load(path, allow_pickle=False) as saved:
            logits[held_out] = saved["own"]
            foreign_logits.append(saved["foreign"])
        fold_of[held_out] = name
    return logits, np.stack(foreign_logits), fold_of.astype(str)


def summary(job: Job, protocol: Protocol, logits: NDArray, fold: NDArray) -> dict[str, Any]:
    """Accuracy with its interval, by fold and by label."""
    judged = fold != ""
    targets, answers = job.dataset.targets[judged], logits[judged][:, :-1].argmax(1)
    right, names = targets == answers, fold[judged]
    n_labels = len(job.task.labels)
    return {
        "title": protocol.title,
        "accuracy": float(right.mean()),
        "interval": metrics.interval(right, names),
        "macro_f1": metrics.macro_f1(targets, answers, n_labels),
        "folds": {name: float(right[names == name].mean()) for name in np.unique(names).tolist()},
        "n": int(judged.sum()),
        "confusion": metrics.confusion(targets, answers, n_labels),
    }


def confidence(
    job: Job, logits: NDArray, foreign: NDArray, fold: NDArray
) -> tuple[dict[str, Any], dict[str, float]]:
    """Calibration and rejection on the out-of-fold scores; the metrics, and what a checkpoint keeps."""
    judged = fold != ""
    own, targets, names = logits[judged], job.dataset.targets[judged], fold[judged]
    labels = own[:, :-1]
    scale = metrics.temperature(labels, targets)
    background = softmax(own / scale, axis=1)[:, -1]
    threshold = float(np.quantile(background, TRUE_ACCEPTANCE))
    accepted = metrics.accepted(background, names, TRUE_ACCEPTANCE)
    counts = np.array(metrics.confusion(targets, labels.argmax(1), len(job.task.labels)))
    recall = np.diag(counts) / counts.sum(1)
    details = {
        "ece": metrics.expected_calibration_error(metrics.calibrated(labels, targets, names), targets),
        "ece_uncalibrated": metrics.expected_calibration_error(softmax(labels, axis=1), targets),
        "per_class": dict(zip(job.task.labels, recall.tolist(), strict=True)),
        "confusion": counts.tolist(),
        "true_acceptance": float(accepted.mean()),
        "known_threshold": threshold,
    }
    if foreign.size:
        strange = softmax(foreign / scale, axis=2)[:, :, -1]
        # Every fold's model judges all foreign sounds but only its own held-out recordings: compare within folds.
        pairs = zip(strange, np.unique(names), strict=True)
        details["unknown_auroc"] = float(
            np.mean([metrics.auroc(f, background[names == n]) for f, n in pairs])
        )
        details["unknown_rejected"] = float((strange > threshold).mean())
    return details, {"temperature": scale, "known_threshold": threshold}
