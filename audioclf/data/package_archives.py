"""Sounds from Debian and npm packages, which are downloaded, read and deleted; nothing is installed."""

import shutil
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

from audioclf import audio
from audioclf.audio import keep_clip
from audioclf.data.manifest import write_manifest
from audioclf.data.trimming import MakingReport
from audioclf.types import AudioError, Clip, DataError, Progress, no_progress

Unpack = Callable[[str, Sequence[str], Path], Iterable[tuple[str, Path]]]


class Wanted(Protocol):
    """A wanted file of a package, or a part of one."""

    @property
    def package(self) -> str: ...

    @property
    def path(self) -> str: ...


class Listed(Wanted, Protocol):
    """A wanted file that becomes one clip of a data set. file: path of the clip. row: its manifest row.

    cut: makes the clip from the sound of the whole file; AudioError if it is unusable.
    """

    @property
    def file(self) -> str: ...

    @property
    def row(self) -> dict[str, str]: ...

    def cut(self, clip: Clip, /) -> Clip: ...


W = TypeVar("W", bound=Wanted)
L = TypeVar("L", bound=Listed)


def make_clips(
    folder: str | Path,
    wanted: Sequence[L],
    unpack: Unpack | None = None,
    progress: Progress = no_progress,
) -> MakingReport:
    """Write a clip of each file, and manifest.csv, below `folder`; existing clips are kept.

    Refuses a file if `cut` raises AudioError, and skips unavailable packages. DataError if there is no clip.
    """
    root = Path(folder)

    def existing(one: L) -> list[str]:
        return [one.file] if (root / one.file).is_file() else []

    def keep(one: L, file: Path) -> None:
        keep_clip(root / one.file, one.cut(audio.load_clip(file)))

    kept, report = collect(wanted, existing, keep, unpack, progress)
    rows = [one.row for one in wanted if kept[one]]
    write_manifest(root, list(rows[0]), rows)
    return report


def collect(
    wanted: Sequence[W],
    files: Callable[[W], list[str]],
    keep: Callable[[W, Path], None],
    unpack: Unpack | None = None,
    progress: Progress = no_progress,
) -> tuple[dict[W, list[str]], MakingReport]:
    """Download the packages of missing files and pass each unpacked file to `keep`. Returns the clips and a report.

    files: the clips already made from a wanted file, [] if it is missing. keep: refuses a file by AudioError.
    unpack: replaces `unpacked`. Unavailable packages are skipped. DataError if there is no clip.
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
        progress(len(kept), len(wanted), package)
    n_made = Counter(w.package for w, made in kept.items() for _ in made)
    if not n_made:
        raise DataError(next(iter(skipped.values()), "none of the sounds could be read"))
    refused = Counter(w.package for w, made in kept.items() if not made and w.package not in skipped)
    return kept, MakingReport(dict(n_made), dict(refused), skipped)


def _keep_missing(missing: Sequence[W], keep: Callable[[W, Path], None], unpack: Unpack) -> None:
    """Unpack the missing files of one package and pass them to `keep`; several may be parts of one file."""
    if not missing:
        return
    paths = tuple(dict.fromkeys(w.path for w in missing))
    with tempfile.TemporaryDirectory() as place:
        for path, file in unpack(missing[0].package, paths, Path(place)):
            for w in (w for w in missing if w.path == path):
                with suppress(AudioError):
                    keep(w, file)


def unpacked(package: str, paths: Sequence[str], into: Path) -> Iterator[tuple[str, Path]]:
    """Copy the wanted files of a package into a folder; yields the path in the package and the copy.

    package: a Debian package, or "npm:name@version". DataError if it is not found or not readable.
    """
    store, _, name = package.rpartition(":")
    try:
        with STORES[store](name, into) as files:
            yield from _wanted(files, paths, into)
    except tarfile.TarError as error:
        raise DataError(f"{name} skipped; its archive is damaged: get it again") from error


@contextmanager
def _debian_files(package: str, into: Path) -> Iterator[tarfile.TarFile]:
    _need(("apt-get", "dpkg-deb"), "the sounds are in Debian packages, which need a Debian system")
    command = ["apt-get", "-qq", "download", package]
    hint = f"{package} skipped; apt-get does not find it (needs main; try `apt-get update`)"
    reader = ["dpkg-deb", "--fsys-tarfile", str(_downloaded(command, into, "*.deb", hint))]
    with (
        subprocess.Popen(reader, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as files,
    ):
        yield files


@contextmanager
def _npm_files(package: str, into: Path) -> Iterator[tarfile.TarFile]:
    _need(("npm",), "some of the sounds are in npm packages; npm comes with Node.js")
    command = ["npm", "pack", "--silent", "--ignore-scripts", package]
    hint = f"{package} skipped; npm cannot get it (needs a network)"
    with tarfile.open(_downloaded(command, into, "*.tgz", hint), mode="r|gz") as files:
        yield files


STORES = {"": _debian_files, "npm": _npm_files}


def _need(programs: Sequence[str], why: str) -> None:
    if missing := [program for program in programs if shutil.which(program) is None]:
        raise DataError(f"{missing[0]} is missing: {why}")


def _downloaded(command: Sequence[str], into: Path, pattern: str, hint: str) -> Path:
    failed = subprocess.run(command, cwd=into, capture_output=True).returncode
    archive = next(into.glob(pattern), None)
    if failed or archive is None:
        raise DataError(hint)
    return archive


def _wanted(files: tarfile.TarFile, paths: Sequence[str], into: Path) -> Iterator[tuple[str, Path]]:
    for member in files:
        path = member.name.removeprefix("./")
        if path in paths and member.isfile() and (file := files.extractfile(member)):
            copy = into / f"{paths.index(path)}{PurePosixPath(path).suffix}"
            copy.write_bytes(file.read())
            yield path, copy
