"""Values shared between packages: numpy only, frozen, validated on construction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# (steps done, steps in all, message): called while work goes on; may raise an exception to stop it.
Progress = Callable[[int, int, str], None]


def no_progress(done: int, total: int, words: str) -> None:
    """Ignore all progress reports."""


# Called with a sentence that the user should read while work goes on.
Notice = Callable[[str], None]


def no_notice(words: str) -> None:
    """Ignore all notices."""


class AudioclfError(Exception):
    """An error whose message is meant for the user and shown without a traceback."""


class AudioError(AudioclfError):
    """The sound cannot be used: unreadable, damaged, too long or too short."""


class ZooError(AudioclfError):
    """A model or registry cannot be used: unknown id, damaged file, wrong schema."""


class DataError(AudioclfError):
    """A data set is missing or not laid out as its reader expects."""


MAX_CLIP_RATE = 768_000  # the highest rate of converters on sale


def whole_rate(value: object, name: str) -> int:
    """A sample rate in Hz as an int; a whole float or an array of one number will do.

    Raises AudioError for anything else, and outside 1 to MAX_CLIP_RATE.
    """
    number = value.item() if getattr(value, "ndim", None) == 0 else value  # type: ignore[attr-defined]
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise AudioError(
            f"{name}: {str(value)[:40]!r} is no sample rate; give a whole number of Hz, such as 16000"
        )
    if not 0 < number <= MAX_CLIP_RATE or number != int(number):
        # A whole number may be too large for a float.
        shown = "far too many" if isinstance(number, int) and abs(number) > 1e15 else f"{number:.15g}"
        raise AudioError(
            f"{name}: a sample rate of {shown} Hz is not positive, not whole or above {MAX_CLIP_RATE}; "
            "give the rate at which the sound was recorded, such as 16000"
        )
    return int(number)


@dataclass(frozen=True, eq=False)
class Clip:
    """Mono sound at its native rate; all packages exchange audio in this form.

    samples: float32, (n_samples,), finite, nominally in [-1, 1] (a float file may exceed it).
    Raises AudioError for anything else, so code that gets a Clip need not check it.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    name: str = "clip"

    def __post_init__(self) -> None:
        if np.asarray(self.samples).dtype.kind != "f":
            raise AudioError(
                f"{self.name}: a clip holds floats with full scale 1, not {np.asarray(self.samples).dtype}; "
                "load_clip((sample_rate, samples)) scales integers"
            )
        # A view, so that the caller's own array stays writable.
        with np.errstate(over="ignore"):  # what overflows is refused below
            samples = np.ascontiguousarray(self.samples, dtype=np.float32).view()
        if samples.ndim != 1 or samples.size == 0:
            raise AudioError(
                f"a clip is one channel of at least one sample; got shape {np.shape(self.samples)}"
            )
        if not np.isfinite(samples).all():
            raise AudioError(
                f"{self.name}: the sound holds samples that are not finite numbers; export it again"
            )
        samples.setflags(write=False)
        object.__setattr__(self, "sample_rate", whole_rate(self.sample_rate, self.name))
        object.__setattr__(self, "samples", samples)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """A time–frequency matrix with its axes.

    values: (n_bins, n_frames) float32, row 0 lowest. seconds: (n_frames,) frame centres.
    hz: (n_bins,) centre frequencies, or None where rows are not bands (cepstra). unit: of `values`.
    """

    values: NDArray[np.float32]
    seconds: NDArray[np.float64]
    hz: NDArray[np.float64] | None
    unit: str


class Feature(Protocol):
    """A frozen dataclass: its fields are the configuration, calling it computes the feature."""

    def __call__(self, clip: Clip) -> FeatureMap: ...


@dataclass(frozen=True, eq=False)
class Prediction:
    """Prediction of one model for one clip.

    probabilities: (n_labels + 1,), of each label and, last, of none of these; sum 1, all zeros for a silent clip. The
    likeliest entry is the answer. window_probabilities: (n_windows, n_labels + 1), the same for each window.
    window_seconds: (n_windows, 2) start and end of each window.
    focus: index of the deciding window for tasks in which one window decides, else None.
    clip_seconds: length of the clip; model_seconds: time from samples to probabilities.

    scores, window_scores: probabilities among the labels alone, sum 1; unknown_score: probability that the clip is
    unknown, before the change of prior in `inference.pooling.distribution`. Show none of these three to people.
    """

    task: str
    model: str
    family: str
    labels: tuple[str, ...]
    probabilities: NDArray[np.float64]
    window_probabilities: NDArray[np.float64]
    window_seconds: NDArray[np.float64]
    scores: NDArray[np.float64]
    window_scores: NDArray[np.float64]
    unknown_score: float
    clip_seconds: float
    model_seconds: float
    focus: int | None = None

    SURE = 0.8  # the lowest probability that is called "sure": wrong at most one time in five

    @property
    def heard(self) -> bool:
        """False for a silent clip, which gets no label."""
        return bool(self.probabilities.any())

    @property
    def known(self) -> bool:
        """False if none of these is likelier than every label, and for a silent clip."""
        return self.heard and int(self.probabilities.argmax()) < len(self.labels)

    @property
    def label(self) -> str | None:
        """The likeliest label, also of an unknown clip; None for a silent one."""
        return self.labels[int(self.scores.argmax())] if self.heard else None

    @property
    def answer(self) -> str | None:
        """The label that the model claims; None for an unknown or a silent clip."""
        return self.label if self.known else None

    @property
    def probability(self) -> float:
        """Probability of `label`."""
        return float(self.probabilities[:-1].max())

    @property
    def none_of_these(self) -> float:
        """Probability that the clip has none of the labels."""
        return float(self.probabilities[-1])

    @property
    def certainty(self) -> str:
        """One of sure, unsure, unknown: the word the page shows.

        Decided by the probability in whole percent, as people see it.
        """
        if not self.known:
            return "unknown"
        return "sure" if round(100 * self.probability) >= round(100 * self.SURE) else "unsure"

    def top(self, k: int = 3) -> list[tuple[str | None, float]]:
        """The k likeliest answers with their probabilities, likeliest first; None stands for none of these.

        k: from 1 on; more than there are gives all. Raises AudioclfError for anything else.
        """
        if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
            raise AudioclfError(
                f"top: {str(k)[:40]!r} is no number of answers; give a whole number from 1 on, such as 3"
            )
        order = np.argsort(-self.probabilities, kind="stable")[:k]
        return [((*self.labels, None)[i], float(self.probabilities[i])) for i in order]


@dataclass(frozen=True, eq=False)
class Picture:
    """One view of a clip for any front end: raster image, axes and texts.

    rgb: (height, width, 3) uint8, top row first, spanning exactly `start`…`end` seconds from edge to edge.
    ticks: y positions as (fraction from the bottom, text). y_label and unit name the axes' quantities.
    scale: colour scale as (low text, high text, (n, 3) uint8 ramp from low to high), None for a waveform.
    alt: a sentence that describes the picture. table: header row and rows of text, its text alternative.

    For reading values off the picture: rows, evenly spaced from the bottom, are centre frequencies in Hz or names.
    spans: (low, high, unit) of the ramp's ends, one for all rows or one per row. levels: (height, width) uint8, place
    of each value in its span. palette: (256, 3) uint8, if rgb is palette[levels]. family: of the models that see it.
    top_hz: highest frequency of a spectrogram that a visitor may draw with other settings.
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
    rows: tuple[float, ...] | tuple[str, ...] = ()
    spans: tuple[tuple[float, float, str], ...] = ()
    levels: NDArray[np.uint8] | None = None
    palette: NDArray[np.uint8] | None = None
    family: str = ""
    top_hz: float | None = None


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart as a PNG: dark ink on a transparent background.

    size: width and height in CSS pixels; the PNG has twice as many, for sharp screens.
    alt: a sentence that describes the chart. table: header row and rows of text, its text alternative.
    A chart that is too large has no PNG; its sentence is shown instead, and its table may be empty.
    """

    name: str
    title: str
    png: bytes
    size: tuple[int, int]
    alt: str
    table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """A part of a clip that decided an answer: start and end in seconds, and the models that answered from it.

    who: the models in words. families: of the models.
    """

    start: float
    end: float
    who: str
    families: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Analysis:
    """Result of analysing one clip: what the page draws, the command line prints and the API returns.

    verdict: one sentence. notices: sentences about the sound itself (clipped, very quiet, only a part used).
    listened: the parts that decided, one if all models chose the same; none of a silent clip. timings: seconds per
    stage.
    """

    clip: Clip
    task: str
    predictions: tuple[Prediction, ...]
    verdict: str
    notices: tuple[str, ...] = ()
    listened: tuple[Part, ...] = ()
    pictures: tuple[Picture, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
