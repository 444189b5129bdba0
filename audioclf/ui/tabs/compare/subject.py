"""What the Compare tab is about: the sound that was chosen, and whether anything may be told about it yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service.examples import Example, example_in, list_examples
from audioclf.ui import session

LATEST = "latest"
NO_SOUND = "Analyse a sound in Upload or Microphone first, or choose an example here."
NOT_YET = "Predict first: pick a label and a model above, then this opens, too."


@dataclass(frozen=True)
class Guess:
    """One guess of a visitor, and what came of it.

    key: of the sound. right: who was, "you" or a model's id; a visitor's own sound is what the visitor says it is,
    so that "you" is not in it. bet: the model that was bet on.
    """

    key: str
    guess: str
    bet: str
    right: Mapping[str, bool] = field(hash=False)  # Gradio hashes what it keeps


@dataclass(frozen=True)
class EventState:
    """What an event of the tab knows. sound: None where there is none.

    example: which one it is, if any. predict: whether to guess first. rounds: guesses of this visit.
    """

    sound: session.Sound | None
    ask: session.Options
    example: Example | None
    predict: bool
    rounds: tuple[Guess, ...]

    @property
    def key(self) -> str:
        """Tells one sound from another; Gradio names a file's folder by its content."""
        if self.example or self.sound is None:
            return self.example.id if self.example else ""
        return Path(self.sound.path).parent.name

    @property
    def closed(self) -> bool:
        """Whether the visitor is to guess before anything is told."""
        return self.predict and all(r.key != self.key for r in self.rounds)

    @property
    def nothing(self) -> str:
        """Why there is nothing to tell; empty if there is."""
        if self.sound is None:
            return NO_SOUND
        return NOT_YET if self.closed else ""


@dataclass(frozen=True)
class Subject:
    """Where it is kept. on_view: (sound, ask, closed) of what is shown above; it changes when that is drawn."""

    page: session.Page
    choice: gr.Dropdown
    predict: gr.Checkbox
    rounds: gr.State
    on_view: gr.State

    @property
    def inputs(self) -> list[Any]:
        """The inputs of an event that `given` reads."""
        return [self.choice, self.page.ask, self.page.latest, self.predict, self.rounds]


def given(
    choice: str, ask: session.Options, latest: session.Sound | None, predict: bool, rounds: Sequence[Guess]
) -> EventState:
    """The values of Subject.inputs, understood."""
    examples = {e.id: e for e in list_examples(ask.task)}
    hidden = predict or ask.hide
    example = examples.get(choice)
    if example is None:
        found = example_in(latest.path, ask.task) if latest else None
        return EventState(latest, ask, found, hidden, tuple(rounds))
    # A file's name says what is in it.
    name = f"Sound {list(examples).index(choice) + 1}" if hidden else None
    return EventState(session.Sound(str(example.path), name), ask, example, hidden, tuple(rounds))


def choices(task: str, hidden: bool = False) -> list[tuple[str, str]]:
    """(title, value) of the sounds that can be compared on; hidden: by titles that do not give them away."""
    examples = list_examples(task)
    titles = [f"Sound {i}" if hidden else e.title for i, e in enumerate(examples, 1)]
    return [("Your latest sound", LATEST), *zip(titles, (e.id for e in examples), strict=True)]


def kept(choice: str, task: str) -> str:
    """The choice, if the task has that sound, too."""
    return choice if choice in dict(choices(task)).values() else LATEST
