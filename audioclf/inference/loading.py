"""Models by name: found in a registry, fetched if they are not here, loaded once and then kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

from audioclf.inference.classifier import Classifier
from audioclf.models import use_one_thread
from audioclf.types import Progress, ZooError, no_progress
from audioclf.zoo.index import Entry
from audioclf.zoo.registry import Registry, find, open_registry

LOADING = Lock()  # two visitors at once must not load the same model twice


@dataclass(frozen=True)
class Selection:
    """Which models are asked: those of `task` in `registry`, classical before deep, or only some of them.

    models: ids in the registry, or folders and `hf-hub:` names of single models; all of the task if empty.
    """

    registry: Registry
    task: str = "digits"
    models: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The models by name. ZooError, with the tasks there are, if there is none for the task."""
        return list(dict.fromkeys(self.models)) or self.registry.models_for(self.task)

    def found(self) -> list[tuple[Registry, str]]:
        """The registry that holds each model, and its id there. ZooError for a model of another task."""
        pairs = [find(name, self.registry) for name in self.names]
        for holder, name in pairs:
            if (task := holder.entry(name).task) != self.task:
                raise ZooError(f"{name} is made for task {task!r}, not for {self.task!r}")
        return pairs


def load(model: str | Path, registry: Registry | str | Path | None = None) -> Classifier:
    """A classifier by its id in the registry (default: the bundled zoo), or from a model's own folder.

    A path is anything with a separator in it; `hf-hub:owner/name[@revision]` is a model alone on the Hub.
    ZooError for what is not there, damaged or of a newer schema.
    """
    opened = registry if isinstance(registry, Registry) else open_registry(registry)
    holder, model_id = find(model, opened)
    return Classifier(*holder.load(model_id))


def load_models(selection: Selection, progress: Progress = no_progress) -> list[Classifier]:
    """The classifiers of a selection; loaded once, then kept. ZooError as there. progress: of a first download."""
    found = selection.found()
    use_one_thread(libraries=False)
    for holder, name in found:
        with _lock_of(holder.root).passed(progress) as tell:
            holder.pull(name, tell)
    with LOADING:
        return [_loaded(holder, name, _fingerprint(holder.entry(name))) for holder, name in found]


@dataclass
class RegistryLock:
    """Lets one at a time fetch files of a registry; those who wait meanwhile are told how far it is, too."""

    lock: Lock = field(default_factory=Lock)
    told: list[Progress] = field(default_factory=list)
    latest: tuple[int, int, str] | None = None

    @contextmanager
    def passed(self, progress: Progress) -> Iterator[Progress]:
        self.told.append(progress)
        if self.latest:
            progress(*self.latest)
        try:
            with self.lock:
                yield self.tell
        finally:
            self.latest = None
            self.told.remove(progress)

    def tell(self, done: int, total: int, words: str) -> None:
        self.latest = (done, total, words)
        for progress in tuple(self.told):
            progress(done, total, words)


@lru_cache(maxsize=64)
def _lock_of(root: Path) -> RegistryLock:
    """So that a slow hub is waited for only by those who want something of it."""
    return RegistryLock()


def _fingerprint(entry: Entry) -> tuple[str, ...]:
    return tuple(file.sha256 for _, file in sorted(entry.files.items()))


@lru_cache(maxsize=16)
def _loaded(registry: Registry, model_id: str, fingerprint: tuple[str, ...]) -> Classifier:
    # The hashes are part of the key, so that a model trained or calibrated again is loaded again.
    classifier = Classifier(*registry.load(model_id))
    use_one_thread()  # after the libraries are there, whose threads it limits
    return classifier
