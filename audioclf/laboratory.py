"""What the Compare tab, its commands and endpoints do to a sound: make it harder, and see who still knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from audioclf import audio, service, stress, sweep, zoo
from audioclf.service import Source, Where
from audioclf.stress import STRESSES
from audioclf.sweep import Curve, Plan, Sweep
from audioclf.tasks import TASKS
from audioclf.types import Analysis, AudioclfError, Clip, Prediction

__all__ = ["Curve", "Plan", "Sweep"]  # what its results are made of, for those who may not import below

Progress = Callable[[int, int, str], None]  # (steps done, steps in all, words); may raise to stop the work
OFF = "off"


@dataclass(frozen=True)
class Slider:
    """A stress as a slider: whole positions from `first` to `last`, where 0 leaves the sound as it was.

    To the right it gets harder; where a stress has two sides, the left one gets harder to the left.
    levels: of all positions, from the first to the last. words: the same as they are read.
    """

    name: str
    title: str
    first: int
    levels: tuple[float, ...]
    words: tuple[str, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.levels) - 1


@dataclass(frozen=True, eq=False)
class Stressed:
    """before: what the models say of the sound as it is, of the same part of it. after: of the harder one."""

    before: tuple[Prediction, ...]
    after: Analysis


def labels(task: str, registry: Where = None) -> tuple[str, ...]:
    """What a sound of the task can be, without loading a model where the task is one of ours."""
    if task in TASKS:
        return TASKS[task].labels
    opened = zoo.open_registry(registry)
    return opened.config(service.model_ids(task, opened)[0]).labels


def families(task: str, models: Sequence[str] = (), registry: Where = None) -> dict[str, str]:
    """Model id -> family, of all the task's models or of some, without loading one."""
    opened = zoo.open_registry(registry)
    return {name: opened.entry(name).family for name in models or service.model_ids(task, opened)}


def sliders() -> Iterator[Slider]:
    """One for each stress, in the order in which they are applied."""
    for name, chosen in STRESSES.items():
        *below, above = sweep.sides(chosen.levels, chosen.clean)
        left = [chosen.levels[i] for i in reversed(below[0])] if below else []
        right = [chosen.levels[i] for i in above]
        yield Slider(
            name,
            chosen.title,
            -len(left),
            (*left, chosen.clean, *right),
            (*map(chosen.words, left), OFF, *map(chosen.words, right)),
        )


def settings_at(positions: Mapping[str, int]) -> dict[str, float]:
    """The level of each slider that is not at 0. AudioclfError for a slider or a position that there is not."""
    known = {slider.name: slider for slider in sliders()}
    settings = {}
    for name, at in positions.items():
        slider = known.get(name)
        if slider is None or not isinstance(at, int) or not slider.first <= at <= slider.last:
            raise AudioclfError(f"there is no position {at!r} of a slider {name!r}")
        if at != 0:
            settings[name] = slider.levels[at - slider.first]
    return settings


def stressed(
    source: Source,
    settings: stress.Settings,
    task: str = "digits",
    models: Sequence[str] | None = None,
    *,
    registry: Where = None,
) -> Stressed:
    """The sound under all of `settings`, beside what it was: the very sound and scores of a sweep at these levels.

    Of a long clip, that is its loudest part, which the notices say. Errors as of `service.analyse`;
    AudioclfError for a stress or a level that there is not.
    """
    sound, notices = _excerpt(source, task, models, registry)
    before = service.analyse(sound, task, models, registry=registry, pictures=False)
    after = service.analyse(stress.apply(sound, settings), task, models, registry=registry)
    return Stressed(before.predictions, replace(after, notices=(*notices, *after.notices)))


def find_breaking_point(
    source: Source,
    plan: Plan,
    task: str = "digits",
    models: Sequence[str] | None = None,
    *,
    registry: Where = None,
    progress: Progress = lambda *_: None,
) -> Sweep:
    """What each model makes of the sound at every level of the plan. Errors as of `service.analyse`."""
    return sweep.sweep(_clip(source), plan, service.load_models(task, models, registry), progress)


def _excerpt(
    source: Source, task: str, models: Sequence[str] | None, registry: Where
) -> tuple[Clip, tuple[str, ...]]:
    sound, _, notices = sweep.excerpt(_clip(source), service.load_models(task, models, registry))
    return sound, notices


def _clip(source: Source) -> Clip:
    return source if isinstance(source, Clip) else audio.load_clip(source)
