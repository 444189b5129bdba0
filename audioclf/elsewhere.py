"""Judge a model as it is on another data set, of people whom no model has met, say: nothing is trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from audioclf import zoo
from audioclf.calibrate import Judged
from audioclf.checkpoint import load_folder, save_model
from audioclf.datasets import data_folder, decoded, judged_elsewhere, targets
from audioclf.evaluate import summary
from audioclf.features import feature_from_config
from audioclf.judge import ask, show
from audioclf.tasks import Protocol, Task, task_of
from audioclf.train import stored_config
from audioclf.types import AudioclfError, DataError, ZooError


def judge_again(
    model_id: str, name: str, *, data: str | Path | None = None, out: str | Path | None = None
) -> dict[str, Any]:
    """Metrics of a model in the registry `out`, in which those of the protocol `name` are new.

    They are written beside the model, into its config and card. AudioclfError for a protocol that would need a
    training, ZooError for a model that is not there, DataError for data that is not.
    """
    (task, _), root = task_of(model_id), zoo.root_of(out)
    protocol = _of_other_data(task, name)
    if stored_config(root, model_id) is None:
        raise ZooError(f"{model_id} is not in {root.name}; train it first, or name its registry with --out")
    config, model = load_folder(root / model_id)
    items = judged_elsewhere(task, protocol, data_folder(task, data))
    if not items:
        raise DataError(f"no sounds to judge by; get them with `audioclf data get {protocol.other}`")
    clips = (decoded(item.file, task.sample_rate) for item in items)
    answers = ask(model, show(clips, feature_from_config(config.feature), task), len(task.labels) + 1)
    folds = np.array([item.row[protocol.column] for item in items])
    judged = Judged((answers,), np.arange(len(items)), folds, targets(task, items))
    scores, _ = judged.scores(config.calibration["temperature"])
    known = config.metrics.get("protocols", {})
    found = {**known, name: summary(protocol, judged, scores, [config.seed])}
    in_order = {p.name: found[p.name] for p in task.protocols if p.name in found}
    measured = {**config.metrics, "protocols": in_order}
    save_model(root / model_id, replace(config, metrics=measured), model)
    zoo.build_index(root)
    return measured


def _of_other_data(task: Task, name: str) -> Protocol:
    protocols = {protocol.name: protocol for protocol in task.protocols if protocol.other}
    if name not in protocols:
        known = f"give one of {', '.join(protocols)}" if protocols else "leave it out"
        raise AudioclfError(
            f"{task.name} has no protocol {name!r} that can be judged without training; {known}"
        )
    return protocols[name]
