"""A map of a model's stored test answers, with the visitor's clip in it, and the recordings nearest to it."""

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audioclf.audio import load_clip
from audioclf.data.local_recordings import local_recordings
from audioclf.evaluation.comparison import StoredAnswers, parse_answers
from audioclf.lessons.excerpt import excerpt
from audioclf.lessons.networks import model_of
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Curve, Mark, Panel, Sound, View, range_of
from audioclf.types import AudioError, Clip, ZooError
from audioclf.wording import listed, percent, readable, text
from audioclf.zoo.registry import Registry

Array = NDArray[np.float64]

MAX_DRAWN = 800
N_NEAR = 5
LEAST = 1e-3  # of a probability before its logarithm; stored ones have four decimals
TONES = 6


def coordinates(scores: Array, background: Array) -> Array:
    """(n, n_labels + 1) centred logarithms of the probabilities: answers alike lie close together."""
    joint = np.hstack([scores * (1 - background[:, None]), background[:, None]])
    logs = np.log(np.maximum(joint, LEAST))
    return logs - logs.mean(axis=1, keepdims=True)


def principal(points: Array) -> tuple[Array, Array, Array]:
    """Mean (d,), the two directions (2, d) of most variance, and every direction's share of it (Pearson 1901)."""
    mean = points.mean(axis=0)
    _, sizes, directions = np.linalg.svd(points - mean, full_matrices=False)
    total = float(np.sum(sizes**2))
    return mean, directions[:2], sizes**2 / (total if total > 0 else 1.0)


def place(clip: Clip, task: Task, family: str) -> View:
    """The stored answers of a model as points of a plane, the clip among them, and its nearest recordings."""
    classifier = model_of(task.selection, family)
    config = classifier.config
    stored = _stored(task.selection.registry, config.id)
    points = coordinates(stored.scores, stored.background)
    mean, directions, shares = principal(points)
    found = classifier(clip)
    is_heard = bool(found.scores.any())
    mine = coordinates(found.scores[None], np.array([found.unknown_score]))[0]
    at, own = (points - mean) @ directions.T, directions @ (mine - mean)
    near = np.argsort(np.sum((points - mine) ** 2, axis=1), kind="stable")[:N_NEAR]
    names = [readable(label) for label in config.labels]
    told = [names[stored.targets[i]] for i in near]
    said = text(
        "neighbours.said" if is_heard else "neighbours.silent_said",
        model=config.id,
        labels=listed(list(dict.fromkeys(told))),
        n=N_NEAR,
        share=percent(float(shares[:2].sum()), 0),
    )
    x, y = range_of(at[:, 0], own[:1]), range_of(at[:, 1], own[1:])
    return View(
        panels=(
            Panel(
                text(
                    "neighbours.title", n=f"{-(-len(points) // _step(len(points))):,}", all=f"{len(points):,}"
                ),
                Axis(text("neighbours.first"), *x),
                Axis(text("neighbours.second"), *y),
                said,
                [*_clouds(at, stored.targets, len(names)), *([_here(own)] if is_heard else [])],
                marks=[*_names(at, stored.targets, names), *(_lines(own) if is_heard else [])],
                size="tall",
            ),
        ),
        said=said,
        facts=(
            (text("neighbours.model"), config.id),
            *(
                (text("neighbours.near", i=i), _who(stored, j, names))
                for i, j in enumerate(near, 1)
                if is_heard
            ),
            (text("neighbours.shown"), percent(float(shares[:2].sum()), 0)),
        ),
        sounds=(
            Sound(text("explore.original"), clip),
            *(_recordings(config.task, stored, near, names) if is_heard else ()),
        ),
        arrays={"points": at, "targets": stored.targets, "clip": own, "share": shares},
    )


@lru_cache(maxsize=8)
def _stored(registry: Registry, model: str) -> StoredAnswers:
    found = registry.predictions(model)
    if found is None:
        raise ZooError(text("neighbours.no_answers", model=model))
    return parse_answers(found, registry.config(model))


def _recordings(
    task: str, stored: StoredAnswers, near: NDArray[np.intp], names: list[str]
) -> Iterator[Sound]:
    """The nearest recordings that are on this machine and can be read."""
    here = local_recordings(task)
    for i, j in enumerate(near, 1):
        if item := here.get(stored.files[j]):
            with suppress(AudioError):
                words = text("neighbours.sound", i=i, label=names[stored.targets[j]])
                yield Sound(words, excerpt(load_clip(item.file)))


def _step(n: int) -> int:
    """Every how many of n recordings one is drawn."""
    return -(-n // MAX_DRAWN)


def _clouds(at: Array, targets: NDArray[np.int64], n_labels: int) -> list[Curve]:
    step = _step(len(at))
    some, owners = at[::step], targets[::step]
    return [
        Curve(some[owners == label, 0], some[owners == label, 1], "", "dots", 1 + label % TONES)
        for label in range(n_labels)
    ]


def _here(own: Array) -> Curve:
    return Curve(own[:1], own[1:], text("explore.original"), "dots", 0)


def _lines(own: Array) -> list[Mark]:
    """Two lines that cross at the clip's place."""
    return [Mark(text("explore.original"), x=float(own[0])), Mark(y=float(own[1]))]


def _names(at: Array, targets: NDArray[np.int64], names: list[str]) -> list[Mark]:
    """The name of each label at the middle of its recordings."""
    marks = []
    for label, name in enumerate(names):
        if (mine := targets == label).any():
            x, y = np.median(at[mine], axis=0)
            marks.append(Mark(name, x=float(x), y=float(y)))
    return marks


def _who(stored: StoredAnswers, i: int, names: list[str]) -> str:
    says = names[int(stored.scores[i].argmax())]
    return text("neighbours.who", label=names[stored.targets[i]], says=says, fold=stored.folds[i])
