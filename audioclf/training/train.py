"""Train a task's recipe into a checkpoint."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from audioclf.models import all_settings
from audioclf.training.job import ALL, Job, plain
from audioclf.training.preflight import Order, make_jobs
from audioclf.types import Notice, Progress, ZooError, no_notice, no_progress
from audioclf.version import __version__
from audioclf.zoo.config import ModelConfig, parse_config
from audioclf.zoo.files import PREDICTIONS
from audioclf.zoo.registry import root_of
from audioclf.zoo.writing import build_index, save_model

# Probabilities as the model gives them, and no sound is rejected.
UNCALIBRATED = {"temperature": 1.0, "known_threshold": 1.0}


def train(
    model_id: str,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    epochs: int | None = None,
    runs: str | Path = "runs",
    resume: bool = True,
    like: str = "",
    progress: Progress = no_progress,
    notice: Notice = no_notice,
) -> Path:
    """Train on all recordings, save into the registry `out` (default: the bundled zoo), return the model's folder.

    Earlier results of `evaluate` for the same recipe are kept: they describe the recipe, not the weights.
    notice: told what is left out of a folder of your own sounds.
    """
    (job,) = make_jobs(Order(model_id, data, out, (seed,), epochs, runs, like, progress))
    parse_config(make_config(job, 0).to_json().encode(), model_id)
    for words in job.dataset.notices:
        notice(words)
    if not resume:
        job.discard(ALL)
    model = job.trained(job.pool(), np.zeros(len(job.dataset.items), bool), ALL)
    root = root_of(out)
    measured = _measured(root, job)
    folder = root / model_id
    if not measured:
        (folder / PREDICTIONS).unlink(missing_ok=True)
    config = make_config(job, sum(array.size for array in model.weights().values()), **measured)
    metrics = {**config.metrics, **({"training_curve": curve} if (curve := job.curve(ALL)) else {})}
    save_model(folder, replace(config, metrics=metrics), model)
    build_index(root)
    return folder


def make_config(job: Job, n_parameters: int, **measured: Any) -> ModelConfig:
    """Config of a model that `job` trained; without `measured`, uncalibrated and without a rejection threshold."""
    unmeasured = {"calibration": UNCALIBRATED, "metrics": {}}
    return ModelConfig(
        id=job.id,
        task=job.task.name,
        family=job.family,
        labels=job.task.labels,
        sample_rate=job.task.sample_rate,
        clip_seconds=job.task.clip_seconds,
        pooling=job.task.pooling,
        feature=job.recipe.feature,
        model=job.recipe.model,
        training=job.training_settings,
        speeds=job.recipe.speeds,
        dataset=job.task.dataset,
        license=job.task.license,
        seed=job.seed,
        n_parameters=n_parameters,
        library_version=__version__,
        **{**unmeasured, **measured},
    )


def same_recipe(job: Job, config: ModelConfig) -> bool:
    """Whether a checkpoint has the job's recipe, whatever its seed, so that its metrics hold for the job, too."""
    if config.training != job.training_settings:
        return False
    ours = (
        # A folder of your own sounds may have been moved.
        job.task.dataset if job.task.home else config.dataset,
        job.task.labels,
        job.task.sample_rate,
        job.task.clip_seconds,
        job.recipe.feature,
        job.recipe.model,
        job.recipe.speeds,
    )
    # A setting added after the checkpoint was made had its default.
    model = all_settings(job.family, config.model)
    inputs = (config.labels, config.sample_rate, config.clip_seconds, config.feature)
    return plain(ours) == plain((config.dataset, *inputs, model, config.speeds))


def _measured(root: Path, job: Job) -> dict[str, Any]:
    try:
        config = stored_config(root, job.id)
    except ZooError:
        return {}  # an older version, or damaged: it is replaced
    if config is None or not same_recipe(job, config):
        return {}
    return {"calibration": config.calibration, "metrics": config.metrics}


def stored_config(root: Path, model_id: str) -> ModelConfig | None:
    """The config of a model in the registry at `root`; None if it does not exist."""
    path = root / model_id / "config.json"
    return ModelConfig.from_json(path.read_text(encoding="utf-8"), model_id) if path.is_file() else None
