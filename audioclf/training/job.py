"""One recipe on one data set with one seed: its pool, its trainings, and what is kept of them."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from audioclf.atomic import write_whole
from audioclf.data import datasets
from audioclf.features import feature_from_config, feature_to_config
from audioclf.models import Model, Weights, all_settings, make_model
from audioclf.tasks import Recipe, Task
from audioclf.training.pool import Pool, key, make_pool
from audioclf.types import Progress, no_progress
from audioclf.zoo.weights import pack, unpack

ALL = "all"  # name of the training that holds out nothing
PRETRAINED = "pretrained"  # and of that which holds out everything but other sounds
AFTER_PRETRAINING = 0.5  # of the learning rate: what was learnt before is to be bent, not broken
VERSION = 1  # of how models learn: of `models` and of what is left out of a pool
MAX_COPIES = 300_000  # in a pool: a data set of many recordings needs fewer of each


@dataclass(frozen=True)
class Job:
    """One recipe on one data set with one seed; `runs` keeps pools and checkpoints.

    progress: told of every stage; what it raises stops the work, which goes on from there when it is done again.
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

    @cached_property
    def fingerprint(self) -> str:
        """Tells apart jobs whose results differ, so that none is taken for another's."""
        recipe, data = self.recipe, self.dataset
        columns = [p.column for p in self.task.protocols if not p.other]
        sides = [[item.row.get(column, "") for column in columns] for item in data.items]
        sources = [item.row.get("source", "") for item in (*data.items, *data.extras)]
        learning = (VERSION, recipe.feature, recipe.model, recipe.copies, recipe.pretraining)
        return key(data, *learning, recipe.extra_stride, recipe.background_stride, self.seed, sides, sources)

    @property
    def training_settings(self) -> dict[str, Any]:
        """What is learnt from, besides the data set itself, and how often it is heard, as JSON has it."""
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
        """Where a training keeps what it would need to go on."""
        return self.runs / self.id / f"{name}-{self.fingerprint}.safetensors"

    def log(self, name: str) -> Path:
        """Where a training writes down how it goes: step, of how many, and a few words, a line each."""
        return self.checkpoint(name).with_suffix(".tsv")

    def curve(self, name: str) -> list[dict[str, float]]:
        """The loss over the steps of a training and of what it went on from; none for a family that has no loss."""
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
        # The sounds are those of seed 0 whatever the seed of the weights: seeds then differ in one thing.
        return make_pool(self.dataset, recipe.feature, recipe.copies, 0, self.runs / "cache", progress)

    def fit(self, pool: Pool, held_out: NDArray[np.bool_], name: str) -> Model:
        """A model that never met the held-out recordings. `name` tells its checkpoint from others'."""
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
        """`progress` with a title before its words; `log` is a file that keeps what it is told, too."""

        def tell(done: int, total: int, words: str) -> None:
            if log:
                log.parent.mkdir(parents=True, exist_ok=True)
                with log.open("a", encoding="utf-8") as file:
                    file.write(f"{done}\t{total}\t{words}\n")
            self.progress(done, total, f"{title}: {words}")

        return tell

    @property
    def _pretraining(self) -> Self | None:
        """The training that goes before all folds, on sounds that come of no recording of the data set."""
        if not self.recipe.pretraining:
            return None
        settings = {**self.recipe.model, "epochs": self.recipe.pretraining}
        before = replace(self.recipe, model=settings, pretraining=0.0, extra_stride=1, background_stride=1)
        return replace(self, recipe=before)

    def _start(self, pool: Pool) -> Weights | None:
        """The weights to go on from, the same for every fold; None for new ones."""
        if not (before := self._pretraining):
            return None
        everything = np.ones(len(self.dataset.items), bool)
        return before.trained(pool, everything, PRETRAINED).weights()

    def discard(self, name: str) -> None:
        """Remove what `trained` would find, whole or half done, what goes before it, and what all of it answered."""
        for path in (self.checkpoint(name), self.checkpoint(f"{name}-done")):
            path.unlink(missing_ok=True)
        for path in (self.runs / self.id).glob(f"answers-*-{self.fingerprint}-*"):
            path.unlink()
        if self._pretraining:
            self._pretraining.discard(PRETRAINED)

    def trained(self, pool: Pool, held_out: NDArray[np.bool_], name: str) -> Model:
        """The model that `fit` gives, from `runs` if it is there already."""
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
    """Some rows of an array too large to copy, indexed as if they were all there is."""

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
) -> Job:
    """The job that an id names; AudioclfError for an unknown id, DataError for data that is not there.

    like: as in `datasets.choose`.
    """
    dataset, family = datasets.choose(model_id, data, like)
    recipe = dataset.task.recipes[family]
    chosen = {**recipe.model, "epochs": epochs} if epochs else recipe.model
    # With every default written out: what was trained must not change its meaning when a default does.
    feature = feature_to_config(feature_from_config(recipe.feature))
    copies = min(recipe.copies, max(1, MAX_COPIES // len(dataset.items)))
    recipe = replace(recipe, feature=feature, model=all_settings(family, chosen), copies=copies)
    if not any(extra.label for extra in dataset.extras):
        # Nothing but background comes before the recordings: from that no label can be learnt.
        recipe = replace(recipe, pretraining=0.0)
    return Job(dataset.task, family, recipe, dataset, seed, Path(runs), progress)


def plain(value: Any) -> Any:
    """The value as JSON gives it back, so that what was stored can be compared with what was not."""
    return json.loads(json.dumps(value))  # a tuple and the list that JSON makes of it are the same setting
