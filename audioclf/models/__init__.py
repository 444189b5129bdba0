"""Families of classifier: arrays in, arrays out. A closed table maps a checkpoint's family to its class.

Imports types and atomic, never a clip or a file. For zoo, inference, training and evaluation.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from audioclf.types import Progress

Weights = dict[str, NDArray]


@dataclass(frozen=True, eq=False)
class View:
    """One explanation of a model's output for one input.

    values: (n_rows, n_columns), NaN where the model ignores the input. Column j belongs to frame j · frame_step of
    the input, row i to bin i · bin_step, or to no bin if bin_step is 0.
    """

    name: str
    unit: str
    values: NDArray[np.float64]
    frame_step: int = 1
    bin_step: int = 0


class Examples(Protocol):
    """Training inputs of `fit`: an array, or an object that is indexed like one without being in memory."""

    shape: tuple[int, ...]

    def __len__(self) -> int: ...

    def __getitem__(self, index: NDArray[np.intp], /) -> NDArray: ...


class Model(Protocol):
    """A classifier with n_labels + 1 outputs; the last is the background, "none of these".

    fit: x (n, n_bins, n_frames), any float type, indexed by arrays of rows only; targets (n,) ints in [0, n_labels].
    checkpoint: file that training saves to, and continues from if it exists. start: initial weights instead of
    random ones. rate: a factor on the learning rate. The mixtures ignore start and rate.
    logits: (batch, n_bins, n_frames) float32 -> (batch, n_labels + 1) float64, unnormalised log-probabilities.
    views: evidence in one input x (n_bins, n_frames) for `output`, a column of the logits.
    load_weights: strict; ValueError names arrays that are missing, unexpected, misshapen or not finite.
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


@runtime_checkable
class ScoresParts(Protocol):
    """A model that compares the frames of a long input once and then scores any number of its parts.

    part_logits: x (n_bins, n_frames); parts (n_parts, 2), first frame of each part and the frame after its last ->
    (n_parts, n_labels + 1).
    """

    def part_logits(self, x: NDArray, parts: NDArray[np.intp]) -> NDArray[np.float64]: ...


@runtime_checkable
class Adaptable(Model, Protocol):
    """A model whose last layer is linear, so that one of its outputs can be fitted again.

    evidence: x (batch, n_bins, n_frames) -> (batch, n_evidence), the input of that layer. last_layer: its weights
    (n_evidence, n_outputs) and bias (n_outputs,). set_background: replaces those of the last output, (n_evidence,)
    and a number; the labels keep their logits.
    """

    def evidence(self, x: NDArray) -> NDArray[np.float32]: ...

    def last_layer(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...

    def set_background(self, weights: NDArray, bias: float) -> None: ...


class SpeakerModel(Protocol):
    """A model that compares voices. Its inputs x are frames of speech without pauses, (n_bins, n_frames) float32.

    fit: one x for each utterance, and speakers (n_utterances,) ints from 0 on.
    enrol: the arrays that describe a voice, from its takes, at least one.
    scores: (n_voices,), how much more x fits each voice than other voices; uncalibrated, higher for the same voice.
    evidence: what each frame adds to the score of one voice, (n_frames,): above 0 for it, below 0 against it.
    voice_shapes: of the arrays that `enrol` gives. load_weights: strict, as for Model.
    """

    def fit(
        self, utterances: Sequence[NDArray], speakers: NDArray, *, seed: int, progress: Progress
    ) -> None: ...

    def enrol(self, takes: Sequence[NDArray]) -> Weights: ...

    def scores(self, voices: Sequence[Mapping[str, NDArray]], x: NDArray) -> NDArray[np.float64]: ...

    def evidence(self, voice: Mapping[str, NDArray], x: NDArray) -> NDArray[np.float64]: ...

    def voice_shapes(self) -> dict[str, tuple[int, ...]]: ...

    def weights(self) -> Weights: ...

    def load_weights(self, weights: Mapping[str, NDArray]) -> None: ...


# Modules are named, not imported: listing families must not load torch or scikit-learn.
FAMILIES = {
    "gmm": ("audioclf.models.gmm", "Gmm"),
    "cnn": ("audioclf.models.cnn", "Cnn"),
    "rnn": ("audioclf.models.rnn", "Rnn"),
}
# The same families as models of voices.
SPEAKER_FAMILIES = {
    "gmm": ("audioclf.models.speaker_gmm", "SpeakerGmm"),
    "cnn": ("audioclf.models.speaker_network", "SpeakerCnn"),
    "rnn": ("audioclf.models.speaker_network", "SpeakerRnn"),
}


def all_settings(
    family: str, given: Mapping[str, Any], families: Mapping[str, tuple[str, str]] = FAMILIES
) -> dict[str, Any]:
    """`given` and the defaults of all other settings. A checkpoint stores both, so later defaults do not affect it.

    TypeError for a setting that the family does not have.
    """
    parameters = inspect.signature(_class_of(family, families)).parameters
    defaults = {k: p.default for k, p in parameters.items() if p.default is not p.empty}
    if unknown := sorted(set(given) - set(defaults)):
        raise TypeError(f"family {family!r} has no setting {', '.join(unknown)}")
    return {**defaults, **given}


def make_model(family: str, *, n_labels: int, n_bins: int, **settings: Any) -> Model:
    """An untrained model of `family` (a key of FAMILIES). TypeError for a setting its class does not have."""
    return _class_of(family)(n_labels=n_labels, n_bins=n_bins, **settings)


def make_unfilled(family: str, *, n_labels: int, n_bins: int, **settings: Any) -> Model:
    """Like `make_model`, but without memory for weights; `load_weights` allocates it after checking the shapes."""
    import torch

    with torch.device("meta"):
        return make_model(family, n_labels=n_labels, n_bins=n_bins, **settings)


def make_speaker_model(family: str, *, n_bins: int, unfilled: bool = False, **settings: Any) -> SpeakerModel:
    """An untrained model of voices of `family`, a key of SPEAKER_FAMILIES. unfilled: as `make_unfilled` does it."""
    make = _class_of(family, SPEAKER_FAMILIES)
    if not unfilled:
        return make(n_bins=n_bins, **settings)
    import torch

    with torch.device("meta"):
        return make(n_bins=n_bins, **settings)


def _class_of(family: str, families: Mapping[str, tuple[str, str]] = FAMILIES) -> Callable[..., Any]:
    module, name = families[family]
    return getattr(import_module(module), name)


def use_one_thread(libraries: bool = True) -> None:
    """Limit PyTorch and, with `libraries`, NumPy to one core; for serving, not for training.

    PyTorch's limit holds for the calling thread and is cheap to set. The limit of the libraries holds for the
    process, and finding them takes some milliseconds.

    These models are too small to gain from more cores. Where cores are shared, as on most hosts, the threads of
    one layer wait for each other: a one-second clip then takes 50 to 150 ms instead of 5.
    """
    import torch
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    torch.set_num_threads(1)
    if libraries:
        threadpool_limits(1)
