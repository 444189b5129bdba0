"""What an effect is: a frozen dataclass that maps a Clip to a Clip; all its chance is the `rng` of the call."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audioclf.types import Clip

Samples = NDArray[np.float32]


class Perturbation(Protocol):
    """One change to a clip; `rng` is the only chance in it."""

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip: ...


def chain(clip: Clip, steps: Sequence[Perturbation], rng: np.random.Generator) -> Clip:
    """Apply `steps` in order."""
    for step in steps:
        clip = step(clip, rng)
    return clip


def like(clip: Clip, samples: NDArray) -> Clip:
    """A clip of these samples, with the rate and the name of another."""
    return Clip(np.asarray(samples, dtype=np.float32), clip.sample_rate, clip.name)
