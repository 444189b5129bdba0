"""The registry as the page and the API show it: one row per model, its card and charts, checks and downloads."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from audioclf.inference import loading
from audioclf.models import FAMILIES
from audioclf.tasks import TASKS
from audioclf.types import Chart, Progress, ZooError, no_progress
from audioclf.wording import megabytes
from audioclf.zoo import hub
from audioclf.zoo.files import CONFIG, WEIGHTS
from audioclf.zoo.index import Entry
from audioclf.zoo.metric_tables import headline
from audioclf.zoo.registry import Registry, open_registry

NOT_HERE = "on the hub"  # a value of Registry.whereabouts: only the index entry of such a model is here
MAX_ROWS = 200  # models in the table at once; a search finds the others
MAX_TASKS = 50  # tasks that can be chosen
MAX_NAME = 300  # characters of a registry name that a visitor types
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
TAG = re.compile(r"<(?=[a-zA-Z/!?])")
# All marks of a run at once: tried from each of them, a long run would take hours.
IMAGE = re.compile(r"(?<!!)!+(?=\[)")
# A fence, and what stands after it; a language such as mermaid makes the page run and load things.
FENCE = re.compile(r"(`{3,}|~{3,})([^\n\r\u2028\u2029`]*)")
LANGUAGES = ("", "python", "sh", "json", "text")


@dataclass(frozen=True)
class Row:
    """One model of a registry. bytes: size of all its files. sha256: of its weights.

    accuracy (in [0, 1]), interval and protocol are None if not measured; protocol also before the download.
    problem: why the config cannot be read, else None.
    """

    model: str
    task: str
    family: str
    accuracy: float | None
    interval: tuple[float, float] | None
    protocol: str | None
    bytes: int
    n_parameters: int
    license: str
    dataset: str
    sha256: str
    where: str
    problem: str | None = None


@dataclass(frozen=True)
class Listing:
    """The first MAX_ROWS rows of those that were found. n_found: how many were."""

    rows: tuple[Row, ...]
    n_found: int


def open_for_visitor(typed: str, folders: bool) -> Registry:
    """Open the registry that a visitor names. folders: allow folders of this machine, else the Hub only.

    Without folders, the Hub is asked anonymously, so that our token opens nothing private to visitors.
    ZooError quotes what the visitor typed and says why it cannot be opened.
    """
    where = typed.strip()
    if not 0 < len(where) <= MAX_NAME or not where.isprintable():
        raise ZooError(f"that is not a registry name; give 1 to {MAX_NAME} printable characters")
    if not hub.is_hub(where) and not folders:
        raise ZooError(
            f"{where!r} cannot be opened: this page is served to others, so its folders are closed; "
            f"give a registry on the Hub, as {hub.PREFIX}owner/repo"
        )
    try:
        return open_registry(where, anonymous=not folders)
    except OSError as error:
        raise ZooError(f"{where!r} cannot be opened ({error.strerror}); check its name") from error


def name(registry: Registry) -> str:
    """The registry's name in the header, and whether it works offline; never a path."""
    return registry.name if registry.snapshot else f"{registry.name} · offline"


def rows(registry: Registry, task: str | None = None) -> list[Row]:
    """Rows of all models, or of one task: tasks in their usual order, classical models before deep ones.

    Downloads nothing. ZooError for a registry that cannot be read; a single bad model gets a `problem`.
    """
    return [row(registry, model) for model, entry in _ordered(registry) if task in (None, entry.task)]


def listing(registry: Registry, search: str = "") -> Listing:
    """The models whose id, task, family, licence or data set holds all words of `search`; as `rows` otherwise."""
    words = search.lower().split()
    found = [model for model, entry in _ordered(registry) if all(w in _searched(model, entry) for w in words)]
    return Listing(tuple(row(registry, model) for model in found[:MAX_ROWS]), len(found))


def _ordered(registry: Registry) -> list[tuple[str, Entry]]:
    tasks, families = list(TASKS), list(FAMILIES)

    def place(item: tuple[str, Entry]) -> tuple[int, str, int, str]:
        model, entry = item
        task = tasks.index(entry.task) if entry.task in tasks else len(tasks)
        return task, entry.task, families.index(entry.family), model

    return sorted(registry.entries.items(), key=place)


def _searched(model: str, entry: Entry) -> str:
    return " ".join((model, entry.task, entry.family, entry.license, entry.dataset)).lower()


def row(registry: Registry, model: str) -> Row:
    """The row of one model. ZooError for an unknown one."""
    entry, where = registry.entry(model), registry.whereabouts(model)
    problem = None
    record: Mapping[str, Any] = {}
    if where != NOT_HERE:
        try:
            record = headline(registry.config(model).metrics)
        except ZooError as error:
            problem = str(error)
    return Row(
        model=model,
        task=entry.task,
        family=entry.family,
        accuracy=entry.accuracy,
        interval=tuple(record["interval"]) if record.get("interval") else entry.interval,
        protocol=record.get("title"),
        bytes=entry.size,
        n_parameters=entry.n_parameters,
        license=entry.license,
        dataset=entry.dataset,
        sha256=entry.files[WEIGHTS].sha256,
        where=where,
        problem=problem,
    )


def records(registry: Registry, task: str | None = None) -> list[dict[str, Any]]:
    """The rows as JSON objects, as the API returns them."""
    # No key may be called "path": Gradio's client takes such an object for a file and tries to download it.
    return [asdict(row) for row in rows(registry, task)]


def card(model: str, registry: Registry) -> str:
    """The model card as Markdown without front matter, HTML, images and diagrams; it loads nothing."""
    text = FRONT_MATTER.sub("", registry.card(model))
    return TAG.sub("&lt;", IMAGE.sub("", FENCE.sub(_plain_fence, text))).strip()


def _plain_fence(found: re.Match[str]) -> str:
    fence, language = found[1], found[2].strip()
    return fence + (language if language in LANGUAGES else f"text {language}")


def charts(model: str, registry: Registry) -> tuple[Chart, ...]:
    """The model's charts, drawn from the metrics in its config. ZooError if they cannot be drawn."""
    config = registry.config(model)
    try:
        return _drawn(config.labels, json.dumps(config.metrics))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise ZooError(f"{model}: its metrics cannot be drawn ({error}); evaluate it again") from error


@lru_cache(maxsize=32)
def _drawn(labels: tuple[str, ...], metrics: str) -> tuple[Chart, ...]:
    from audioclf.plotting import model as plots_models

    return plots_models.charts(labels, json.loads(metrics))


def verify(model: str, registry: Registry) -> str:
    """Check all files and reference answers of a model. Returns a sentence; ZooError says what is wrong."""
    registry.verify(model)
    entry = registry.entry(model)
    return f"checked: {len(entry.files)} files, {megabytes(entry.size)}; all match the index"


def pull(model: str, registry: Registry, progress: Progress = no_progress, who: str = "") -> str:
    """Download a model if it is not here. Returns where it is, in words; ZooError says why it failed.

    who: the address that asks.
    """
    loading.download(registry, model, progress, who)
    return f"here: {registry.whereabouts(model)}"


def task_choices(registry: Registry) -> list[tuple[str, str]]:
    """(title, id) of the first MAX_TASKS tasks with models: those of tasks.TASKS in order, then other tasks."""
    available = registry.tasks()
    ours = [(task.title, name) for name, task in TASKS.items() if name in available]
    others = [(name.capitalize(), name) for name in available if name not in TASKS]
    return (ours + others)[:MAX_TASKS]


def prompt(task: str) -> str:
    """A short request for a sound of this task."""
    return TASKS[task].prompt if task in TASKS else "Make a sound"


def labels(registry: Registry, task: str) -> tuple[str, ...]:
    """All labels that the registry's models of this task can give, in their order; none before they are here.

    Of a large registry those of the first MAX_MODELS, which are all that can be chosen.
    """
    found: dict[str, None] = {}
    for model in registry.models_for(task)[: loading.MAX_MODELS]:
        if registry.whereabouts(model) == NOT_HERE:
            continue
        try:
            found.update(dict.fromkeys(_labels(registry, model, registry.entry(model).files[CONFIG].sha256)))
        except ZooError:  # its row in Models says what is wrong with it
            continue
    return tuple(found)


@lru_cache(maxsize=256)
def _labels(registry: Registry, model: str, sha256: str) -> tuple[str, ...]:
    """The labels of a model whose config has this hash, read once: the page asks at every change of its settings."""
    return registry.config(model).labels
