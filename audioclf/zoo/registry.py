"""The model zoo: a registry of checkpoints, bundled, in a folder or on the Hugging Face Hub; one layout for all."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from audioclf.models import FAMILIES, Model
from audioclf.types import Progress, ZooError, no_progress
from audioclf.zoo import hub
from audioclf.zoo.checkpoint import build_model, check_answers
from audioclf.zoo.config import ModelConfig, parse_config
from audioclf.zoo.files import CARD, CONFIG, PREDICTIONS, WEIGHTS, read_bounded
from audioclf.zoo.index import INDEX, Entry, FileEntry, make_entry, read_index, read_model

_HERE = Path(__file__).resolve().parents[1]
# In a wheel, and in a checkout.
BUNDLED = _HERE / "bundled" if (_HERE / "bundled").is_dir() else _HERE.parent / "zoo"


@dataclass(frozen=True)
class Registry:
    """A folder with an index.json and one folder for each model.

    Raises ZooError if `root` is no registry. Every file is checked against the index when it is read.
    snapshot: the repository on a hub that `root` is the cache of; what is missing or damaged is fetched from it.
    alone: `root` is the folder of one model, without an index.
    """

    root: Path
    snapshot: hub.Snapshot | None = None
    alone: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root))
        _ = self.entries  # a damaged index is reported here, not at first use

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The index as it is now: model id -> entry, sorted by id. A model that stands alone is read once."""
        return self._alone if self.alone else read_index(self.root)

    @cached_property
    def _alone(self) -> Mapping[str, Entry]:
        config, entry = read_model(self.root)
        return {config.id: entry}

    @property
    def name(self) -> str:
        """A few words that say whose models these are, without any path."""
        if self.snapshot:
            return f"models from {self.snapshot.words}"
        return "bundled models" if self.root.resolve() == BUNDLED else f"models from {self.root.name}"

    def ids(self, task: str | None = None) -> list[str]:
        """Model ids, of one task or of all, sorted."""
        return [name for name, entry in self.entries.items() if task in (None, entry.task)]

    def models_for(self, task: str) -> list[str]:
        """The task's models, classical before deep. ZooError, with the tasks there are, if it has none."""
        if not (ids := self.ids(task)):
            known = ", ".join(self.tasks()) or "none"
            raise ZooError(f"no model for task {task!r} here; there are models for {known}")
        order = list(FAMILIES)
        return sorted(ids, key=lambda name: (order.index(self.entry(name).family), name))

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

    def card(self, model_id: str) -> str:
        """The text of the model's card."""
        return self._read(model_id, CARD).decode("utf-8", errors="replace")

    def predictions(self, model_id: str) -> dict[str, Any] | None:
        """What the model said of recordings it was not trained on, as `evaluate` stored it, if it did."""
        if PREDICTIONS not in self.entry(model_id).files:
            return None
        try:
            return dict(json.loads(self._read(model_id, PREDICTIONS)))
        except (ValueError, TypeError, RecursionError) as error:
            raise ZooError(
                f"{model_id}/{PREDICTIONS} is damaged ({error}); evaluate the model again"
            ) from error

    def whereabouts(self, model_id: str) -> str:
        """One of bundled, folder, cached (from a hub, complete enough to answer), on the hub."""
        self.entry(model_id)
        if self.snapshot:
            here = all((self.folder(model_id) / name).exists() for name in (CONFIG, WEIGHTS))
            return "cached" if here else "on the hub"
        return "bundled" if self.root.resolve() == BUNDLED else "folder"

    def folder(self, model_id: str) -> Path:
        """Where the model's files are, or will be."""
        return self.root if self.alone else self.root / model_id

    def pull(self, model_id: str, progress: Progress = no_progress) -> None:
        """Have all files of a model here. Nothing to do in a folder, and no request where they are cached."""
        entry, done = self.entry(model_id), 0
        for name, file in entry.files.items():
            if self.snapshot and not (self.folder(model_id) / name).exists():
                report = _from(done, entry.size, f"{model_id}/{name}", progress)
                report(0)  # so that it is seen what is waited for
                self._read(model_id, name, report)
            done += file.size

    def verify(self, model_id: str) -> None:
        """Check everything: files, hashes, config, weights, the self-test, the index's own words."""
        entry = self.entry(model_id)
        found = {path.name for path in self.folder(model_id).glob("*")}
        # A cache has what was fetched, and a single model may bring along what it likes: nothing else is read.
        if (extra := sorted(found - set(entry.files))) and not (self.snapshot or self.alone):
            raise ZooError(f"{model_id}: the index does not know {', '.join(extra)}; remove it")
        for name in entry.files:
            self._read(model_id, name)
        config, model = self.load(model_id)
        check_answers(config, model)
        if entry != make_entry(config, entry.files):
            raise ZooError(
                f"{model_id}: the index and config.json tell different stories; build the index again"
            )

    def _read(self, model_id: str, name: str, report: hub.Report | None = None) -> bytes:
        """A file as the index promises it; of a hub, fetched if it is missing and once more if it is damaged."""
        path, promised, file = (
            self.folder(model_id) / name,
            self.entry(model_id).files[name],
            f"{model_id}/{name}",
        )
        # The cache of a hub links to where it keeps things; a registry in a folder has no reason to.
        if self.snapshot is None and not path.resolve().is_relative_to(self.root.resolve()):
            raise ZooError(f"{file} leads out of the registry; refused")
        if self.snapshot and not path.exists():
            self._fetch(path, f"{file} is not in the cache", report)
        data, problem = _compare(path, promised, file)
        if self.snapshot and problem:
            self._fetch(path, problem, report)
            data, problem = _compare(path, promised, file)
        if problem:
            raise ZooError(f"{problem}; get it again")
        return data

    def _fetch(self, path: Path, why: str, report: hub.Report | None) -> None:
        assert self.snapshot
        try:
            self.snapshot.fetch(path.relative_to(self.root).as_posix(), report)
        except hub.HubUnavailable as error:
            if self.snapshot.anonymous:
                raise  # what else is here is nobody's business
            others = (name for name in self.ids() if self.folder(name) != path.parent)
            here = ", ".join(name for name in others if self.whereabouts(name) == "cached")
            raise hub.HubUnavailable(
                f"{why}, and {error}. Of {self.snapshot.repo_id} there is here: {here or 'no other model'}; "
                f"{_bundled()}"
            ) from error


def _compare(path: Path, promised: FileEntry, file: str) -> tuple[bytes, str]:
    """The content of a file, and what is wrong with it or nothing."""
    data = read_bounded(path)
    found = FileEntry.of(data)
    if found.size != promised.size:
        return data, f"{file} has {found.size} bytes, the index says {promised.size}"
    if found.sha256 != promised.sha256:
        return data, f"{file}: sha256 {found.sha256[:12]}… is not the {promised.sha256[:12]}… of the index"
    return data, ""


def _from(done: int, total: int, words: str, progress: Progress) -> hub.Report:
    """Progress of one of several files: `done` bytes came before it."""
    return lambda n_bytes: progress(done + n_bytes, total, words)


def open_registry(where: str | Path | None = None, update: bool = False, anonymous: bool = False) -> Registry:
    """The registry at `where`, a folder or `hf-hub:owner/repo[@revision]`.

    By default what AUDIOCLF_ZOO names, else the zoo beside the package. update: ask the hub where a branch or tag
    is now, instead of staying with the commit that is in the cache. anonymous: of a hub, only what it shows anybody.
    """
    source = where or os.environ.get("AUDIOCLF_ZOO") or BUNDLED
    if not hub.is_hub(source):
        return Registry(root_of(source))
    snapshot = _snapshot(str(source), INDEX, update, anonymous)
    return Registry(snapshot.root, snapshot)


def open_model(where: str | Path, progress: Progress = no_progress) -> Registry:
    """A registry of one model that stands alone: the folder, or `hf-hub:owner/repo[@revision]`, it is in.

    progress: of what is downloaded; how much that is in all is not known, so it is told 0.
    """
    if not hub.is_hub(where):
        hub.check_not_bare(str(where))
        return Registry(Path(where), alone=True)
    snapshot = _snapshot(str(where), CONFIG)
    for name in (WEIGHTS, CARD):
        snapshot.ensure(name, _from(0, 0, name, progress))
    return Registry(snapshot.root, snapshot, alone=True)


def find(model: str | Path, registry: Registry, progress: Progress = no_progress) -> tuple[Registry, str]:
    """The registry that holds a model, and its id there.

    model: an id in `registry`, or the folder or `hf-hub:` name of a single model. A path has a separator in it.
    """
    name = str(model)
    if isinstance(model, Path) or "/" in name or "\\" in name:
        alone = open_model(model, progress)
        return alone, alone.ids()[0]
    return registry, name


def root_of(where: str | Path | None = None) -> Path:
    """The folder of the registry at `where`, with the same default; it need not hold one yet."""
    source = where or os.environ.get("AUDIOCLF_ZOO") or BUNDLED
    if hub.is_hub(source):
        raise ZooError(
            f"{source} is not a folder to write to; name one, and publish it with `audioclf zoo push`"
        )
    hub.check_not_bare(str(source))
    return Path(source)


def _snapshot(name: str, file: str, update: bool = False, anonymous: bool = False) -> hub.Snapshot:
    try:
        return hub.open_snapshot(name, file, update, anonymous)
    except hub.HubUnavailable as error:
        if anonymous:
            raise
        cached = ", ".join(hub.cached(INDEX))
        words = f"; in the cache {cached}" if cached else ""
        raise hub.HubUnavailable(
            f"{name} cannot be taken from the cache, and {error}. There is {_bundled()}{words}"
        ) from error


def _bundled() -> str:
    """What is here in any case."""
    ids = read_index(BUNDLED) if (BUNDLED / INDEX).is_file() else ()
    return f"bundled {', '.join(ids) or 'nothing'}"
