"""A data set to judge instruments by: what other studios recorded, out of packages of Debian and npm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from audioclf import audio
from audioclf.data.making import EDGE_SECONDS, FLOOR, Made, trimmed
from audioclf.data.manifest import listed
from audioclf.data.packages import Unpack, make_clips
from audioclf.types import AudioError, Clip, Progress, silent

COLUMNS = ("file", "label", "studio", "role")


@dataclass(frozen=True)
class Note:
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
        """Its row of the manifest. Its role keeps it out of every training, and from the sounds nobody knows."""
        return {"file": self.file, "label": self.label, "studio": self.studio, "role": "judged"}


def notes() -> tuple[Note, ...]:
    """All recordings of the data set: twenty of a label at most, of each of its studios as many as can be."""
    return listed("studios", Note)


def make_studios(
    folder: str | Path,
    wanted: Sequence[Note] | None = None,
    unpack: Unpack | None = None,
    progress: Progress = silent,
) -> Made:
    """Write clips and manifest.csv below `folder`, as `make_clips` does."""
    return make_clips(folder, COLUMNS, notes() if wanted is None else wanted, sound, unpack, progress)


def sound(clip: Clip, note: Note) -> Clip:
    """What is heard in a recording, at one level; AudioError if that is silence."""
    if audio.is_silent(clip):
        raise AudioError(f"nothing is heard in {note.path}")
    return trimmed(clip, FLOOR, EDGE_SECONDS)
