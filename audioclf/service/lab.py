"""What the Compare tab, its commands and endpoints do to a sound: make it harder, and see who still knows it.

Importing this is cheap, as with `service`; what it works with comes in with the first call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from audioclf import audio
from audioclf.inference.loading import Selection, load_models
from audioclf.service.analysis import Source, analyse
from audioclf.tasks import TASKS
from audioclf.types import Analysis, AudioclfError, Clip, Picture, Prediction, Progress, no_progress
from audioclf.zoo.registry import Registry

if TYPE_CHECKING:
    from audioclf.lab.explain import Explanation
    from audioclf.lab.sweep import Curve as Curve
    from audioclf.lab.sweep import Plan as Plan
    from audioclf.lab.sweep import Sweep as Sweep

Settings = Mapping[str, float]  # stress id -> level
OFF = "off"


@dataclass(frozen=True)
class Slider:
    """A stress as a slider: whole positions from `first` to `last`, where 0 leaves the sound as it was.

    To the right it gets harder; where a stress has two sides, the left one gets harder to the left.
    levels: of all positions, from the first to the last. words: the same as they are read. remedy: meant to make
    it easier instead.
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
    """before: what the models say of the sound as it is, of the same part of it. after: of the harder one."""

    before: tuple[Prediction, ...]
    after: Analysis


@dataclass(frozen=True, eq=False)
class Explained:
    """What one model listened to in `sound`. notices: what of the sound was used, if not all of it."""

    explanation: Explanation
    sound: Clip
    notices: tuple[str, ...] = ()

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """The occlusion map, then the family's own views."""
        from audioclf.plotting import explanation as maps

        return maps.pictures(self.sound, self.explanation)

    @cached_property
    def heard(self) -> Clip:
        """The part of the sound that all pictures span."""
        start, end = (float(edge) for edge in self.explanation.grid.seconds[[0, -1]])
        return audio.cut(self.sound, start, end - start)

    @cached_property
    def needed(self) -> Clip | None:
        """The same with nothing but the region that mattered most, None if there is none."""
        from audioclf.lab import explain

        if not (region := self.explanation.region):
            return None
        start = float(self.explanation.grid.seconds[0])
        return explain.part(self.heard, replace(region, start=region.start - start, end=region.end - start))


def labels(task: str, registry: Registry) -> tuple[str, ...]:
    """What a sound of the task can be, without loading a model where the task is one of ours."""
    if task in TASKS:
        return TASKS[task].labels
    return registry.config(registry.models_for(task)[0]).labels


def families(selection: Selection) -> dict[str, str]:
    """Model id -> family, without loading one."""
    return {name: holder.entry(name).family for holder, name in selection.found()}


def sliders() -> Iterator[Slider]:
    """One for each stress, in the order in which they are applied."""
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


def checked(settings: Settings) -> dict[str, float]:
    """Settings by the full names of their stresses. AudioclfError for a stress or a level that there is not."""
    from audioclf.lab import stress

    return stress.checked(settings)


def setting_words(settings: Settings) -> str:
    """What is on, to be read: "White noise 6 dB, Reverberation 0.5 s"; empty if nothing is."""
    from audioclf.lab.stress import STRESSES

    return ", ".join(f"{STRESSES[name].title} {STRESSES[name].words(at)}" for name, at in settings.items())


def plan(
    stress: str,
    levels: Sequence[float] = (),
    settings: Settings = MappingProxyType({}),
    seed: int = 0,
) -> Plan:
    """What to sweep, as `sweep.Plan` says. AudioclfError for a stress or a level that there is not."""
    from audioclf.lab import sweep

    return sweep.Plan(stress, tuple(levels), settings, seed)


def stressed(source: Source, settings: Settings, selection: Selection) -> Stressed:
    """The sound under all of `settings`, beside what it was: the very sound and scores of a sweep at these levels.

    Of a long clip, that is its loudest part, which the notices say. Raises what `analyse` raises;
    AudioclfError for a stress or a level that there is not.
    """
    from audioclf.lab import stress, sweep

    sound, _, notices = sweep.excerpt(_clip(source), load_models(selection))
    before = analyse(sound, selection, pictures=False)
    after = analyse(stress.apply(sound, settings), selection)
    return Stressed(before.predictions, replace(after, notices=(*notices, *after.notices)))


def find_breaking_point(
    source: Source, plan: Plan, selection: Selection, progress: Progress = no_progress
) -> Sweep:
    """What each model makes of the sound at every level of a plan. Raises what `analyse` raises."""
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
    """What each model listened to for its answer, or for `label`: in the sound, or its loudest part under `settings`.

    Errors as of `stressed`; AudioError for a silent sound.
    """
    from audioclf.lab import explain, sweep

    classifiers = load_models(selection)
    sound, notices = sweep.harder(_clip(source), settings, classifiers, seed)
    if settings:
        made = f"The sound is heard under {setting_words(settings)}. Moments count from its start."
        notices = (made, *notices)
    whys = explain.explain_all(sound, classifiers, label, progress)
    return tuple(Explained(why, sound, notices) for why in whys)


def _clip(source: Source) -> Clip:
    return source if isinstance(source, Clip) else audio.load_clip(source)
