"""Resumable downloads, and reads of parts of a remote file; every failure is a DataError."""

import hashlib
import io
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from audioclf.types import DataError, Progress

TIMEOUT_SECONDS = 60
CHUNK = 1 << 20
SPARE_BYTES = 200_000_000  # left free on the disk


def fetch(url: str, path: Path, progress: Progress, sha256: str = "") -> None:
    """Download `url` to `path`, resuming from what an earlier call left in `path`.part.

    DataError if the server cannot be reached or breaks off, the disk is full, or the sha256 differs.
    """
    partial = path.with_name(path.name + ".part")
    done = partial.stat().st_size if partial.exists() else 0
    with _opened(url, f"bytes={done}-" if done else "") as response:
        # A server without range requests sends the whole file again.
        done = done if response.status == 206 else 0
        total = done + int(response.headers.get("Content-Length") or 0)
        check_space(path.parent, total - done)
        with partial.open("ab" if done else "wb") as out:
            while chunk := response.read(CHUNK):
                out.write(chunk)
                done += len(chunk)
                progress(done, max(total, done), path.name)
    if done < total:
        raise DataError(
            f"{host(url)} broke off after {done / 1e6:.0f} of {total / 1e6:.0f} MB; "
            "run the same command again to resume"
        )
    _check(partial, sha256, url)
    os.replace(partial, path)


def check_space(folder: Path, n_bytes: int) -> None:
    """DataError unless the disk of `folder` has room for `n_bytes` and SPARE_BYTES."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes + SPARE_BYTES:
        raise DataError(
            f"{n_bytes / 1e6:.0f} MB are needed in {folder.name} and {free / 1e6:.0f} MB are free; "
            "make room, or choose another disk with --to"
        )


def host(url: str) -> str:
    """The name of the server, for messages."""
    return urlsplit(url).netloc


class RemoteFile(io.RawIOBase):
    """A seekable file on a server that supports range requests; downloads only the parts that are read."""

    def __init__(self, url: str) -> None:
        self.url, self.position = url, 0
        with _opened(url, "bytes=0-0") as response:
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            if response.status != 206 or not total.isdigit():
                raise DataError(f"{host(url)} does not send parts of a file; try again later")
            self.size = int(total)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        return self.position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        last = min(self.position + len(buffer), self.size) - 1
        if last < self.position:
            return 0
        with _opened(self.url, f"bytes={self.position}-{last}") as response:
            data = response.read(last + 1 - self.position)
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


@contextmanager
def _opened(url: str, byte_range: str) -> Iterator[HTTPResponse]:
    request = urllib.request.Request(url, headers={"User-Agent": "audioclf"})
    if byte_range:
        request.add_header("Range", byte_range)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            yield response
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the .part file is not shorter than the whole file
            raise DataError(
                f"the .part file does not belong to the file at {host(url)}; remove it and try again"
            ) from error
        raise DataError(f"{host(url)} answers {error.code} {error.reason}; try again later") from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(
            f"{host(url)} cannot be reached or broke off ({reason}); "
            "check the network and run the same command again to resume"
        ) from error


def _check(path: Path, sha256: str, url: str) -> None:
    if not sha256:
        return
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    if found.hexdigest() != sha256:
        path.unlink()
        raise DataError(
            f"{path.name.removesuffix('.part')} from {host(url)} has sha256 {found.hexdigest()[:12]}…, "
            f"not {sha256[:12]}…; it was removed: try again"
        )
