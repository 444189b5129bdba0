"""Two recordings side by side: aligned sounds, pictures on the same axes with their difference, and both answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audioclf import audio
from audioclf.audio.activity import onset
from audioclf.inference.loading import Selection, load_models
from audioclf.service.analysis import MAX_PLAYED_RATE, Source, analyse
from audioclf.types import Analysis, AudioclfError, Clip, Prediction, Progress, no_progress
from audioclf.wording import listed, model_names, probability, readable, text

if TYPE_CHECKING:
    from audioclf.plotting.pair import View

ALIGNMENTS = ("onset", "start")
MAX_SECONDS = 120.0  # of the pictures and the aligned sounds; the answers are about all of each recording


@dataclass(frozen=True, eq=False)
class Pair:
    """sounds: aligned, of one length. both: their mean. views: pictures of the two, on one time axis from 0.

    alignment: how they are aligned. change: what differs between the answers; both are sentences.
    """

    first: Analysis
    second: Analysis
    sounds: tuple[Clip, Clip]
    both: Clip
    views: tuple[View, ...]
    alignment: str
    change: str

    @property
    def seconds(self) -> float:
        return self.both.seconds


def compared(
    first: Source,
    second: Source,
    selection: Selection,
    align: str = "onset",
    names: tuple[str | None, str | None] = (None, None),
    progress: Progress = no_progress,
) -> Pair:
    """Compare two sounds. align: "onset" or "start". names: instead of those of the files. progress: in parts.

    Raises what `analyse` raises, and AudioclfError for another alignment.
    """
    from audioclf.plotting import pair

    if align not in ALIGNMENTS:
        raise AudioclfError(
            f"recordings cannot be aligned at {align!r}; choose one of {', '.join(ALIGNMENTS)}"
        )
    clips = [_clip(source, name) for source, name in zip((first, second), names, strict=True)]
    progress(0, 3, text("pair.step_first"))
    one = analyse(clips[0], selection, pictures=False)
    progress(1, 3, text("pair.step_second"))
    other = analyse(clips[1], selection, pictures=False)
    progress(2, 3, text("pair.step_pictures"))
    delays, sentence = _delays(clips[0], clips[1], align)
    ends = [delay + clip.seconds for delay, clip in zip(delays, clips, strict=True)]
    seconds = min(MAX_SECONDS, max(ends))
    if max(ends) > MAX_SECONDS:
        sentence = f"{sentence} " + text("pair.part", seconds=f"{MAX_SECONDS:g}")
    rate = max(model.config.sample_rate for model in load_models(selection))
    played = min(MAX_PLAYED_RATE, max(clip.sample_rate for clip in clips))
    shown = [_moved(clip, delay, seconds, rate) for clip, delay in zip(clips, delays, strict=True)]
    sounds = [_moved(clip, delay, seconds, played) for clip, delay in zip(clips, delays, strict=True)]
    return Pair(
        first=one,
        second=other,
        sounds=(sounds[0], sounds[1]),
        both=Clip((sounds[0].samples + sounds[1].samples) / np.float32(2), played),
        views=pair.views(*shown),
        alignment=sentence,
        change=change(one.predictions, other.predictions),
    )


def change(first: tuple[Prediction, ...], second: tuple[Prediction, ...]) -> str:
    """A sentence: which models answer differently, or whose probability of the same answer changes most."""
    names = model_names((p.model, p.family) for p in first)
    trios = list(zip(names, first, second, strict=True))
    groups: dict[tuple[str, str], list[str]] = {}
    for name, p, q in trios:
        if _answer(p) != _answer(q):
            groups.setdefault((_answer_words(p), _answer_words(q)), []).append(text("pair.model", name=name))
    if groups:
        clauses = "; ".join(
            text("pair.clause", who=listed(who), say=_says(who), first=before, second=after)
            for (before, after), who in groups.items()
        )
        count = sum(map(len, groups.values()))
        return text("pair.changed", count=count, n=len(first), clauses=clauses)
    heard = [trio for trio in trios if trio[1].heard]
    if not heard:
        return text("pair.silent")
    name, p, q = max(heard, key=lambda trio: abs(_share(trio[1]) - _share(trio[2])))
    if probability(_share(p)) == probability(_share(q)):
        return text("pair.equal")
    return text(
        "pair.unchanged",
        name=name,
        label=readable(_answer(p)),
        first=probability(_share(p)),
        second=probability(_share(q)),
    )


def _clip(source: Source, name: str | None) -> Clip:
    clip = source if isinstance(source, Clip) else audio.load_clip(source)
    return Clip(clip.samples, clip.sample_rate, name or clip.name)


def _delays(first: Clip, second: Clip, align: str) -> tuple[tuple[float, float], str]:
    """Seconds by which each clip is moved to the right, and the sentence that says so."""
    if align == "start":
        return (0.0, 0.0), text("pair.at_start")
    begins = onset(first), onset(second)
    latest = max(begins)
    delays = (latest - begins[0], latest - begins[1])
    moved = text("pair.first") if delays[0] else text("pair.second")
    if not any(delays):
        return delays, text("pair.at_onset", at=f"{latest:.2f}")
    return delays, text(
        "pair.at_onset_moved", at=f"{latest:.2f}", moved=moved.lower(), by=f"{max(delays):.2f}"
    )


def _moved(clip: Clip, delay: float, seconds: float, sample_rate: int) -> Clip:
    """The clip without its offset, at this rate, moved to the right; zeros where it does not reach."""
    centred = Clip(clip.samples - np.float32(clip.samples.mean()), clip.sample_rate, clip.name)
    # Moved before resampling, so that a delayed copy falls on the same samples.
    moved = audio.resample(audio.cut(centred, -delay, seconds), sample_rate)
    return audio.cut(moved, 0.0, seconds)  # of the same length for every rate of the clip


def _answer(prediction: Prediction) -> str | None:
    """What the model says; empty for a silent clip."""
    return prediction.answer if prediction.heard else ""


def _share(prediction: Prediction) -> float:
    return float(prediction.probabilities.max())


def _answer_words(prediction: Prediction) -> str:
    return readable(prediction.answer) if prediction.heard else text("cards.nothing")


def _says(who: list[str]) -> str:
    return text("pair.says") if len(who) == 1 else text("pair.say")
