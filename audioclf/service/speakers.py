"""Voices: takes are checked and enrolled, and a sound is scored against the enrolled voices by every model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from audioclf import audio
from audioclf.service.analysis import Source, playable_wav
from audioclf.service.records import voice_record
from audioclf.service.trials import Trials, nearest_trials
from audioclf.types import AudioError, Clip, Picture, Progress, no_progress
from audioclf.wording import listed, model_names, text
from audioclf.zoo.config import SPEAKERS
from audioclf.zoo.registry import Registry

if TYPE_CHECKING:
    from audioclf.inference.verification import FrameEvidence, Problem, Score, Verifier, Voice

TASK = SPEAKERS
# Of the kinds of problems, those of a recording that is no use; with the others it is used, and they are said.
FATAL = ("silent", "short", "no_voice", "twice")
MAX_TAKES = 8  # of one voice
MAX_VOICES = 8
MAX_SECONDS = 60.0  # of a take, and of a sound that is tested
# Of the ratio between the halves of a take by the first model. Of 90 takes by one person, none was below; of 90 made
# of two people, 5 in 10, and 9 in 10 with 1.5 s of speech in each half.
TWO_VOICES = -1.0
HALF_SECONDS = 0.7  # of speech in each half; with less, the halves are not compared
SILENT_DB = -120.0  # the level of digital silence
PICTURE_RATE = 16_000  # Hz

Voices = Mapping[str, "Voice"]  # one voice, by model


@dataclass(frozen=True, eq=False)
class Take:
    """What is known of a recording before it is enrolled. peak_db: relative to full scale. wav: to play it.

    problems: sentences. is_usable: whether it can be part of a voice all the same.
    """

    seconds: float
    peak_db: float
    wav: bytes
    problems: tuple[str, ...] = ()
    is_usable: bool = True


@dataclass(frozen=True, eq=False)
class Enrolment:
    """A voice for each model by id. copies: for each take the number of an earlier one with the same recording."""

    voices: Voices
    copies: tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says about a sound and the closest voice.

    ratios: natural log-likelihood ratio of every enrolled voice by name. same: None if it cannot tell. band: half
    the width of the ratios around the threshold for which it cannot. speech_seconds: of the sound.
    """

    model: str
    family: str
    ratios: Mapping[str, float]
    threshold: float
    band: float
    same: bool | None
    speech_seconds: float
    model_seconds: float
    evidence: FrameEvidence | None = None
    trials: Trials | None = None

    @property
    def voice(self) -> str:
        """The name of the closest voice."""
        return max(self.ratios, key=lambda name: self.ratios[name])

    @property
    def ratio(self) -> float:
        """The log-likelihood ratio of the closest voice."""
        return self.ratios[self.voice]


@dataclass(frozen=True, eq=False)
class Tested:
    """What all models say about one sound. pictures: spectrogram, and the evidence of models that give any."""

    clip: Clip
    answers: tuple[Answer, ...]
    sentence: str
    notices: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = field(default=())


def models(registry: Registry) -> list[str]:
    """The ids of the models that compare voices, classical before deep; none in a registry without them."""
    return registry.verifiers()


def checked(source: Source, registry: Registry) -> Take:
    """A take, with a sentence for whatever is wrong with it. AudioError for a file that is no sound."""
    clip, notices = _part(source)
    problems = _problems(clip)
    if not _fatal(problems) and _perhaps_two(clip, registry):
        notices = (text("speakers.two_voices"), *notices)
    peak = float(np.abs(clip.samples).max())
    return Take(
        seconds=clip.seconds,
        peak_db=20 * float(np.log10(peak)) if peak else SILENT_DB,
        wav=playable_wav(clip),
        problems=(*(one.words for one in problems), *notices),
        is_usable=not _fatal(problems),
    )


def enrolled(sources: Sequence[Source], registry: Registry) -> Enrolment:
    """The voice of these takes, for every model. A recording given twice counts once.

    Raises AudioError for a sound that cannot be used.
    """
    from audioclf.inference.verification import copies

    clips = [_part(source)[0] for source in sources]
    found = copies(clips)
    kept = [clip for clip, copy in zip(clips, found, strict=True) if copy is None]
    return Enrolment({one.config.id: one.enrol(kept) for one in _verifiers(registry)}, found)


def tested(
    source: Source,
    voices: Mapping[str, Voices],
    registry: Registry,
    pictures: bool = True,
    name: str | None = None,
) -> Tested:
    """Score a sound against voices by name. name: of the sound instead of its file's.

    AudioError for a sound that is no use; its message is the sentence of the problem.
    """
    clip, notices = _part(source)
    clip = Clip(clip.samples, clip.sample_rate, name or clip.name)
    problems = _problems(clip)
    if fatal := _fatal(problems):
        raise AudioError(fatal)
    answers = tuple(_answer(verifier, voices, clip) for verifier in _verifiers(registry))
    return Tested(
        clip=clip,
        answers=answers,
        sentence=sentence(answers),
        notices=(*(one.words for one in problems), *notices),
        pictures=_pictures(clip, answers) if pictures else (),
    )


def compared(
    first: Source, second: Source, registry: Registry, pictures: bool = True, progress: Progress = no_progress
) -> Tested:
    """Enrol the first sound and test the second. AudioError names the sound that cannot be used."""
    from audioclf.inference.verification import check_takes

    clip, _ = _part(first)
    progress(0, 2, text("speakers.step_enrol"))
    if fatal := _fatal(_problems(clip)):
        raise AudioError(f"{clip.name}: {fatal}")
    voices = {clip.name: enrolled([clip], registry).voices}
    progress(1, 2, text("speakers.step_test"))
    found = tested(second, voices, registry, pictures)
    told = [one.words for one in check_takes([clip, found.clip])[1] if one.kind == "twice"]
    return replace(found, notices=(*told, *found.notices))


def sentence(answers: Sequence[Answer]) -> str:
    """What all models say, in a sentence; models that say the same are named together."""
    names = model_names((one.model, one.family) for one in answers)
    groups: dict[str, list[str]] = {}
    for name, answer in zip(names, answers, strict=True):
        groups.setdefault(says(answer), []).append(name)
    return "; ".join(text("speakers.group", who=listed(who), says=what) for what, who in groups.items()) + "."


def says(answer: Answer) -> str:
    """What a model says in a few words: with several voices, whose it is."""
    if len(answer.ratios) > 1:
        several = {True: answer.voice, False: text("speakers.nobody"), None: text("speakers.cannot_tell")}
        return several[answer.same]
    one = {True: text("speakers.same"), False: text("speakers.different"), None: text("speakers.cannot_tell")}
    return one[answer.same]


def verified(
    enrol: Sequence[Source],
    test: Source,
    registry: Registry,
    model: str | None = None,
    progress: Progress = no_progress,
) -> list[dict[str, Any]]:
    """One JSON object for each model or the one that is named, as `audioclf verify --json` prints them.

    Of each sound the first MAX_SECONDS are used. Raises AudioError for a sound that cannot be used and for more than
    MAX_TAKES takes, ZooError for a model that is not one of the registry's.
    """
    from audioclf.inference.verification import check_takes, verify

    if len(enrol) > MAX_TAKES:
        raise AudioError(f"enrol has {len(enrol)} sound files; give at most {MAX_TAKES}")
    if model is not None:
        registry.entry(model)  # `verify` would open folders and repositories of the Hub, too
    clips, notices = [], []
    for at, source in enumerate((*enrol, test)):
        progress(at, len(enrol) + 1, text("speakers.step_enrol" if at < len(enrol) else "speakers.step_test"))
        clip, told = _part(source)
        clips.append(clip)
        notices.append([("long", words) for words in told])
    problems = [
        {"file": clip.name, "kind": kind, "words": words}
        for clip, found, told in zip(clips, check_takes(clips), notices, strict=True)
        for kind, words in (*((one.kind, one.words) for one in found), *told)
    ]
    return [voice_record(score, problems) for score in verify(clips[:-1], clips[-1], model, registry)]


def _part(source: Source) -> tuple[Clip, tuple[str, ...]]:
    """The sound, its first MAX_SECONDS if it is longer, and the sentence that says so."""
    clip = source if isinstance(source, Clip) else audio.load_clip(source)
    if clip.seconds <= MAX_SECONDS:
        return clip, ()
    return audio.cut(clip, 0.0, MAX_SECONDS), (text("speakers.part", seconds=f"{MAX_SECONDS:g}"),)


def _perhaps_two(clip: Clip, registry: Registry) -> bool:
    """Whether the halves of a take sound like two people."""
    verifier = _verifiers(registry)[0]
    halves = [Clip(part, clip.sample_rate, clip.name) for part in np.array_split(clip.samples, 2)]
    if any(audio.is_silent(half) for half in halves):
        return False
    first, second = halves
    scores = [
        verifier.score(verifier.enrol([one]), other) for one, other in ((first, second), (second, first))
    ]
    is_enough = min(score.seconds for score in scores) >= HALF_SECONDS
    return is_enough and sum(score.llr for score in scores) / 2 < TWO_VOICES


def _answer(verifier: Verifier, voices: Mapping[str, Voices], clip: Clip) -> Answer:
    config, started = verifier.config, perf_counter()
    scores: dict[str, Score] = {
        name: verifier.score(voice[config.id], clip) for name, voice in voices.items()
    }
    seconds = perf_counter() - started
    closest = max(scores, key=lambda name: scores[name].llr)
    best = scores[closest]
    return Answer(
        model=config.id,
        family=config.family,
        ratios={name: score.llr for name, score in scores.items()},
        threshold=best.threshold,
        band=best.band,
        same=best.same,
        speech_seconds=best.seconds,
        model_seconds=seconds,
        evidence=best.frames,
        trials=nearest_trials(config.metrics, voices[closest][config.id].seconds, best.seconds),
    )


def _pictures(clip: Clip, answers: Sequence[Answer]) -> tuple[Picture, ...]:
    from audioclf.plotting import evidence

    told = [(one.family, one.evidence.seconds, one.evidence.ratios) for one in answers if one.evidence]
    return evidence.pictures(clip, PICTURE_RATE, told)


def _verifiers(registry: Registry) -> list[Verifier]:
    from audioclf.inference.verification import load_verifier

    return [load_verifier(registry, name) for name in models(registry)]


def _problems(clip: Clip) -> Sequence[Problem]:
    from audioclf.inference.verification import check_take

    return check_take(clip)


def _fatal(problems: Sequence[Problem]) -> str:
    """The sentences of the problems for which a recording is no use."""
    return " ".join(one.words for one in problems if one.kind in FATAL)
