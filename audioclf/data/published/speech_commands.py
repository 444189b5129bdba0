"""Google Speech Commands v0.02: 38,908 digits by about 2,000 people (https://arxiv.org/abs/1804.03209)."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from audioclf.data.people import halves_of_takes
from audioclf.data.published.base import Layout, Row, Source
from audioclf.tasks import DIGITS, Protocol, Task

NAME = re.compile(r"(?P<speaker>[0-9a-f]+)_nohash_(?P<take>\d+)\.wav")
# Validation recordings are used for training, because no epoch is selected on them.
LISTS = {"testing_list.txt": "test", "validation_list.txt": "train"}
HOME, LICENSE = "https://arxiv.org/abs/1804.03209", "CC-BY-4.0"


def _wanted(path: str) -> str | None:
    name, word = PurePosixPath(path).name, PurePosixPath(path).parent.name
    if name in LISTS:
        return name
    if not (match := NAME.fullmatch(name)):
        return None
    used = word in DIGITS.labels or (match["speaker"], word, match["take"]) in halves_of_takes()
    return f"{word}/{name}" if used else None


def _rows(task: Task, folder: Path) -> Iterator[tuple[Path, Row]]:
    listed = {name: (folder / name).read_text("utf-8").split() for name in LISTS}
    split = {file: LISTS[name] for name, files in listed.items() for file in files}
    for label in task.labels:
        for path in sorted((folder / label).glob("*.wav")):
            if match := NAME.fullmatch(path.name):
                side = split.get(f"{label}/{path.name}", "train")
                who, take = match["speaker"], match["take"]
                yield path, {"label": label, "speaker": who, "take": take, "split": side, "kind": "digit"}


def _other_words(task: Task, folder: Path) -> Iterator[tuple[Path, Row]]:
    """Of the words that are no digits, those that digit models learn from or are judged on."""
    for speaker, word, take in halves_of_takes():
        path = folder / word / f"{speaker}_nohash_{take}.wav"
        if word not in task.labels and path.is_file():
            yield path, {"label": word, "speaker": speaker, "take": take, "kind": "other_word"}


SOURCE = Source(
    title="Google Speech Commands v0.02: 38,908 digits by about 2,000 people",
    url="http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
    size="2.4 GB",
    license=LICENSE,
    home=HOME,
    unpack="tar",
    wanted=_wanted,
    n_files=38_908,
    sha256="af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
)
LAYOUT = Layout(
    "testing_list.txt",
    _rows,
    others=_other_words,
    changes={
        "extras": (),
        "dataset": "Google Speech Commands v0.02, its ten digits",
        "home": HOME,
        "license": LICENSE,
        "citation": "P. Warden, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition, "
        "arXiv:1804.03209",
        "protocols": (
            Protocol(
                "official",
                "official test list, other speakers",
                "split",
                ("test",),
                primary=True,
                group="speaker",
            ),
        ),
    },
)
