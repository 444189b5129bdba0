"""The few values that travel between modules. Numpy only, all frozen, checked where they are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# (steps done, steps in all, words): called as work goes on; may raise an exception to stop it.
Progress = Callable[[int, int, str], None]


def no_progress(done: int, total: int, words: str) -> None:
    """The Progress of whoever does not want to be told."""


class AudioclfError(Exception):
    """A failure whose message is written for the person who caused it: shown as it is, never with a traceback."""


class AudioError(AudioclfError):
    """The sound cannot be used: unreadable, too long, too short, damaged."""


class ZooError(AudioclfError):
    """A model or registry cannot be used: unknown id, damaged file, wrong schema."""


class DataError(AudioclfError):
    """A training set is missing or not laid out as its reader expects."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Mono sound at its native rate: the one form in which audio travels.

    samples: float32, (n_samples,), finite, nominally in [-1, 1] (a float file may exceed it).
    Raises AudioError for anything else, so that code which holds a Clip need not look again.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    name: str = "clip"

    def __post_init__(self) -> None:
        samples = np.ascontiguousarray(
            self.samples, dtype=np.float32
        ).view()  # the caller's own stays writable
        if samples.ndim != 1 or samples.size == 0:
            raise AudioError(
                f"a clip is one channel of at least one sample; got shape {np.shape(self.samples)}"
            )
        if not np.isfinite(samples).all():
            raise AudioError(
                f"{self.name}: the sound holds samples that are not finite numbers; export it again"
            )
        if self.sample_rate <= 0:
            raise AudioError(f"{self.name}: a sample rate of {self.sample_rate} Hz is not positive")
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """A time–frequency picture with its axes, so that nobody re-derives them.

    values: (n_bins, n_frames) float32, row 0 lowest. seconds: (n_frames,) frame centres.
    hz: (n_bins,) centre frequencies, or None where rows are not bands (cepstra). unit: of `values`.
    """

    values: NDArray[np.float32]
    seconds: NDArray[np.float64]
    hz: NDArray[np.float64] | None
    unit: str


class Feature(Protocol):
    """A frozen dataclass whose fields are its configuration and whose call is the computation."""

    def __call__(self, clip: Clip) -> FeatureMap: ...


@dataclass(frozen=True, eq=False)
class Prediction:
    """What one model says about one clip.

    scores: (n_labels,) calibrated probabilities over `labels`, sum 1; all zeros when there is nothing to hear.
    window_scores: (n_windows, n_labels); window_seconds: (n_windows, 2) start and end of each window.
    known: False when the model was not made for this sound; unknown_score in [0, 1] says how foreign it is.
    focus: index of the window that decided, for tasks that listen to the loudest moment, else None.
    clip_seconds: length of the sound; model_seconds: time from samples to scores.
    """

    task: str
    model: str
    family: str
    labels: tuple[str, ...]
    scores: NDArray[np.float64]
    window_scores: NDArray[np.float64]
    window_seconds: NDArray[np.float64]
    known: bool
    unknown_score: float
    clip_seconds: float
    model_seconds: float
    focus: int | None = None

    SURE = 0.8  # a calibrated probability at which we say "sure": wrong at most one time in five

    @property
    def heard(self) -> bool:
        """False when the clip held nothing to hear, and so no label is claimed."""
        return bool(self.scores.any())

    @property
    def label(self) -> str | None:
        return self.labels[int(self.scores.argmax())] if self.heard else None

    @property
    def certainty(self) -> str:
        """One of sure, unsure, unknown: the word the page shows.

        Whoever takes half of it for none of the labels is not sure, however far one label is before the others.
        """
        if not (self.heard and self.known):
            return "unknown"
        return "sure" if (1 - self.unknown_score) * self.scores.max() >= self.SURE else "unsure"

    def top(self, k: int = 3) -> list[tuple[str, float]]:
        """The k likeliest labels with their probabilities, likeliest first."""
        order = np.argsort(-self.scores, kind="stable")[:k]
        return [(self.labels[i], float(self.scores[i])) for i in order]


@dataclass(frozen=True, eq=False)
class Picture:
    """One view of a clip, ready to be laid out by any front end: raster, axes, words.

    rgb: (height, width, 3) uint8, top row first, spanning exactly `start`…`end` seconds from edge to edge.
    ticks: y positions as (fraction from the bottom, text). y_label and unit name the axes' quantities.
    scale: colour scale as (low text, high text, (n, 3) uint8 ramp from low to high), None for a waveform.
    alt: a sentence that says what can be seen. table: header row and rows of text, the picture's twin.
    """

    name: str
    title: str
    seen_by: str
    rgb: NDArray[np.uint8]
    start: float
    end: float
    y_label: str
    ticks: tuple[tuple[float, str], ...]
    scale: tuple[str, str, NDArray[np.uint8]] | None
    unit: str
    alt: str
    table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Chart:
    """A diagram of numbers: a PNG on a transparent ground, in dark ink.

    size: width and height in CSS pixels; the PNG has twice as many, for sharp screens.
    alt: a sentence that says what can be seen. table: header row and rows of text, the diagram's twin.
    """

    name: str
    title: str
    png: bytes
    size: tuple[int, int]
    alt: str
    table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything one look at one clip gives: what the page draws, the command line prints and the API returns.

    verdict: one sentence. notices: sentences about the sound itself (clipped, very quiet, only a part used).
    listened: (start, end) in seconds of the part the verdict rests on. timings: seconds per stage.
    """

    clip: Clip
    task: str
    predictions: tuple[Prediction, ...]
    verdict: str
    notices: tuple[str, ...] = ()
    listened: tuple[float, float] | None = None
    pictures: tuple[Picture, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
