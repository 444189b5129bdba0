"""Recordings that only judge: digits by people, instruments of other studios, out of packages of Debian and npm."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from audioclf import audio
from audioclf.data.making import EDGE_SECONDS, FLOOR, MakingReport, trimmed
from audioclf.data.manifest import listed
from audioclf.data.packages import Unpack, make_clips
from audioclf.types import AudioError, Clip, Progress, no_progress

ROLE = "judged"  # keeps a recording out of every training, and from the sounds that no model should know


@dataclass(frozen=True)
class SpokenDigit:
    """A digit that somebody says in a sound file of a package.

    start, end: seconds of a longer sentence between which it is heard, "" for the ends of the file. sex: "m", "f",
    or "" where nobody says.
    """

    package: str
    path: str
    start: str
    end: str
    label: str
    speaker: str
    sex: str

    @property
    def file(self) -> str:
        """Where it is kept; cut elsewhere, it is another file."""
        parts = (self.speaker, PurePosixPath(self.path).stem, self.start, self.end)
        return f"{self.label}/{'-'.join(filter(None, parts))}.flac"

    @property
    def row(self) -> dict[str, str]:
        """Its row of the manifest."""
        told = {"file": self.file, "label": self.label, "speaker": self.speaker, "sex": self.sex}
        return {**told, "role": ROLE}

    def cut(self, clip: Clip) -> Clip:
        """What is said between `start` and `end` of a sentence, at one level; AudioError if that is silence."""
        start = float(self.start or 0)
        clip = audio.cut(clip, start, float(self.end or clip.seconds) - start)
        if audio.is_silent(clip):
            raise AudioError(f"nothing is said in {self.path} after {start:g} seconds")
        return trimmed(clip, FLOOR, EDGE_SECONDS)


@dataclass(frozen=True)
class RecordedNote:
    """A sound file of a package: one note, chord or stroke of an instrument. studio: who recorded it."""

    package: str
    path: str
    label: str
    studio: str

    @property
    def file(self) -> str:
        """Where it is kept: the last two names of its path tell it from the studio's others."""
        names = "-".join((self.studio, *PurePosixPath(self.path).with_suffix("").parts[-2:]))
        return f"{self.label}/{names.replace(' ', '_')}.flac"

    @property
    def row(self) -> dict[str, str]:
        """Its row of the manifest."""
        return {"file": self.file, "label": self.label, "studio": self.studio, "role": ROLE}

    def cut(self, clip: Clip) -> Clip:
        """What is heard in a recording, at one level; AudioError if that is silence."""
        if audio.is_silent(clip):
            raise AudioError(f"nothing is heard in {self.path}")
        return trimmed(clip, FLOOR, EDGE_SECONDS)


KINDS = {"people": SpokenDigit, "studios": RecordedNote}


def recordings(name: str) -> tuple[SpokenDigit | RecordedNote, ...]:
    """All recordings of the data set `name`, a key of KINDS."""
    return listed(name, KINDS[name])


def make_judged(
    name: str,
    folder: str | Path,
    wanted: Sequence[SpokenDigit | RecordedNote] | None = None,
    unpack: Unpack | None = None,
    progress: Progress = no_progress,
) -> MakingReport:
    """Write clips and manifest.csv of the data set `name` below `folder`, as `make_clips` does."""
    return make_clips(folder, recordings(name) if wanted is None else wanted, unpack, progress)
