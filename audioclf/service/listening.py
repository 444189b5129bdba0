"""Listen to a stream with every model of a task: windows as they come, and each sound once it has ended."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.pcm import Resampler, pcm16, stream_rate
from audioclf.inference.loading import Selection, load_models
from audioclf.inference.stream import Look, Sound, Stream, hearing_of, pooled
from audioclf.types import Clip, Prediction
from audioclf.wording import NONE


@dataclass(frozen=True)
class Ear:
    """What a listener has to know of a model. threshold: of the probability of none of these."""

    model: str
    family: str
    labels: tuple[str, ...]
    sample_rate: int
    clip_seconds: float
    pooling: str
    threshold: float


@dataclass(frozen=True, eq=False)
class Due:
    """What is to be scored now: the newest look, if it was not taken yet, and the sounds that have ended."""

    look: Look | None
    sounds: tuple[Sound, ...]

    @property
    def work(self) -> tuple[tuple[Clip | None, ...], tuple[Clip, ...]]:
        """The windows, one for each model, and the sounds, for `hear`; all may be empty."""
        windows = self.look.windows if self.look else ()
        return (windows if any(windows) else ()), tuple(sound.clip for sound in self.sounds)


@dataclass(frozen=True, eq=False)
class Heard:
    """windows: the prediction of each model, or None. sounds: for each sound, the prediction of each model."""

    windows: tuple[Prediction | None, ...] = ()
    sounds: tuple[tuple[Prediction, ...], ...] = ()


def ears(selection: Selection) -> tuple[Ear, ...]:
    """The models of a selection, which are loaded now. Raises ZooError."""
    return tuple(
        Ear(
            c.config.id,
            c.config.family,
            tuple(c.config.labels),
            c.config.sample_rate,
            c.config.clip_seconds,
            c.config.pooling,
            c.config.calibration["known_threshold"],
        )
        for c in load_models(selection)
    )


def hear(selection: Selection, windows: Sequence[Clip | None], sounds: Sequence[Clip]) -> Heard:
    """What the models say to windows and sounds, each as `classify` would if it were a file of its own."""
    classifiers = load_models(selection)
    own = zip(classifiers, windows, strict=True) if windows else ()
    return Heard(
        tuple(c.batch([window])[0] if window else None for c, window in own),
        tuple(tuple(c.batch([sound])[0] for c in classifiers) for sound in sounds),
    )


@dataclass(eq=False)
class Listening:
    """One stream and its listener. sample_rate: of what is fed, in Hz. AudioError for a rate that no recorder has."""

    ears: tuple[Ear, ...]
    sample_rate: int
    stream: Stream = field(init=False)
    _resampled: Resampler = field(init=False)
    _recent: list[deque[Prediction]] = field(init=False)

    def __post_init__(self) -> None:
        stream_rate(self.sample_rate)
        rate = rate_of(self.ears)
        hearing = hearing_of(self.ears[0].pooling)
        self.stream = Stream(rate, tuple(ear.clip_seconds for ear in self.ears), hearing)
        self._resampled = Resampler(self.sample_rate, rate)
        self._recent = [deque(maxlen=hearing.n_pooled) for _ in self.ears]

    def feed(self, samples: NDArray[np.float32], last: bool = False) -> None:
        """Listen to the next samples. last: the stream ends with them."""
        self.stream.feed(self._resampled(samples, last))
        if last:
            self.stream.finish()

    def feed_pcm(self, data: bytes) -> None:
        """Listen to the next samples, mono 16-bit PCM, little endian; an even number of bytes."""
        self.feed(pcm16(data))

    def due(self) -> Due | None:
        """What is to be scored now, if anything."""
        look, sounds = self.stream.take(), self.stream.take_sounds()
        return Due(look, sounds) if look or sounds else None

    def answered(self, due: Due, heard: Heard) -> list[dict[str, Any]]:
        """Records of what was due, as they are sent: the look's with `kind` "window", the sounds' with "sound"."""
        records = []
        if due.look:
            records.append(self._window(due.look, heard.windows))
        for sound, predictions in zip(due.sounds, heard.sounds, strict=True):
            answers = [answer(prediction) for prediction in predictions]
            records.append({"kind": "sound", "start": sound.start, "end": sound.end, "answers": answers})
        return records

    def _window(self, look: Look, predictions: Sequence[Prediction | None]) -> dict[str, Any]:
        answers: list[dict[str, Any]] = [{"heard": False}] * len(self.ears)
        for i, recent in enumerate(self._recent):
            prediction = predictions[i] if predictions else None
            if prediction is None:
                recent.clear()
            else:
                recent.append(prediction)
                answers[i] = answer(pooled(recent))
        return {
            "kind": "window",
            "end": look.end,
            "level": look.level_db,
            "threshold": look.threshold_db,
            "open": look.is_open,
            "dropped": look.n_dropped,
            "answers": answers,
        }


def answer(prediction: Prediction) -> dict[str, Any]:
    """What a model says, with the names of `records`: label is the closest one, also if none of these is likelier."""
    if not prediction.heard:
        return {"heard": False}
    shares = zip((*prediction.labels, NONE), prediction.probabilities.tolist(), strict=True)
    return {
        "heard": True,
        "label": prediction.label,
        "known": prediction.known,
        "certainty": prediction.certainty,
        "probability": prediction.probability,
        "probabilities": dict(shares),
    }


def rate_of(own: Sequence[Ear]) -> int:
    """The rate at which a stream is listened to: the highest of the models, in Hz."""
    return max(ear.sample_rate for ear in own)


def listened(selection: Selection, listening: Listening) -> list[dict[str, Any]]:
    """Score what is due in this process; see `Listening.answered`."""
    due = listening.due()
    return listening.answered(due, hear(selection, *due.work)) if due else []
