"""A data set of weather, animals and engines: the sounds that games and desktops of Debian bring along."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from string import ascii_uppercase

import numpy as np

from audioclf import audio
from audioclf.made import Made, Progress, keep_clip, trimmed, write_manifest
from audioclf.types import AudioError, Clip, DataError

FINDS = Path(__file__).with_name("manifests") / "games.csv"
COLUMNS = ("file", "label", "source", "role")
PROGRAMS = ("apt-get", "dpkg-deb")
OTHERS = "other"  # folder of the sounds that are none of the labels
PIECE_SECONDS = 5.0  # as long as a recording of ESC-10
MAX_PIECES = 6  # of one sound; an hour of rain is no more rains
EDGE_SECONDS = 0.02  # silence kept before and after the sound
FLOOR = 0.003  # of the peak; what stays below it before and after the sound counts as silence

Unpack = Callable[[str, Sequence[str], Path], Iterable[tuple[str, Path]]]


@dataclass(frozen=True)
class Find:
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


def finds() -> tuple[Find, ...]:
    """All sounds of the data set."""
    with open(FINDS, newline="", encoding="utf-8") as file:
        return tuple(Find(**row) for row in csv.DictReader(file))


def make_games(
    folder: str | Path,
    wanted: Sequence[Find] | None = None,
    unpack: Unpack | None = None,
    progress: Progress | None = None,
) -> Made:
    """Write clips and manifest.csv below `folder`; sounds that are there already are kept.

    Each package is downloaded by apt-get, read and thrown away; nothing is installed. Packages that this release
    of Debian has not are skipped. A sound is cut into MAX_PIECES stretches of PIECE_SECONDS at most. DataError
    without apt-get and dpkg-deb, or if no package can be had.
    """
    folder, wanted = Path(folder), finds() if wanted is None else wanted
    packages = groupby(sorted(wanted, key=lambda find: find.package), lambda find: find.package)
    kept: dict[Find, list[str]] = {}
    skipped: dict[str, str] = {}
    for package, group in packages:
        of_package = tuple(group)
        try:
            _keep_all(folder, of_package, unpack or unpacked)
        except DataError as error:
            skipped[package] = str(error)
        kept |= {find: _pieces(folder, find) for find in of_package}
        if progress:
            progress(len(kept), len(wanted))
    made = Counter(find.package for find, pieces in kept.items() for _ in pieces)
    if not made:
        raise DataError(next(iter(skipped.values()), "none of the sounds could be read"))
    refused = Counter(f.package for f, pieces in kept.items() if not pieces and f.package not in skipped)
    write_manifest(folder, COLUMNS, [find.row(file) for find in wanted for file in kept[find]])
    return Made(dict(made), dict(refused), skipped)


def unpacked(package: str, paths: Sequence[str], into: Path) -> Iterator[tuple[str, Path]]:
    """The wanted files of a Debian package, copied into a folder: path in the package and the copy of it.

    DataError where apt-get does not find it, or what it finds cannot be read.
    """
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise DataError(f"{missing[0]} is missing: the sounds are in packages of Debian, and need a Debian")
    order = ["apt-get", "-qq", "download", package]
    failed = subprocess.run(order, cwd=into, capture_output=True).returncode
    archive = next(into.glob("*.deb"), None)
    if failed or archive is None:
        raise DataError(f"{package} skipped; apt-get does not find it (needs main; try `apt-get update`)")
    try:
        yield from _wanted(archive, paths, into)
    except tarfile.TarError as error:
        raise DataError(f"{package} skipped; its archive is damaged: get it again") from error


def _wanted(archive: Path, paths: Sequence[str], into: Path) -> Iterator[tuple[str, Path]]:
    reader = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        with tarfile.open(fileobj=process.stdout, mode="r|") as files:
            for member in files:
                path = member.name.removeprefix("./")
                if path in paths and (file := files.extractfile(member)):
                    copy = into / f"{paths.index(path)}{PurePosixPath(path).suffix}"
                    copy.write_bytes(file.read())
                    yield path, copy


def _keep_all(folder: Path, of_package: Sequence[Find], unpack: Unpack) -> None:
    """Write the pieces of the sounds of one package that are missing."""
    missing = {find.path: find for find in of_package if not _pieces(folder, find)}
    if not missing:
        return
    with tempfile.TemporaryDirectory() as place:
        for path, file in unpack(of_package[0].package, tuple(missing), Path(place)):
            try:
                pieces = cut(audio.load_clip(file))
            except AudioError:
                continue
            # The first piece comes last: where it is, all are.
            for letter, piece in reversed(list(zip(ascii_uppercase, pieces, strict=False))):
                keep_clip(folder / f"{missing[path].stem}-{letter}.flac", piece)


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


def _pieces(folder: Path, find: Find) -> list[str]:
    """The files of a sound in the data set, in order; none while the first is missing."""
    files = [f"{find.stem}-{letter}.flac" for letter in ascii_uppercase[:MAX_PIECES]]
    return [file for file in files if (folder / file).is_file()] if (folder / files[0]).is_file() else []
