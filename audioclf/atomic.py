"""Atomic writing of files, safe when several processes write the same file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from time import time
from uuid import uuid4

ABANDONED_SECONDS = 86_400.0


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it replaces `path` at the end, or is removed if writing failed.

    Readers see the old file or the new one, never a partial one. Each call has its own temporary path, so two
    processes can write the same file at once. A killed process leaves its temporary file behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def resumable(path: Path) -> Iterator[Path]:
    """Like `unfinished`, but what was written stays if the work fails, and the next call yields the same path again.

    A process that finds another one at work gets a temporary path of its own, as from `unfinished`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = half_made(path)
    with half.open("ab") as file:
        if _claimed(file.fileno(), half):
            yield half
            half.replace(path)
            return
    with unfinished(path) as part:
        yield part


def half_made(path: Path) -> Path:
    """Where `resumable` keeps what was written of `path` so far."""
    return path.with_name(f"{path.name}.half")


def _claimed(file: int, path: Path) -> bool:
    """Lock an open file until it is closed or the process ends. False if another one has it, or has renamed it."""
    try:
        import fcntl  # not on Windows, where nothing is resumed
    except ImportError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False


def remove_abandoned(path: Path) -> None:
    """Remove temporary files of `path` that are more than a day old: killed processes leave them.

    Lists the whole folder: do not call it for each of thousands of files.
    """
    for part in path.parent.glob(f"{escape(path.name)}.*.part"):
        with suppress(FileNotFoundError):  # another process has removed it
            if time() - part.stat().st_mtime > ABANDONED_SECONDS:
                part.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Replace the content of a file atomically."""
    remove_abandoned(path)
    with unfinished(path) as part:
        part.write_bytes(data)
