"""Download data sets from their official homes, verify them and lay them out for training."""

import io
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from audioclf import audio
from audioclf.atomic import unfinished
from audioclf.data.manifest import MANIFEST, write_manifest
from audioclf.data.published import SOURCES
from audioclf.data.published.base import Source
from audioclf.data.web import RemoteFile, check_space, fetch, host
from audioclf.types import DataError, Progress

MAX_FILE_BYTES = 100_000_000  # of one archive member; no recording of these data sets is larger
Member = tuple[str, int, Callable[[], IO[bytes]]]  # path in the archive, bytes, how to open it


def get(name: str, to: Path, progress: Progress, sources: Mapping[str, Source] | None = None) -> Path:
    """Download the data set `name` into <to>/<name> and return that folder; existing files are kept.

    DataError for an unknown name, a failed download, or recordings that differ from the published ones.
    """
    known = SOURCES if sources is None else sources
    if name not in known:
        raise DataError(f"there is no data set {name!r}; choose one of {', '.join(known)}")
    source, folder = known[name], to / name
    if source.row and (folder / MANIFEST).is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    found = _sounds(folder)
    if len(found) < source.n_files:
        ARCHIVES[source.unpack](source, folder, progress)
        found = _sounds(folder)
    # Of a verified archive, more may have been taken than the task's own recordings.
    if len(found) < source.n_files or (len(found) > source.n_files and not source.sha256):
        raise DataError(
            f"{name} has {len(found):,} recordings, not {source.n_files:,}; "
            f"the set at {host(source.url)} has changed, or {folder.name} holds other files: look at {source.home}"
        )
    if source.row:
        write_manifest(folder, *_rows(source, folder, found))
    return folder


def _sounds(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.wav"))


def _rows(source: Source, folder: Path, found: list[str]) -> tuple[list[str], list[dict[str, str]]]:
    """Columns and rows of the manifest; DataError if the recordings differ from the published ones."""
    assert source.row
    clips = [audio.load_clip(folder / file) for file in found]
    rows = [
        {"file": f, **source.row(f), "sample_rate": str(c.sample_rate), "n_samples": str(len(c.samples))}
        for f, c in zip(found, clips, strict=True)
    ]
    if source.digest and source.digest(rows, clips) != source.expected:
        raise DataError(
            f"the recordings from {host(source.url)} are not the published ones that this version knows; "
            f"remove {folder.name} and try again, or look at {source.home}"
        )
    return list(rows[0]), rows


def _whole_zip(source: Source, folder: Path, progress: Progress) -> None:
    path = _archive(source, folder, progress)
    with _damage_reported(path.name), zipfile.ZipFile(path) as archive:
        _take(source, _zip_members(archive), folder, progress)
    path.unlink()


def _parts_of_zip(source: Source, folder: Path, progress: Progress) -> None:
    remote = io.BufferedReader(RemoteFile(source.url), buffer_size=1 << 20)
    with _damage_reported(host(source.url)), remote, zipfile.ZipFile(remote) as archive:
        _take(source, _zip_members(archive), folder, progress)


def _whole_tar(source: Source, folder: Path, progress: Progress) -> None:
    path = _archive(source, folder, progress)
    with _damage_reported(path.name), tarfile.open(path) as archive:
        members = ((m.name, m.size, _opener(archive, m)) for m in archive if m.isfile())
        _take(source, members, folder, progress)
    path.unlink()


ARCHIVES: Mapping[str, Callable[[Source, Path, Progress], None]] = {
    "zip": _whole_zip,
    "parts of a zip": _parts_of_zip,
    "tar": _whole_tar,
}


def _archive(source: Source, folder: Path, progress: Progress) -> Path:
    path = folder / PurePosixPath(source.url.partition("?")[0]).name
    if not path.exists():
        fetch(source.url, path, progress, source.sha256)
    return path


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        if not info.is_dir():
            yield info.filename, info.file_size, partial(archive.open, info)


def _opener(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        stream = archive.extractfile(member)
        assert stream, "only ordinary files are asked for"
        return stream

    return opened


def _take(source: Source, members: Iterable[Member], folder: Path, progress: Progress) -> None:
    """Write the wanted members below `folder`; files that exist in full are kept."""
    done = 0
    for path, size, opened in members:
        # The target comes from the matched file name, never from the archive's path: nothing leaves `folder`.
        if (name := source.wanted(path)) is None:
            continue
        if size > MAX_FILE_BYTES:
            member = PurePosixPath(path).name
            raise DataError(f"{member} is {size / 1e6:.0f} MB, larger than any recording of this data set")
        target = folder / name
        if not (target.is_file() and target.stat().st_size == size):
            check_space(folder, size)
            with opened() as stream, unfinished(target) as half, half.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
        done += 1
        progress(min(done, source.n_files), source.n_files, "recordings")


@contextmanager
def _damage_reported(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise DataError(f"{name} is damaged ({error}); remove it and run the command again") from error
