"""index.json: the models of a registry, with the size and sha256 of every file."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from audioclf.models import FAMILIES
from audioclf.types import ZooError
from audioclf.wording import some_of
from audioclf.zoo.config import MODEL_ID, ModelConfig, parse_config
from audioclf.zoo.files import CONFIG, INDEX, MAX_BYTES, PREDICTIONS, REQUIRED, read_bounded
from audioclf.zoo.metric_tables import headline
from audioclf.zoo.values import MAX_NAMES, MAX_TITLE, MAX_WORD, is_number, is_word, quoted, refuse_constant

INDEX_VERSION = 2
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileEntry:
    """Expected sha256 (lower-case hexadecimal) and size (bytes) of one file."""

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        return cls(hashlib.sha256(data).hexdigest(), len(data))


@dataclass(frozen=True)
class Entry:
    """One model in the index: values for listings, copied from its config.json, and its files.

    accuracy in [0, 1] and its 95 % interval: None if not measured.
    """

    task: str
    family: str
    dataset: str
    license: str
    n_parameters: int
    accuracy: float | None
    interval: tuple[float, float] | None
    files: Mapping[str, FileEntry]

    @property
    def size(self) -> int:
        """Total bytes of all its files."""
        return sum(file.size for file in self.files.values())


def make_entry(config: ModelConfig, files: Mapping[str, FileEntry]) -> Entry:
    """The index entry of a model."""
    record = headline(config.metrics)
    return Entry(
        task=config.task,
        family=config.family,
        dataset=config.dataset,
        license=config.license,
        n_parameters=config.n_parameters,
        accuracy=record.get("accuracy"),
        interval=tuple(record["interval"]) if record.get("interval") else None,
        files=files,
    )


def read_model(folder: Path) -> tuple[ModelConfig, Entry]:
    """Config and index entry of the model in a folder, from its files as they are now."""
    names = [name for name in MAX_BYTES if name in REQUIRED or (folder / name).exists()]
    data = {name: read_bounded(folder / name) for name in names}
    config = parse_config(data[CONFIG], folder.name)
    return config, make_entry(config, {name: FileEntry.of(content) for name, content in data.items()})


def read_index(root: Path) -> dict[str, Entry]:
    """The entries of index.json by model id, all checked. ZooError for anything that cannot be used."""
    path = root / INDEX
    if not root.is_dir():
        raise ZooError(f"there is no folder {root.name or root}; check its name")
    if not path.is_file():
        raise ZooError(
            f"{root.name or root} is no model registry: it has no {INDEX}; check the name of the folder"
        )
    stat = path.stat()
    return _entries(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


@lru_cache(maxsize=8)
def _entries(path: Path, version: tuple[int, int, int]) -> dict[str, Entry]:
    """The entries of an index, cached. version: its modification time, size and inode."""
    try:
        index = json.loads(read_bounded(path), parse_constant=refuse_constant)
        version, models = index["schema_version"], index["models"]
        if version == INDEX_VERSION:
            return {name: _parse_entry(name, dict(values)) for name, values in sorted(models.items())}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        reason = quoted(str(error))[1:-1]
        raise ZooError(f"{INDEX} is damaged ({type(error).__name__}: {reason}); build it again") from error
    raise ZooError(
        f"{INDEX}: schema version {quoted(version)} is not the {INDEX_VERSION} this audioclf reads; "
        "update audioclf"
    )


def _parse_entry(name: str, values: dict[str, Any]) -> Entry:
    # Ids and file names become paths: only plain words and the four known names are safe.
    if not MODEL_ID.fullmatch(name):
        raise ZooError(
            f"{INDEX}: {quoted(name)} is not a model id (lower-case words joined by - . _, "
            f"at most {MAX_WORD} characters); refused"
        )
    files, interval = values.pop("files"), values.pop("interval")
    if not set(REQUIRED) <= set(files) <= set(MAX_BYTES):
        raise ZooError(
            f"{INDEX}: {name} lists the files {quoted(some_of(sorted(files), MAX_NAMES))[1:-1]}; "
            f"a model is exactly {', '.join(REQUIRED)}, and {PREDICTIONS} if evaluated"
        )
    described = {key: FileEntry(**value) for key, value in files.items()}
    entry = Entry(**values, files=described, interval=tuple(interval) if interval else None)
    _check_values(name, entry)
    for key, file in entry.files.items():
        if not SHA256.fullmatch(file.sha256) or not 0 < file.size <= MAX_BYTES[key]:
            raise ZooError(f"{INDEX}: {name}/{key} has no usable sha256 and size; build the index again")
    return entry


def _check_values(name: str, entry: Entry) -> None:
    """ZooError for the first value of an entry that cannot be used."""
    low, high = entry.interval or (0.0, 1.0)
    rules = (
        ("task", is_word(entry.task)),
        ("family", is_word(entry.family) and entry.family in FAMILIES),
        ("dataset", is_word(entry.dataset, MAX_TITLE)),
        ("license", is_word(entry.license)),
        ("n_parameters", is_number(entry.n_parameters, 0, 1e9) and isinstance(entry.n_parameters, int)),
        ("accuracy", entry.accuracy is None or is_number(entry.accuracy, 0, 1)),
        ("interval", is_number(low, 0, 1) and is_number(high, low, 1)),
    )
    for key, holds in rules:
        if not holds:
            raise ZooError(
                f"{INDEX}: the values of {name} cannot be used: {key} {quoted(getattr(entry, key))}; "
                "update audioclf, or build the index again"
            )
