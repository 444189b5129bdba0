"""Why a high accuracy may promise too much: ways to split the recordings, and calibration, as the models store them.

All numbers are those in the models' configs, which alone have the means over several seeds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from audioclf.lessons.networks import first_models
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Curve, Mark, Panel, View
from audioclf.types import Clip, ZooError
from audioclf.wording import family_name, listed, percent, text
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.metric_tables import quoted

# From the most generous split to the hardest one; protocols of other names come last.
ORDER = ("leaky", "official", "folds", "loso", "sources", "voices", "people", "studios", "renders")
LEAKY = "leaky"


@dataclass(frozen=True)
class Split:
    """One way to split the recordings. results: (family, result as a config stores it) of the models that have it."""

    name: str
    title: str
    results: tuple[tuple[str, Any], ...]


def configs(task: Task) -> list[ModelConfig]:
    """The config of the first model of each family of a task."""
    return [task.selection.registry.config(name) for name in first_models(task.selection).values()]


def splits_of(models: Sequence[ModelConfig]) -> list[Split]:
    """The splits on which the models were measured, the most generous first."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for config in models:
        for name, result in _results(config.metrics):
            found.setdefault(name, []).append((config.family, result))
    place = {name: i for i, name in enumerate(ORDER)}
    names = sorted(found, key=lambda name: place.get(name, len(ORDER)))
    return [Split(name, found[name][0][1]["title"], tuple(found[name])) for name in names]


def _results(metrics: Any) -> Iterator[tuple[str, Any]]:
    if leaky := metrics.get(LEAKY):
        yield LEAKY, leaky
    yield from (metrics.get("protocols") or {}).items()
    for title, kind in ((metrics.get("field") or {}).get("digits") or {}).items():
        yield title, {**kind, "title": text("honest.strangers", kind=title)}


def splits(clip: Clip, task: Task, shown: int) -> View:
    """Accuracy of the task's models on the first splits, the most generous first. The clip is not used."""
    models = configs(task)
    every = splits_of(models)
    if not every:
        raise ZooError(text("honest.no_splits", task=task.selection.task))
    some = every[:shown]
    hardest = min(some, key=_best)
    said = text(
        "honest.one_split_said" if hardest is some[0] else "honest.splits_said",
        first=percent(_best(some[0])),
        title=some[0].title,
        lowest=percent(_best(hardest)),
        other=hardest.title,
        left=len(every) - len(some),
    )
    families = [config.family for config in models]
    lowest = min(float((r.get("interval") or [r["accuracy"]])[0]) for s in every for _, r in s.results)
    ticks = tuple((i + 1.0, str(i + 1)) for i in range(len(every)))
    return View(
        panels=(
            Panel(
                text("honest.splits_title"),
                Axis(text("honest.split"), 0.4, len(every) + 0.6, ticks=ticks),
                Axis("%", 100 * lowest - 4, 101.0, "%"),
                said,
                [
                    curve
                    for i, family in enumerate(families)
                    for curve in _points(some, family, i, len(families))
                ],
                size="tall",
            ),
        ),
        said=said,
        facts=tuple((f"{i}. {split.title}", _told(split)) for i, split in enumerate(some, 1)),
        arrays={
            f"accuracy_{family}": np.array(
                [_accuracy(split, family) for split in some if _has(split, family)]
            )
            for family in families
        },
        limits={"shown": len(every)},
    )


def _points(some: Sequence[Split], family: str, i: int, n: int) -> Iterator[Curve]:
    """The accuracies of a family beside those of the others, with their intervals as lines."""
    x = np.array([at + (i - (n - 1) / 2) * 0.18 for at, split in enumerate(some, 1) if _has(split, family)])
    y = np.array([100 * _accuracy(split, family) for split in some if _has(split, family)])
    ends = [dict(split.results)[family].get("interval") for split in some if _has(split, family)]
    lines = [(at, 100 * end) for at, pair in zip(x, ends, strict=True) if pair for end in (*pair, np.nan)]
    if lines:
        across, up = np.array(lines).T
        yield Curve(across, up, "", "line", i + 1)
    yield Curve(x, y, family_name(family), "dots", i + 1, part="A")


def _best(split: Split) -> float:
    return max(float(result["accuracy"]) for _, result in split.results)


def _has(split: Split, family: str) -> bool:
    return family in dict(split.results)


def _accuracy(split: Split, family: str) -> float:
    return float(dict(split.results)[family]["accuracy"])


def _told(split: Split) -> str:
    told = [f"{family_name(family)} {quoted(result)}" for family, result in split.results]
    n = split.results[0][1].get("n")
    return text("honest.of_recordings", results="; ".join(told), n=f"{n:,}") if n else "; ".join(told)


def calibration(clip: Clip, task: Task, temperature: float) -> View:
    """What a temperature does to a probability, and the calibration errors that the models store (Guo et al. 2017).

    The clip is not used.
    """
    models = [config for config in configs(task) if config.metrics.get("ece") is not None]
    if not models:
        raise ZooError(text("honest.no_calibration", task=task.selection.task))
    lead = np.linspace(-6.0, 6.0, 121)
    stored = {config.family: float(config.calibration["temperature"]) for config in models}
    said = text(
        "honest.calibration_said",
        temperature=f"{temperature:g}",
        p=percent(1 / (1 + np.exp(-2.0 / temperature)), 0),
        models=listed([f"{family_name(f)} {t:.2f}" for f, t in stored.items()]),
    )
    own = [
        Curve(
            lead,
            100 / (1 + np.exp(-lead / t)),
            text("honest.of_model", family=family_name(f)),
            "dashed",
            2 + i,
        )
        for i, (f, t) in enumerate(stored.items())
    ]
    curve = Curve(
        lead,
        100 / (1 + np.exp(-lead / temperature)),
        text("honest.chosen", t=f"{temperature:g}"),
        tone=1,
        part="T",
    )
    return View(
        panels=(
            Panel(
                text("honest.temperature_title"),
                Axis(text("honest.lead"), -6.0, 6.0),
                Axis("%", 0.0, 100.0, "%"),
                said,
                (*own, curve),
                marks=(Mark(x=0.0),),
                size="tall",
            ),
            _errors(models),
        ),
        said=said,
        facts=tuple((family_name(config.family), _error_words(config.metrics)) for config in models),
        arrays={"ece": np.array([config.metrics["ece"] for config in models])},
    )


# Key in the metrics, tone, words of the legend, words of the sentence.
ERRORS = (
    ("ece_uncalibrated", 7, "honest.ece_uncalibrated", "honest.ece_uncalibrated_told"),
    ("ece", 1, "honest.ece", "honest.ece_told"),
    ("ece_floor", 2, "honest.ece_floor", "honest.ece_floor_told"),
)


def _errors(models: Sequence[ModelConfig]) -> Panel:
    """The stored calibration errors: before and after the temperature, and what is left by chance."""
    curves, top = [], 0.01
    for i, (key, tone, words, _) in enumerate(ERRORS):
        pairs = [(at + 0.26 * (i - 1), c.metrics.get(key)) for at, c in enumerate(models, 1)]
        known = np.array([(x, 100 * y) for x, y in pairs if y is not None]).reshape(-1, 2)
        if not len(known):
            continue
        # A bar as a thick line from 0, so that its width does not depend on the distance of the others.
        bars = np.array(
            [(x + side, h) for x, y in known for side, h in ((-0.1, 0), (-0.1, y), (0.1, y), (0.1, 0))]
        )
        curves.append(Curve(bars[:, 0], bars[:, 1], text(words), "area", tone, part="E"))
        top = max(top, float(known[:, 1].max()))
    ticks = tuple((float(i), family_name(c.family)) for i, c in enumerate(models, 1))
    return Panel(
        text("honest.errors_title"),
        Axis(text("networks.model"), 0.4, len(models) + 0.6, ticks=ticks),
        Axis("%", 0.0, 1.1 * top, "%"),
        text(
            "honest.errors_alt",
            told="; ".join(f"{family_name(c.family)}: {_error_words(c.metrics)}" for c in models),
        ),
        curves,
        size="tall",
    )


def _error_words(metrics: Any) -> str:
    told = [
        text(words, value=percent(metrics[key]))
        for key, _, _, words in ERRORS
        if metrics.get(key) is not None
    ]
    return ", ".join(told)
