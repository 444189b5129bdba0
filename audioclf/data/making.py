"""What data sets that are made on this machine share: what is kept of a recording, and what is told."""

from dataclasses import dataclass

import numpy as np

from audioclf.types import Clip

PEAK = 0.9
EDGE_SECONDS = 0.02  # silence kept before and after a recorded sound
FLOOR = 0.003  # of the peak; what stays below it before and after a recorded sound counts as silence


@dataclass(frozen=True)
class MakingReport:
    """What became of it, by engine: clips made, clips refused, and a sentence on what was skipped."""

    n_clips: dict[str, int]
    n_refused: dict[str, int]
    skipped: dict[str, str]


def trimmed(clip: Clip, floor: float, edge_seconds: float) -> Clip:
    """Without the silence around the sound, but for `edge_seconds`, and at PEAK.

    floor: of the peak; what stays below it before and after the sound counts as silence.
    """
    loudness = np.abs(clip.samples)
    loud = np.flatnonzero(loudness > floor * loudness.max())
    edge = round(edge_seconds * clip.sample_rate)
    samples = clip.samples[max(loud[0] - edge, 0) : loud[-1] + 1 + edge]
    return Clip(samples * (PEAK / loudness.max()), clip.sample_rate, clip.name)
