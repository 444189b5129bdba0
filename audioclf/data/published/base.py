"""Description of a published data set: its source, the files to take from it, and how to verify them."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from audioclf.tasks.base import Task
from audioclf.types import Clip

Row = dict[str, str]


@dataclass(frozen=True)
class Source:
    """Where to download a data set and how to verify it.

    unpack: a key of download.ARCHIVES. wanted: path in the archive -> path in the folder, None to skip the file.
    row: path in the folder -> manifest row; None keeps the set as it was published. digest: hash of all rows and
    clips, which must equal `expected`.
    """

    title: str
    url: str
    size: str
    license: str
    home: str
    unpack: str
    wanted: Callable[[str], str | None]
    n_files: int
    row: Callable[[str], Row] | None = None
    digest: Callable[[list[Row], list[Clip]], str] | None = None
    expected: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Layout:
    """How to read a data set as it was published. sign: a path that only this layout has.

    rows: recordings in a folder and their rows. changes: fields of the task that differ for this data set.
    others: recordings with none of the task's labels, for models that learn to reject them.
    """

    sign: str
    rows: Callable[[Task, Path], Iterator[tuple[Path, Row]]]
    changes: Mapping[str, Any]
    others: Callable[[Task, Path], Iterator[tuple[Path, Row]]] | None = None


def samples_digest(rows: list[Row], clips: list[Clip]) -> str:
    """sha256 over names, rates and 16-bit samples: the same for a WAV file and its lossless copy."""
    total = hashlib.sha256()
    for row, clip in sorted(zip(rows, clips, strict=True), key=lambda pair: Path(pair[0]["file"]).stem):
        pcm = np.round(clip.samples * 32768).astype("<i2")
        total.update(f"{Path(row['file']).stem} {clip.sample_rate} {len(pcm)}\n".encode())
        total.update(pcm.tobytes())
    return total.hexdigest()


def matched(pattern: re.Pattern[str], file: str) -> Row:
    """Named groups of `pattern` in a file's name."""
    match = pattern.fullmatch(PurePosixPath(file).name)
    assert match, f"{file} was chosen by this pattern"
    return match.groupdict()
