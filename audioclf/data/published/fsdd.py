"""Free Spoken Digit Dataset: 3,000 digits by six men (https://github.com/Jakobovski/free-spoken-digit-dataset)."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from audioclf.data.published.base import Layout, Row, Source, matched, samples_digest
from audioclf.tasks import DIGITS, Task

NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.(wav|flac)")
TEST_TAKES = range(5)  # per digit and speaker, as in the official split


def _wanted(path: str) -> str | None:
    name = PurePosixPath(path).name
    return f"audio/{name}" if NAME.fullmatch(name) else None


def _row(file: str) -> Row:
    parts = matched(NAME, file)
    split = "test" if int(parts["take"]) in TEST_TAKES else "train"
    return {"label": DIGITS.labels[int(parts["digit"])], "speaker": parts["speaker"], "split": split}


def _rows(task: Task, folder: Path) -> Iterator[tuple[Path, Row]]:
    for path in sorted((folder / "recordings").iterdir()):
        if NAME.fullmatch(path.name):
            yield path, _row(path.name)


SOURCE = Source(
    title="Free Spoken Digit Dataset v1.0.10: 3,000 digits by six men",
    url="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
    size="16 MB",
    license=DIGITS.license,
    home=DIGITS.home,
    unpack="zip",
    wanted=_wanted,
    n_files=3000,
    row=_row,
    digest=samples_digest,
    expected="cd555b78662b4cfe2433680678a6daec98b58fcdd4b88293b3e015abbadea681",
)
LAYOUT = Layout("recordings", _rows, {})
