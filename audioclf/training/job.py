"""One recipe on one data set with one seed: its pool, its trainings and their checkpoints."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from audioclf.atomic import write_whole
from audioclf.data import datasets
from audioclf.data.own_folder import FindUnusable
from audioclf.features import feature_from_config, feature_to_config
from audioclf.models import Model, Weights, all_settings, make_model
from audioclf.tasks import Recipe, Task
from audioclf.training.sound_pool import Pool, key, make_pool
from audioclf.types import Progress, no_progress
from audioclf.zoo.weights import pack, unpack

ALL = "all"  # name of the training that holds out nothing
PRETRAINED = "pretrained"  # name of the training on other sounds only
AFTER_PRETRAINING = 0.5  # fine-tuning learning rate, as a fraction
VERSION = 1  # of the training code in `models` and of the choice of pool rows
MAX_COPIES = 300_000  # in a pool; data sets of many recordings get fewer copies of each


@dataclass(frozen=True)
class Job:
    """One recipe on one data set with one seed; `runs` keeps pools and checkpoints.

    progress: called at every stage. An exception that it raises stops the work; the next run resumes from there.
    """

    task: Task
    family: str
    recipe: Recipe
    dataset: datasets.Dataset
    seed: int
    runs: Path
    progress: Progress = no_progress

    @property
    def id(self) -> str:
        return f"{self.task.name}-{self.family}"

    @property
    def cache(self) -> Path:
        """The folder of pools, which all jobs share."""
        return self.runs / "cache"

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything that affects the results of the job."""
        recipe, data = self.recipe, self.dataset
        columns = [p.column for p in self.task.protocols if not p.other]
        sides = [[item.row.get(column, "") for column in columns] for item in data.items]
        sources = [item.row.get("source", "") for item in (*data.items, *data.extras)]
        learning = (VERSION, recipe.feature, recipe.model, recipe.copies, recipe.pretraining)
        return key(data, *learning, recipe.extra_stride, recipe.background_stride, self.seed, sides, sources)

    @property
    def training_settings(self) -> dict[str, Any]:
        """What the model trains on in addition to the data set, and how often, as JSON values."""
        recipe, task = self.recipe, self.task
        return plain(
            {
                "copies": recipe.copies,
                "extras": [asdict(extra) for extra in task.extras],
                "background": task.background,
                "augmentation": task.augmentation,
                "pretraining": recipe.pretraining,
                "extra_stride": recipe.extra_stride,
                "background_stride": recipe.background_stride,
            }
        )

    def checkpoint(self, name: str) -> Path:
        """Path of the checkpoint from which a training resumes."""
        return self.runs / self.id / f"{name}-{self.fingerprint}.safetensors"

    def log(self, name: str) -> Path:
        """Path of a training's log; each line has the step, the number of steps and a few words."""
        return self.checkpoint(name).with_suffix(".tsv")

    def curve(self, name: str) -> list[dict[str, float]]:
        """Loss over the steps of a training and its pretraining; empty for a family without a loss."""
        earlier = self._pretraining.curve(PRETRAINED) if self._pretraining else []
        first = int(earlier[-1]["step"]) if earlier else 0
        log = self.log(name)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        steps = (line.split("\t") for line in lines)
        return earlier + [
            {"step": first + int(done), "loss": float(words.removeprefix("loss "))}
            for done, _, words in steps
            if words.startswith("loss ")
        ]

    def pool(self) -> Pool:
        recipe, progress = self.recipe, self._reporter(self.id)
        # Always the sounds of seed 0, so that models of different seeds differ only in their weights.
        return make_pool(self.dataset, recipe.feature, recipe.copies, 0, self.cache, progress)

    def fit(self, pool: Pool, held_out: NDArray[np.bool_], name: str) -> Model:
        """Train a model without the held-out recordings. `name` is part of its checkpoint's name."""
        start = self._start(pool)
        rows = pool.training_rows(held_out, self.recipe.extra_stride, self.recipe.background_stride)
        model = self._untrained(pool)
        checkpoint = self.checkpoint(name)
        log = self.log(name)
        if not checkpoint.exists():
            log.unlink(missing_ok=True)
        model.fit(
            Rows(pool.x, rows),
            pool.targets[rows],
            seed=self.seed,
            progress=self._reporter(f"{self.id} {name}", log),
            checkpoint=checkpoint,
            start=start,
            rate=AFTER_PRETRAINING if start else 1.0,
        )
        checkpoint.unlink(missing_ok=True)
        return model

    def _reporter(self, title: str, log: Path | None = None) -> Progress:
        """`progress` with a title before its words; also appends each call to the file `log`."""

        def tell(done: int, total: int, words: str) -> None:
            if log:
                log.parent.mkdir(parents=True, exist_ok=True)
                with log.open("a", encoding="utf-8") as file:
                    file.write(f"{done}\t{total}\t{words}\n")
            self.progress(done, total, f"{title}: {words}")

        return tell

    @property
    def _pretraining(self) -> Self | None:
        """The job that pretrains for all folds, on sounds made from no recording of the data set; None for none."""
        if not self.recipe.pretraining:
            return None
        settings = {**self.recipe.model, "epochs": self.recipe.pretraining}
        before = replace(self.recipe, model=settings, pretraining=0.0, extra_stride=1, background_stride=1)
        return replace(self, recipe=before)

    def _start(self, pool: Pool) -> Weights | None:
        """The pretrained weights, the same for every fold; None without pretraining."""
        if not (before := self._pretraining):
            return None
        everything = np.ones(len(self.dataset.items), bool)
        return before.trained(pool, everything, PRETRAINED).weights()

    def discard(self, name: str) -> None:
        """Remove the model of `trained`, its unfinished checkpoint, its pretraining, and all answers of the job."""
        for path in (self.checkpoint(name), self.checkpoint(f"{name}-done")):
            path.unlink(missing_ok=True)
        for path in (self.runs / self.id).glob(f"answers-*-{self.fingerprint}-*"):
            path.unlink()
        if self._pretraining:
            self._pretraining.discard(PRETRAINED)

    def trained(self, pool: Pool, held_out: NDArray[np.bool_], name: str) -> Model:
        """The model of `fit`, read from `runs` if it exists there."""
        path = self.checkpoint(f"{name}-done")
        if not path.exists():
            model = self.fit(pool, held_out, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, pack(model.weights()))
            return model
        model = self._untrained(pool)
        model.load_weights(unpack(path.read_bytes(), self.id))
        return model

    def _untrained(self, pool: Pool) -> Model:
        settings = self.recipe.model
        return make_model(self.family, n_labels=len(self.task.labels), n_bins=pool.x.shape[1], **settings)


class Rows:
    """Some rows of an array that is too large to copy, indexed like an array."""

    def __init__(self, x: NDArray, rows: NDArray[np.intp]) -> None:
        self.x, self.rows = x, rows
        self.shape = (len(rows), *x.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: NDArray[np.intp]) -> NDArray:
        return self.x[self.rows[index]]


def make_job(
    model_id: str,
    data: str | Path | None,
    seed: int,
    epochs: int | None,
    runs: str | Path,
    like: str = "",
    progress: Progress = no_progress,
    find_unusable: FindUnusable = lambda files: {},
) -> Job:
    """The job of an id; AudioclfError for an unknown id, DataError for missing data.

    like, find_unusable: see `datasets.choose`.
    """
    dataset, family = datasets.choose(model_id, data, like, find_unusable)
    recipe = dataset.task.recipes[family]
    chosen = {**recipe.model, "epochs": epochs} if epochs else recipe.model
    # Every default is written out: a default that changes later must not change an old recipe.
    feature = feature_to_config(feature_from_config(recipe.feature))
    copies = min(recipe.copies, max(1, MAX_COPIES // len(dataset.items)))
    recipe = replace(recipe, feature=feature, model=all_settings(family, chosen), copies=copies)
    if not any(extra.label for extra in dataset.extras):
        # Pretraining would only see background sounds and could not learn any label.
        recipe = replace(recipe, pretraining=0.0)
    return Job(dataset.task, family, recipe, dataset, seed, Path(runs), progress)


def plain(value: Any) -> Any:
    """The value after a round trip through JSON, which makes lists of tuples; comparable to stored values."""
    return json.loads(json.dumps(value))
