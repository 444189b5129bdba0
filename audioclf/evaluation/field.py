"""The field: digits and other words of people whom no bundled model learnt from, and made cases of their words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.data.datasets import Item, decoded
from audioclf.data.people import HOME
from audioclf.data.strangers import OTHERS, QUIET, strangers
from audioclf.evaluation import metrics
from audioclf.evaluation.made_cases import FAMILIES, LEVELS_DB, MadeCase, chosen_words, made_cases
from audioclf.inference.classifier import Classifier
from audioclf.types import Clip, DataError, Progress, no_progress

DIGITS_OF = {HOME: "Speech Commands, home microphones", QUIET: "AudioMNIST, quiet rooms"}
OTHERS_OF = {HOME: "Speech Commands, other words", OTHERS: "other words and phrases"}
N_EACH = 2  # words of each digit and data set that made cases are made of
SEEDS = {"dev": 1, "test": 2}  # of made cases
BATCH = 64


@dataclass(frozen=True, eq=False)
class Heard:
    """A model's answers to n recordings. right: (n,) the likeliest label is the true one, known or not.

    known: (n,) the answer is a label and not none of these.
    """

    right: NDArray[np.bool_]
    known: NDArray[np.bool_]


def evaluate_field(
    classifier: Classifier, root: Path, half: str = "test", progress: Progress = no_progress
) -> dict[str, Any]:
    """Results by kind of recording, for a model's config; whatever `root` lacks is left out.

    half: of the people of Speech Commands. DataError if `root` has none of the data sets.
    """
    sets = {name: strangers(root, name, half) for name in (HOME, QUIET, OTHERS)}
    digits = {name: [item for item in sets[name] if item.label] for name in DIGITS_OF}
    others = {name: [item for item in sets[name] if not item.label] for name in OTHERS_OF}
    words = [word for items in digits.values() for word in chosen_words(items, N_EACH, SEEDS[half])]
    if not words:
        raise DataError(
            f"{root.name or root} has neither {HOME} nor {QUIET}; get them with `audioclf data get`"
        )
    n_made = len(words) * len(FAMILIES) * len(LEVELS_DB)
    n_all, n_done = sum(map(len, (*digits.values(), *others.values()))) + n_made, 0

    def done(n: int) -> None:
        nonlocal n_done
        n_done += n
        progress(n_done, n_all, "listening to strangers")

    cases = made_cases(words, classifier.config.sample_rate, SEEDS[half])
    return {
        "digits": {
            DIGITS_OF[name]: _digits(_heard(classifier, items, done), items, classifier.config.labels)
            for name, items in digits.items()
            if items
        },
        "others": {
            OTHERS_OF[name]: _others(_heard(classifier, items, done), items)
            for name, items in others.items()
            if items
        },
        "made": _made(classifier, cases, done),
    }


def _heard(classifier: Classifier, items: Sequence[Item], done: Callable[[int], None]) -> Heard:
    rate = classifier.config.sample_rate
    return _answers(classifier, ((decoded(item.file, rate), item.label) for item in items), done)


def _answers(
    classifier: Classifier, sounds: Iterable[tuple[Clip, str]], done: Callable[[int], None]
) -> Heard:
    """sounds: clips with their labels; read in batches, so that they need not be in memory at once."""
    right: list[bool] = []
    known: list[bool] = []
    batch: list[tuple[Clip, str]] = []

    def answer() -> None:
        found = classifier.batch([clip for clip, _ in batch])
        right.extend(p.label == label for p, (_, label) in zip(found, batch, strict=True))
        known.extend(p.known for p in found)
        done(len(batch))
        batch.clear()

    for sound in sounds:
        batch.append(sound)
        if len(batch) == BATCH:
            answer()
    if batch:
        answer()
    return Heard(np.array(right, bool), np.array(known, bool))


def _digits(heard: Heard, items: Sequence[Item], labels: Sequence[str]) -> dict[str, Any]:
    """Means over the digits: of the share that is right, and of the share that is called unknown."""
    targets = np.array([labels.index(item.label) for item in items])
    speakers = np.array([item.row.get("speaker", "") for item in items])
    by_label = metrics.by_label(heard.right, targets, len(labels))
    unknown = metrics.by_label(~heard.known, targets, len(labels))
    return {
        "accuracy": float(np.nanmean(by_label)),
        "interval": metrics.evened_interval(heard.right, targets, speakers),
        "called_unknown": float(np.nanmean(unknown)),
        "called_unknown_interval": metrics.evened_interval(~heard.known, targets, speakers),
        "per_class": _named(by_label, labels),
        "per_class_unknown": _named(unknown, labels),
        "n": len(items),
        "n_speakers": len(set(speakers.tolist())),
    }


def _named(shares: NDArray[np.float64], labels: Sequence[str]) -> dict[str, float]:
    return {label: float(share) for label, share in zip(labels, shares, strict=True) if share == share}


def _others(heard: Heard, items: Sequence[Item]) -> dict[str, Any]:
    # Where the speakers are not named, recordings are drawn.
    who = [
        item.row.get("speaker", "") if "unknown" not in item.row.get("speaker", "") else "" for item in items
    ]
    groups = np.array([speaker or f"recording {i}" for i, speaker in enumerate(who)])
    return {
        "rejected": float((~heard.known).mean()),
        "interval": metrics.interval(~heard.known, groups),
        "n": len(items),
    }


def _made(classifier: Classifier, cases: Iterable[MadeCase], done: Callable[[int], None]) -> dict[str, Any]:
    """By family: accuracy at each level and over all, and the share called unknown."""
    met: list[MadeCase] = []

    def sounds() -> Iterable[tuple[Clip, str]]:
        for case in cases:
            met.append(case)
            yield case.clip, case.label

    heard = _answers(classifier, sounds(), done)
    families, levels = np.array([c.family for c in met]), np.array([c.above_db for c in met])
    speakers = np.array([c.speaker for c in met])
    return {name: _family(heard, families == name, levels, speakers) for name in FAMILIES}


def _family(
    heard: Heard, of: NDArray[np.bool_], levels: NDArray[np.int64], speakers: NDArray
) -> Mapping[str, Any]:
    return {
        "levels": list(LEVELS_DB),
        "accuracy": [float(heard.right[of & (levels == level)].mean()) for level in LEVELS_DB],
        "called_unknown": [float((~heard.known)[of & (levels == level)].mean()) for level in LEVELS_DB],
        "mean": float(heard.right[of].mean()),
        "interval": metrics.interval(heard.right[of], speakers[of]),
        "n": int(of.sum()) // len(LEVELS_DB),
    }
