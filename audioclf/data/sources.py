"""Where data sets are published, what is taken of them, and how to tell that it is all there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from audioclf.data.manifest import known_clips
from audioclf.data.own_folder import AUDIOMNIST_NAME, COMMAND_LISTS, COMMAND_NAME, FSDD_NAME, FSDD_TEST_TAKES
from audioclf.tasks import DIGITS
from audioclf.types import Clip

Row = dict[str, str]
ESC_NAME = re.compile(r"(?P<fold>[1-5])-(?P<source>\d+)-(?P<take>[A-Z])-(?P<target>\d+)\.wav")
# Of the fifty classes of ESC-50, those of ESC-10, by their number.
ESC_10 = {
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


def samples_digest(rows: list[Row], clips: list[Clip]) -> str:
    """sha256 over names, rates and 16-bit samples: the same for a WAV file and a lossless copy of it."""
    total = hashlib.sha256()
    for row, clip in sorted(zip(rows, clips, strict=True), key=lambda pair: Path(pair[0]["file"]).stem):
        pcm = np.round(clip.samples * 32768).astype("<i2")
        total.update(f"{Path(row['file']).stem} {clip.sample_rate} {len(pcm)}\n".encode())
        total.update(pcm.tobytes())
    return total.hexdigest()


def _names_digest(rows: list[Row], clips: list[Clip]) -> str:
    names = sorted(f"{row['fold']}-{row['source']}-{row['take']} {row['label']}" for row in rows)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _matched(pattern: re.Pattern[str], file: str) -> dict[str, str]:
    match = pattern.fullmatch(PurePosixPath(file).name)
    assert match, f"{file} was chosen by this pattern"
    return match.groupdict()


def _fsdd_wanted(path: str) -> str | None:
    name = PurePosixPath(path).name
    return f"audio/{name}" if FSDD_NAME.fullmatch(name) else None


def _fsdd_row(file: str) -> Row:
    parts = _matched(FSDD_NAME, file)
    split = "test" if int(parts["take"]) in FSDD_TEST_TAKES else "train"
    return {"label": DIGITS.labels[int(parts["digit"])], "speaker": parts["speaker"], "split": split}


def _esc_wanted(path: str) -> str | None:
    name = PurePosixPath(path).name
    match = ESC_NAME.fullmatch(name)
    return f"audio/{name}" if match and match["target"] in ESC_10 else None


def _esc_row(file: str) -> Row:
    parts = _matched(ESC_NAME, file)
    return {"label": ESC_10[parts["target"]], **{key: parts[key] for key in ("fold", "source", "take")}}


@lru_cache(maxsize=1)
def instruments() -> Mapping[str, Row]:
    """Which clips of FSDKaggle2018 the task uses, and the folds they are judged in."""
    return known_clips("instruments")


def _instrument_wanted(path: str) -> str | None:
    name = PurePosixPath(path)
    return f"audio/{name.name}" if name.suffix == ".wav" and name.stem in instruments() else None


def _instrument_row(file: str) -> Row:
    known = instruments()[PurePosixPath(file).stem]
    return {name: known[name] for name in ("label", "fold")}


def _audiomnist_wanted(path: str) -> str | None:
    name = PurePosixPath(path).name
    match = AUDIOMNIST_NAME.fullmatch(name)
    return f"data/{match['speaker']}/{name}" if match else None


def _command_wanted(path: str) -> str | None:
    name, word = PurePosixPath(path).name, PurePosixPath(path).parent.name
    if name in COMMAND_LISTS:
        return name
    return f"{word}/{name}" if word in DIGITS.labels and COMMAND_NAME.fullmatch(name) else None


SOURCES: Mapping[str, Source] = {
    "digits": Source(
        title="Free Spoken Digit Dataset v1.0.10: 3,000 digits by six men",
        url="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
        size="16 MB",
        license="CC BY-SA 4.0",
        home="https://github.com/Jakobovski/free-spoken-digit-dataset",
        unpack="zip",
        wanted=_fsdd_wanted,
        n_files=3000,
        row=_fsdd_row,
        digest=samples_digest,
        expected="cd555b78662b4cfe2433680678a6daec98b58fcdd4b88293b3e015abbadea681",
    ),
    "instruments": Source(
        title="300 clips of ten instruments, out of FSDKaggle2018",
        url="https://zenodo.org/records/2552860/files/FSDKaggle2018.audio_train.zip?download=1",
        size="about 130 MB, parts of an archive of several GB",
        license="CC BY 4.0 and CC0, by clip",
        home="https://zenodo.org/records/2552860",
        unpack="parts of a zip",
        wanted=_instrument_wanted,
        n_files=300,
        row=_instrument_row,
        digest=samples_digest,
        expected="cc88de02ba65a6b2965889ec029703be99f7f08fbee42923217be771daf44251",
    ),
    "environment": Source(
        title="ESC-10: 400 environmental sounds, out of ESC-50",
        url="https://github.com/karolpiczak/ESC-50/archive/f2fd956acf66ebd9ac7e2110711aa78dd684d042.zip",
        size="600 MB",
        license="CC BY 3.0",
        home="https://github.com/karolpiczak/ESC-50",
        unpack="zip",
        wanted=_esc_wanted,
        n_files=400,
        row=_esc_row,
        digest=_names_digest,
        expected="ce1f637539d3be0e7318f2e2cab4517b108858351e137d9719a0d1ecc9c6a507",
    ),
    "audiomnist": Source(
        title="AudioMNIST: 30,000 digits by 60 people, for training digits on more voices",
        url="https://github.com/soerenab/AudioMNIST/archive/refs/heads/master.zip",
        size="950 MB",
        license="MIT",
        home="https://github.com/soerenab/AudioMNIST",
        unpack="zip",
        wanted=_audiomnist_wanted,
        n_files=30_000,
    ),
    "speech-commands": Source(
        title="Google Speech Commands v0.02: 38,908 digits by about 2,000 people",
        url="http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
        size="2.4 GB",
        license="CC BY 4.0",
        home="https://arxiv.org/abs/1804.03209",
        unpack="tar",
        wanted=_command_wanted,
        n_files=38_908,
        sha256="af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
    ),
}
