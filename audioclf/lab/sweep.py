"""How much degradation each model tolerates: its answer at each level, and the level where it fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audioclf.audio import windows
from audioclf.inference.classifier import Classifier
from audioclf.lab import stress
from audioclf.lab.stress import STRESSES
from audioclf.types import Clip, Prediction, Progress, no_progress
from audioclf.wording import listed, model_names, readable, text

WINDOWS = 2  # longest part of a clip that is swept, in windows of the model


@dataclass(frozen=True, eq=False)
class Curve:
    """One model's answers over the levels of a stress.

    label: top label for the clean sound, None if it is silent. known, sure: of the clean prediction. scores:
    (n_levels,) probability of that label. answers: predicted label at each level, None for
    unknown. heard: False at each level at which the sound is too quiet to judge. flips: indices of levels whose
    answer differs from the next easier level. breaks: breaking points, at most one on each side of the clean level:
    the level from which on the label is not predicted any more.
    """

    model: str
    family: str
    label: str | None
    known: bool
    sure: bool
    clean_score: float
    scores: NDArray[np.float64]
    answers: tuple[str | None, ...]
    heard: tuple[bool, ...]
    flips: tuple[int, ...]
    breaks: tuple[float, ...]

    @property
    def says(self) -> tuple[str, ...]:
        """The answer to the clean sound, then at every level, in words, also where there is nothing to judge."""
        answers = (self.label if self.known else None, *self.answers)
        heard = (self.label is not None, *self.heard)
        return tuple(
            readable(answer) if is_heard else text("stress.no_answer")
            for answer, is_heard in zip(answers, heard, strict=True)
        )

    @property
    def subject(self) -> str:
        """The label whose probability is followed, in words."""
        return readable(self.label) if self.label else text("stress.no_answer")

    @property
    def shares(self) -> tuple[float, ...]:
        """The probability of that label for the clean sound, then at every level."""
        return (self.clean_score, *map(float, self.scores))


@dataclass(frozen=True)
class Plan:
    """What to sweep: the stress (or the beginning of its id), its levels (default: its own) and the random seed.

    settings: other stresses, each held at one level. AudioclfError for an unknown stress or a level out of range.
    """

    stress: str = "snr_white"
    levels: tuple[float, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        name = stress.find(self.stress)
        for level in self.levels:
            stress.check(name, level)
        others = stress.checked(self.settings)
        others.pop(name, None)
        object.__setattr__(self, "stress", name)
        object.__setattr__(self, "levels", tuple(map(float, self.levels or STRESSES[name].levels)))
        object.__setattr__(self, "settings", others)


@dataclass(frozen=True, eq=False)
class Sweep:
    """Result of a plan on one clip. seconds: the part of the clip that was used. sentence: the breaking points."""

    plan: Plan
    curves: tuple[Curve, ...]
    seconds: tuple[float, float]
    sentence: str
    notices: tuple[str, ...]


def sweep(
    clip: Clip, plan: Plan, classifiers: Sequence[Classifier], progress: Progress = no_progress
) -> Sweep:
    """Score the clip with every model at every level of the plan.

    All levels are rendered first; then each model scores them in one batch. Of a long clip, `excerpt` chooses a part.
    """
    chosen = STRESSES[plan.stress]
    sound, start, notices = excerpt(clip, classifiers)
    n_steps = 1 + len(plan.levels) + len(classifiers)
    clips = [stress.apply(sound, plan.settings, plan.seed)]
    for i, level in enumerate(plan.levels):
        progress(i, n_steps, chosen.words(level))
        clips.append(stress.apply(sound, {**plan.settings, plan.stress: level}, plan.seed))
    curves = []
    for i, classifier in enumerate(classifiers):
        progress(1 + len(plan.levels) + i, n_steps, classifier.config.id)
        curves.append(_curve(classifier.batch(clips), plan.levels, chosen.clean))
    progress(n_steps, n_steps, "done")
    used = (start, start + sound.seconds)
    return Sweep(plan, tuple(curves), used, sentence(plan, curves), notices)


def excerpt(clip: Clip, classifiers: Sequence[Classifier]) -> tuple[Clip, float, tuple[str, ...]]:
    """The part of the clip around the first model's main window, at most WINDOWS windows long; its start; a notice.

    Resampled to the models' highest rate, so that a signal-to-noise ratio holds in the band that the models use.
    Other models may have another main window: in the excerpt they choose again.
    """
    window = max(c.config.clip_seconds for c in classifiers)
    seconds = WINDOWS * window
    sound = windows.resample(clip, max(c.config.sample_rate for c in classifiers))
    if sound.seconds <= seconds:
        return sound, 0.0, ()
    first = classifiers[0]
    middle = first.main_window(sound) + first.config.clip_seconds / 2
    start = min(max(0.0, middle - seconds / 2), sound.seconds - seconds)
    span = {"seconds": f"{seconds:g}", "start": f"{start:.1f}", "end": f"{start + seconds:.1f}"}
    notice = text("compare.excerpt", **span)
    return windows.cut(sound, start, seconds), start, (notice,)


def degraded_excerpt(
    clip: Clip, settings: Mapping[str, float], classifiers: Sequence[Classifier], seed: int = 0
) -> tuple[Clip, tuple[str, ...]]:
    """The excerpt of a sweep under `settings`, and a notice; without settings the clip itself."""
    if not settings:
        return clip, ()
    sound, _, notices = excerpt(clip, classifiers)
    return stress.apply(sound, settings, seed), notices


def _curve(predictions: Sequence[Prediction], levels: tuple[float, ...], clean: float) -> Curve:
    """predictions: for the clean sound, then for every level."""
    first, *rest = predictions
    answers = tuple(p.answer for p in rest)
    row = first.labels.index(first.label) if first.label else 0
    own = first.answer
    flips, breaks = [], []
    for side in sides(levels, clean):
        before = (own, *(answers[i] for i in side))
        flips += [i for i, previous in zip(side, before, strict=False) if answers[i] != previous]
        breaks += [levels[side[at]] for at in broken_from([answers[i] == own for i in side])]
    return Curve(
        model=first.model,
        family=first.family,
        label=first.label,
        known=first.known,
        sure=first.certainty == "sure",
        clean_score=float(first.probabilities[row]),
        scores=np.array([p.probabilities[row] for p in rest]),
        answers=answers,
        heard=tuple(p.heard for p in rest),
        flips=tuple(sorted(flips)),
        breaks=tuple(sorted(breaks)) if own else (),
    )


def sides(levels: Sequence[float], clean: float) -> list[list[int]]:
    """Indices of levels below and above the clean one, each from easy to hard; an empty side is left out."""
    below = sorted((i for i, level in enumerate(levels) if level < clean), key=lambda i: -levels[i])
    above = sorted((i for i, level in enumerate(levels) if level > clean), key=lambda i: levels[i])
    return [side for side in (below, above) if side]


def broken_from(holds: Sequence[bool]) -> list[int]:
    """Index from which the answer never returns, in a list; empty if the hardest level still has it."""
    kept = [i for i, held in enumerate(holds) if held]
    first = kept[-1] + 1 if kept else 0
    return [first] if first < len(holds) else []


def sentence(plan: Plan, curves: Sequence[Curve]) -> str:
    """Which models break where, hold, or did not know the clean sound: "GMM breaks at 12 dB, CNN at 3 dB; …"."""
    chosen = STRESSES[plan.stress]
    if not any(curve.label for curve in curves):
        return "The clip is silent, or too quiet to judge: there is no answer to lose."
    names = list(zip(model_names((c.model, c.family) for c in curves), curves, strict=True))
    broken = [(name, chosen.words(*curve.breaks)) for name, curve in names if curve.breaks]
    places = [f"{name} {'at' if i else 'breaks at'} {where}" for i, (name, where) in enumerate(broken)]
    clauses = [", ".join(places)] if places else []
    span = f"from {chosen.words(plan.levels[0])} to {chosen.words(plan.levels[-1])}"
    for words, one, several, applies in (
        (f"not break {span}", "does", "do", lambda c: c.known and not c.breaks),
        ("not know the sound even without this stress", "does", "do", lambda c: not c.known),
        ("unsure even without this stress", "was", "were", lambda c: c.known and not c.sure),
    ):
        if who := [name for name, curve in names if applies(curve)]:
            clauses.append(f"{listed(who)} {one if len(who) == 1 else several} {words}")
    return "; ".join(clauses) + "."
