"""What a published data set is: where it is, what is taken of it, and how to tell that it is all there."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from audioclf.tasks import Task
from audioclf.types import Clip

Row = dict[str, str]


@dataclass(frozen=True)
class Source:
    """Where a data set is and how to tell that it is whole.

    unpack: a key of download.ARCHIVES. wanted: path in the archive -> path in the folder, None for what is not
    needed. row: path in the folder -> its row of the manifest; without it the set stays as it was published.
    digest: of all rows and clips, `expected` what it should be.
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
    """How a set is read as it was published. sign: what only this layout has in its folder.

    rows: the recordings in a folder and their rows. changes: fields of the task that are other on this data.
    """

    sign: str
    rows: Callable[[Task, Path], Iterator[tuple[Path, Row]]]
    changes: Mapping[str, Any]


def samples_digest(rows: list[Row], clips: list[Clip]) -> str:
    """sha256 over names, rates and 16-bit samples: the same for a WAV file and a lossless copy of it."""
    total = hashlib.sha256()
    for row, clip in sorted(zip(rows, clips, strict=True), key=lambda pair: Path(pair[0]["file"]).stem):
        pcm = np.round(clip.samples * 32768).astype("<i2")
        total.update(f"{Path(row['file']).stem} {clip.sample_rate} {len(pcm)}\n".encode())
        total.update(pcm.tobytes())
    return total.hexdigest()


def matched(pattern: re.Pattern[str], file: str) -> Row:
    """The parts of a file's name, which `pattern` names."""
    match = pattern.fullmatch(PurePosixPath(file).name)
    assert match, f"{file} was chosen by this pattern"
    return match.groupdict()
