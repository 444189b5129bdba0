"""Find models by name, download them if needed, load each once and cache it."""

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

MAX_MODELS = 20  # that answer at once
LOADING = Lock()  # two visitors at once must not load the same model twice


@dataclass(frozen=True)
class Selection:
    """The models to use: `models`, or the first MAX_MODELS of `task` in `registry`, classical before deep.

    models: ids in the registry, or folders and `hf-hub:` names of single models.
    """

    registry: Registry
    task: str = "digits"
    models: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the models. ZooError, listing the available tasks, if the task has no model."""
        chosen = list(dict.fromkeys(self.models)) or self.registry.models_for(self.task)[:MAX_MODELS]
        if len(chosen) > MAX_MODELS:
            raise ZooError(f"{len(chosen)} models are chosen; choose at most {MAX_MODELS}")
        return chosen

    def found(self) -> list[tuple[Registry, str]]:
        """The registry of each model, and its id there. ZooError for a model of another task."""
        pairs = [find(name, self.registry) for name in self.names]
        for holder, name in pairs:
            if (task := holder.entry(name).task) != self.task:
                raise ZooError(f"{name} is made for task {task!r}, not for {self.task!r}")
        return pairs


def load(model: str | Path, registry: Registry | str | Path | None = None) -> Classifier:
    """A classifier by its id in the registry (default: the bundled zoo), or from the folder of a single model.

    A name with a path separator is a path; `hf-hub:owner/name[@revision]` is a single model on the Hub.
    ZooError for a model that is missing, damaged or of a newer schema.
    """
    opened = registry if isinstance(registry, Registry) else open_registry(registry)
    holder, model_id = find(model, opened)
    return Classifier(*holder.load(model_id))


def load_models(selection: Selection, progress: Progress = no_progress) -> list[Classifier]:
    """The classifiers of a selection, loaded once and cached. Raises ZooError. progress: of the first download."""
    found = selection.found()
    use_one_thread(libraries=False)
    for holder, name in found:
        with _lock_of(holder.root).passed(progress) as tell:
            holder.pull(name, tell)
    with LOADING:
        return [_loaded(holder, name, _fingerprint(holder.entry(name))) for holder, name in found]


@dataclass
class RegistryLock:
    """Lets one thread at a time download from a registry; waiting threads get the progress too."""

    lock: Lock = field(default_factory=Lock)
    listeners: list[Progress] = field(default_factory=list)
    latest: tuple[int, int, str] | None = None

    @contextmanager
    def passed(self, progress: Progress) -> Iterator[Progress]:
        self.listeners.append(progress)
        if self.latest:
            progress(*self.latest)
        try:
            with self.lock:
                yield self.tell
        finally:
            self.latest = None
            self.listeners.remove(progress)

    def tell(self, done: int, total: int, words: str) -> None:
        self.latest = (done, total, words)
        for progress in tuple(self.listeners):
            progress(done, total, words)


@lru_cache(maxsize=64)
def _lock_of(root: Path) -> RegistryLock:
    """The lock of one registry: a slow hub delays only its own models."""
    return RegistryLock()


def _fingerprint(entry: Entry) -> tuple[str, ...]:
    return tuple(file.sha256 for _, file in sorted(entry.files.items()))


@lru_cache(maxsize=16)
def _loaded(registry: Registry, model_id: str, fingerprint: tuple[str, ...]) -> Classifier:
    # The hashes are part of the cache key: a retrained or recalibrated model is loaded again.
    classifier = Classifier(*registry.load(model_id))
    use_one_thread()  # after loading: it limits only libraries that are already imported
    return classifier
