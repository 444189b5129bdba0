"""Read a string of digits with every model, put the strings side by side and write them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from audioclf import audio
from audioclf.audio.activity import span_seconds
from audioclf.inference.loading import Selection, load_models
from audioclf.inference.transcribe import TASKS, check_task, read_string
from audioclf.inference.transcript import ReadLabel, Transcript
from audioclf.service.analysis import Source
from audioclf.types import Clip, Picture, Progress, no_progress
from audioclf.wording import listed, model_names, readable, text

GRAMMARS = ("digits", "phone")  # as read | "oh" for zero, "double seven" and "triple seven" for repeats
REPEATS = {2: "double", 3: "triple"}
LEAST_SECONDS = 0.75  # from the first to the last sound; less is one label
PICTURE_RATE = 8000  # Hz, of the models that read strings
SAME_PLACE = 0.25  # seconds between the middles of what two models read at one place


@dataclass(frozen=True, eq=False)
class Strings:
    """What the models of a task read from one clip. sentence: says it in words."""

    clip: Clip
    task: str
    transcripts: tuple[Transcript, ...]
    sentence: str


def transcribe(source: Source, selection: Selection, progress: Progress = no_progress) -> Strings:
    """The strings of all models. progress: in seconds of sound, over all models.

    Raises AudioError for an unusable sound and for a task whose labels are not said in strings, ZooError for an
    unusable model.
    """
    check_task(selection.task)
    classifiers = load_models(selection)
    clip = source if isinstance(source, Clip) else audio.load_clip(source)
    found: list[Transcript] = []
    for classifier in classifiers:

        def report(done: int, total: int, words: str, before: int = len(found)) -> None:
            progress(before * total + done, len(classifiers) * total, words)

        found.append(read_string(classifier, clip, report))
    silent = audio.is_silent(clip)
    return Strings(clip, selection.task, tuple(found), text("verdict.silent") if silent else sentence(found))


def offered(
    source: Source, selection: Selection, most_seconds: float
) -> tuple[Strings, tuple[Picture, Picture]] | None:
    """As `drawn`, if most models read at least two labels; None also for a sound as short as a label."""
    clip = source if isinstance(source, Clip) else audio.load_clip(source)
    if clip.seconds > most_seconds or span_seconds(clip) < LEAST_SECONDS:
        return None
    found = transcribe(clip, selection)
    return (found, pictures(clip)) if is_string(found) else None


def is_string(found: Strings) -> bool:
    """Whether most models read at least two labels."""
    several = sum(len(one.parts) >= 2 for one in found.transcripts)
    return 2 * several > len(found.transcripts)


def reads_strings(task: str) -> bool:
    """Whether the labels of a task are said in strings."""
    return task in TASKS


def drawn(
    source: Source, selection: Selection, progress: Progress = no_progress
) -> tuple[Strings, tuple[Picture, Picture]]:
    """The strings of all models with the spectrogram and waveform to draw them under; see `transcribe`."""
    found = transcribe(source, selection, progress)
    return found, pictures(found.clip)


def pictures(clip: Clip) -> tuple[Picture, Picture]:
    """Spectrogram and waveform of a clip."""
    from audioclf.plotting import clip as plots

    spectrogram, _, waveform = plots.pictures(clip, min(clip.sample_rate, PICTURE_RATE))
    return spectrogram, waveform


def sentence(transcripts: Sequence[Transcript]) -> str:
    """What one or more models read, in a sentence."""
    names = model_names((t.model, t.family) for t in transcripts)
    said: dict[tuple[str, ...], list[str]] = {}
    for name, transcript in zip(names, transcripts, strict=True):
        said.setdefault(transcript.labels, []).append(name)
    if list(said) == [()]:
        return text("strings.none")
    if len(said) == 1:
        (labels,) = said
        return text(
            "strings.agree" if len(names) > 1 else "strings.one", string=spoken(labels), who=listed(names)
        )
    nothing = text("strings.nothing")
    groups = [f"{listed(who)}: {spoken(labels) or nothing}" for labels, who in said.items()]
    return text("strings.differ", groups="; ".join(groups))


def spoken(labels: Sequence[str], grammar: str = "digits") -> str:
    """The labels as words. grammar: one of GRAMMARS."""
    if grammar != "phone":
        return " ".join(map(readable, labels))
    words: list[str] = []
    for label, run in groupby(labels):
        name, n = "oh" if label == "zero" else readable(label), len(list(run))
        words += [f"{REPEATS[n]} {name}"] if n in REPEATS else [name] * n
    return " ".join(words)


def side_by_side(transcripts: Sequence[Transcript]) -> list[tuple[ReadLabel | None, ...]]:
    """What each model reads at each place, in the order of time; None where a model reads nothing."""
    every = [(part, i) for i, transcript in enumerate(transcripts) for part in transcript.parts]
    places: list[list[ReadLabel | None]] = []
    middles: list[float] = []
    for part, i in sorted(every, key=lambda pair: pair[0].start + pair[0].end):
        middle = (part.start + part.end) / 2
        if not places or places[-1][i] or middle - middles[-1] > SAME_PLACE:
            places.append([None] * len(transcripts))
            middles.append(middle)
        places[-1][i] = part
    return [tuple(place) for place in places]


def differs(place: Sequence[ReadLabel | None]) -> bool:
    """Whether the models read different labels at a place, or some read nothing."""
    return len({part.label if part else "" for part in place}) > 1
