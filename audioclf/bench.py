"""The models of a recipe's folds, and what they say of sounds they never met; all of it is kept in `runs`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf.calibrate import Judged
from audioclf.datasets import Dataset, Item, decoded, judged_elsewhere, targets
from audioclf.features import feature_from_config
from audioclf.judge import VERSION, Answers, Inputs, ask, joined, show
from audioclf.models import Model
from audioclf.pool import OWN, Pool, digest, plan_sounds
from audioclf.tasks import Protocol, Task
from audioclf.train import ALL, Job
from audioclf.types import Clip
from audioclf.unknown import Unknowns, unknowns

N_WINDOW_FOLDS = 5  # of the split that leaks


@dataclass(frozen=True)
class Bench:
    """jobs: of one recipe, a seed each. root: the folder of all data sets.

    Pools, inputs and models are made when they are first needed: with all answers kept, none of them is.
    """

    jobs: tuple[Job, ...]
    root: Path

    @property
    def job(self) -> Job:
        """The one of the first seed."""
        return self.jobs[0]

    @property
    def task(self) -> Task:
        return self.job.task

    @property
    def dataset(self) -> Dataset:
        return self.job.dataset

    @property
    def primary(self) -> Protocol:
        """The protocol of record."""
        return next(protocol for protocol in self.task.protocols if protocol.primary)

    @cached_property
    def pool(self) -> Pool:
        return self.job.pool()

    @cached_property
    def own(self) -> Inputs:
        """Every recording, unperturbed, as a classifier shows it."""
        return self._shown(self.dataset.load(i) for i in range(len(self.dataset.items)))

    @cached_property
    def foreign(self) -> Unknowns:
        return unknowns(self.dataset, self.root)

    @cached_property
    def foreign_inputs(self) -> Inputs:
        return self._shown(self.foreign.clips())

    def judged(self, protocol: Protocol) -> Judged:
        """The held-out recordings, fold after fold, each judged by the model of its fold."""
        folds = self.dataset.folds(protocol)
        items = np.concatenate([np.flatnonzero(held_out) for held_out in folds.values()])
        names = np.concatenate([[name] * int(held_out.sum()) for name, held_out in folds.items()])
        answers = tuple(
            joined([self._of_fold(job, protocol, name, held_out) for name, held_out in folds.items()])
            for job in self.jobs
        )
        return Judged(answers, items, names, self.dataset.targets[items])

    def elsewhere(self, protocol: Protocol) -> tuple[Judged, tuple[Item, ...]]:
        """The recordings of another data set, judged by the model that holds out nothing, and what they are."""
        items = judged_elsewhere(self.task, protocol, self.root)
        inputs: list[Inputs] = []  # made once, by the first seed that has not answered yet

        def shown() -> Inputs:
            if not inputs:
                inputs.append(self._shown(decoded(item.file, self.task.sample_rate) for item in items))
            return inputs[0]

        name = f"{protocol.name}-{digest([item.file.name for item in items])}"
        answers = tuple(
            self._kept(job, name, partial(self._ask, job, ALL, self._nothing, shown)) for job in self.jobs
        )
        folds = np.array([item.row[protocol.column] for item in items])
        return Judged(answers, np.arange(len(items)), folds, targets(self.task, items)), items

    def strange(self) -> dict[str, Answers]:
        """What the first seed's models of the protocol of record say of all foreign sounds, by fold."""
        protocol, key = self.primary, digest(self.foreign.names)

        def shown() -> Inputs:
            return self.foreign_inputs

        return {
            fold: self._kept(
                self.job,
                f"{protocol.name}-{fold}-{key}",
                partial(self._ask, self.job, f"{protocol.name}-{fold}", held_out, shown),
            )
            for fold, held_out in self.dataset.folds(protocol).items()
        }

    def models(self) -> Iterator[tuple[Model, NDArray[np.bool_]]]:
        """The first seed's model of each fold of the protocol of record, and the recordings it never met."""
        for fold, held_out in self.dataset.folds(self.primary).items():
            yield self.job.trained(self.pool, held_out, f"{self.primary.name}-{fold}"), held_out

    def leaked(self) -> tuple[Answers, NDArray[np.int64]]:
        """What models say of single windows whose neighbours they learnt from, as if each were a recording.

        The windows of all recordings are dealt to folds at random. The model of a fold learns from all
        recordings, but from no window that it is judged on. Also returned: the recording of each window.
        """
        rng = np.random.default_rng(0)
        owners = self.own.owners
        fold_of = rng.permutation(np.arange(len(owners)) % N_WINDOW_FOLDS)
        order = np.argsort(fold_of, kind="stable")
        parts = [
            self._kept(self.job, f"leaky-{fold}", partial(self._leaky_fold, fold, fold_of == fold))
            for fold in range(N_WINDOW_FOLDS)
        ]
        return joined(parts), owners[order]

    def _leaky_fold(self, fold: int, chosen: NDArray[np.bool_]) -> Answers:
        plain = np.array([kind == OWN and copy == 0 for kind, _, _, copy in self._plan()])
        judged = np.isin(self.pool.sources[:, 0], self.own.owners[chosen])
        rows = np.flatnonzero(plain & judged)
        model = self.job.trained(Leaky(**vars(self.pool), left_out=rows), self._nothing, f"leaky-{fold}")
        n = int(chosen.sum())
        return ask(model, Inputs(self.own.x[chosen], np.arange(n), n), self._n_outputs)

    def _plan(self) -> list[tuple[str, int, int, int]]:
        return plan_sounds(self.dataset, self.job.recipe.copies, 0)

    def _of_fold(self, job: Job, protocol: Protocol, fold: str, held_out: NDArray[np.bool_]) -> Answers:
        name = f"{protocol.name}-{fold}"
        return self._kept(job, name, partial(self._ask, job, name, held_out, lambda: self.own.of(held_out)))

    def _ask(self, job: Job, name: str, held_out: NDArray[np.bool_], shown: Callable[[], Inputs]) -> Answers:
        return ask(job.trained(self.pool, held_out, name), shown(), self._n_outputs)

    def _kept(self, job: Job, name: str, make: Callable[[], Answers]) -> Answers:
        path = (
            job.runs / job.id / f"answers-{name}-{job.fingerprint}-{digest(VERSION, self.task.pooling)}.npz"
        )
        if not path.exists():
            make().save(path)
        return Answers.load(path)

    def _shown(self, clips: Iterator[Clip]) -> Inputs:
        return show(clips, feature_from_config(self.job.recipe.feature), self.task)

    @property
    def _nothing(self) -> NDArray[np.bool_]:
        """Holds out no recording."""
        return np.zeros(len(self.dataset.items), bool)

    @property
    def _n_outputs(self) -> int:
        return len(self.task.labels) + 1


@dataclass(frozen=True, eq=False)
class Leaky(Pool):
    """A pool of which some rows are left out, whatever else was made of the same recordings."""

    left_out: NDArray[np.intp]

    def without(self, held_out: NDArray[np.bool_]) -> NDArray[np.intp]:
        return np.setdiff1d(super().without(held_out), self.left_out)
