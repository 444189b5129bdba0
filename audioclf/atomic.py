"""Atomic writing of files, safe when several processes write the same file."""

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
