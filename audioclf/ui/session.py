"""A visitor's session: the latest sound, and the chosen task, registry and models."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.inference.loading import MAX_MODELS, Selection
from audioclf.service.catalogue import task_choices
from audioclf.types import ZooError
from audioclf.ui.links import Link
from audioclf.ui.live import Live
from audioclf.ui.turns import Turns
from audioclf.zoo.registry import Registry


@dataclass(frozen=True)
class Sound:
    """A visitor's sound, kept in that visitor's session only. name: shown on the page; None for the file's own."""

    path: str
    name: str | None = None


def content_key(path: str) -> str:
    """Equal for files of equal content: Gradio names a file's folder by it. The whole path stays on the server."""
    return Path(path).parent.name


@dataclass(frozen=True)
class Take:
    """One recording of this session: its file, and the text of its button."""

    path: str
    words: str


@dataclass(frozen=True)
class Options:
    """A visitor's settings. models: those that answer; all of the task if empty. hide: scores only after a click."""

    task: str
    registry: Registry
    models: tuple[str, ...] = ()
    hide: bool = False

    @property
    def selection(self) -> Selection:
        """The models that answer."""
        return Selection(self.registry, self.task, self.models)


@dataclass(frozen=True)
class Page:
    """What the tabs share. Everything that depends on task, registry or settings follows `ask`, which holds Options.

    home: the default registry. turns: in which visitors' work is done. live: of live listening. folders:
    whether visitors may open folders of this machine, and use its Hub token.
    latest: the visitor's latest sound. takes: the latest recordings, newest first. task, models, hide: the controls
    that change `ask`.
    """

    home: Registry
    turns: Turns
    live: Live
    folders: bool
    ask: gr.State
    latest: gr.State
    takes: gr.State
    task: gr.Radio
    models: gr.CheckboxGroup
    hide: gr.Checkbox

    @property
    def controls(self) -> list[Any]:
        """The outputs for the values of `control_updates`."""
        return [self.ask, self.task, self.models, self.hide]


def options_of(registry: Registry, task: str, hide: bool = False) -> Options:
    """All models of a registry for this task, or else for its first task. ZooError if the registry is empty."""
    tasks = [name for _, name in task_choices(registry)]
    if not tasks:
        raise ZooError("there is no model in this registry; see `audioclf zoo list`")
    return Options(task if task in tasks else tasks[0], registry, hide=hide)


def control_updates(ask: Options) -> list[Any]:
    """`ask` and matching updates of the controls, for Page.controls."""
    models = ask.registry.models_for(ask.task)[:MAX_MODELS]
    return [
        ask,
        gr.update(choices=task_choices(ask.registry), value=ask.task),
        gr.update(choices=models, value=list(ask.models) or models),
        ask.hide,
    ]


@dataclass(frozen=True)
class LinkTarget:
    """What a link sets in a tab: a component, and the function for its value; None leaves it unchanged.

    tab: its id. empty: the update for a link to the tab that sets nothing there, when Back returns to it.
    """

    output: Any
    value: Callable[[Link, Options], Any]
    tab: str = ""
    empty: Any = None
