"""Where a recording has sound, where it and its words may begin and end, and where to cut a long one."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.windows import loudest_window
from audioclf.types import Clip

STEP_SECONDS = 0.010
RANGE_DB = 32.0  # below the loudest: what is softer is no speech, even in a very quiet room
ABOVE_NOISE_DB = 8.0  # sound rises so far above the background
LEAST_RANGE_DB = 10.0  # steady noise is all sound, not all background
SHORTEST_UTTERANCE, LONGEST_UTTERANCE = 6.0, 12.0  # seconds
PAUSE_STEPS = 20  # an utterance ends in the quietest 0.2 s
DIP_REACH = 15  # steps to both sides within which a dip of the level is measured
LEAST_DIP_DB = 0.3
MOMENTS_A_SECOND, LEAST_DISTANCE = 6.0, 6  # dips kept for each second of sound; steps between two of them
# Windows that may hold a word among other sounds; see `sounding_windows`.
MEDIAN_STEPS, EVENT_NOISE_DB = 7, 6.0  # a click of 20 ms leaves no trace in the median of 70 ms
EVENT_RANGE_DB = 15.0  # louder does not count as more: a word may be 30 dB softer than a door
EVENT_GAP_STEPS = 15  # events closer than 150 ms are one: the silence before a plosive lasts 100 ms
LEAST_SHARE, MOST_WINDOWS, APART_SECONDS = 0.1, 4, 0.25
ONSET_DB = 20.0  # below the loudest 10 ms: a recording's sound begins where its power first comes so close


@dataclass(frozen=True, eq=False)
class Outline:
    """active: (n_steps,) whether there is sound, for every 10 ms. moments: steps at which words may begin or end.

    Moments rise from 0 to n_steps.
    """

    active: NDArray[np.bool_]
    moments: NDArray[np.intp]


def outline(clip: Clip) -> Outline:
    """The outline of a clip: the edges of its sounds, and the deepest dips of the level within them.

    The threshold of sound follows the recording: above its background, the quietest tenth, and not too far below its
    loudest part.
    """
    level = 10 * np.log10(_smooth(_energy(clip), 3) + 1e-14)
    background, loudest = np.percentile(level, (10, 98))
    threshold = max(loudest - RANGE_DB, min(background + ABOVE_NOISE_DB, loudest - LEAST_RANGE_DB))
    active = level > threshold
    edges = np.flatnonzero(np.diff(active, prepend=False, append=False))
    inner = [
        t for t in _dips(level, active) if not len(edges) or np.abs(edges - t).min() >= LEAST_DISTANCE - 2
    ]
    return Outline(active, np.unique([0, *edges, *inner, len(active)]))


def span_seconds(clip: Clip) -> float:
    """Seconds from the beginning of the first sound to the end of the last, to 10 ms; 0 without any."""
    active = np.flatnonzero(outline(clip).active)
    return float(np.ptp(active) + 1) * STEP_SECONDS if len(active) else 0.0


def sounding_windows(clip: Clip, seconds: float) -> list[float]:
    """Starts in seconds of the windows that may hold the sound asked for, at most MOST_WINDOWS; the loudest first.

    The others are around events, stretches above the background, the largest first. An event longer than a window is
    cut into equal parts. A window that nearly is an earlier one is left out: a short clip, or a word in a quiet room,
    has a single window.
    """
    starts = [loudest_window(clip, seconds)]
    if clip.seconds <= seconds:
        return starts
    level = np.pad(10 * np.log10(_energy(clip) + 1e-12), MEDIAN_STEPS // 2, mode="edge")
    level = np.median(np.lib.stride_tricks.sliding_window_view(level, MEDIAN_STEPS), axis=1)
    above = np.clip(level - np.percentile(level, 15) - EVENT_NOISE_DB, 0, EVENT_RANGE_DB)
    found = [(float(above[part].sum()), part) for part in _event_parts(above, seconds / STEP_SECONDS)]
    enough = LEAST_SHARE * max((size for size, _ in found), default=0.0)
    for size, part in sorted(found, key=lambda pair: -pair[0]):
        middle = np.average(part + 0.5, weights=above[part] + 1e-9) * STEP_SECONDS
        start = float(np.clip(middle - seconds / 2, 0, clip.seconds - seconds))
        is_new = all(abs(start - other) > APART_SECONDS * seconds for other in starts)
        if size >= enough and is_new and len(starts) < MOST_WINDOWS:
            starts.append(start)
    return starts


def _event_parts(above: NDArray, longest: float) -> list[NDArray[np.intp]]:
    """Steps of each event, an event longer than `longest` in equal parts of about that length."""
    edges = np.flatnonzero(np.diff(above > 0, prepend=False, append=False)).reshape(-1, 2)
    closed = np.flatnonzero(edges[1:, 0] - edges[:-1, 1] >= EVENT_GAP_STEPS)
    firsts, lasts = (
        edges[[0, *(closed + 1)], 0] if len(edges) else (),
        edges[[*closed, -1], 1] if len(edges) else (),
    )
    return [
        part
        for first, last in zip(firsts, lasts, strict=True)
        for part in np.array_split(
            np.arange(first, last), max(1, int(np.ceil((last - first) / longest - 0.2)))
        )
    ]


def onset(clip: Clip) -> float:
    """Seconds at which the sound begins, to the sample: the same moment of it in a delayed copy. 0 for silence."""
    n = max(2, round(STEP_SECONDS * clip.sample_rate))
    samples = np.pad(clip.samples - clip.samples.mean(), (n, 0)).astype(np.float64)
    mean, square = (np.cumsum(power)[n:] - np.cumsum(power)[:-n] for power in (samples / n, samples**2 / n))
    level = square - mean**2
    return float(np.argmax(level > level.max() * 10 ** (-ONSET_DB / 10))) / clip.sample_rate


def _dips(level: NDArray, active: NDArray[np.bool_]) -> list[int]:
    """Steps with sound at which the level is lowest between louder ones, deepest first, not too close."""
    smooth = _smooth(level, 5)
    padded = np.pad(smooth, DIP_REACH, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, DIP_REACH + 1).max(axis=1)
    depth = np.minimum(around[: len(level)], around[DIP_REACH:]) - smooth
    wanted, taken = MOMENTS_A_SECOND * STEP_SECONDS * active.sum(), np.zeros(0, int)
    for step in np.argsort(-np.where(active, depth, 0), kind="stable"):
        if len(taken) >= wanted or not active[step] or depth[step] <= LEAST_DIP_DB:
            break
        if not len(taken) or np.abs(taken - step).min() >= LEAST_DISTANCE:
            taken = np.append(taken, step)
    return taken.tolist()


def utterances(clip: Clip) -> list[tuple[float, float]]:
    """(start, end) in seconds of consecutive parts of at most LONGEST_UTTERANCE, cut where it is quietest."""
    loudness = np.convolve(_energy(clip), np.ones(PAUSE_STEPS), "same")
    shortest, longest = (round(s / STEP_SECONDS) for s in (SHORTEST_UTTERANCE, LONGEST_UTTERANCE))
    cuts = [0]
    while len(loudness) - cuts[-1] > longest:
        first = cuts[-1] + shortest
        cuts.append(first + int(loudness[first : cuts[-1] + longest].argmin()))
    return list(pairwise([*(cut * STEP_SECONDS for cut in cuts), clip.seconds]))


def _energy(clip: Clip) -> NDArray[np.float64]:
    """(n_steps,) mean power without the offset, of every whole 10 ms; at least one."""
    n = max(2, round(STEP_SECONDS * clip.sample_rate))
    samples = clip.samples[: max(1, len(clip.samples) // n) * n]
    return np.resize(samples, (max(1, len(samples) // n), n)).var(axis=1, dtype=np.float64)


def _smooth(values: NDArray, n: int) -> NDArray[np.float64]:
    """Moving mean over n values; the ends are repeated."""
    return np.convolve(np.pad(values, n // 2, mode="edge"), np.full(n, 1 / n), "valid")
