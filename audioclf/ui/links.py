"""Links that reopen a result: writing and reading their query, and the button that copies one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from audioclf.service.examples import list_examples
from audioclf.types import ZooError
from audioclf.zoo.registry import Registry

KEYS = ("task", "tab", "example", "models", "hide")
MAX_QUOTED = 40  # characters of a link's value that the page repeats
OWN_SOUND = "No link: your own sounds stay here."
OTHER_MODELS = "No link: links open the default registry only."


@dataclass(frozen=True)
class Link:
    """What a link opens; an empty field leaves the page as it is.

    models: those that answer, all if empty; the Models tab shows the first.
    """

    task: str = ""
    tab: str = ""
    example: str = ""
    models: tuple[str, ...] = ()
    hide: bool = False

    def query(self) -> str:
        """The query with all fields that are not empty, from the question mark on."""
        hide = "scores" if self.hide else ""
        values = (self.task, self.tab, self.example, ",".join(self.models), hide)
        pairs = [(key, value) for key, value in zip(KEYS, values, strict=True) if value]
        return f"?{urlencode(pairs, safe=',')}"


def read(
    query: Mapping[str, str], registry: Registry, tasks: Sequence[str], tabs: Iterable[str]
) -> tuple[Link, tuple[str, ...]]:
    """The valid part of a query, and a sentence for each invalid value. Unknown keys are ignored."""
    ignored: list[str] = []

    def known(key: str, allowed: Iterable[str]) -> str:
        value = query.get(key, "")
        if value and value not in (choices := list(allowed)):
            ignored.append(_not_found(key, value, choices))
            return ""
        return value

    task = known("task", tasks)
    tab = known("tab", tabs)
    example = known("example", [e.id for e in list_examples(task or tasks[0])])
    hide = known("hide", ["scores"])
    models = _models(query.get("models", ""), task or tasks[0], registry, ignored)
    return Link(task, tab, example, models, bool(hide)), tuple(ignored)


def _models(text: str, task: str, registry: Registry, ignored: list[str]) -> tuple[str, ...]:
    try:
        there = registry.models_for(task)
    except ZooError:
        there = []
    wanted = [name for name in dict.fromkeys(text.split(",")) if name]
    ignored += [_not_found("models", name, there) for name in wanted if name not in there]
    return tuple(name for name in wanted if name in there)


def _not_found(key: str, value: str, choices: Iterable[str]) -> str:
    quoted = value if len(value) <= MAX_QUOTED else value[: MAX_QUOTED - 1] + "…"
    return f"The link asks for {key} “{quoted}”, which does not exist; available: {', '.join(choices) or 'none'}."


def note(sentences: Iterable[str]) -> str:
    """Sentences on invalid parts of a link, above the tabs; empty for a valid link."""
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="ac-notices" role="status">{lines}</ul>' if lines else ""


def copy_button(link: Link | str) -> str:
    """The button below a result, or a sentence (may be empty) why there is none; both are one line high."""
    if isinstance(link, str):
        return f'<p class="ac-link">{escape(link)}</p>'
    return (
        f'<p class="ac-link"><button type="button" class="ac-copy" data-query="{escape(link.query())}">'
        'Copy link</button> <span class="ac-copied" role="status"></span></p>'
    )
