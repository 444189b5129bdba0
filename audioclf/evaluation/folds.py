"""The models of a recipe's folds and their answers to held-out and unknown sounds, all kept in `runs`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf.data.datasets import Dataset, Item, decoded, fingerprint, targets
from audioclf.data.other_sounds import other_test_items
from audioclf.evaluation.calibration import HeldOutAnswers
from audioclf.evaluation.leaky_split import COLUMN, split_into_windows
from audioclf.evaluation.logits import VERSION, Answers, Inputs, joined, model_answers, model_inputs
from audioclf.evaluation.unknown_sounds import Unknowns, collect_unknowns
from audioclf.features import feature_from_config
from audioclf.models import Model
from audioclf.tasks import Protocol, Task
from audioclf.training.job import ALL, Job
from audioclf.training.sound_pool import Pool, digest
from audioclf.types import Clip

# Two of its five folds: a few hundred windows are enough to show the inflated accuracy.
LEAKY = Protocol("leaky", "windows split at random (same clips on both sides)", COLUMN, hold_out=("0", "1"))


def other_test_answers(
    task: Task, protocol: Protocol, items: tuple[Item, ...], answers: tuple[Answers, ...]
) -> HeldOutAnswers:
    """Answers to another data set's recordings, with the protocol's column as folds."""
    folds, places = np.array([item.row[protocol.column] for item in items]), np.arange(len(items))
    return HeldOutAnswers(answers, places, folds, targets(task, items), folds if protocol.group else places)


@dataclass(frozen=True)
class CrossValidation:
    """jobs: one per seed, all of one recipe. root: the folder of all data sets.

    Pools, inputs and models are made on first use, so none is made if all answers are kept.
    """

    jobs: tuple[Job, ...]
    root: Path

    @property
    def job(self) -> Job:
        """The job of the first seed."""
        return self.jobs[0]

    @property
    def task(self) -> Task:
        return self.job.task

    @property
    def dataset(self) -> Dataset:
        return self.job.dataset

    @property
    def primary(self) -> Protocol:
        return next(protocol for protocol in self.task.protocols if protocol.primary)

    @cached_property
    def pool(self) -> Pool:
        return self.job.pool()

    @cached_property
    def own(self) -> Inputs:
        """Inputs of every recording, without augmentation."""
        return self._inputs(self.dataset.load(i) for i in range(len(self.dataset.items)))

    @cached_property
    def unknowns(self) -> Unknowns:
        return collect_unknowns(self.dataset, self.root)

    @cached_property
    def unknown_inputs(self) -> Inputs:
        return self._inputs(self.unknowns.clips())

    def answers(self, protocol: Protocol) -> HeldOutAnswers | None:
        """Answers of a protocol; None if its data set is missing."""
        return self._other_data(protocol) if protocol.other else self.held_out(protocol)

    def held_out(self, protocol: Protocol) -> HeldOutAnswers:
        """Answers to the held-out recordings, fold after fold, each by the model of its fold."""
        folds = self.dataset.folds(protocol)
        items = np.concatenate([np.flatnonzero(held_out) for held_out in folds.values()])
        names = np.concatenate([[name] * int(held_out.sum()) for name, held_out in folds.items()])
        answers = tuple(
            joined([self._of_fold(job, protocol, name, held_out) for name, held_out in folds.items()])
            for job in (self.jobs[:1] if protocol.one_seed else self.jobs)
        )
        rows = [self.dataset.items[i].row for i in items]
        groups = np.array([row[protocol.group] for row in rows]) if protocol.group else items
        return HeldOutAnswers(answers, items, names, self.dataset.targets[items], groups)

    def _other_data(self, protocol: Protocol) -> HeldOutAnswers | None:
        """Answers to another data set's recordings, by the models trained on all recordings."""
        items = other_test_items(self.task, protocol, self.root)
        if not items:
            return None
        inputs: list[Inputs] = []  # made once, for the first seed without kept answers

        def make() -> Inputs:
            if not inputs:
                inputs.append(self._inputs(decoded(item.file, self.task.sample_rate) for item in items))
            return inputs[0]

        name = f"{protocol.name}-{digest([(item.file.name, fingerprint(item.file)) for item in items])}"
        answers = tuple(
            self._kept(job, name, partial(self._ask, job, ALL, self._nothing, make)) for job in self.jobs
        )
        return other_test_answers(self.task, protocol, items, answers)

    def unknown_answers(self) -> dict[str, Answers]:
        """Answers of the first seed's models of the primary protocol to all unknown sounds, by fold."""
        protocol, key = self.primary, digest(self.unknowns.names)

        def make() -> Inputs:
            return self.unknown_inputs

        return {
            fold: self._kept(
                self.job,
                f"{protocol.name}-{fold}-{key}",
                partial(self._ask, self.job, f"{protocol.name}-{fold}", held_out, make),
            )
            for fold, held_out in self.dataset.folds(protocol).items()
        }

    @cached_property
    def home_items(self) -> tuple[Item, ...]:
        """Recordings of people of Speech Commands that the recipe learns from, each once."""
        return tuple({item.file: item for item in self.dataset.extras if item.row.get("half")}.values())

    @cached_property
    def home_inputs(self) -> Inputs:
        return self._inputs(decoded(item.file, self.task.sample_rate) for item in self.home_items)

    @cached_property
    def at_home(self) -> HeldOutAnswers | None:
        """Answers to the people of Speech Commands that the recipe learns from, each by the fold that did not.

        targets: n_labels for other words. None for a recipe that learns from none of them.
        """
        items = self.home_items
        if not items:
            return None
        who = np.array([item.row["speaker"] for item in items])
        own_fold = np.array([self.dataset.home_fold(speaker) for speaker in who])
        folds = self.dataset.folds(self.primary)
        key = digest([(item.file.name, fingerprint(item.file)) for item in items])
        places = np.concatenate([np.flatnonzero(own_fold == fold) for fold in folds])

        def of_fold(job: Job, fold: str, held_out: NDArray[np.bool_]) -> Answers:
            name = f"{self.primary.name}-{fold}"
            ask = partial(self._ask, job, name, held_out, lambda: self.home_inputs.of(own_fold == fold))
            return self._kept(job, f"home-{fold}-{key}", ask)

        answers = tuple(
            joined([of_fold(job, fold, held_out) for fold, held_out in folds.items()]) for job in self.jobs
        )
        labels = (*self.task.labels, "")
        wanted = np.array([labels.index(item.label) for item in items])
        return HeldOutAnswers(answers, places, own_fold[places], wanted[places], who[places])

    def models(self) -> Iterator[tuple[Model, NDArray[np.bool_]]]:
        """The first seed's model of each fold of the primary protocol, and its held-out recordings."""
        for fold, held_out in self.dataset.folds(self.primary).items():
            yield self.job.trained(self.pool, held_out, f"{self.primary.name}-{fold}"), held_out

    def leaked(self) -> HeldOutAnswers:
        """Answers to single windows by first-seed models trained on other windows of the same clips; groups: clips.

        The recipe is the same, with windows as its recordings and the same total number of copies.
        """
        windows = split_into_windows(self.dataset, 0)
        copies = max(1, round(self.job.recipe.copies * len(self.dataset.items) / len(windows.items)))
        recipe = replace(self.job.recipe, copies=copies)
        answered = CrossValidation((replace(self.job, dataset=windows, recipe=recipe),), self.root).held_out(
            LEAKY
        )
        return replace(answered, groups=np.array(windows.owners)[answered.items])

    def _of_fold(self, job: Job, protocol: Protocol, fold: str, held_out: NDArray[np.bool_]) -> Answers:
        name = f"{protocol.name}-{fold}"
        return self._kept(job, name, partial(self._ask, job, name, held_out, lambda: self.own.of(held_out)))

    def _ask(self, job: Job, name: str, held_out: NDArray[np.bool_], make: Callable[[], Inputs]) -> Answers:
        return model_answers(job.trained(self.pool, held_out, name), make(), self._n_outputs)

    def _kept(self, job: Job, name: str, make: Callable[[], Answers]) -> Answers:
        speeds = job.recipe.speeds  # (1.0,) is not hashed: answers kept before speeds existed stay valid
        windowing = digest(VERSION, self.task.pooling, *([speeds] if speeds != (1.0,) else []))
        path = job.runs / job.id / f"answers-{name}-{job.fingerprint}-{windowing}.npz"
        if not path.exists():
            make().save(path)
        return Answers.load(path)

    def _inputs(self, clips: Iterator[Clip]) -> Inputs:
        recipe = self.job.recipe
        return model_inputs(clips, feature_from_config(recipe.feature), self.task, recipe.speeds)

    @property
    def _nothing(self) -> NDArray[np.bool_]:
        """Mask that holds out no recording."""
        return np.zeros(len(self.dataset.items), bool)

    @property
    def _n_outputs(self) -> int:
        return len(self.task.labels) + 1
