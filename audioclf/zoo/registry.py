"""Model registries: bundled, in a folder or on the Hugging Face Hub, with one layout."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from audioclf.models import FAMILIES, Model, SpeakerModel
from audioclf.types import Progress, ZooError, no_progress
from audioclf.wording import some_of
from audioclf.zoo import hub
from audioclf.zoo.checkpoint import build_model, check_answers
from audioclf.zoo.config import SPEAKERS, ModelConfig, parse_config
from audioclf.zoo.files import CARD, CONFIG, INDEX, PREDICTIONS, WEIGHTS, read_bounded
from audioclf.zoo.index import Entry, FileEntry, make_entry, read_index, read_model
from audioclf.zoo.metric_checks import check_predictions
from audioclf.zoo.values import MAX_NAMES, MAX_WORD, quoted, refuse_constant
from audioclf.zoo.verification import build_verifier, check_verifier

MAX_COMPARED = 500  # ids that are compared with an unknown one
_HERE = Path(__file__).resolve().parents[1]
# In a wheel, and in a checkout.
BUNDLED = _HERE / "bundled" if (_HERE / "bundled").is_dir() else _HERE.parent / "zoo"


@dataclass(frozen=True)
class Registry:
    """A folder with an index.json and one folder for each model.

    Raises ZooError if `root` is no registry. Every file is checked against the index when it is read.
    snapshot: the hub repository that `root` caches; missing and damaged files are downloaded from it.
    alone: `root` is the folder of a single model, without an index.
    """

    root: Path
    snapshot: hub.Snapshot | None = None
    alone: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root))
        _ = self.entries  # a damaged index is reported here, not at first use

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The index as it is now: model id -> entry, sorted by id. A single model's entry is read once."""
        return self._alone if self.alone else read_index(self.root)

    @cached_property
    def _alone(self) -> Mapping[str, Entry]:
        config, entry = read_model(self.root)
        return {config.id: entry}

    @property
    def name(self) -> str:
        """Origin of the models in a few words, without any path."""
        if self.snapshot:
            return f"models from {self.snapshot.words}"
        return "bundled models" if self.root.resolve() == BUNDLED else f"models from {self.root.name}"

    def ids(self, task: str | None = None) -> list[str]:
        """Sorted ids of the models of one task or of all."""
        return [name for name, entry in self.entries.items() if task in (None, entry.task)]

    def models_for(self, task: str) -> list[str]:
        """The task's models, classical before deep. ZooError, listing the available tasks, if it has none."""
        order, entries = list(FAMILIES), self.entries
        if task == SPEAKERS or not (ids := [name for name, entry in entries.items() if entry.task == task]):
            known = some_of(self.tasks(), MAX_NAMES) or "none"
            raise ZooError(f"no model for task {quoted(task)} here; there are models for {known}")
        return sorted(ids, key=lambda name: (order.index(entries[name].family), name))

    def tasks(self) -> list[str]:
        """Sorted tasks of the classifiers."""
        return sorted({entry.task for entry in self.entries.values()} - {SPEAKERS})

    def verifiers(self) -> list[str]:
        """The models that compare voices, classical before deep; none in many registries."""
        order, entries = list(FAMILIES), self.entries
        return sorted(self.ids(SPEAKERS), key=lambda name: (order.index(entries[name].family), name))

    def entry(self, model_id: str) -> Entry:
        """The index entry of a model. ZooError suggests a similar id or lists all."""
        entries = self.entries
        if model_id not in entries:
            close = get_close_matches(model_id[:MAX_WORD], islice(entries, MAX_COMPARED), n=1)
            hint = f"did you mean {close[0]}?" if close else f"it has {some_of(entries, MAX_NAMES) or 'none'}"
            raise ZooError(f"no model {quoted(model_id)} in this registry; {hint}")
        return entries[model_id]

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
        """Config and classifier, checked against the index. ZooError says what is wrong."""
        config = self.config(model_id)
        return config, build_model(config, self._read(model_id, WEIGHTS))

    def load_verifier(self, model_id: str) -> tuple[ModelConfig, SpeakerModel]:
        """Config and model of a model that compares voices, as `load` does it."""
        config = self.config(model_id)
        return config, build_verifier(config, self._read(model_id, WEIGHTS))

    def card(self, model_id: str) -> str:
        """The text of the model's card."""
        return self._read(model_id, CARD).decode("utf-8", errors="replace")

    def predictions(self, model_id: str) -> dict[str, Any] | None:
        """Predictions for held-out recordings, as `evaluate` stored them; None if there are none."""
        if PREDICTIONS not in self.entry(model_id).files:
            return None
        try:
            stored = json.loads(self._read(model_id, PREDICTIONS), parse_constant=refuse_constant)
            check_predictions(stored)
            return dict(stored)
        except (ValueError, RecursionError) as error:
            raise ZooError(
                f"{model_id}/{PREDICTIONS} is damaged ({error}); evaluate the model again"
            ) from error

    def whereabouts(self, model_id: str) -> str:
        """One of bundled, folder, cached (config and weights are downloaded), on the hub."""
        self.entry(model_id)
        if self.snapshot:
            here = all((self.folder(model_id) / name).exists() for name in (CONFIG, WEIGHTS))
            return "cached" if here else "on the hub"
        return "bundled" if self.root.resolve() == BUNDLED else "folder"

    def has_all_files(self, model_id: str) -> bool:
        """Whether all files of a model are here, so that reading them needs no hub."""
        return all((self.folder(model_id) / name).exists() for name in self.entry(model_id).files)

    def folder(self, model_id: str) -> Path:
        """The folder of the model's files, which may not exist yet."""
        return self.root if self.alone else self.root / model_id

    def pull(self, model_id: str, progress: Progress = no_progress) -> None:
        """Download the missing files of a model. Makes no request if all are cached, or in a folder."""
        entry, done = self.entry(model_id), 0
        for name, file in entry.files.items():
            if self.snapshot and not (self.folder(model_id) / name).exists():
                report = _report_after(done, entry.size, f"{model_id}/{name}", progress)
                report(0)  # names the file before its first byte arrives
                self._read(model_id, name, report)
            done += file.size

    def verify(self, model_id: str) -> None:
        """Check files, hashes, config, weights, self-test and index entry. ZooError for the first error."""
        entry = self.entry(model_id)
        found = {path.name for path in self.folder(model_id).glob("*")}
        # Other files are allowed in a cache and beside a single model; they are never read.
        if (extra := sorted(found - set(entry.files))) and not (self.snapshot or self.alone):
            raise ZooError(f"{model_id}: the index does not know {some_of(extra, MAX_NAMES)}; remove it")
        for name in entry.files:
            self._read(model_id, name)
        if entry.task == SPEAKERS:
            config, verifier = self.load_verifier(model_id)
            check_verifier(config, verifier)
        else:
            config, model = self.load(model_id)
            check_answers(config, model)
        if entry != make_entry(config, entry.files):
            raise ZooError(f"{model_id}: the index entry does not match config.json; build the index again")

    def _read(self, model_id: str, name: str, report: hub.Report | None = None) -> bytes:
        """A file, checked against the index; from a hub, downloaded if missing and once more if damaged."""
        path, file = self.folder(model_id) / name, f"{model_id}/{name}"
        expected = self.entry(model_id).files[name]
        # A hub's cache consists of links; in a folder, a link could lead anywhere.
        if self.snapshot is None and not _is_within(path, self.root):
            raise ZooError(f"{file} leads out of the registry; refused")
        if self.snapshot and not path.exists():
            self._fetch(path, f"{file} is not in the cache", expected.size, report)
        data, problem = _compare(path, expected, file)
        if self.snapshot and problem:
            self._fetch(path, problem, expected.size, report)
            data, problem = _compare(path, expected, file)
            if problem:
                self.snapshot.refuse(path.relative_to(self.root).as_posix(), f"{problem}; get it again")
        if problem:
            raise ZooError(f"{problem}; get it again")
        return data

    def _fetch(self, path: Path, why: str, limit: int, report: hub.Report | None) -> None:
        assert self.snapshot
        try:
            self.snapshot.fetch(path.relative_to(self.root).as_posix(), report, limit)
        except hub.HubUnavailable as error:
            if self.snapshot.anonymous:
                raise  # visitors must not learn what else is cached
            others = (name for name in self.ids() if self.folder(name) != path.parent)
            here = some_of((name for name in others if self.whereabouts(name) == "cached"), MAX_NAMES)
            raise hub.HubUnavailable(
                f"{why}, and {error}. Available: {_bundled()}; "
                f"cached from {self.snapshot.repo_id} {here or 'no other model'}"
            ) from error


def _is_within(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def _compare(path: Path, expected: FileEntry, file: str) -> tuple[bytes, str]:
    """The content of a file, and how it differs from the index entry ("" if it does not)."""
    data = read_bounded(path)
    found = FileEntry.of(data)
    if found.size != expected.size:
        return data, f"{file} has {found.size} bytes, the index says {expected.size}"
    if found.sha256 != expected.sha256:
        return data, f"{file}: sha256 {found.sha256[:12]}… is not the {expected.sha256[:12]}… of the index"
    return data, ""


def _report_after(done: int, total: int, words: str, progress: Progress) -> hub.Report:
    """Progress report for one of several files: `done` bytes came before it."""
    return lambda n_bytes: progress(done + n_bytes, total, words)


def open_registry(where: str | Path | None = None, update: bool = False, anonymous: bool = False) -> Registry:
    """The registry at `where`, a folder or `hf-hub:owner/repo[@revision]`.

    Default: AUDIOCLF_ZOO, else the bundled zoo. update: ask the hub for the current commit of a branch or tag,
    instead of using the cached one. anonymous: use no token for a hub.
    """
    source = where or os.environ.get("AUDIOCLF_ZOO") or BUNDLED
    if not hub.is_hub(source):
        return Registry(root_of(source))
    snapshot = _snapshot(str(source), INDEX, update, anonymous)
    return Registry(snapshot.root, snapshot)


def open_model(where: str | Path, progress: Progress = no_progress) -> Registry:
    """A registry of one single model: a folder or `hf-hub:owner/repo[@revision]`.

    progress: of the download; its total is unknown and given as 0.
    """
    if not hub.is_hub(where):
        hub.check_folder_name(str(where))
        return Registry(Path(where), alone=True)
    snapshot = _snapshot(str(where), CONFIG)
    for name in (WEIGHTS, CARD):
        snapshot.ensure(name, _report_after(0, 0, name, progress))
    return Registry(snapshot.root, snapshot, alone=True)


def find(model: str | Path, registry: Registry, progress: Progress = no_progress) -> tuple[Registry, str]:
    """The registry that holds a model, and its id there.

    model: an id in `registry`, or the folder or `hf-hub:` name of a single model. A name with a separator is a path.
    """
    name = str(model)
    if isinstance(model, Path) or "/" in name or "\\" in name:
        alone = open_model(model, progress)
        return alone, alone.ids()[0]
    return registry, name


def root_of(where: str | Path | None = None) -> Path:
    """The folder of the registry at `where`, with the default of `open_registry`; it may not exist yet."""
    source = where or os.environ.get("AUDIOCLF_ZOO") or BUNDLED
    if hub.is_hub(source):
        raise ZooError(
            f"{source} is not a folder to write to; name one, and publish it with `audioclf zoo push`"
        )
    hub.check_folder_name(str(source))
    with suppress(RuntimeError):  # no such user, or one without a home folder: then ~ is a name like others
        return Path(source).expanduser()
    return Path(source)


def _snapshot(name: str, file: str, update: bool = False, anonymous: bool = False) -> hub.Snapshot:
    try:
        return hub.open_snapshot(name, file, update, anonymous)
    except hub.HubUnavailable as error:
        if anonymous:
            raise
        cached = ", ".join(hub.cached(INDEX))
        words = f"; cached {cached}" if cached else ""
        raise hub.HubUnavailable(
            f"{name} is not in the cache, and {error}. Available: {_bundled()}{words}"
        ) from error


def _bundled() -> str:
    """The bundled models, for an error message."""
    ids = read_index(BUNDLED) if (BUNDLED / INDEX).is_file() else ()
    return f"bundled {', '.join(ids) or 'no model'}"
