"""Strings of digits: the digit error rate on strings made from single recordings, and on real ones."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from audioclf.audio.activity import STEP_SECONDS, outline
from audioclf.data.datasets import decoded
from audioclf.data.manifest import MANIFEST, rows_of
from audioclf.evaluation.metrics import interval
from audioclf.inference.classifier import Classifier
from audioclf.inference.transcribe import read_string
from audioclf.lab import stress
from audioclf.types import Clip, DataError, Progress, no_progress

PEOPLE = "audiomnist"  # single digits by people whom no model of the zoo has met
REAL = "digit-strings"  # strings said in one breath, with a column `transcript`
LENGTHS = (3, 5, 7, 10)
GAPS = (0.0, 0.1, 0.3)  # seconds of silence between two recordings
SNRS: tuple[float | None, ...] = (None, 20.0)
LEAST_DIGITS = 4  # of a speaker, for strings to differ
MARGIN_SECONDS = 0.25
PART_LEVEL = 0.05  # RMS of each recording in a made string
Pool = Mapping[str, Mapping[str, Sequence[Path]]]


@dataclass(frozen=True, eq=False)
class Said:
    """A string that somebody said, or that was made. condition: the row of the report that it counts in."""

    clip: Clip
    labels: tuple[str, ...]
    speaker: str
    condition: str


def evaluate_strings(
    classifier: Classifier,
    root: Path,
    *,
    n_each: int = 3,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Condition -> error rates, of made strings and of the real ones below `root`. Whatever is missing is left out.

    n_each: strings for every gap, length and noise level. DataError if `root` has neither data set.
    """
    labels, rate = classifier.config.labels, classifier.config.sample_rate
    pool = recordings(root / PEOPLE / MANIFEST, labels)
    said = [*made_strings(pool, n_each, rate), *real_strings(root / REAL / MANIFEST, labels, rate)]
    if not said:
        raise DataError(f"{root.name or root} has neither {PEOPLE} nor {REAL}; see docs/accuracy.md for both")
    rows: dict[str, list[tuple[Said, tuple[int, int, int]]]] = defaultdict(list)
    for i, one in enumerate(said, 1):
        read = read_string(classifier, one.clip).labels
        rows[one.condition].append((one, edits(one.labels, read)))
        progress(i, len(said), "reading strings")
    return {condition: summary(found) for condition, found in rows.items()}


def summary(found: Sequence[tuple[Said, tuple[int, int, int]]]) -> dict[str, Any]:
    """Rates for each digit said, with a 95 % interval over speakers, and the share of strings without error."""
    digits = np.array([len(said.labels) for said, _ in found])
    counts = np.array([counted for _, counted in found])
    # One row for each digit, so that a long string weighs more than a short one.
    share = np.repeat(counts.sum(axis=1) / digits, digits)
    speakers = np.repeat([said.speaker for said, _ in found], digits)
    names = ("substitutions", "insertions", "deletions")
    return {
        "error_rate": float(counts.sum() / digits.sum()),
        "interval": interval(share, speakers),
        **{name: float(n / digits.sum()) for name, n in zip(names, counts.sum(axis=0), strict=True)},
        "strings_right": float((counts.sum(axis=1) == 0).mean()),
        "n_strings": len(found),
        "n_digits": int(digits.sum()),
        "n_speakers": len(set(speakers.tolist())),
    }


def edits(said: Sequence[str], read: Sequence[str]) -> tuple[int, int, int]:
    """Substitutions, insertions and deletions of the cheapest alignment (Levenshtein, 1966)."""
    row = [(j, 0, j, 0) for j in range(len(read) + 1)]  # (edits, substitutions, insertions, deletions)
    for i, true in enumerate(said, 1):
        above, row = row, [(i, 0, 0, i)]
        for j, found in enumerate(read, 1):
            wrong = int(true != found)
            n, s, a, d = above[j - 1]
            ways = [(n + wrong, s + wrong, a, d)]
            n, s, a, d = row[j - 1]
            ways.append((n + 1, s, a + 1, d))
            n, s, a, d = above[j]
            ways.append((n + 1, s, a, d + 1))
            row.append(min(ways))
    return row[-1][1:]


def recordings(manifest: Path, labels: Sequence[str]) -> Pool:
    """Speaker -> label -> files, of the speakers with at least LEAST_DIGITS labels; empty without the data set."""
    found: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for row in rows_of(manifest) if manifest.is_file() else []:
        if row.get("label") in labels:
            found[row.get("speaker", "")][row["label"]].append(manifest.parent / row["file"])
    return {speaker: own for speaker, own in found.items() if len(own) >= LEAST_DIGITS}


def made_strings(pool: Pool, n_each: int, sample_rate: int, seed: int = 0) -> Iterator[Said]:
    """Strings of one speaker's recordings each, trimmed and at one level; every speaker gets as many."""
    speakers = sorted(pool)
    for snr_db in SNRS if speakers else ():
        for gap in GAPS:
            rng = np.random.default_rng((seed, round(1000 * gap)))  # the same strings with and without noise
            noise = "" if snr_db is None else f", noise {snr_db:g} dB below"
            for i, length in enumerate(np.repeat(LENGTHS, n_each)):
                speaker = speakers[i % len(speakers)]
                labels = tuple(str(label) for label in rng.choice(sorted(pool[speaker]), length))
                files = [pool[speaker][label] for label in labels]
                chosen = [own[int(rng.integers(len(own)))] for own in files]
                clip = joined([trimmed(decoded(file, sample_rate)) for file in chosen], gap)
                clip = clip if snr_db is None else stress.apply(clip, {"snr_white": snr_db}, i)
                yield Said(clip, labels, speaker, f"made, gaps of {1000 * gap:g} ms{noise}")


def real_strings(manifest: Path, labels: Sequence[str], sample_rate: int) -> Iterator[Said]:
    """Strings of a data set with transcripts; those with other words, such as "oh", are left out."""
    for row in rows_of(manifest) if manifest.is_file() else []:
        words = tuple(row.get("transcript", "").split())
        if words and set(words) <= set(labels):
            yield Said(
                decoded(manifest.parent / row["file"], sample_rate), words, row.get("speaker", ""), "real"
            )


def trimmed(clip: Clip) -> Clip:
    """The clip from the first to the last sound, at PART_LEVEL."""
    active = np.flatnonzero(outline(clip).active)
    step = STEP_SECONDS * clip.sample_rate
    samples = clip.samples[round(active[0] * step) : round((active[-1] + 1) * step)]
    return Clip(samples * np.float32(PART_LEVEL / samples.std()), clip.sample_rate, clip.name)


def joined(clips: Sequence[Clip], gap_seconds: float) -> Clip:
    """The clips in a row, with silence between them and at both ends."""
    rate = clips[0].sample_rate
    gap, margin = (np.zeros(round(s * rate), np.float32) for s in (gap_seconds, MARGIN_SECONDS))
    parts = [part for clip in clips for part in (gap, clip.samples)][1:]
    return Clip(np.concatenate([margin, *parts, margin]), rate, "made string")
