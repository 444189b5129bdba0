"""Files that are there whole or not at all, whoever writes them at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from time import time
from uuid import uuid4

ABANDONED_SECONDS = 86_400.0


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it becomes `path` at the end, or is removed if writing failed.

    A reader sees the old file or the new one, never half of one. Each call has a path of its own: two processes
    that make the same file must not write over each other's half. A process that is killed leaves its half behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        yield half
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def remove_abandoned(path: Path) -> None:
    """Remove what killed processes left of `path` a day ago or more.

    It reads the whole folder: not for each of thousands of files.
    """
    for left in path.parent.glob(f"{escape(path.name)}.*.part"):
        with suppress(FileNotFoundError):  # another one was faster
            if time() - left.stat().st_mtime > ABANDONED_SECONDS:
                left.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Replace the content of a file in one step."""
    remove_abandoned(path)
    with unfinished(path) as half:
        half.write_bytes(data)
