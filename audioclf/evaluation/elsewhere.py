"""Judge a stored model, as it is, by another data set: of people whom no model has met, say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audioclf.data.datasets import data_folder, decoded, judged_elsewhere
from audioclf.evaluation.answers import ask, show
from audioclf.evaluation.evaluate import summary
from audioclf.evaluation.folds import judged_by_others
from audioclf.features import feature_from_config
from audioclf.models import Model
from audioclf.tasks import TASKS, Protocol, Task
from audioclf.types import AudioclfError, DataError, ZooError
from audioclf.zoo.config import ModelConfig


def judge(config: ModelConfig, model: Model, name: str, data: str | Path | None = None) -> dict[str, Any]:
    """Metrics of the protocol `name`, as `evaluate` has them; nothing is trained, nothing written.

    AudioclfError for a protocol that would need a training, ZooError for a model of other labels than the task's,
    DataError for data that is not there.
    """
    task = _task(config)
    protocol = _of_other_data(task, name)
    root = data_folder(task, data, protocol.other)
    items = judged_elsewhere(task, protocol, root)
    if not items:
        raise DataError(
            f"{root.name or root} has no {protocol.other}; get them: audioclf data get {protocol.other}"
        )
    clips = (decoded(item.file, config.sample_rate) for item in items)
    inputs = show(clips, feature_from_config(config.feature), config, config.speeds)
    answers = ask(model, inputs, len(config.labels) + 1)
    judged = judged_by_others(task, protocol, items, (answers,))
    scores, _ = judged.scores(config.calibration["temperature"])
    return {"protocols": {name: summary(protocol, judged, scores, [config.seed])}}


def _task(config: ModelConfig) -> Task:
    task = TASKS.get(config.task)
    if task is None or task.labels != config.labels:
        known = ", ".join(TASKS)
        raise ZooError(
            f"{config.id} has labels of its own; only models of {known} can be judged by other data"
        )
    return task


def _of_other_data(task: Task, name: str) -> Protocol:
    protocols = {protocol.name: protocol for protocol in task.protocols if protocol.other}
    if name not in protocols:
        known = f"there are {', '.join(protocols)}" if protocols else "there are none"
        raise AudioclfError(f"{task.name} has no {name!r} to judge by without training; {known}")
    return protocols[name]
