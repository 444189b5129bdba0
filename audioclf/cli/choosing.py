"""Which models a command uses: read its options and open the registry."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audioclf.cli.printing import progress_bar
from audioclf.types import AudioclfError, ZooError
from audioclf.zoo.registry import Registry, find, open_registry

if TYPE_CHECKING:
    from audioclf.inference.loading import Selection


class UsageError(AudioclfError):
    """Wrong arguments, such as the name of something that does not exist."""


def chosen(args: Namespace) -> Selection:
    """The selected models; by default those of the registry's first task.

    UsageError for a task or model that the registry does not have.
    """
    from audioclf.inference.loading import Selection

    registry = open_registry(args.zoo)
    tasks = [holder.entry(model_id).task for holder, model_id in found(args.model or (), registry)]
    task = args.task or next(iter(tasks or registry.tasks()), "")
    if wrong := [(name, of) for name, of in zip(args.model or (), tasks, strict=True) if of != task]:
        (name, of), *_ = wrong
        raise UsageError(f"{name} is made for task {of!r}, not {task!r}; ask it in a separate call")
    if not tasks and task not in registry.tasks():
        available = ", ".join(registry.tasks()) or "none"
        raise UsageError(f"no models for task {task!r}; there are models for {available}")
    return Selection(registry, task, tuple(args.model or ()))


def found(names: Sequence[str], registry: Registry) -> list[tuple[Registry, str]]:
    """The registry of each named model, and its id there. UsageError for an unknown id."""
    with progress_bar() as progress:
        pairs = [find(name, registry, progress) for name in names]
    try:
        _ = [holder.entry(model_id) for holder, model_id in pairs]
    except ZooError as error:
        raise UsageError(str(error)) from error
    return pairs
