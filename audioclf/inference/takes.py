"""Whether a recording is fit to enrol a voice, or to be compared with one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audioclf.audio.speech import frame_levels, speech_frames, voicing
from audioclf.audio.windows import is_silent, resample
from audioclf.types import Clip
from audioclf.wording import text

LEAST_SECONDS = 0.3  # of speech
FEW_SECONDS = 3.0  # of speech in all takes of a voice; with less, many others pass for it
QUIET_DBFS = -50.0  # of the loudest frames: below, the noise of a usual microphone is as loud as the voice
CLIPPED_SHARE = 0.003  # of all samples that lie on the highest or lowest value that occurs
RANGE_DB = 20.0  # below the loudest: what is softer is no speech in a take without pauses
VOICED, LEAST_VOICED = 0.6, 0.2  # strength of a voiced frame, and the least share of the frames with sound
# Median change of the pitch in 10 ms, in octaves. A voice never holds a tone so still, most instruments do.
LEAST_CHANGE, LEAST_STEPS = 0.002, 5
COMPARED_RATE = 4000
ALIKE = 0.9  # correlation of two copies of one recording


@dataclass(frozen=True)
class Problem:
    """Why a take is not fit. kind: silent, short, no_voice, quiet, clipped or twice. words: a sentence."""

    kind: str
    words: str


def check_take(clip: Clip) -> list[Problem]:
    """What is wrong with a take, the most important first; empty if it is fit."""
    if is_silent(clip):
        return [Problem("silent", text("takes.silent"))]
    moments = np.arange(0.0, clip.seconds, 0.010)
    n_seconds = 0.010 * float(speech_frames(clip, moments, RANGE_DB).sum())
    found = []
    if n_seconds < LEAST_SECONDS:
        words = text("takes.short", seconds=f"{n_seconds:.1f}", least=f"{LEAST_SECONDS:g}")
        found.append(Problem("short", words))
    elif not _has_voice(clip):
        found.append(Problem("no_voice", text("takes.no_voice")))
    if frame_levels(clip, moments).max() < QUIET_DBFS:
        found.append(Problem("quiet", text("takes.quiet")))
    if _clipped_share(clip) > CLIPPED_SHARE:
        found.append(Problem("clipped", text("takes.clipped")))
    return found


def check_takes(clips: Sequence[Clip], names: Sequence[str] = ()) -> list[list[Problem]]:
    """What is wrong with each of several takes: see `check_take`; also if it is the recording of an earlier one.

    names: what the sentences call the takes; default: the names of the clips.
    """
    names = names or [clip.name for clip in clips]
    found = [check_take(clip) for clip in clips]
    for problems, copy in zip(found, copies(clips), strict=True):
        if copy is not None:
            problems.append(Problem("twice", text("takes.twice", other=names[copy])))
    return found


def too_little(enrolled_seconds: float) -> str:
    """What to say about a voice that was enrolled from so much speech; empty if it is enough."""
    if enrolled_seconds >= FEW_SECONDS:
        return ""
    return text("takes.few", seconds=f"{enrolled_seconds:.1f}", least=f"{FEW_SECONDS:g}")


def copies(clips: Sequence[Clip]) -> tuple[int | None, ...]:
    """For each take the place of the first earlier one with the same recording, or None."""
    found: list[int | None] = []
    for clip in clips:
        first = (at for at, copy in enumerate(found) if copy is None and same_recording(clips[at], clip))
        found.append(next(first, None))
    return tuple(found)


def _has_voice(clip: Clip) -> bool:
    """Whether enough of the sound is periodic, as noise is not, and its pitch moves, as that of a note does not."""
    found = voicing(clip)
    spoken = speech_frames(clip, found.seconds)
    voiced = spoken & (found.strength > VOICED)
    changes = np.abs(np.diff(found.octaves))[voiced[1:] & voiced[:-1]]
    still = len(changes) >= LEAST_STEPS and np.median(changes) < LEAST_CHANGE
    return bool(voiced.sum() >= LEAST_VOICED * spoken.sum() and not still)


def _clipped_share(clip: Clip) -> float:
    """Share of the samples at the two extremes of the clip, in runs of two or more."""
    samples = clip.samples
    at_end = (samples >= 0.999 * samples.max()) | (samples <= 0.999 * samples.min())
    return float((at_end[1:] & at_end[:-1]).mean()) if len(samples) > 1 else 0.0


def same_recording(a: Clip, b: Clip) -> bool:
    """Whether two clips hold the same recording, also at another level or rate, cut or delayed."""
    low = [resample(clip, COMPARED_RATE).samples.astype(np.float64) for clip in (a, b)]
    low = [np.diff(samples - samples.mean(), prepend=0.0) for samples in low]
    short, long = sorted(low, key=len)
    n_fft = 1 << (len(short) + len(long) - 1).bit_length()
    product = np.fft.rfft(long, n_fft) * np.conj(np.fft.rfft(short, n_fft))
    found = np.fft.irfft(product, n_fft)
    lag = int(np.abs(found).argmax())
    lag = lag if lag < len(long) else lag - n_fft
    first, last = max(0, -lag), min(len(short), len(long) - lag)
    energy = np.linalg.norm(short[first:last]) * np.linalg.norm(long[first + lag : last + lag])
    # Parts of two recordings that are shorter than this are alike by chance.
    enough = last - first >= 0.5 * len(short) and energy > 0
    return bool(enough and np.abs(found).max() > ALIKE * energy)
