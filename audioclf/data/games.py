"""A data set of weather, animals and engines: the sounds that games and desktops of Debian bring along."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from string import ascii_uppercase

import numpy as np

from audioclf import audio
from audioclf.audio import keep_clip
from audioclf.data.making import EDGE_SECONDS, FLOOR, MakingReport, trimmed
from audioclf.data.manifest import listed, write_manifest
from audioclf.data.packages import Unpack, collect
from audioclf.types import Clip, Progress, no_progress

COLUMNS = ("file", "label", "source", "role")
OTHERS = "other"  # folder of the sounds that are none of the labels
PIECE_SECONDS = 5.0  # as long as a recording of ESC-10
MAX_PIECES = 6  # of one sound; an hour of rain is no more rains


@dataclass(frozen=True)
class PackagedSound:
    """A sound file of a package. label: of the environment task, "" for a sound that is none of them.

    source: of the recordings of ESC-10 that it is a cut of, "" for the many that are none.
    """

    package: str
    path: str
    label: str
    source: str = ""

    @property
    def stem(self) -> str:
        """Where its pieces are kept, without their letter: the package and the last three names of its path."""
        names = PurePosixPath(self.path).with_suffix("").parts[-3:]
        return "-".join([f"{self.label or OTHERS}/{self.package}", *names])

    def row(self, file: str) -> dict[str, str]:
        """The row of the manifest of a piece of it."""
        return {
            "file": file,
            "label": self.label,
            "source": self.source or f"{self.package}/{self.path}",
            "role": "train",
        }


def packaged_sounds() -> tuple[PackagedSound, ...]:
    """All sounds of the data set."""
    return listed("games", PackagedSound)


def make_games(
    folder: str | Path,
    wanted: Sequence[PackagedSound] | None = None,
    unpack: Unpack | None = None,
    progress: Progress = no_progress,
) -> MakingReport:
    """Write clips and manifest.csv below `folder`; sounds that are there already are kept.

    Packages that this release of Debian has not are skipped. A sound is cut into MAX_PIECES stretches of
    PIECE_SECONDS at most. DataError without apt-get and dpkg-deb, or if no package can be had.
    """
    folder, wanted = Path(folder), packaged_sounds() if wanted is None else wanted
    kept, made = collect(wanted, partial(_pieces, folder), partial(_keep, folder), unpack, progress)
    write_manifest(folder, COLUMNS, [find.row(file) for find in wanted for file in kept[find]])
    return made


def _keep(folder: Path, find: PackagedSound, file: Path) -> None:
    """Write the pieces of a sound."""
    pieces = cut(audio.load_clip(file))
    # The first piece comes last: where it is, all are.
    for letter, piece in reversed(list(zip(ascii_uppercase, pieces, strict=False))):
        keep_clip(folder / f"{find.stem}-{letter}.flac", piece)


def cut(clip: Clip) -> list[Clip]:
    """The stretches of a sound that are kept, spread over all of it; none of silence."""
    if audio.is_silent(clip):
        return []
    clip = trimmed(clip, FLOOR, EDGE_SECONDS)
    if clip.seconds <= PIECE_SECONDS:
        return [clip]
    n = min(MAX_PIECES, int(clip.seconds / PIECE_SECONDS))
    starts = np.linspace(0, clip.seconds - PIECE_SECONDS, n)
    pieces = (audio.cut(clip, float(start), PIECE_SECONDS) for start in starts)
    return [piece for piece in pieces if not audio.is_silent(piece)]


def _pieces(folder: Path, find: PackagedSound) -> list[str]:
    """The files of a sound in the data set, in order; none while the first is missing."""
    files = [f"{find.stem}-{letter}.flac" for letter in ascii_uppercase[:MAX_PIECES]]
    return [file for file in files if (folder / file).is_file()] if (folder / files[0]).is_file() else []
