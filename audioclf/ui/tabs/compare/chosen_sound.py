"""The sound that the Compare tab is about, and whether its answers may be shown yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from audioclf.service.examples import Example, example_in, list_examples
from audioclf.ui import session
from audioclf.wording import text

LATEST = "latest"


@dataclass(frozen=True)
class Guess:
    """One guess of a visitor and its result.

    key: of the sound. right: "you" or a model's id -> whether it was right, without "you" for a visitor's own sound.
    bet: the model that was bet on.
    """

    key: str
    guess: str
    bet: str
    right: Mapping[str, bool] = field(hash=False)  # Gradio hashes the value of a State


@dataclass(frozen=True)
class EventState:
    """The inputs of an event of the tab. sound: None if there is none.

    example: set if the sound is one. predict: whether to guess first. rounds: guesses of this visit.
    """

    sound: session.Sound | None
    ask: session.Options
    example: Example | None
    predict: bool
    rounds: tuple[Guess, ...]

    @property
    def key(self) -> str:
        """Identifies the sound."""
        if self.example or self.sound is None:
            return self.example.id if self.example else ""
        return session.content_key(self.sound.path)

    @property
    def closed(self) -> bool:
        """Whether the visitor has to guess before any answer is shown."""
        return self.predict and all(r.key != self.key for r in self.rounds)

    @property
    def nothing(self) -> str:
        """Why there is nothing to show; empty if there is something."""
        if self.sound is None:
            return text("compare.no_sound")
        return text("predict.not_yet") if self.closed else ""


@dataclass(frozen=True)
class Subject:
    """Components that hold the subject. on_view: (sound, ask, closed) of the comparison currently drawn."""

    page: session.Page
    choice: gr.Dropdown
    predict: gr.Checkbox
    rounds: gr.State
    on_view: gr.State

    @property
    def inputs(self) -> list[Any]:
        """The inputs of an event, as `event_state` takes them."""
        return [self.choice, self.page.ask, self.page.latest, self.predict, self.rounds]


def event_state(
    choice: str, ask: session.Options, latest: session.Sound | None, predict: bool, rounds: Sequence[Guess]
) -> EventState:
    """The EventState for the values of Subject.inputs."""
    examples = {e.id: e for e in list_examples(ask.task)}
    hidden = predict or ask.hide
    example = examples.get(choice)
    if example is None:
        found = example_in(latest.path, ask.task) if latest else None
        return EventState(latest, ask, found, hidden, tuple(rounds))
    # A file's name would give the label away.
    name = f"Sound {list(examples).index(choice) + 1}" if hidden else None
    return EventState(session.Sound(str(example.path), name), ask, example, hidden, tuple(rounds))


def choices(task: str, hidden: bool = False) -> list[tuple[str, str]]:
    """(title, value) of the sounds to choose from; hidden: with titles that do not reveal the label."""
    examples = list_examples(task)
    titles = [f"Sound {i}" if hidden else e.title for i, e in enumerate(examples, 1)]
    return [(text("compare.latest"), LATEST), *zip(titles, (e.id for e in examples), strict=True)]


def kept(choice: str, task: str, has_latest: bool = True) -> str:
    """The choice if the task has that sound, else the latest sound; without one, the first example."""
    values = [value for _, value in choices(task)]
    if choice in values and (has_latest or choice != LATEST):
        return choice
    return LATEST if has_latest else values[:2][-1]
