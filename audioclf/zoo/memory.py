"""How much memory a model takes for one window: an estimate from its settings, and its limit."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from audioclf.models import all_settings
from audioclf.types import ZooError

MAX_CELLS = 1_000_000  # n_bins · n_frames of one window
MAX_WINDOW_VALUES = 50_000_000  # numbers that a model holds at once for one window
MAX_BATCH_VALUES = 50_000_000  # the same for a batch of windows; a batch has at least one window
MAX_BATCH = 64  # windows


class Layers(Protocol):
    """What decides how much memory a model takes. ModelConfig satisfies it."""

    @property
    def id(self) -> str: ...

    @property
    def family(self) -> str: ...

    @property
    def model(self) -> Mapping[str, Any]: ...

    @property
    def labels(self) -> tuple[str, ...]: ...


# (settings of the family, n_outputs, n_bins, n_frames) -> numbers held at once for one window
Estimate = Callable[[Mapping[str, Any], int, int, int], int]


def _of_cnn(settings: Mapping[str, Any], n_outputs: int, n_bins: int, n_frames: int) -> int:
    """Four maps at once: input, shortcut and both convolutions of a block."""
    rows, columns, channels, largest = -(-n_bins // 2), -(-n_frames // 2), 1, 0
    for wider, stride in settings.get("stages", ()):
        largest = max(largest, max(channels, wider) * rows * columns)
        rows, columns, channels = -(-rows // stride), -(-columns // stride), wider
    return 4 * largest


def _of_rnn(settings: Mapping[str, Any], n_outputs: int, n_bins: int, n_frames: int) -> int:
    return n_frames * (4 * settings.get("channels", 0) + 10 * settings.get("hidden", 0))


def _of_gmm(settings: Mapping[str, Any], n_outputs: int, n_bins: int, n_frames: int) -> int:
    """Log densities of every frame, label and component; Fisher vectors and the arrays they are made of."""
    n_components = settings.get("n_components", 0)
    return 2 * n_frames * n_outputs * n_components + 8 * settings.get("fisher", 0) * n_components * n_bins


ESTIMATES: Mapping[str, Estimate] = {"cnn": _of_cnn, "rnn": _of_rnn, "gmm": _of_gmm}


def window_values(config: Layers, shape: tuple[int, int]) -> int:
    """Numbers that a model holds at once for a window. shape: (n_bins, n_frames) of its feature."""
    settings = all_settings(config.family, config.model)
    return shape[0] * shape[1] + ESTIMATES[config.family](settings, len(config.labels) + 1, *shape)


def batch_windows(config: Layers, shape: tuple[int, int]) -> int:
    """Windows that are scored at once."""
    return max(1, min(MAX_BATCH, MAX_BATCH_VALUES // max(1, window_values(config, shape))))


def check_memory(config: Layers, shape: tuple[int, int]) -> None:
    """ZooError for a model that would take too much memory for one window."""
    n_bins, n_frames = shape
    for needs, limit, words in (
        (n_bins * n_frames, MAX_CELLS, f"input of {n_bins} bins and {n_frames} frames"),
        (window_values(config, shape), MAX_WINDOW_VALUES, "layers"),
    ):
        if needs > limit:
            raise ZooError(
                f"{config.id}: its {words} would hold {needs:,} numbers for one window, and {limit:,} is the "
                "limit; make it smaller and train it again"
            )
