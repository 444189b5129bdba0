"""The example clips that come with audioclf."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@dataclass(frozen=True)
class Example:
    """A bundled example clip. label: None if it is none of the task's labels. expect: what to listen for.

    has_button: whether the Upload tab offers it by a button of its own.
    """

    path: Path
    title: str
    expect: str
    label: str | None
    has_button: bool

    @property
    def id(self) -> str:
        """Unique within the task; used in links."""
        return self.path.stem


def example_tasks() -> list[str]:
    """The tasks that have examples with a button in the Upload tab, in the order of the list."""
    return list(dict.fromkeys(item["task"] for item in _listed_examples() if item["has_button"]))


def list_examples(task: str = "digits") -> tuple[Example, ...]:
    """The example clips of this task."""
    return tuple(
        Example(EXAMPLES / item["file"], item["title"], item["expect"], item["label"], item["has_button"])
        for item in _listed_examples()
        if item["task"] == task
    )


def find_example(name: str, task: str) -> Example | None:
    """The task's example with this id, or None."""
    return next((example for example in list_examples(task) if example.id == name), None)


def example_in(source: str | Path, task: str) -> Example | None:
    """The task's example that this file is a copy of (same name, same content), or None."""
    given = Path(source)
    return next((e for e in list_examples(task) if e.path.name == given.name and _same(e.path, given)), None)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _listed_examples() -> list[Mapping[str, Any]]:
    listed: list[Mapping[str, Any]] = json.loads((EXAMPLES / "examples.json").read_text("utf-8"))
    return listed
