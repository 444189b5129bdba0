"""Train a task's recipe into a checkpoint."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from audioclf.models import Model, all_settings
from audioclf.training.job import ALL, Job, make_job, plain
from audioclf.types import Progress, no_progress
from audioclf.version import __version__
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.files import PREDICTIONS
from audioclf.zoo.registry import root_of
from audioclf.zoo.writing import build_index, save_model


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
) -> Path:
    """Train on all recordings, save into the registry `out` (default: the bundled zoo), return the model's folder.

    Earlier results of `evaluate` for the same recipe are kept: they describe the recipe, not the weights.
    """
    job = make_job(model_id, data, seed, epochs, runs, like, progress)
    if not resume:
        job.discard(ALL)
    model = job.trained(job.pool(), np.zeros(len(job.dataset.items), bool), ALL)
    root = root_of(out)
    measured = _measured(root, job)
    folder = root / model_id
    if not measured:
        (folder / PREDICTIONS).unlink(missing_ok=True)
    config = make_config(job, model, **measured)
    metrics = {**config.metrics, **({"training_curve": curve} if (curve := job.curve(ALL)) else {})}
    save_model(folder, replace(config, metrics=metrics), model)
    build_index(root)
    return folder


def make_config(job: Job, model: Model, **measured: Any) -> ModelConfig:
    """Config of a model that `job` trained; without `measured`, uncalibrated and without a rejection threshold."""
    unmeasured = {"calibration": {"temperature": 1.0, "known_threshold": 1.0}, "metrics": {}}
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
        n_parameters=sum(array.size for array in model.weights().values()),
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
    config = stored_config(root, job.id)
    if config is None or not same_recipe(job, config):
        return {}
    return {"calibration": config.calibration, "metrics": config.metrics}


def stored_config(root: Path, model_id: str) -> ModelConfig | None:
    """The config of a model in the registry at `root`; None if it does not exist."""
    path = root / model_id / "config.json"
    return ModelConfig.from_json(path.read_text(encoding="utf-8"), model_id) if path.is_file() else None
