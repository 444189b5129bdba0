"""Families of classifier: arrays in, arrays out. A closed table maps a checkpoint's family to its class.

Imports types and atomic, never a clip or a file. For zoo, inference, training and evaluation.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from audioclf.types import Progress

Weights = dict[str, NDArray]


@dataclass(frozen=True, eq=False)
class View:
    """What a model itself can show of how it heard one input.

    values: (n_rows, n_columns), NaN where it did not look. Column j belongs to frame j · frame_step of the
    input, row i to bin i · bin_step, or to none where bin_step is 0.
    """

    name: str
    unit: str
    values: NDArray[np.float64]
    frame_step: int = 1
    bin_step: int = 0


class Examples(Protocol):
    """What `fit` learns from: an array, or what is indexed like one without being in memory."""

    shape: tuple[int, ...]

    def __len__(self) -> int: ...

    def __getitem__(self, index: NDArray[np.intp], /) -> NDArray: ...


class Model(Protocol):
    """n_labels + 1 outputs: the last is the background, "none of these".

    fit: x (n, n_bins, n_frames), any float type, indexed by arrays of rows only; targets (n,) ints in [0, n_labels];
    a given `checkpoint` file is written as training goes on and continued from if it is there. start: weights
    to begin from instead of random ones; rate: a factor on the learning rate. The mixtures ignore both.
    logits: (batch, n_bins, n_frames) float32 -> (batch, n_labels + 1) float64, unnormalised log-probabilities.
    views: x (n_bins, n_frames), one input; what speaks for `output`, a column of the logits.
    load_weights: strict; ValueError names what is missing, left over, misshapen or not finite.
    """

    def fit(
        self,
        x: Examples,
        targets: NDArray,
        *,
        seed: int,
        progress: Progress,
        checkpoint: Path | None = None,
        start: Weights | None = None,
        rate: float = 1.0,
    ) -> None: ...

    def logits(self, x: NDArray) -> NDArray[np.float64]: ...

    def views(self, x: NDArray, output: int) -> tuple[View, ...]: ...

    def weights(self) -> Weights: ...

    def load_weights(self, weights: Mapping[str, NDArray]) -> None: ...


# Modules are named, not imported: listing families must not load torch or scikit-learn.
FAMILIES = {
    "gmm": ("audioclf.models.gmm", "Gmm"),
    "cnn": ("audioclf.models.cnn", "Cnn"),
    "rnn": ("audioclf.models.rnn", "Rnn"),
}


def all_settings(family: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` and the defaults of whatever it leaves out: what a checkpoint must keep to mean the same for ever.

    TypeError for a setting that the family does not have.
    """
    parameters = inspect.signature(_class_of(family)).parameters
    defaults = {k: p.default for k, p in parameters.items() if p.default is not p.empty}
    if unknown := sorted(set(given) - set(defaults)):
        raise TypeError(f"family {family!r} has no setting {', '.join(unknown)}")
    return {**defaults, **given}


def make_model(family: str, *, n_labels: int, n_bins: int, **settings: Any) -> Model:
    """An untrained model of `family` (a key of FAMILIES). TypeError for a setting its class does not have."""
    return _class_of(family)(n_labels=n_labels, n_bins=n_bins, **settings)


def make_unfilled(family: str, *, n_labels: int, n_bins: int, **settings: Any) -> Model:
    """The same before it has any memory for weights, which `load_weights` takes once it has compared their shapes."""
    import torch

    with torch.device("meta"):
        return make_model(family, n_labels=n_labels, n_bins=n_bins, **settings)


def _class_of(family: str) -> Callable[..., Model]:
    module, name = FAMILIES[family]
    return getattr(import_module(module), name)


def use_one_thread(libraries: bool = True) -> None:
    """Have PyTorch and, with `libraries`, NumPy compute on one core from now on; for serving, not for training.

    PyTorch's limit holds for the calling thread and is cheap to set; looking for the libraries that are loaded
    takes some milliseconds, and their limit holds for the process.

    These models are too small to gain from more, and where cores are shared, as on most hosts, the threads of
    one layer wait for each other: a one-second clip then takes 50 to 150 ms instead of 5.
    """
    import torch
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    torch.set_num_threads(1)
    if libraries:
        threadpool_limits(1)
