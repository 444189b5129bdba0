"""Evaluate a recipe with its task's protocols: train every fold without its held-out recordings and score these."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from audioclf.atomic import write_whole
from audioclf.data import datasets
from audioclf.data.datasets import data_folder, decoded
from audioclf.data.other_sounds import other_test_items
from audioclf.data.people import HOME
from audioclf.data.strangers import strangers
from audioclf.evaluation import robustness
from audioclf.evaluation.calibration import calibrate, calibrate_at_home, rejection, too_few
from audioclf.evaluation.field import DIGITS_OF, evaluate_field
from audioclf.evaluation.folds import CrossValidation, other_test_answers
from audioclf.evaluation.logits import model_answers, model_inputs
from audioclf.evaluation.report import leak, predictions, summary
from audioclf.evaluation.strings import PEOPLE, evaluate_strings
from audioclf.features import feature_from_config
from audioclf.inference.classifier import Classifier
from audioclf.inference.timing import latency
from audioclf.models import Model
from audioclf.tasks import DIGITS, TASKS, Protocol, Task
from audioclf.training.preflight import Order, make_jobs
from audioclf.training.train import UNCALIBRATED, same_recipe, stored_config
from audioclf.types import AudioclfError, DataError, Notice, Progress, ZooError, no_notice, no_progress
from audioclf.wording import megabytes
from audioclf.zoo.checkpoint import load_folder
from audioclf.zoo.config import MODEL_ID, ModelConfig
from audioclf.zoo.files import CONFIG, MAX_BYTES, PREDICTIONS
from audioclf.zoo.hub import is_hub
from audioclf.zoo.registry import open_registry, root_of
from audioclf.zoo.writing import build_index, save_model

# Tests of stored models on digits: name in the metrics -> data set and measure.
STORED_TESTS: Mapping[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "field": (HOME, evaluate_field),
    "strings": (PEOPLE, evaluate_strings),
}


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
    progress: Progress = no_progress,
    notice: Notice = no_notice,
) -> dict[str, Any]:
    """Metrics of the recipe on recordings that its models were not trained on.

    Reads finished folds of the same recipe and seed from `runs`. Saves metrics, predictions, temperature and
    threshold with the model in the registry `out`, and updates its card. like: see `datasets.choose`.
    stress: also measure the accuracy under noise, reverb and filters; otherwise earlier results of it are kept, if
    the models of the folds still predict the same labels. notice: told what is left out.
    """
    order = Order(model_id, data, out, seeds, epochs, runs, like, progress)
    is_stored = MODEL_ID.fullmatch(model_id) is not None and (order.root / model_id / CONFIG).is_file()
    jobs = make_jobs(order, is_stored)
    stored = stored_config(order.root, model_id) if is_stored else None
    if stored and not same_recipe(jobs[0], stored):
        raise ZooError(
            f"{model_id} in {order.root.name} was trained with other settings than this recipe; "
            "train it again, or name another registry with --out"
        )
    for words in jobs[0].dataset.notices:
        notice(words)
    validation = CrossValidation(jobs, datasets.data_folder(jobs[0].task, data))
    measured, calibration, predictions = measure(validation)
    if stress:
        measured["stress"] = robustness.curves(validation, calibration)
    if not stored:
        notice(
            f"{model_id} is not in {order.root.name}, so the results are only printed; train it to keep them"
        )
        return measured
    folder = order.root / model_id
    _, model = load_folder(folder)
    kept = _kept(stored, folder / PREDICTIONS, predictions)
    classifier = Classifier(replace(stored, calibration=calibration), model)
    measured = {**kept, **measured, **latency(classifier), **_field(classifier, data, progress)}
    save_model(folder, replace(stored, metrics=measured, calibration=calibration), model)
    if len(predictions) <= MAX_BYTES[PREDICTIONS]:
        write_whole(folder / PREDICTIONS, predictions)
    else:
        (folder / PREDICTIONS).unlink(missing_ok=True)
        notice(
            f"the predictions for {len(jobs[0].dataset.items):,} recordings take {megabytes(len(predictions))}, more "
            f"than the {megabytes(MAX_BYTES[PREDICTIONS])} that a registry keeps; they are left out"
        )
    build_index(order.root)
    return measured


def _kept(stored: ModelConfig, path: Path, predictions: bytes) -> dict[str, Any]:
    """Stored metrics to keep: the training curve; stress and strings if the folds' models predict the same labels."""
    same = path.is_file() and _answers(path.read_bytes()) == _answers(predictions)
    names = ("training_curve", *(("stress", "strings") if same else ()))
    return {name: stored.metrics[name] for name in names if name in stored.metrics}


def _answers(predictions: bytes) -> list[tuple[str, int]]:
    """File and likeliest label of each recording, whatever the temperature."""
    items = json.loads(predictions)["items"]
    return [(item["file"], int(np.argmax(item["scores"]))) for item in items]


def measure(validation: CrossValidation) -> tuple[dict[str, Any], dict[str, float], bytes]:
    """Metrics; temperature and threshold; and predictions.json of the primary protocol."""
    held_out = validation.held_out(validation.primary)
    reason = too_few(held_out, validation.task.labels)
    calibration_metrics, calibration = (
        ({"not_calibrated": reason}, UNCALIBRATED) if reason else calibrate(held_out)
    )
    if not reason and validation.at_home:
        at_home, calibration = calibrate_at_home(
            held_out,
            validation.at_home,
            calibration["temperature"],
            len(validation.task.labels),
            validation.jobs[0].recipe.home_acceptance,
        )
        calibration_metrics |= at_home
    scores, background = held_out.scores(1.0) if reason else held_out.calibrated()
    seeds = [job.seed for job in validation.jobs]
    found: dict[str, Any] = {"seeds": seeds, "protocols": {}}
    for protocol in validation.task.protocols:
        if protocol.primary:
            found["protocols"][protocol.name] = summary(protocol, held_out, scores, seeds)
        elif (others := validation.answers(protocol)) is not None:
            calibrated, _ = others.scores(calibration["temperature"])
            found["protocols"][protocol.name] = summary(
                protocol, others, calibrated, seeds[: len(calibrated)]
            )
    first = found["protocols"][validation.primary.name]
    n_true = len(seeds) * np.bincount(held_out.targets, minlength=len(validation.task.labels))
    recall = np.diag(first["confusion"]) / np.maximum(n_true, 1)
    found |= calibration_metrics
    found["per_class"] = dict(zip(validation.task.labels, recall.tolist(), strict=True))
    found["confusion"] = first["confusion"]
    if not reason:
        found |= rejection(held_out, validation.unknown_answers(), validation.unknowns.kinds, calibration)
    if validation.task.leaky:
        found["leaky"] = leak(validation, held_out, first["accuracy"])
    # Of the first seed, because only its model ships.
    return found, calibration, predictions(validation, held_out, scores[0], background[0])


def evaluate_on(
    config: ModelConfig, model: Model, name: str, data: str | Path | None = None
) -> dict[str, Any]:
    """Metrics of the protocol `name` on another data set, as in `evaluate`; trains and writes nothing.

    AudioclfError for a protocol that needs training, ZooError for a model with other labels than its task,
    DataError for missing data.
    """
    task = _task(config)
    protocol = _cross_corpus_protocol(task, name)
    root = data_folder(task, data, protocol.other)
    items = other_test_items(task, protocol, root)
    if not items:
        raise DataError(
            f"{root.name or root} has no {protocol.other}; get it with `audioclf data get {protocol.other}`"
        )
    clips = (decoded(item.file, config.sample_rate) for item in items)
    inputs = model_inputs(clips, feature_from_config(config.feature), config, config.speeds)
    answers = model_answers(model, inputs, len(config.labels) + 1)
    held_out = other_test_answers(task, protocol, items, (answers,))
    scores, _ = held_out.scores(config.calibration["temperature"])
    return {"protocols": {name: summary(protocol, held_out, scores, [config.seed])}}


def _field(classifier: Classifier, data: str | Path | None, progress: Progress) -> dict[str, Any]:
    """The model's metrics on strangers; none for another task, or if their recordings are missing."""
    root = data_folder(DIGITS, data, HOME)
    if classifier.config.labels != DIGITS.labels or not any(strangers(root, name) for name in DIGITS_OF):
        return {}
    return {"field": evaluate_field(classifier, root, progress=progress)}


def evaluate_stored(
    model_id: str,
    test: str,
    data: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """{test: metrics} of a stored digit model on people that it never learnt from; trains nothing.

    test: a key of STORED_TESTS. Saves the metrics with the model and updates its card if `out` is a folder. ZooError
    for a model with other labels, DataError for missing data.
    """
    dataset, measure = STORED_TESTS[test]
    config, model = open_registry(out).load(model_id)
    if config.labels != DIGITS.labels:
        raise ZooError(f"{model_id} has other labels than the digits; only digits are at hand for this test")
    root = data_folder(DIGITS, data, dataset)
    found = {test: measure(Classifier(config, model), root, progress=progress)}
    if out and not is_hub(out):
        save_model(root_of(out) / model_id, replace(config, metrics={**config.metrics, **found}), model)
        build_index(root_of(out))
    return found


def _task(config: ModelConfig) -> Task:
    task = TASKS.get(config.task)
    if task is None or task.labels != config.labels:
        known = ", ".join(TASKS)
        raise ZooError(
            f"{config.id} has labels of its own; only models of {known} can be tested on other data"
        )
    return task


def _cross_corpus_protocol(task: Task, name: str) -> Protocol:
    protocols = {protocol.name: protocol for protocol in task.protocols if protocol.other}
    if name not in protocols:
        known = f"there are {', '.join(protocols)}" if protocols else "there are none"
        raise AudioclfError(f"{task.name} has no protocol {name!r} on other data; {known}")
    return protocols[name]
