"""A data set of weather, animals and engines, from Debian's packages of games and desktops."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from string import ascii_uppercase

import numpy as np

from audioclf import audio
from audioclf.audio import keep_clip
from audioclf.data.manifest import listed, write_manifest
from audioclf.data.package_archives import Unpack, collect
from audioclf.data.trimming import EDGE_SECONDS, FLOOR, MakingReport, trimmed
from audioclf.types import Clip, Progress, no_progress

COLUMNS = ("file", "label", "source", "role")
OTHERS = "other"  # folder of the sounds with none of the labels
PIECE_SECONDS = 5.0  # as long as a recording of ESC-10
MAX_PIECES = 6  # of one sound; more pieces of one recording add little variety


@dataclass(frozen=True)
class PackagedSound:
    """A sound file in a package. label: of the environment task, "" for none of its labels.

    source: the ESC-10 source that the sound is a cut of, "" for most sounds.
    """

    package: str
    path: str
    label: str
    source: str = ""

    @property
    def stem(self) -> str:
        """Path of its pieces without their letter: the package and the last three names of its path."""
        names = PurePosixPath(self.path).with_suffix("").parts[-3:]
        return "-".join([f"{self.label or OTHERS}/{self.package}", *names])

    def row(self, file: str) -> dict[str, str]:
        """The manifest row of one of its pieces."""
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
    """Write clips and manifest.csv below `folder`; existing clips are kept.

    Cuts each sound into at most MAX_PIECES pieces of at most PIECE_SECONDS. Skips packages that this release of
    Debian lacks. DataError without apt-get and dpkg-deb, or if no package is available.
    """
    folder, wanted = Path(folder), packaged_sounds() if wanted is None else wanted
    kept, report = collect(wanted, partial(_pieces, folder), partial(_keep, folder), unpack, progress)
    write_manifest(folder, COLUMNS, [sound.row(file) for sound in wanted for file in kept[sound]])
    return report


def _keep(folder: Path, sound: PackagedSound, file: Path) -> None:
    """Write the pieces of a sound, the first one last: it marks a complete set."""
    pieces = cut(audio.load_clip(file))
    for letter, piece in reversed(list(zip(ascii_uppercase, pieces, strict=False))):
        keep_clip(folder / f"{sound.stem}-{letter}.flac", piece)


def cut(clip: Clip) -> list[Clip]:
    """Pieces spread over the whole sound, without silent ones."""
    if audio.is_silent(clip):
        return []
    clip = trimmed(clip, FLOOR, EDGE_SECONDS)
    if clip.seconds <= PIECE_SECONDS:
        return [clip]
    n = min(MAX_PIECES, int(clip.seconds / PIECE_SECONDS))
    starts = np.linspace(0, clip.seconds - PIECE_SECONDS, n)
    pieces = (audio.cut(clip, float(start), PIECE_SECONDS) for start in starts)
    return [piece for piece in pieces if not audio.is_silent(piece)]


def _pieces(folder: Path, sound: PackagedSound) -> list[str]:
    """Files of a sound's pieces, in order; empty if the first is missing."""
    files = [f"{sound.stem}-{letter}.flac" for letter in ascii_uppercase[:MAX_PIECES]]
    return [file for file in files if (folder / file).is_file()] if (folder / files[0]).is_file() else []
