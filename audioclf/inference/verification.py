"""Whether two recordings are of the same voice: enrolment, scores as evidence, and what each frame says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.reading import load_clip
from audioclf.audio.speech import speech_frames
from audioclf.audio.windows import cut, is_silent, loudest_window, resample
from audioclf.inference.loading import load_any
from audioclf.inference.takes import Problem, check_take, check_takes, copies
from audioclf.models import SpeakerModel
from audioclf.types import AudioError, Clip, Feature, Progress, ZooError, no_progress
from audioclf.zoo.checkpoint import make_feature
from audioclf.zoo.config import CALIBRATION_DEFAULTS, SPEAKERS, ModelConfig
from audioclf.zoo.registry import Registry, find, open_registry

__all__ = [
    "FrameEvidence",
    "Problem",
    "Score",
    "Verifier",
    "Voice",
    "check_take",
    "check_takes",
    "copies",
    "load_verifier",
    "verify",
]


@dataclass(frozen=True, eq=False)
class Voice:
    """An enrolled voice, for one model. It holds no sound.

    vectors: the arrays that describe it, by name. seconds: of speech that they were made from. n_takes: recordings.
    """

    model: str
    vectors: Mapping[str, NDArray[np.float32]]
    seconds: float
    n_takes: int


@dataclass(frozen=True, eq=False)
class FrameEvidence:
    """What each frame of speech adds to a score: above 0 for the enrolled voice, below 0 against it.

    seconds: (n_frames,) centres in the tested clip. ratios: (n_frames,). Of a GMM, log-likelihood ratios in nats
    before calibration; of a network, how fast its score rises if the frame counts more.
    """

    seconds: NDArray[np.float64]
    ratios: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Score:
    """The comparison of a clip with a voice, by one model.

    llr: calibrated log-likelihood ratio in nats, same voice against another one; 0 without speech. same: whether llr
    is above the threshold; None within `band` of it, or with too little speech. seconds, enrolled_seconds: of speech
    in the clip, and in the takes of the voice. frames: None without speech.
    """

    model: str
    llr: float
    threshold: float
    band: float
    same: bool | None
    seconds: float
    enrolled_seconds: float
    frames: FrameEvidence | None


@dataclass(frozen=True, eq=False)
class Verifier:
    """A model of voices with its config.

    Its calibration turns the model's score into a ratio, see `calibrated_ratio`. Up to `band` from `threshold`, and
    below least_seconds, it does not decide.
    """

    config: ModelConfig
    model: SpeakerModel
    feature: Feature = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "feature", make_feature(self.config))

    def enrol(self, takes: Sequence[Clip]) -> Voice:
        """The voice of one or more takes. AudioError if there are none, or one of them has no sound at all."""
        if not takes:
            raise AudioError("there is no take to enrol; record or choose at least one")
        parts = [self.speech(clip)[0] for clip in takes]
        for clip, part in zip(takes, parts, strict=True):
            if not part.shape[1]:
                raise AudioError(f"{clip.name} is silent; record it again, closer to the microphone")
        vectors = {name: np.asarray(v, np.float32) for name, v in self.model.enrol(parts).items()}
        return Voice(self.config.id, vectors, self.seconds_of(sum(x.shape[1] for x in parts)), len(takes))

    def score(self, voice: Voice, clip: Clip) -> Score:
        """Compare a clip with a voice. ZooError for a voice that another model enrolled."""
        shapes = {name: vector.shape for name, vector in voice.vectors.items()}
        if voice.model != self.config.id or shapes != self.model.voice_shapes():
            raise ZooError(f"this voice was enrolled with {voice.model}; enrol it with {self.config.id}, too")
        given = self.config.calibration
        x, moments = self.speech(clip)
        seconds = self.seconds_of(x.shape[1])
        if not x.shape[1]:
            return Score(
                self.config.id, 0.0, given["threshold"], given["band"], None, 0.0, voice.seconds, None
            )
        raw = float(self.model.scores([voice.vectors], x)[0])
        llr = float(calibrated_ratio(given, raw, voice.seconds, seconds))
        beyond = llr - given["threshold"]
        decided = abs(beyond) > given["band"] and seconds >= given["least_seconds"]
        return Score(
            model=self.config.id,
            llr=llr,
            threshold=given["threshold"],
            band=given["band"],
            same=beyond > 0 if decided else None,
            seconds=seconds,
            enrolled_seconds=voice.seconds,
            frames=FrameEvidence(moments, self.model.evidence(voice.vectors, x)),
        )

    def speech(self, clip: Clip) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The features of frames with speech, (n_bins, n_frames), and their moments in the clip; none of silence.

        Of a clip longer than config.clip_seconds, those of its loudest part of that length.
        """
        if is_silent(clip):
            return np.zeros((0, 0), np.float32), np.zeros(0)
        clip, start = resample(clip, self.config.sample_rate), 0.0
        if clip.seconds > self.config.clip_seconds:
            start = loudest_window(clip, self.config.clip_seconds)
            clip = cut(clip, start, self.config.clip_seconds)
        found = self.feature(clip)
        spoken = speech_frames(clip, found.seconds)
        return np.ascontiguousarray(found.values[:, spoken]), found.seconds[spoken] + start

    def seconds_of(self, n_frames: int) -> float:
        """Seconds of speech in so many frames."""
        return n_frames * float(self.config.feature.get("hop_seconds", 0.010))


def calibrated_ratio(
    calibration: Mapping[str, float], raw: Any, enrolled_seconds: Any, seconds: Any
) -> NDArray[np.float64]:
    """Log-likelihood ratios of scores s of t seconds of speech against voices of u seconds: numbers or arrays (n,).

    scale · t ** second_power · u ** enrolled_power · s + offset + per_log_second · log t + per_log_enrolled · log u
    """
    given = {**CALIBRATION_DEFAULTS, **calibration}
    slope = given["scale"] * seconds ** given["second_power"] * enrolled_seconds ** given["enrolled_power"]
    lengths = given["per_log_second"] * np.log(seconds) + given["per_log_enrolled"] * np.log(enrolled_seconds)
    return np.asarray(slope * raw + given["offset"] + lengths)


def load_verifier(registry: Registry, model_id: str, progress: Progress = no_progress) -> Verifier:
    """A model of voices by its id or the folder of a single model, loaded once and cached. Raises ZooError."""
    holder, name = find(model_id, registry, progress)
    if holder.entry(name).task != SPEAKERS:
        known = ", ".join(registry.verifiers()) or "none"
        raise ZooError(f"{name} is a classifier and compares no voices; models that do are: {known}")
    found = load_any(holder, name, progress)
    assert isinstance(found, Verifier)
    return found


def verify(
    enrol: Sequence[Any], test: Any, model: str | None = None, registry: Registry | str | None = None
) -> list[Score]:
    """Compare a sound with the voice of other sounds: one score for each model, or for the one that is named.

    enrol, test: whatever `audio.load_clip` reads, such as paths; a recording given twice counts once. registry:
    default, the bundled zoo. Raises AudioError for a sound that cannot be used, ZooError for a registry without such
    a model.
    """
    opened = registry if isinstance(registry, Registry) else open_registry(registry)
    names = [model] if model else opened.verifiers()
    if not names:
        raise ZooError("this registry has no model that compares voices; use the bundled one")
    takes, tested = [load_clip(source) for source in enrol], load_clip(test)
    takes = [take for take, copy in zip(takes, copies(takes), strict=True) if copy is None]
    found = (load_verifier(opened, name) for name in names)
    return [verifier.score(verifier.enrol(takes), tested) for verifier in found]
