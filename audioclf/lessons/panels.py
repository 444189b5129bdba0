"""Axes and panels that several steps share."""

import numpy as np
from numpy.typing import NDArray

from audioclf.lessons.excerpt import samples_of
from audioclf.lessons.view import Axis, Box, Curve, Panel, range_of
from audioclf.types import Clip
from audioclf.wording import text

MAX_POINTS = 1200  # of a drawn waveform


def hz_axis(top: float) -> Axis:
    """The frequency axis up to `top` Hz."""
    return Axis("Hz", 0.0, top, "Hz")


def time_axis(part: Clip) -> Axis:
    """The time axis over the whole clip."""
    return Axis(text("explore.seconds"), 0.0, part.seconds, "s")


def whole(part: Clip, start: float, seconds: float) -> Panel:
    """The waveform of the whole second with one frame marked."""
    low, high = range_of(part.samples)
    return Panel(
        text("signal.where_title"),
        time_axis(part),
        Axis(text("explore.amplitude"), low, high),
        text("signal.where_alt", start=f"{start:.3f}", end=f"{start + seconds:.3f}"),
        (waveform(samples_of(part), part.sample_rate),),
        boxes=(Box(start, start + seconds, low, high),),
        size="low",
    )


def waveform(
    samples: NDArray, sample_rate: int, name: str = "", tone: int = 0, part: str = "", start: float = 0.0
) -> Curve:
    """Samples over time as a curve; a long one as the lowest and highest sample of each drawn step."""
    n = len(samples)
    if n <= MAX_POINTS:
        return Curve(start + np.arange(n) / sample_rate, samples, name, tone=tone, part=part)
    size = -(-n // (MAX_POINTS // 2))
    padded = np.concatenate([samples, np.full(-n % size, samples[-1])]).reshape(-1, size)
    pairs = np.stack([padded.min(axis=1), padded.max(axis=1)], axis=1).ravel()
    times = start + np.repeat(np.arange(len(padded)) * size + size / 2, 2) / sample_rate
    return Curve(np.minimum(times, start + n / sample_rate), pairs, name, tone=tone, part=part)
