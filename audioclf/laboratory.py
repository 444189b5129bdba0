"""What the Compare tab, its commands and endpoints do to a sound: make it harder, and see who still knows it.

Importing this is cheap, as with `service`; what it works with comes in with the first call.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from audioclf import audio, loading, service, zoo
from audioclf.loading import Where
from audioclf.service import Source
from audioclf.tasks import TASKS
from audioclf.types import Analysis, AudioclfError, Clip, Picture, Prediction, Progress, silent

if TYPE_CHECKING:
    from audioclf.explain import Explanation
    from audioclf.sweep import Curve as Curve
    from audioclf.sweep import Sweep as Sweep

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
    """What one model listened to. pictures: the occlusion map, then the family's own views.

    heard: the part of the sound that they all span. needed: the same with nothing but the region that mattered
    most, None if there is none. notices: what of the sound was used, if not all of it.
    """

    why: Explanation
    pictures: tuple[Picture, ...]
    heard: Clip
    needed: Clip | None
    notices: tuple[str, ...] = ()


def labels(task: str, registry: Where = None) -> tuple[str, ...]:
    """What a sound of the task can be, without loading a model where the task is one of ours."""
    if task in TASKS:
        return TASKS[task].labels
    opened = zoo.open_registry(registry)
    return opened.config(loading.model_ids(task, opened)[0]).labels


def families(task: str, models: Sequence[str] = (), registry: Where = None) -> dict[str, str]:
    """Model id -> family, of all the task's models or of some, without loading one."""
    opened = zoo.open_registry(registry)
    return {name: opened.entry(name).family for name in models or loading.model_ids(task, opened)}


def sliders() -> Iterator[Slider]:
    """One for each stress, in the order in which they are applied."""
    from audioclf.stress import STRESSES
    from audioclf.sweep import sides

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


def setting_words(settings: Settings) -> str:
    """What is on, to be read: "White noise 6 dB, Reverberation 0.5 s"; empty if nothing is."""
    from audioclf.stress import STRESSES

    return ", ".join(f"{STRESSES[name].title} {STRESSES[name].words(at)}" for name, at in settings.items())


def stressed(
    source: Source,
    settings: Settings,
    task: str = "digits",
    models: Sequence[str] | None = None,
    *,
    registry: Where = None,
) -> Stressed:
    """The sound under all of `settings`, beside what it was: the very sound and scores of a sweep at these levels.

    Of a long clip, that is its loudest part, which the notices say. Errors as of `service.analyse`;
    AudioclfError for a stress or a level that there is not.
    """
    from audioclf import stress

    sound, notices = _excerpt(source, task, models, registry)
    before = service.analyse(sound, task, models, registry=registry, pictures=False)
    after = service.analyse(stress.apply(sound, settings), task, models, registry=registry)
    return Stressed(before.predictions, replace(after, notices=(*notices, *after.notices)))


def find_breaking_point(
    source: Source,
    stress: str,
    task: str = "digits",
    models: Sequence[str] | None = None,
    *,
    settings: Settings = MappingProxyType({}),
    registry: Where = None,
    progress: Progress = silent,
) -> Sweep:
    """What each model makes of the sound at every level of a stress, with the others at the levels of `settings`.

    Errors as of `stressed`.
    """
    from audioclf import sweep

    plan = sweep.Plan(stress, settings=settings)
    return sweep.sweep(_clip(source), plan, loading.load_models(task, models, registry), progress)


def explained(
    source: Source,
    label: str | None,
    task: str = "digits",
    models: Sequence[str] | None = None,
    *,
    settings: Settings = MappingProxyType({}),
    registry: Where = None,
    progress: Progress = silent,
) -> tuple[Explained, ...]:
    """What each model listened to for its answer, or for `label`: in the sound, or its loudest part under `settings`.

    Errors as of `stressed`; AudioError for a silent sound.
    """
    from audioclf import explain, sweep

    classifiers = loading.load_models(task, models, registry)
    sound, notices = sweep.harder(_clip(source), settings, classifiers)
    if settings:
        made = (
            f"The sound is as the sliders made it: {setting_words(settings)}. Moments count from its start."
        )
        notices = (made, *notices)
    whys = explain.explain_all(sound, classifiers, label, progress)
    return tuple(_explained(sound, why, notices) for why in whys)


def _explained(sound: Clip, why: Explanation, notices: tuple[str, ...]) -> Explained:
    from audioclf import explain, maps

    start, end = (float(edge) for edge in why.grid.seconds[[0, -1]])
    heard = audio.cut(sound, start, end - start)  # first, since the sound may last ten minutes
    region = why.region and replace(why.region, start=why.region.start - start, end=why.region.end - start)
    needed = explain.part(heard, region) if region else None
    return Explained(why, maps.pictures(sound, why), heard, needed, notices)


def packed(
    source: Source,
    stress: str,
    task: str = "digits",
    models: Sequence[str] | None = None,
    *,
    settings: Settings = MappingProxyType({}),
    registry: Where = None,
    progress: Progress = silent,
) -> tuple[bytes, bytes]:
    """The bundle to take away, a zip, and its table of all scores, a CSV. Errors as of `stressed`."""
    from audioclf import bundle, sweep

    order = bundle.Order(task, tuple(models or ()), sweep.Plan(stress, settings=settings))
    data = bundle.pack(_clip(source), order, registry=registry, progress=progress)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return data, archive.read("answers.csv")


def stress_records(found: Sweep, task: str) -> dict[str, Any]:
    """A sweep as the API returns it, and `audioclf compare --json` prints it."""
    from audioclf.records import sweep_record

    return sweep_record(found, task)


def explanation_records(found: Sequence[Explained]) -> list[dict[str, Any]]:
    """Explanations as the API returns them, and `audioclf explain --json` prints them."""
    from audioclf.records import explanation_record

    return [explanation_record(one.why) for one in found]


def _excerpt(
    source: Source, task: str, models: Sequence[str] | None, registry: Where
) -> tuple[Clip, tuple[str, ...]]:
    from audioclf.sweep import excerpt

    sound, _, notices = excerpt(_clip(source), loading.load_models(task, models, registry))
    return sound, notices


def _clip(source: Source) -> Clip:
    return source if isinstance(source, Clip) else audio.load_clip(source)
