"""What a step shows: panels of curves and fields with their axes, numbers in words, and sounds to play."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.types import Clip

Tick = tuple[float, str]  # value, words


@dataclass(frozen=True)
class Axis:
    """An axis from low to high. ticks: default are round numbers. unit: read out at the pointer.

    is_log: even steps are even ratios; both ends are above 0.
    """

    label: str
    low: float
    high: float
    unit: str = ""
    is_log: bool = False
    ticks: tuple[Tick, ...] = ()

    def place(self, values: Any) -> Any:
        """Places of values (any shape) on the axis, 0 at `low` and 1 at `high`; outside values lie outside [0, 1]."""
        if not self.is_log:
            return (np.asarray(values, dtype=float) - self.low) / (self.high - self.low)
        logs = np.log(np.maximum(np.asarray(values, dtype=float), 1e-12))
        return (logs - math.log(self.low)) / math.log(self.high / self.low)

    def marks(self, n: int = 5) -> tuple[Tick, ...]:
        """The ticks: those given that have words, or about `n` round numbers within the axis."""
        if self.ticks:
            return tuple(tick for tick in self.ticks if tick[1])
        values = _log_ticks(self.low, self.high) if self.is_log else _even_ticks(self.low, self.high, n)
        return tuple((value, short(value)) for value in values)


def short(value: float) -> str:
    """A number of an axis: no more digits than it needs, with the true minus sign."""
    return f"{round(value, 9) + 0.0:.6g}".replace("-", "−")


def signed(value: float, digits: int = 1) -> str:
    """A number of a sentence with the true minus sign, and no sign at zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _even_ticks(low: float, high: float, n: int) -> list[float]:
    rough = (high - low) / n
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [f * 10.0**d for d in decades for f in (1, 2, 5) if low <= f * 10.0**d <= high]


@dataclass(frozen=True, eq=False)
class Curve:
    """Points in the units of the axes. x, y: (n,); a nan breaks a line.

    look: line, dashed, stems (from the axis), dots, bars or area (a filled outline). tone: 0 ink,
    1 to 6 colours, 7 grey. part: the term of the step's formula that it shows.
    """

    x: NDArray
    y: NDArray
    name: str = ""
    look: str = "line"
    tone: int = 0
    part: str = ""


@dataclass(frozen=True, eq=False)
class Field:
    """A matrix that fills the panel, row 0 lowest: values from low (dark) to high. diverging: 0 is in the middle."""

    values: NDArray
    low: float
    high: float
    unit: str = ""
    diverging: bool = False


@dataclass(frozen=True)
class Mark:
    """A straight line across the panel at x or at y, with words beside it; with both, words at that place alone."""

    words: str = ""
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Box:
    """A rectangle in the units of the axes. tone: as of a Curve."""

    left: float
    right: float
    low: float
    high: float
    tone: int = 1


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture. alt: a sentence with its numbers. size: low, normal, tall or square."""

    title: str
    x: Axis
    y: Axis
    alt: str
    curves: Sequence[Curve] = ()
    field: Field | None = None
    marks: Sequence[Mark] = ()
    boxes: Sequence[Box] = ()
    size: str = "normal"


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound to play, and the words of its button."""

    words: str
    clip: Clip


@dataclass(frozen=True, eq=False)
class View:
    """What a step shows. said: one sentence about this sound. facts: (name, value) in words.

    arrays: the numbers behind the pictures, by name. limits: of settings that go further than the sound or the task,
    by name; a larger value shows the same.
    """

    panels: Sequence[Panel]
    said: str
    facts: Sequence[tuple[str, str]] = ()
    sounds: Sequence[Sound] = ()
    arrays: Mapping[str, NDArray] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)


def range_of(*values: NDArray, margin: float = 0.05) -> tuple[float, float]:
    """The lowest and the highest of all finite values, with a margin; never empty."""
    every = np.concatenate([np.ravel(v) for v in values])
    every = every[np.isfinite(every)]
    low, high = (float(every.min()), float(every.max())) if every.size else (0.0, 1.0)
    room = margin * (high - low) or 0.5
    return low - room, high + room
