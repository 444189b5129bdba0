"""What a step of Explore consists of: its function, its words and its controls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioclf.lessons.view import Sound, View
from audioclf.types import AudioclfError, Clip
from audioclf.wording import text

if TYPE_CHECKING:
    from audioclf.inference.loading import Selection

Value = str | float | bool


@dataclass(frozen=True)
class Task:
    """What a step about models gets beside the clip. selection: the models of a task.

    examples: label and file of sounds of the task that every visitor has.
    """

    selection: "Selection"
    examples: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class Choice:
    """One of several values. name: of the function's argument. title: a key of the catalogue, without its section.

    options: values with their words, a key of the catalogue if it has one.
    """

    name: str
    title: str
    options: tuple[tuple[Value, str], ...]
    default: Value

    def read(self, given: str) -> Value:
        """The value that is written like this. ValueError if there is none."""
        return next(value for value, _ in self.options if str(value) == given)

    @property
    def written(self) -> str:
        """What a link may say."""
        return ", ".join(str(value) for value, _ in self.options)


@dataclass(frozen=True)
class Slider:
    """A number between low and high in steps. unit: shown behind it."""

    name: str
    title: str
    low: float
    high: float
    step: float
    default: float
    unit: str = ""

    def read(self, given: str) -> Value:
        """The value on the slider. ValueError for another."""
        value = float(given)
        steps = (value - self.low) / self.step
        if not self.low <= value <= self.high or abs(steps - round(steps)) > 1e-6:
            raise ValueError(given)
        return int(value) if float(self.step).is_integer() and value.is_integer() else value

    @property
    def written(self) -> str:
        """What a link may say."""
        return f"{self.low:g} … {self.high:g}"


@dataclass(frozen=True)
class Step:
    """One screen. function: "module.name" in this package, called with a Clip, a Task if `of_task`, and settings.

    title, about, ask, answer: keys of the catalogue; `about` stands before the picture, `ask` is a question and its
    possible answers between bars, `right` the number of the right one. formula: its name in ui.markup.formulas. slow:
    a function like `function` that gives more sounds, those that take longer than the picture. tells: values of its
    controls with which the step tells what a model answers to the sound.
    """

    id: str
    function: str
    title: str
    about: str
    controls: tuple[Choice | Slider, ...] = ()
    ask: str = ""
    answer: str = ""
    right: int = 0
    formula: str = ""
    slow: str = ""
    of_task: bool = False
    tells: tuple[Value, ...] = ()

    @property
    def defaults(self) -> dict[str, Value]:
        """The settings that the step starts with."""
        return {control.name: control.default for control in self.controls}

    def call(self, clip: Clip, task: Task | None, settings: Mapping[str, Value]) -> View:
        """What the step shows for a sound."""
        shown: View = _function(self.function)(*self._given(clip, task), **settings)
        return shown

    def sounds(self, clip: Clip, task: Task | None, settings: Mapping[str, Value]) -> Sequence[Sound]:
        """More sounds of the step, if it has some that take longer than the picture."""
        return _function(self.slow)(*self._given(clip, task), **settings) if self.slow else ()

    def _given(self, clip: Clip, task: Task | None) -> tuple[Any, ...]:
        return (clip, task) if self.of_task else (clip,)


def _function(name: str) -> Callable[..., Any]:
    module, function = name.split(".")
    act: Callable[..., Any] = getattr(import_module(f"audioclf.lessons.{module}"), function)
    return act


@dataclass(frozen=True)
class Chapter:
    """Steps that belong together. title: a key of the catalogue."""

    title: str
    steps: tuple[Step, ...]


def read_settings(step: Step, given: Mapping[str, str]) -> dict[str, Value]:
    """The settings of a step, with its defaults for those not given. AudioclfError for a name or value it lacks."""
    controls = {control.name: control for control in step.controls}
    found = dict(step.defaults)
    for name, words in given.items():
        if name not in controls:
            known = ", ".join(controls) or text("explore.nothing")
            raise AudioclfError(text("explore.no_setting", step=step.id, name=name[:40], known=known))
        try:
            found[name] = controls[name].read(words)
        except (ValueError, StopIteration) as error:
            known = controls[name].written
            raise AudioclfError(text("explore.no_value", name=name, value=words[:40], known=known)) from error
    return found
