"""ESC-10: 400 environmental sounds of ten kinds, a subset of ESC-50 (https://github.com/karolpiczak/ESC-50)."""

import hashlib
import re
from pathlib import PurePosixPath

from audioclf.data.published.base import Row, Source, matched
from audioclf.tasks import ENVIRONMENT
from audioclf.types import Clip

NAME = re.compile(r"(?P<fold>[1-5])-(?P<source>\d+)-(?P<take>[A-Z])-(?P<target>\d+)\.wav")
# The classes of ESC-10 by their number in ESC-50.
LABELS = {
    "0": "dog_bark",
    "1": "rooster",
    "10": "rain",
    "11": "sea_waves",
    "12": "fire_crackling",
    "20": "baby_cry",
    "21": "person_sneeze",
    "38": "clock_tick",
    "40": "helicopter",
    "41": "chainsaw",
}


def _wanted(path: str) -> str | None:
    name = PurePosixPath(path).name
    match = NAME.fullmatch(name)
    return f"audio/{name}" if match and match["target"] in LABELS else None


def _row(file: str) -> Row:
    parts = matched(NAME, file)
    return {"label": LABELS[parts["target"]], **{key: parts[key] for key in ("fold", "source", "take")}}


def _names_digest(rows: list[Row], clips: list[Clip]) -> str:
    names = sorted(f"{row['fold']}-{row['source']}-{row['take']} {row['label']}" for row in rows)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


SOURCE = Source(
    title="ESC-10: 400 environmental sounds, a subset of ESC-50",
    url="https://github.com/karolpiczak/ESC-50/archive/f2fd956acf66ebd9ac7e2110711aa78dd684d042.zip",
    size="600 MB",
    license=ENVIRONMENT.license,
    home=ENVIRONMENT.home,
    unpack="zip",
    wanted=_wanted,
    n_files=400,
    row=_row,
    digest=_names_digest,
    expected="ce1f637539d3be0e7318f2e2cab4517b108858351e137d9719a0d1ecc9c6a507",
)
