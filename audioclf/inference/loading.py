"""Find models by name, download them if needed, load each once and cache it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from audioclf.inference.classifier import Classifier
from audioclf.inference.model_cache import ModelCache, Places, SharedWork, StillLoading
from audioclf.models import use_one_thread
from audioclf.types import Progress, ZooError, no_progress
from audioclf.zoo.config import SPEAKERS
from audioclf.zoo.files import WEIGHTS
from audioclf.zoo.registry import Registry, find, open_registry

if TYPE_CHECKING:
    from audioclf.inference.verification import Verifier

MAX_MODELS = 20  # that answer at once
VISITOR_SECONDS = 2.0  # an analysis waits so long for a visitor's registry: it keeps others waiting
OWN_BYTES, VISITOR_BYTES = 2_000_000_000, 600_000_000  # of weights that stay in memory
N_LOADING = 8  # models downloaded at once, and loaded at once from registries of one kind
N_OF_ONE = 3  # downloaded at once for one address, and from one account of the Hub


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
        if self.task == SPEAKERS:
            raise ZooError(
                f"{pairs[0][1]} compares voices and gives no labels; use it with `audioclf verify`"
            )
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
    """The classifiers of a selection, loaded once and cached. Raises ZooError. progress: of the downloads.

    Waits VISITOR_SECONDS at most for the models of a visitor's registry, which go on loading after that.
    """
    found = selection.found()
    use_one_thread(libraries=False)
    return [cast(Classifier, load_any(holder, name, progress)) for holder, name in found]


def fetch_models(
    selection: Selection, progress: Progress = no_progress, patient: bool = False, who: str = ""
) -> None:
    """Download what is missing of the models of a selection, and load none: a server leaves that to its workers.

    Waits as `load_models` does, or with `patient` without the time limit; `progress` may raise to end the wait.
    who: the address that asks. Raises ZooError.
    """
    for holder, name in selection.found():
        if holder.snapshot and not holder.has_all_files(name):
            _fetched(holder, name, progress, patient, who)


def download(registry: Registry, model_id: str, progress: Progress = no_progress, who: str = "") -> None:
    """Download a model, without the time limit of `load_models`. ZooError says why it failed. who: see above."""
    _fetched(registry, model_id, progress, patient=True, who=who)


def require_files(registry: Registry, model_id: str) -> None:
    """Wait for the files of a model in a visitor's registry, with the time limit of `load_models`."""
    if _is_visited(registry) and not registry.has_all_files(model_id):
        _fetched(registry, model_id, no_progress)


def _fetched(holder: Registry, name: str, progress: Progress, patient: bool = False, who: str = "") -> None:
    visited = _is_visited(holder)
    seconds = VISITOR_SECONDS if visited and not patient else None
    # Neither one address nor one account of the Hub may hold all places.
    groups = (who, f"account {holder.snapshot.repo_id.split('/')[0]}") if visited and holder.snapshot else ()
    try:
        _downloads(visited).get(
            _key(holder, name), lambda report: holder.pull(name, report), progress, seconds, groups
        )
    except StillLoading as error:
        raise _still_coming(holder, name) from error


def load_any(holder: Registry, name: str, progress: Progress = no_progress) -> Classifier | Verifier:
    """A model by its id in the registry that holds it, as `load_models` does it: a verifier if it compares voices."""
    size, made = holder.entry(name).files[WEIGHTS].size, []

    def act(report: Progress) -> tuple[Classifier | Verifier, int]:
        holder.pull(name, report)
        model = _made(holder, name)
        made.append(name)
        return model, size

    visited = _is_visited(holder)
    try:
        found = _cache_of(visited).get(
            _key(holder, name), act, progress, VISITOR_SECONDS if visited else None
        )
    except StillLoading as error:
        raise _still_coming(holder, name) from error
    if made:
        # After loading and in this thread: it limits libraries that are already imported, some of them by thread.
        use_one_thread()
    return found


def _made(holder: Registry, name: str) -> Classifier | Verifier:
    if holder.entry(name).task != SPEAKERS:
        return Classifier(*holder.load(name))
    from audioclf.inference.verification import Verifier  # it imports this module

    return Verifier(*holder.load_verifier(name))


def _is_visited(holder: Registry) -> bool:
    """Whether it is a visitor's registry."""
    return bool(holder.snapshot and holder.snapshot.anonymous)


def _key(holder: Registry, name: str) -> tuple[object, ...]:
    """What names a model; the hashes are part of it: a retrained or recalibrated model is loaded again."""
    files = holder.entry(name).files
    return holder, name, *(file.sha256 for _, file in sorted(files.items()))


def _still_coming(holder: Registry, name: str) -> ZooError:
    if holder.has_all_files(name):
        return ZooError(f"{name} is still being loaded; try again in a moment")
    return ZooError(
        f"{name} is still being downloaded; try again in a moment, or see its progress with Download in the "
        "Models tab"
    )


@lru_cache(maxsize=2)
def _downloads(visited: bool) -> SharedWork[None]:
    """What is downloaded now. Visitors' registries keep no others waiting."""
    return SharedWork(Places(N_LOADING, N_OF_ONE))


@lru_cache(maxsize=2)
def _cache_of(visited: bool) -> ModelCache[Classifier | Verifier]:
    """Loaded models. Those of visitors' registries have a cache of their own, so that they replace no others."""
    return ModelCache(VISITOR_BYTES if visited else OWN_BYTES, N_LOADING)
