"""The lessons of Explore: what a step shows of a sound, for the page and the command line.

Importing this is cheap; the libraries that compute are imported by the first step.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from audioclf.audio import load_clip
from audioclf.inference.loading import Selection
from audioclf.lessons.outline import CHAPTERS, STEPS, neighbours, numbered
from audioclf.lessons.step import Choice, Slider, Step, Task, Value, read_settings
from audioclf.lessons.view import Axis, Curve, Field, Mark, Panel, Sound, View
from audioclf.service.examples import list_examples

__all__ = [
    "CHAPTERS",
    "STEPS",
    "Axis",
    "Choice",
    "Curve",
    "Field",
    "Mark",
    "Panel",
    "Slider",
    "Sound",
    "Step",
    "Task",
    "Value",
    "View",
    "more_sounds",
    "neighbours",
    "numbered",
    "read_settings",
    "show",
    "task_of",
]


def show(
    source: str | Path, step: str, settings: Mapping[str, Value], selection: Selection | None = None
) -> View:
    """What a step shows of a sound file. settings: as `read_settings` gives them.

    selection: the task and registry of a step that is `of_task`. AudioError if the file cannot be read, ZooError if
    a step needs a model that there is not.
    """
    return STEPS[step].call(load_clip(source), task_of(selection), settings)


def more_sounds(
    source: str | Path, step: str, settings: Mapping[str, Value], selection: Selection | None = None
) -> Sequence[Sound]:
    """The sounds of a step that take longer than its picture; as `show`."""
    return STEPS[step].sounds(load_clip(source), task_of(selection), settings)


def task_of(selection: Selection | None) -> Task | None:
    """A task with its example sounds, those that have a label of it."""
    if selection is None:
        return None
    examples = tuple((one.label, one.path) for one in list_examples(selection.task) if one.label)
    return Task(selection, examples)
