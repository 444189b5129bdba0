"""AudioMNIST: 30,000 digits by 60 people (https://github.com/soerenab/AudioMNIST)."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from audioclf.data.published.base import Layout, Row, Source
from audioclf.tasks import Protocol, Task

NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>\d+)_(?P<take>\d+)\.wav")
N_FOLDS = 5
HOME, LICENSE = "https://github.com/soerenab/AudioMNIST", "MIT"


def _wanted(path: str) -> str | None:
    name = PurePosixPath(path).name
    match = NAME.fullmatch(name)
    return f"data/{match['speaker']}/{name}" if match else None


def _rows(task: Task, folder: Path) -> Iterator[tuple[Path, Row]]:
    for path in sorted((folder / "data").glob("[0-9][0-9]/*.wav")):
        if match := NAME.fullmatch(path.name):
            fold = str((int(match["speaker"]) - 1) % N_FOLDS + 1)
            yield path, {"label": task.labels[int(match["digit"])], "speaker": match["speaker"], "fold": fold}


SOURCE = Source(
    title="AudioMNIST: 30,000 digits by 60 people, for training digits on more voices",
    url=f"{HOME}/archive/refs/heads/master.zip",
    size="950 MB",
    license=LICENSE,
    home=HOME,
    unpack="zip",
    wanted=_wanted,
    n_files=30_000,
)
LAYOUT = Layout(
    "data/01",
    _rows,
    {
        "extras": (),
        "dataset": "AudioMNIST",
        "home": HOME,
        "license": LICENSE,
        "citation": "S. Becker et al., Interpreting and explaining deep neural networks for classification of audio "
        "signals, arXiv:1807.03418",
        "protocols": (
            Protocol("speakers", "five folds of twelve speakers", "fold", primary=True, group="speaker"),
        ),
    },
)
