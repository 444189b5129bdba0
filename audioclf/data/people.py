"""A data set to judge digits by: people whom no model has met, out of packages of Debian that count aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from audioclf import audio
from audioclf.data.making import EDGE_SECONDS, FLOOR, Made, trimmed
from audioclf.data.manifest import listed
from audioclf.data.packages import Unpack, make_clips
from audioclf.types import AudioError, Clip, Progress, silent

COLUMNS = ("file", "label", "speaker", "sex", "role")


@dataclass(frozen=True)
class Saying:
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
        """Its row of the manifest. Its role keeps it out of every training, and from the sounds nobody knows."""
        told = {"file": self.file, "label": self.label, "speaker": self.speaker, "sex": self.sex}
        return {**told, "role": "judged"}


def sayings() -> tuple[Saying, ...]:
    """All digits of the data set."""
    return listed("people", Saying)


def make_people(
    folder: str | Path,
    wanted: Sequence[Saying] | None = None,
    unpack: Unpack | None = None,
    progress: Progress = silent,
) -> Made:
    """Write clips and manifest.csv below `folder`, as `make_clips` does."""
    return make_clips(folder, COLUMNS, sayings() if wanted is None else wanted, word, unpack, progress)


def word(clip: Clip, saying: Saying) -> Clip:
    """What is said between `start` and `end` of a sentence, at one level; AudioError if that is silence."""
    start = float(saying.start or 0)
    clip = audio.cut(clip, start, float(saying.end or clip.seconds) - start)
    if audio.is_silent(clip):
        raise AudioError(f"nothing is said in {saying.path} after {start:g} seconds")
    return trimmed(clip, FLOOR, EDGE_SECONDS)
