"""The chapters of Explore in their order: a new step is a row in its chapter and a function in this package."""

from collections.abc import Iterator, Mapping

from audioclf.lessons.honesty_chapter import HONESTY
from audioclf.lessons.mixture_chapter import MIXTURES
from audioclf.lessons.network_chapter import NETWORKS
from audioclf.lessons.signal_chapter import SIGNAL
from audioclf.lessons.step import Step
from audioclf.lessons.wavelet_chapter import WAVELETS

CHAPTERS = (SIGNAL, WAVELETS, MIXTURES, NETWORKS, HONESTY)
STEPS: Mapping[str, Step] = {step.id: step for chapter in CHAPTERS for step in chapter.steps}


def neighbours(step: Step) -> tuple[Step | None, Step | None]:
    """The steps before and after this one."""
    order = list(STEPS.values())
    at = order.index(step)
    return (order[at - 1] if at else None), (order[at + 1] if at + 1 < len(order) else None)


def numbered() -> Iterator[tuple[int, Step]]:
    """All steps with their numbers, from 1 on."""
    yield from enumerate(STEPS.values(), 1)
