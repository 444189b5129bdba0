"""Read a string of labels, such as spoken digits, from one recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.activity import STEP_SECONDS, Outline, outline, utterances
from audioclf.audio.reading import load_clip
from audioclf.audio.windows import cut, is_silent, resample
from audioclf.inference.classifier import Classifier
from audioclf.inference.loading import load
from audioclf.inference.pooling import Scores
from audioclf.inference.string_search import NONE, Lattice, best_readings
from audioclf.inference.transcript import Alternative, ReadLabel, Transcript
from audioclf.types import AudioError, Clip, Progress, no_progress
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.registry import Registry

TASKS = ("digits",)  # whose labels are said in strings
N_READINGS = 5
N_OTHERS = 2
SHORTEST, LONGEST = 0.12, 0.90  # seconds of a label
LEAST_KNOWN = 0.35  # of the median part of an utterance: the probability that it is one of the labels
LEAST_ACTIVE = (
    0.65  # share of a segment that must be sound: the closure of a plosive is a pause within a word
)


@dataclass(frozen=True)
class Costs:
    """Costs of a reading, in nats.

    softness: temperature on top of the model's own. label, none: of each label, and of each sound that is none.
    unread: of a second of sound that no segment covers. duration, typical_seconds, spread: weight, median and
    deviation of the logarithm of the log-normal prior of a label's length.
    """

    softness: float
    label: float
    unread: float
    none: float = 4.0
    duration: float = 0.25
    typical_seconds: float = 0.42
    spread: float = 0.35


# Chosen on strings made from Speech Commands and on strings by espeak-ng; docs/accuracy-log.md has the figures.
COSTS = {
    "gmm": Costs(softness=2.5, label=-0.5, unread=12.0),
    "cnn": Costs(softness=3.0, label=-1.25, unread=6.0),
    "rnn": Costs(softness=3.0, label=-1.0, unread=12.0),
}


Labels = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Utterance:
    """A part of a clip: its best reading, and (cost, labels) of the best few, cheapest first."""

    parts: tuple[ReadLabel, ...] = ()
    strings: tuple[tuple[float, Labels], ...] = ((0.0, ()),)


def transcribe(
    source: Any,
    model: str | Path = "digits-cnn",
    *,
    sample_rate: int | None = None,
    registry: Registry | str | Path | None = None,
) -> Transcript:
    """The string that a model reads from a sound; `source` and `sample_rate` as for `Classifier`.

    AudioError for a sound that cannot be read; ZooError for a model that is missing or made for another task.
    """
    return read_string(load(model, registry), load_clip(source, sample_rate=sample_rate))


def read_string(classifier: Classifier, clip: Clip, progress: Progress = no_progress) -> Transcript:
    """The string in a clip. progress: in seconds of the clip, after every utterance.

    Sounds are cut at dips of the level. The mixtures compare every frame once and score all segments between the
    cuts; the networks score each segment alone, in the middle of silence. The string is the cheapest path through all
    segments. The time is proportional to the length of the clip.
    """
    check_task(classifier.config.task)
    started = perf_counter()
    read: list[Utterance] = []
    if not is_silent(clip):
        sound = resample(clip, classifier.config.sample_rate)
        for start, end in utterances(sound):
            read.append(_utterance(classifier, cut(sound, start, end - start), start))
            progress(round(end), max(1, round(clip.seconds)), "reading the string")
    strings = _joined(read)
    shares = np.exp(strings[0][0] - np.array([cost for cost, _ in strings]))
    shares /= shares.sum()
    return Transcript(
        task=classifier.config.task,
        model=classifier.config.id,
        family=classifier.config.family,
        parts=tuple(part for utterance in read for part in utterance.parts),
        share=float(shares[0]),
        alternatives=tuple(
            Alternative(labels, float(share))
            for (_, labels), share in zip(strings[1:], shares[1:], strict=True)
        ),
        clip_seconds=clip.seconds,
        model_seconds=perf_counter() - started,
    )


def check_task(task: str) -> None:
    """AudioError for a task whose labels are not said in strings."""
    if task not in TASKS:
        raise AudioError(
            f"the labels of the task {task!r} are not said in strings; choose a model of {' or '.join(TASKS)}"
        )


def _joined(read: Sequence[Utterance]) -> list[tuple[float, Labels]]:
    """The cheapest strings of all utterances in a row."""
    found: list[tuple[float, Labels]] = [(0.0, ())]
    for utterance in read:
        both = [(c + cost, labels + own) for cost, own in utterance.strings for c, labels in found]
        found = sorted(both, key=lambda pair: pair[0])[:N_READINGS]
    return found


def _utterance(classifier: Classifier, clip: Clip, at: float) -> Utterance:
    shape = outline(clip)
    segments = _segments(shape)
    if not len(segments):
        return Utterance()
    seconds = (shape.moments[segments] * STEP_SECONDS).astype(np.float64)
    probabilities = classifier.score_parts(clip, seconds)
    config = classifier.config
    best, *others = best_readings(_lattice(config, shape, segments, probabilities), N_READINGS)
    chosen = [(segment, label) for segment, label in best.parts if label != NONE]
    if not chosen:
        return Utterance()
    seconds = seconds[[segment for segment, _ in chosen]]
    alone = classifier.score_alone(clip, seconds)
    if np.median(1 - alone[:, -1]) < LEAST_KNOWN:
        return Utterance()
    parts = zip((label for _, label in chosen), alone, seconds + at, strict=True)
    return Utterance(
        tuple(_read(label, row, span, config.labels) for label, row, span in parts),
        tuple((r.cost, tuple(config.labels[label] for label in r.labels)) for r in (best, *others)),
    )


def _segments(shape: Outline) -> NDArray[np.intp]:
    """(n_segments, 2) indices of moments between which a label may be."""
    moments, n_active = shape.moments, np.concatenate([[0], np.cumsum(shape.active)])
    starts, ends = np.triu_indices(len(moments), 1)
    length = moments[ends] - moments[starts]
    near = (length >= SHORTEST / STEP_SECONDS) & (length <= LONGEST / STEP_SECONDS)
    starts, ends, length = starts[near], ends[near], length[near]
    sound = n_active[moments[ends]] - n_active[moments[starts]]
    begins, stops = shape.active[moments[starts]], shape.active[moments[ends] - 1]
    kept = (sound >= LEAST_ACTIVE * length) & begins & stops
    return np.stack([starts[kept], ends[kept]], axis=1)


def _lattice(
    config: ModelConfig, shape: Outline, segments: NDArray[np.intp], probabilities: Scores
) -> Lattice:
    prices = COSTS[config.family]
    logs = np.log(np.maximum(probabilities, 1e-12)) / prices.softness
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    seconds = np.diff(shape.moments[segments]) * STEP_SECONDS
    unusual = (np.log(seconds / prices.typical_seconds) / prices.spread) ** 2 / 2
    n_active = np.concatenate([[0], np.cumsum(shape.active)])[shape.moments]
    return Lattice(
        gaps=np.diff(n_active) * STEP_SECONDS * prices.unread,
        starts=segments[:, 0],
        ends=segments[:, 1],
        costs=prices.label + prices.duration * unusual - logs[:, :-1],
        none=prices.none - logs[:, -1],
    )


def _read(label: int, row: Scores, seconds: NDArray[np.float64], labels: Labels) -> ReadLabel:
    """row: (n_labels + 1,) probabilities of this part alone."""
    others = [int(i) for i in np.argsort(-row[:-1], kind="stable") if i != label][:N_OTHERS]
    start, end = map(float, seconds)
    return ReadLabel(
        labels[label], float(row[label]), start, end, tuple((labels[i], float(row[i])) for i in others)
    )
