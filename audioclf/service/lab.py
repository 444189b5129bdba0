"""Degrade a sound, find where each model fails, and explain answers: for the Compare tab, commands and endpoints.

Importing this is cheap: libraries are imported by the first call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from audioclf import audio
from audioclf.inference.loading import Selection, load_models, require_files
from audioclf.service.analysis import Source, analyse
from audioclf.tasks import TASKS
from audioclf.types import Analysis, AudioclfError, Clip, Picture, Prediction, Progress, no_progress
from audioclf.wording import text
from audioclf.zoo.registry import Registry

if TYPE_CHECKING:
    from audioclf.inference.classifier import Classifier
    from audioclf.lab.explain import Explanation
    from audioclf.lab.sweep import Curve as Curve
    from audioclf.lab.sweep import Plan as Plan
    from audioclf.lab.sweep import Sweep as Sweep

Settings = Mapping[str, float]  # stress id -> level
OFF = "off"


@dataclass(frozen=True)
class Slider:
    """A stress as a slider: integer positions from `first` to `last`, where 0 leaves the sound unchanged.

    It gets harder to the right; with a two-sided stress, also to the left. levels, words: the level of every
    position, and its text. remedy: the stress is meant to make the sound easier instead.
    """

    name: str
    title: str
    first: int
    levels: tuple[float, ...]
    words: tuple[str, ...]
    remedy: bool = False

    @property
    def last(self) -> int:
        return self.first + len(self.levels) - 1


@dataclass(frozen=True, eq=False)
class Stressed:
    """before: predictions for the same part of the original sound. after: analysis of the degraded one."""

    before: tuple[Prediction, ...]
    after: Analysis


@dataclass(frozen=True, eq=False)
class Explained:
    """Explanation of one model's answer to `sound`. notices: settings, and the part used if not all of it."""

    explanation: Explanation
    sound: Clip
    notices: tuple[str, ...] = ()

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """The occlusion map, then the family's own views."""
        from audioclf.plotting import explanation as maps

        return maps.pictures(self.sound, self.explanation)

    @cached_property
    def explained_part(self) -> Clip:
        """The part of the sound that all pictures span."""
        start, end = (float(edge) for edge in self.explanation.grid.seconds[[0, -1]])
        return audio.cut(self.sound, start, end - start)

    @cached_property
    def important_part(self) -> Clip | None:
        """`explained_part` with only the most important region audible; None if there is no such region."""
        from audioclf.lab import explain

        if not (region := self.explanation.region):
            return None
        start = float(self.explanation.grid.seconds[0])
        return explain.part(
            self.explained_part, replace(region, start=region.start - start, end=region.end - start)
        )


def labels(task: str, registry: Registry) -> tuple[str, ...]:
    """The task's labels; for a task that is not ours, those of its first model."""
    if task in TASKS:
        return TASKS[task].labels
    model = registry.models_for(task)[0]
    require_files(registry, model)
    return registry.config(model).labels


def families(selection: Selection) -> dict[str, str]:
    """Model id -> family, without loading a model."""
    return {name: holder.entry(name).family for holder, name in selection.found()}


def sliders() -> Iterator[Slider]:
    """One slider per stress, in the order in which stresses are applied."""
    from audioclf.lab.stress import STRESSES
    from audioclf.lab.sweep import sides

    for name, chosen in STRESSES.items():
        *below, above = sides(chosen.levels, chosen.clean)
        left = [chosen.levels[i] for i in reversed(below[0])] if below else []
        right = [chosen.levels[i] for i in above]
        yield Slider(
            name,
            chosen.title,
            -len(left),
            (*left, chosen.clean, *right),
            (*map(chosen.words, left), OFF, *map(chosen.words, right)),
            chosen.remedy,
        )


def settings_at(positions: Mapping[str, int]) -> dict[str, float]:
    """The level of each slider that is not at 0. AudioclfError for an unknown slider or position."""
    known = {slider.name: slider for slider in sliders()}
    settings = {}
    for name, at in positions.items():
        slider = known.get(name)
        if slider is None or not isinstance(at, int) or not slider.first <= at <= slider.last:
            raise AudioclfError(f"there is no position {at!r} on a slider {name!r}")
        if at != 0:
            settings[name] = slider.levels[at - slider.first]
    return settings


def checked(settings: Settings) -> dict[str, float]:
    """Settings with full stress names. AudioclfError for an unknown stress or level."""
    from audioclf.lab import stress

    return stress.checked(settings)


def setting_words(settings: Settings) -> str:
    """Settings in words: "White noise 6 dB, Reverberation 0.5 s"; empty without any."""
    from audioclf.lab.stress import STRESSES

    return ", ".join(f"{STRESSES[name].title} {STRESSES[name].words(at)}" for name, at in settings.items())


def plan(
    stress: str,
    levels: Sequence[float] = (),
    settings: Settings = MappingProxyType({}),
    seed: int = 0,
) -> Plan:
    """A `sweep.Plan`. AudioclfError for an unknown stress or level."""
    from audioclf.lab import sweep

    return sweep.Plan(stress, tuple(levels), settings, seed)


def stressed(source: Source, settings: Settings, selection: Selection) -> Stressed:
    """Answers before and after degrading the sound by `settings`; sound and scores equal those of a sweep.

    A long clip is cut around its main window, and a notice says so. Raises what `analyse` raises, and AudioclfError
    for an unknown stress or level.
    """
    from audioclf.lab import stress, sweep

    sound, _, notices = sweep.excerpt(_clip(source), load_models(selection))
    before = analyse(sound, selection, pictures=False)
    after = analyse(stress.apply(sound, settings), selection)
    return Stressed(before.predictions, replace(after, notices=(*notices, *after.notices)))


def find_breaking_point(
    source: Source, plan: Plan, selection: Selection, progress: Progress = no_progress
) -> Sweep:
    """Sweep the sound over all levels of a plan. Raises what `analyse` raises."""
    from audioclf.lab import sweep

    return sweep.sweep(_clip(source), plan, load_models(selection), progress)


def explained(
    source: Source,
    label: str | None,
    selection: Selection,
    *,
    settings: Settings = MappingProxyType({}),
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[Explained, ...]:
    """Which parts of the sound each model's answer, or `label`, depends on; with `settings`, of the degraded excerpt.

    Raises the same errors as `stressed`, and AudioError for a silent sound.
    """
    from audioclf.lab import explain, sweep

    classifiers = load_models(selection)
    sound, notices = sweep.degraded_excerpt(_clip(source), settings, classifiers, seed)
    if settings:
        degraded = f"Degraded by: {setting_words(settings)}. Times count from the start of the part used."
        notices = (degraded, *notices)
    whys = list(explain.explain_all(sound, classifiers, label, progress))
    notices = (*notices, *_extent(sound, classifiers[0], whys[0]))
    return tuple(Explained(why, sound, notices) for why in whys)


def _extent(sound: Clip, classifier: Classifier, why: Explanation) -> tuple[str, ...]:
    """A sentence if the answer comes from more than the window that is explained."""
    seconds = classifier.config.clip_seconds
    if classifier.config.pooling != "mean" or sound.seconds <= seconds:
        return ()
    span = {"seconds": f"{seconds:g}", "start": f"{why.start:.1f}", "end": f"{why.end:.1f}"}
    return (text("explain.of_many", **span),)


def explained_and_drawn(
    source: Source,
    label: str | None,
    selection: Selection,
    *,
    settings: Settings = MappingProxyType({}),
    progress: Progress = no_progress,
) -> tuple[Explained, ...]:
    """Like `explained`, with all that is drawn or cut on demand already made: for use in another process."""
    found = explained(source, label, selection, settings=settings, progress=progress)
    for one in found:
        _ = one.pictures, one.explained_part, one.important_part
    return found


def _clip(source: Source) -> Clip:
    return source if isinstance(source, Clip) else audio.load_clip(source)
