"""Models by name: found in a registry, fetched if they are not here, loaded once and then kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

from audioclf import zoo
from audioclf.classifier import Classifier
from audioclf.models import FAMILIES, use_one_thread
from audioclf.types import Progress, ZooError, silent

Where = zoo.Registry | str | Path | None
LOADING = Lock()  # two visitors at once must not load the same model twice


def load(model: str | Path, registry: Where = None) -> Classifier:
    """A classifier by its id in the registry (default: the bundled zoo), or from a model's own folder.

    A path is anything with a separator in it; `hf-hub:owner/name[@revision]` is a model alone on the Hub.
    ZooError for what is not there, damaged or of a newer schema.
    """
    holder, model_id = zoo.find(model, registry)
    return Classifier(*holder.load(model_id))


def model_ids(task: str, registry: Where = None) -> list[str]:
    """The task's models, classical before deep. ZooError, with the tasks there are, if it has none."""
    opened = zoo.open_registry(registry)
    if not (ids := opened.ids(task)):
        raise ZooError(
            f"no model for task {task!r} here; there are models for {', '.join(opened.tasks()) or 'none'}"
        )
    order = list(FAMILIES)
    return sorted(ids, key=lambda name: (order.index(opened.entry(name).family), name))


def load_models(
    task: str,
    models: Sequence[str] | None = None,
    registry: Where = None,
    progress: Progress = silent,
) -> list[Classifier]:
    """The classifiers that `analyse` asks; loaded once, then kept. ZooError as there.

    models: ids of the registry, or folders and `hf-hub:` names of single models. progress: of a first download.
    """
    opened = zoo.open_registry(registry)
    found = [zoo.find(name, opened) for name in dict.fromkeys(models or model_ids(task, opened))]
    if wrong := [
        (name, holder.entry(name).task) for holder, name in found if holder.entry(name).task != task
    ]:
        raise ZooError(f"{wrong[0][0]} is made for task {wrong[0][1]!r}, not for {task!r}")
    use_one_thread(libraries=False)
    for holder, name in found:
        with _door(holder.root).passed(progress) as tell:
            holder.pull(name, tell)
    with LOADING:
        return [_loaded(holder, name, _fingerprint(holder.entry(name))) for holder, name in found]


@dataclass
class Door:
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
def _door(root: Path) -> Door:
    """So that a slow hub is waited for only by those who want something of it."""
    return Door()


def _fingerprint(entry: zoo.Entry) -> tuple[str, ...]:
    return tuple(file.sha256 for _, file in sorted(entry.files.items()))


@lru_cache(maxsize=16)
def _loaded(registry: zoo.Registry, model_id: str, fingerprint: tuple[str, ...]) -> Classifier:
    # The hashes are part of the key, so that a model trained or calibrated again is loaded again.
    classifier = Classifier(*registry.load(model_id))
    use_one_thread()  # after the libraries are there, whose threads it limits
    return classifier
