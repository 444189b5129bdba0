"""The model zoo: a folder of checkpoints with an index that holds the size and sha256 of every file."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from audioclf.checkpoint import (
    CARD,
    CONFIG,
    MAX_BYTES,
    WEIGHTS,
    build_model,
    load_folder,
    parse_config,
    read_bounded,
    save_model,
    silent_input,
    write_whole,
)
from audioclf.config import MODEL_ID, ModelConfig
from audioclf.models import Model
from audioclf.results import headline
from audioclf.types import ZooError

__all__ = ["Entry", "FileEntry", "Registry", "build_index", "load_folder", "open_registry", "save_model"]

INDEX = "index.json"
INDEX_VERSION = 1
MAX_INDEX_BYTES = 10_000_000
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileEntry:
    """One file as the index promises it: sha256 in lower-case hexadecimal, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Entry:
    """One model in the index: what a listing shows, copied from its config.json, and its files."""

    task: str
    family: str
    dataset: str
    license: str
    n_parameters: int
    accuracy: float | None
    files: Mapping[str, FileEntry]

    @property
    def size(self) -> int:
        """Bytes of all its files together."""
        return sum(file.size for file in self.files.values())


@dataclass(frozen=True)
class Registry:
    """A folder with an index.json and one folder for each model.

    Raises ZooError if `root` is no registry. Every file is checked against the index when it is read.
    """

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root))
        _ = self.entries  # a damaged index is reported here, not at first use

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """The index: model id -> entry, sorted by id."""
        return _read_index(self.root)

    def ids(self, task: str | None = None) -> list[str]:
        """Model ids, of one task or of all, sorted."""
        return [name for name, entry in self.entries.items() if task in (None, entry.task)]

    def tasks(self) -> list[str]:
        """The tasks for which there is at least one model, sorted."""
        return sorted({entry.task for entry in self.entries.values()})

    def entry(self, model_id: str) -> Entry:
        """The index entry of a model. ZooError names what there is instead."""
        if model_id not in self.entries:
            close = get_close_matches(model_id, self.entries, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there is {', '.join(self.entries) or 'none'}"
            raise ZooError(f"no model {model_id!r} in this registry; {hint}")
        return self.entries[model_id]

    def config(self, model_id: str) -> ModelConfig:
        """A model's config.json, checked against the index."""
        entry = self.entry(model_id)
        config = parse_config(self._read(model_id, CONFIG), model_id)
        if (config.id, config.task, config.family) != (model_id, entry.task, entry.family):
            raise ZooError(
                f"{model_id}: config.json describes {config.id} ({config.task}, {config.family}), "
                f"the index {model_id} ({entry.task}, {entry.family}); build the index again"
            )
        return config

    def load(self, model_id: str) -> tuple[ModelConfig, Model]:
        """Config and model, every byte checked against the index. ZooError says what is wrong."""
        config = self.config(model_id)
        return config, build_model(config, self._read(model_id, WEIGHTS))

    def verify(self, model_id: str) -> None:
        """Check everything: files, hashes, config, weights, one forward pass, the index's own words."""
        entry = self.entry(model_id)
        if extra := sorted({p.name for p in (self.root / model_id).glob("*")} - set(entry.files)):
            raise ZooError(f"{model_id}: the index does not know {', '.join(extra)}; remove it")
        self._read(model_id, CARD)
        config, model = self.load(model_id)
        logits = model.logits(silent_input(config)[None])
        if logits.shape != (1, len(config.labels) + 1) or not np.isfinite(logits).all():
            raise ZooError(
                f"{model_id}: silence gives unusable logits of shape {logits.shape}; train it again"
            )
        if entry != _entry(config, entry.files):
            raise ZooError(
                f"{model_id}: the index and config.json tell different stories; build the index again"
            )

    def _read(self, model_id: str, name: str) -> bytes:
        promised = self.entry(model_id).files[name]
        path = self.root / model_id / name
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise ZooError(f"{model_id}/{name} leads out of the registry; refused")
        data = read_bounded(path)
        if len(data) != promised.size:
            raise ZooError(
                f"{model_id}/{name} has {len(data)} bytes, the index says {promised.size}; get it again"
            )
        found = hashlib.sha256(data).hexdigest()
        if found != promised.sha256:
            raise ZooError(
                f"{model_id}/{name}: sha256 {found[:12]}… is not the {promised.sha256[:12]}… of the index; "
                "it was changed or damaged: get it again"
            )
        return data


def open_registry(where: Registry | str | Path | None = None) -> Registry:
    """The registry at `where`; by default the folder AUDIOCLF_ZOO names, else the zoo beside the package."""
    if isinstance(where, Registry):
        return where
    return Registry(root_of(where))


def root_of(where: str | Path | None = None) -> Path:
    """The folder of the registry at `where`, with the same default; it need not hold one yet."""
    source = where or os.environ.get("AUDIOCLF_ZOO") or Path(__file__).resolve().parent.parent / "zoo"
    check_local(str(source))
    return Path(source)


def check_local(name: str) -> None:
    """ZooError for the name of a model or registry on a hub."""
    if name.startswith("hf-hub:"):
        raise ZooError(f"{name}: this version reads folders only; download it and name its folder")


def build_index(root: str | Path) -> Registry:
    """Write index.json from the model folders in `root`, and return the registry."""
    models = {}
    for folder in sorted(path.parent for path in Path(root).glob(f"*/{CONFIG}")):
        data = {name: read_bounded(folder / name) for name in MAX_BYTES}
        config = parse_config(data[CONFIG], folder.name)
        if config.id != folder.name:
            raise ZooError(
                f"{folder.name}: its config.json says {config.id!r}; folder and id must be the same"
            )
        files = {name: FileEntry(hashlib.sha256(d).hexdigest(), len(d)) for name, d in data.items()}
        models[config.id] = asdict(_entry(config, files))
    index = {"schema_version": INDEX_VERSION, "models": models}
    write_whole(Path(root) / INDEX, (json.dumps(index, indent=2, ensure_ascii=False) + "\n").encode())
    return Registry(Path(root))


def _entry(config: ModelConfig, files: Mapping[str, FileEntry]) -> Entry:
    record = headline(config)
    return Entry(
        task=config.task,
        family=config.family,
        dataset=config.dataset,
        license=config.license,
        n_parameters=config.n_parameters,
        accuracy=record["accuracy"] if record else None,
        files=files,
    )


def _read_index(root: Path) -> dict[str, Entry]:
    path = root / INDEX
    if not path.is_file():
        raise ZooError(
            f"{root.name or root} is no model registry: it has no {INDEX}; check --zoo or AUDIOCLF_ZOO"
        )
    if path.stat().st_size > MAX_INDEX_BYTES:
        raise ZooError(f"{INDEX} is larger than the limit of {MAX_INDEX_BYTES / 1e6:g} MB; refused")
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
    # Ids and file names become paths: nothing but a plain word and the three known names may pass.
    if not MODEL_ID.fullmatch(name):
        raise ZooError(f"{INDEX}: {name!r} is not a model id (lower-case words joined by - . _); refused")
    files = values.pop("files")
    if set(files) != set(MAX_BYTES):
        listed, allowed = ", ".join(sorted(files)), ", ".join(MAX_BYTES)
        raise ZooError(f"{INDEX}: {name} lists the files {listed}; a model is exactly {allowed}")
    words = [values[key] for key in ("task", "family", "dataset", "license")]
    accuracy, n_parameters = values["accuracy"], values["n_parameters"]
    usable = all(isinstance(word, str) and word.isprintable() for word in words)
    if not (usable and isinstance(n_parameters, int) and (accuracy is None or 0 <= accuracy <= 1)):
        raise ZooError(f"{INDEX}: what it says about {name} cannot be used; build the index again")
    entry = Entry(files={key: FileEntry(**value) for key, value in files.items()}, **values)
    for key, file in entry.files.items():
        if not SHA256.fullmatch(file.sha256) or not 0 < file.size <= MAX_BYTES[key]:
            raise ZooError(f"{INDEX}: {name}/{key} has no usable sha256 and size; build the index again")
    return entry
