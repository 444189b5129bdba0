"""Definitions of the tasks: labels, protocols and recipes. Data only.

Imports types. For data, training, evaluation, service and cli.
"""

from collections.abc import Mapping

from audioclf.tasks.base import Extra, Protocol, Recipe, Task
from audioclf.tasks.digits import DIGITS
from audioclf.tasks.environment import ENVIRONMENT
from audioclf.tasks.instruments import INSTRUMENTS
from audioclf.types import AudioclfError

__all__ = ["DIGITS", "ENVIRONMENT", "INSTRUMENTS", "TASKS", "Extra", "Protocol", "Recipe", "Task", "task_of"]

TASKS: Mapping[str, Task] = {task.name: task for task in (DIGITS, INSTRUMENTS, ENVIRONMENT)}


def task_of(model_id: str) -> tuple[Task, str]:
    """The task and family of an id "<task>-<family>"; AudioclfError lists all ids."""
    name, _, family = model_id.rpartition("-")
    if name not in TASKS or family not in TASKS[name].recipes:
        known = ", ".join(f"{task.name}-{f}" for task in TASKS.values() for f in task.recipes)
        raise AudioclfError(f"there is no recipe for {model_id!r}; there are {known}")
    return TASKS[name], family
