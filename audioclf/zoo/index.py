"""index.json: the models of a registry, with the size and sha256 of every file."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from audioclf.types import ZooError
from audioclf.zoo.config import MODEL_ID, ModelConfig, parse_config
from audioclf.zoo.files import CONFIG, MAX_BYTES, PREDICTIONS, REQUIRED, read_bounded
from audioclf.zoo.metric_tables import headline

INDEX = "index.json"
INDEX_VERSION = 2
MAX_INDEX_BYTES = 10_000_000
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
    if not path.is_file():
        raise ZooError(
            f"{root.name or root} is no model registry: it has no {INDEX}; check --zoo or AUDIOCLF_ZOO"
        )
    stat = path.stat()
    if stat.st_size > MAX_INDEX_BYTES:
        raise ZooError(f"{INDEX} is larger than the limit of {MAX_INDEX_BYTES / 1e6:g} MB; refused")
    return _entries(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


@lru_cache(maxsize=64)
def _entries(path: Path, version: tuple[int, int, int]) -> dict[str, Entry]:
    """The entries of an index, cached. version: its modification time, size and inode."""
    try:
        index = json.loads(path.read_bytes())
        version, models = index["schema_version"], index["models"]
        if version == INDEX_VERSION:
            return {name: _parse_entry(name, dict(values)) for name, values in sorted(models.items())}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ZooError(f"{INDEX} is damaged ({type(error).__name__}: {error}); build it again") from error
    raise ZooError(
        f"{INDEX}: schema version {version} is not the {INDEX_VERSION} this audioclf reads; update audioclf"
    )


def _parse_entry(name: str, values: dict[str, Any]) -> Entry:
    # Ids and file names become paths: only plain words and the four known names are safe.
    if not MODEL_ID.fullmatch(name):
        raise ZooError(f"{INDEX}: {name!r} is not a model id (lower-case words joined by - . _); refused")
    files = values.pop("files")
    if not set(REQUIRED) <= set(files) <= set(MAX_BYTES):
        listed, allowed = ", ".join(sorted(files)), ", ".join(REQUIRED)
        raise ZooError(
            f"{INDEX}: {name} lists the files {listed}; a model is exactly {allowed}, and {PREDICTIONS} if evaluated"
        )
    words = [values[key] for key in ("task", "family", "dataset", "license")]
    accuracy, n_parameters = values["accuracy"], values["n_parameters"]
    interval = values.pop("interval")
    low, high = interval or (0.0, 1.0)
    usable = all(isinstance(word, str) and word.isprintable() for word in words) and 0 <= low <= high <= 1
    if not (usable and isinstance(n_parameters, int) and (accuracy is None or 0 <= accuracy <= 1)):
        raise ZooError(f"{INDEX}: the values of {name} cannot be used; build the index again")
    described = {key: FileEntry(**value) for key, value in files.items()}
    entry = Entry(**values, files=described, interval=(low, high) if interval else None)
    for key, file in entry.files.items():
        if not SHA256.fullmatch(file.sha256) or not 0 < file.size <= MAX_BYTES[key]:
            raise ZooError(f"{INDEX}: {name}/{key} has no usable sha256 and size; build the index again")
    return entry
