"""Search folders for sound files, past the litter of file managers and archivers."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audioclf.audio.reading import is_sound_name

# Besides hidden files, which macOS puts beside every file of a foreign disk ("._seven.wav"). In lower case.
LITTER = frozenset((
    "__macosx", "network trash folder", "temporary items", "icon\r",
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information",
    "@eadir", "#recycle", "@recycle", "#snapshot", "@tmp", "lost+found",
))  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Files in and below a folder, in the order of their names, without litter.

    sounds: files with the suffix of a sound, readable or not. others: all other files. closed: folders that cannot
    be opened, each with the reason.
    """

    sounds: tuple[Path, ...]
    others: tuple[Path, ...]
    closed: tuple[tuple[Path, str], ...]


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or was left by a file manager or an archiver."""
    return name.startswith(".") or name.lower() in LITTER


def search(folder: Path) -> Found:
    """All files in and below a folder. A link to a folder is followed, but no folder is searched twice."""
    closed: list[tuple[Path, str]] = []
    files = list(_files(folder, closed, set()))
    sounds = tuple(path for path in files if is_sound_name(path))
    return Found(sounds, tuple(path for path in files if not is_sound_name(path)), tuple(closed))


def _files(folder: Path, closed: list[tuple[Path, str]], seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        stat, names = folder.stat(), sorted(os.listdir(folder))
    except OSError as error:
        closed.append((folder, error.strerror or type(error).__name__))
        return
    if (stat.st_dev, stat.st_ino) in seen:
        return
    seen.add((stat.st_dev, stat.st_ino))
    for path in (folder / name for name in names if not is_litter(name)):
        if os.path.isdir(path):  # unlike Path.is_dir, raises nothing in a folder without permission
            yield from _files(path, closed, seen)
        else:
            yield path
