"""FSDKaggle2018: 300 of its clips are the recordings of ten instruments (https://zenodo.org/records/2552860)."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from audioclf.data.manifest import known_clips
from audioclf.data.published.base import Row, Source, samples_digest
from audioclf.tasks import INSTRUMENTS


@lru_cache(maxsize=1)
def clips() -> Mapping[str, Row]:
    """Labels and folds of the clips of FSDKaggle2018 that the task uses."""
    return known_clips("instruments")


def _wanted(path: str) -> str | None:
    name = PurePosixPath(path)
    return f"audio/{name.name}" if name.suffix == ".wav" and name.stem in clips() else None


def _row(file: str) -> Row:
    known = clips()[PurePosixPath(file).stem]
    return {name: known[name] for name in ("label", "fold")}


SOURCE = Source(
    title="300 clips of ten instruments, a subset of FSDKaggle2018",
    url="https://zenodo.org/records/2552860/files/FSDKaggle2018.audio_train.zip?download=1",
    size="about 130 MB, parts of an archive of several GB",
    license=f"{INSTRUMENTS.license} and CC0-1.0, by clip",
    home=INSTRUMENTS.home,
    unpack="parts of a zip",
    wanted=_wanted,
    n_files=300,
    row=_row,
    digest=samples_digest,
    expected="cc88de02ba65a6b2965889ec029703be99f7f08fbee42923217be771daf44251",
)
