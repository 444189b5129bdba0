"""Addresses that reopen what somebody saw: what they say, what is believed of it, and the button that copies one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from audioclf.service.catalogue import task_choices
from audioclf.service.examples import list_examples
from audioclf.types import ZooError
from audioclf.zoo.registry import Registry

KEYS = ("task", "tab", "example", "models", "hide")
MAX_QUOTED = 40  # characters of a value that the page repeats
OWN_SOUND = "No link: your own sounds stay here."
OTHER_MODELS = "No link: it would open other models."


@dataclass(frozen=True)
class Link:
    """What an address asks the page to open; what is empty stays as the page has it.

    models: those that answer, all if empty; on the Models tab the first is the one on view.
    """

    task: str = ""
    tab: str = ""
    example: str = ""
    models: tuple[str, ...] = ()
    hide: bool = False

    def query(self) -> str:
        """From the question mark on, with everything that is not empty."""
        hide = "scores" if self.hide else ""
        values = (self.task, self.tab, self.example, ",".join(self.models), hide)
        pairs = [(key, value) for key, value in zip(KEYS, values, strict=True) if value]
        return f"?{urlencode(pairs, safe=',')}"


def read(query: Mapping[str, str], registry: Registry, tabs: Iterable[str]) -> tuple[Link, tuple[str, ...]]:
    """What of an address holds, and a sentence on each value that does not. Other keys are not ours."""
    tasks = [task for _, task in task_choices(registry)]
    ignored: list[str] = []

    def known(key: str, allowed: Iterable[str]) -> str:
        value = query.get(key, "")
        if value and value not in (choices := list(allowed)):
            ignored.append(_sorry(key, value, choices))
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
    ignored += [_sorry("models", name, there) for name in wanted if name not in there]
    return tuple(name for name in wanted if name in there)


def _sorry(key: str, value: str, choices: Iterable[str]) -> str:
    quoted = value if len(value) <= MAX_QUOTED else value[: MAX_QUOTED - 1] + "…"
    return f"The link asks for {key} “{quoted}”, which is not here; there is {', '.join(choices) or 'none'}."


def note(sentences: Iterable[str]) -> str:
    """What of a link was left out, over the tabs; nothing at all for a link that holds."""
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="ac-notices" role="status">{lines}</ul>' if lines else ""


def copy_button(link: Link | str) -> str:
    """The button under a result, or the sentence why there is none, which may be empty; both are a line high."""
    if isinstance(link, str):
        return f'<p class="ac-link">{escape(link)}</p>'
    return (
        f'<p class="ac-link"><button type="button" class="ac-copy" data-query="{escape(link.query())}">'
        'Copy link</button> <span class="ac-copied" role="status"></span></p>'
    )
