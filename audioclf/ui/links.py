"""Links that reopen a result: writing and reading their query, and the button that copies one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from audioclf.service.examples import list_examples
from audioclf.service.explore import STEPS, Step, read_settings
from audioclf.types import AudioclfError, ZooError
from audioclf.ui.markup.cards import notices
from audioclf.wording import text
from audioclf.zoo.registry import Registry

KEYS = ("task", "tab", "example", "models", "hide", "step", "set")
MAX_QUOTED = 40  # characters of a link's value that the page repeats
MAX_VALUE = 2000  # characters of a value that are read
MAX_NOTES = 5  # sentences about one link


@dataclass(frozen=True)
class Link:
    """What a link opens; an empty field leaves the page as it is.

    models: those that answer, all if empty; the Models tab shows the first. step, settings: of Explore, each setting
    as name and value.
    """

    task: str = ""
    tab: str = ""
    example: str = ""
    models: tuple[str, ...] = ()
    hide: bool = False
    step: str = ""
    settings: tuple[tuple[str, str], ...] = ()

    def query(self) -> str:
        """The query with all fields that are not empty, from the question mark on.

        With hidden scores an example has its number, because its id would tell the answer.
        """
        hide = "scores" if self.hide else ""
        example = numbers(self.task).get(self.example, self.example) if self.hide else self.example
        settings = ",".join(f"{name}:{value}" for name, value in self.settings)
        values = (self.task, self.tab, example, ",".join(self.models), hide, self.step, settings)
        pairs = [(key, value) for key, value in zip(KEYS, values, strict=True) if value]
        return f"?{urlencode(pairs, safe=',:')}"


def numbers(task: str) -> dict[str, str]:
    """Number, from "1" on, of each example of the task by its id."""
    return {example.id: str(i) for i, example in enumerate(list_examples(task), 1)}


def read(
    query: Mapping[str, str], registry: Registry, tasks: Sequence[str], tabs: Iterable[str]
) -> tuple[Link, tuple[str, ...]]:
    """The valid part of a query, and a sentence for each invalid value, of many the first. Ignores unknown keys."""
    query = {key: value[:MAX_VALUE] for key, value in query.items() if key in KEYS}
    ignored: list[str] = []

    def known(key: str, allowed: Iterable[str]) -> str:
        value = query.get(key, "")
        if value and value not in (choices := list(allowed)):
            ignored.append(_not_found(key, value, choices))
            return ""
        return value

    task = known("task", tasks)
    tab = known("tab", tabs)
    ids = {number: name for name, number in numbers(task or tasks[0]).items()}
    query = {**query, "example": ids.get(query.get("example", ""), query.get("example", ""))}
    example = known("example", ids.values())
    hide = known("hide", ["scores"])
    models = _models(query.get("models", ""), task or tasks[0], registry, ignored)
    step = known("step", STEPS)
    settings = _settings(query.get("set", ""), STEPS[step], ignored) if step else ()
    rest = len(ignored) - MAX_NOTES
    notes = (*ignored[:MAX_NOTES], text("links.more", n=rest)) if rest > 0 else tuple(ignored)
    return Link(task, tab, example, models, bool(hide), step, settings), notes


def _settings(written: str, step: Step, ignored: list[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for pair in filter(None, written.split(",")):
        name, _, value = pair.partition(":")
        try:
            read_settings(step, {name: value})
        except AudioclfError as error:
            ignored.append(str(error))
        else:
            found.append((name, value))
    return tuple(found)


def _models(names: str, task: str, registry: Registry, ignored: list[str]) -> tuple[str, ...]:
    try:
        there = registry.models_for(task)
    except ZooError:
        there = []
    wanted = [name for name in dict.fromkeys(names.split(",")) if name]
    ignored += [_not_found("models", name, there) for name in wanted if name not in there]
    return tuple(name for name in wanted if name in there)


def _not_found(key: str, value: str, choices: Iterable[str]) -> str:
    quoted = value if len(value) <= MAX_QUOTED else value[: MAX_QUOTED - 1] + "…"
    return text("links.not_found", key=key, value=quoted, choices=", ".join(choices) or "none")


def note(sentences: Sequence[str]) -> str:
    """Sentences on invalid parts of a link, above the tabs; empty for a valid link."""
    return notices(sentences, ' role="status"') if sentences else ""


def copy_button(link: Link) -> str:
    """The line below a result: the button that copies its link."""
    return (
        f'<p class="ac-link" data-query="{escape(link.query())}"><button type="button" class="ac-copy">'
        f'{text("links.copy")}</button> <span class="ac-copied" role="status"></span></p>'
    )


def no_button(link: Link, why: str = "") -> str:
    """The line without a button, as high, and with the reason. link: what the address can name all the same."""
    return f'<p class="ac-link" data-query="{escape(link.query())}">{escape(why)}</p>'


def settings(link: Link) -> str:
    """The settings for the page's address; invisible."""
    return f'<i hidden data-query="{escape(link.query())}"></i>'
