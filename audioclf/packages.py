"""Sounds out of packages of Debian, which are downloaded by apt-get, read and thrown away; nothing is installed."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

from audioclf.made import Made, Progress
from audioclf.types import AudioError, DataError

PROGRAMS = ("apt-get", "dpkg-deb")

Unpack = Callable[[str, Sequence[str], Path], Iterable[tuple[str, Path]]]


class Wanted(Protocol):
    """A file, or a part of one, that is wanted of a package."""

    @property
    def package(self) -> str: ...

    @property
    def path(self) -> str: ...


W = TypeVar("W", bound=Wanted)


def collect(
    wanted: Sequence[W],
    files: Callable[[W], list[str]],
    keep: Callable[[W, Path], None],
    unpack: Unpack | None = None,
    progress: Progress | None = None,
) -> tuple[dict[W, list[str]], Made]:
    """Have `keep` make what is missing, package by package: the files of each, and what became of it.

    files: those that are made of it already, none if it is missing. keep: is given the unpacked file; a file that
    is no sound is refused. Packages that this release of Debian has not are skipped. unpack: instead of
    `unpacked`. DataError if nothing can be had.
    """
    kept: dict[W, list[str]] = {}
    skipped: dict[str, str] = {}
    for package, group in groupby(sorted(wanted, key=lambda w: w.package), lambda w: w.package):
        of_package = tuple(group)
        try:
            _keep_missing([w for w in of_package if not files(w)], keep, unpack or unpacked)
        except DataError as error:
            skipped[package] = str(error)
        kept |= {w: files(w) for w in of_package}
        if progress:
            progress(len(kept), len(wanted))
    n_made = Counter(w.package for w, made in kept.items() for _ in made)
    if not n_made:
        raise DataError(next(iter(skipped.values()), "none of the sounds could be read"))
    refused = Counter(w.package for w, made in kept.items() if not made and w.package not in skipped)
    return kept, Made(dict(n_made), dict(refused), skipped)


def _keep_missing(missing: Sequence[W], keep: Callable[[W, Path], None], unpack: Unpack) -> None:
    """Unpack what is missing of one package and have it kept; several may be of one file."""
    if not missing:
        return
    paths = tuple(dict.fromkeys(w.path for w in missing))
    with tempfile.TemporaryDirectory() as place:
        for path, file in unpack(missing[0].package, paths, Path(place)):
            for w in (w for w in missing if w.path == path):
                with suppress(AudioError):
                    keep(w, file)


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
                if path in paths and member.isfile() and (file := files.extractfile(member)):
                    copy = into / f"{paths.index(path)}{PurePosixPath(path).suffix}"
                    copy.write_bytes(file.read())
                    yield path, copy
