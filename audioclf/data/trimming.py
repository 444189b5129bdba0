"""Shared code of data sets made on this machine: trimming of sounds, and the report."""

from dataclasses import dataclass

import numpy as np

from audioclf.types import Clip

PEAK = 0.9
EDGE_SECONDS = 0.02  # silence kept before and after a recorded sound
FLOOR = 0.003  # share of the peak; quieter samples at both ends of a recorded sound count as silence


@dataclass(frozen=True)
class MakingReport:
    """Result by engine or package: clips made, clips refused, and a sentence on what was skipped."""

    n_clips: dict[str, int]
    n_refused: dict[str, int]
    skipped: dict[str, str]


def trimmed(clip: Clip, floor: float, edge_seconds: float) -> Clip:
    """Trim the silence around the sound to `edge_seconds` and scale the peak to PEAK.

    floor: share of the peak; quieter samples at both ends count as silence.
    """
    loudness = np.abs(clip.samples)
    loud = np.flatnonzero(loudness > floor * loudness.max())
    edge = round(edge_seconds * clip.sample_rate)
    samples = clip.samples[max(loud[0] - edge, 0) : loud[-1] + 1 + edge]
    return Clip(samples * (PEAK / loudness.max()), clip.sample_rate, clip.name)
