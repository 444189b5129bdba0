"""What the page knows of a visitor: the latest sound, and which models are asked how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from audioclf.inference.loading import Selection
from audioclf.service.catalogue import task_choices
from audioclf.types import ZooError
from audioclf.ui.links import Link
from audioclf.zoo.registry import Registry


@dataclass(frozen=True)
class Sound:
    """A sound a visitor gave. It lives in that visitor's session only.

    name: what the page calls it; None for the file's own.
    """

    path: str
    name: str | None = None


@dataclass(frozen=True)
class Options:
    """What a visitor wants to know: of which models, and whether the answers stay hidden until a click.

    models: those that answer, all of the task if empty.
    """

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
    """What the tabs share. Everything that depends on task, registry or settings follows `ask`, which is the truth.

    home: the registry that every visitor begins with. folders: whether visitors may open others in folders of this
    machine, and with its token on the Hub. latest: the visitor's latest sound.
    task, models, hide: the controls that change `ask`.
    """

    home: Registry
    folders: bool
    ask: gr.State
    latest: gr.State
    task: gr.Radio
    models: gr.CheckboxGroup
    hide: gr.Checkbox

    @property
    def controls(self) -> list[Any]:
        """The outputs for what `settled` returns."""
        return [self.ask, self.task, self.models, self.hide]


def options_of(registry: Registry, task: str, hide: bool = False) -> Options:
    """All models of a registry for this task, or for its first one if it has none for it. ZooError if empty."""
    tasks = [name for _, name in task_choices(registry)]
    if not tasks:
        raise ZooError("there is no model in this registry; see `audioclf zoo list`")
    return Options(task if task in tasks else tasks[0], registry, hide=hide)


def settled(ask: Options) -> list[Any]:
    """`ask`, and the controls as they stand then: for Page.controls."""
    models = ask.registry.models_for(ask.task)
    return [
        ask,
        gr.update(choices=task_choices(ask.registry), value=ask.task),
        gr.update(choices=models, value=list(ask.models) or models),
        ask.hide,
    ]


@dataclass(frozen=True)
class LinkTarget:
    """What a link sets within a tab: a component, and its value for a link and what it asks; None leaves it."""

    output: Any
    value: Callable[[Link, Options], Any]
