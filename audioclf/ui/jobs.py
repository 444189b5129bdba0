"""Long-running jobs: they report each step and stop when the visitor presses Cancel."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

import gradio as gr

from audioclf.types import AudioclfError
from audioclf.ui.events import INSTANT

LOG = logging.getLogger(__name__)
BROKEN = "Something went wrong on the server. Try again; its log has the details."
STOPPED = "Cancelled."

T = TypeVar("T")
Report = Callable[[int, int, str], None]


class Stopped(Exception):
    """Raised inside a job that was cancelled or replaced."""


@dataclass(frozen=True)
class Step:
    """Progress of a job: steps done, steps in all, and the current step in words."""

    done: int
    total: int
    words: str


@dataclass(frozen=True)
class Done(Generic[T]):
    """Result of a job, or the sentence that says why there is none."""

    value: T | None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class JobSlot:
    """A part of the page that runs one job per visitor; a new job replaces the one before.

    Gradio's own cancelling is not enough: a step already on its way may still be shown afterwards.
    """

    _running: dict[str, Event] = field(default_factory=dict)  # by the visitor's session

    def watched(self, visitor: gr.Request, act: Callable[[Report], T]) -> Iterator[Step | Done[T]]:
        """Run `act` in its own thread: yields the newest step that it reports, and finally its result.

        Never raises: a failure becomes a sentence. Closing the iterator stops the job at its next step.
        """
        update: SimpleQueue[Step | Done[T]] = SimpleQueue()
        session, cancelled = str(visitor.session_hash), Event()
        self.stop(visitor)
        self._running[session] = cancelled

        def report(done: int, total: int, words: str) -> None:
            if cancelled.is_set():
                raise Stopped
            update.put(Step(done, total, words))

        Thread(target=lambda: update.put(attempt(lambda: act(report))), name="work", daemon=True).start()
        try:
            newest: Step | Done[T] = Step(0, 1, "waiting")
            while isinstance(newest, Step):
                newest = update.get()
                while isinstance(newest, Step) and not update.empty():
                    newest = update.get()
                if self._running.get(session) is not cancelled:
                    return  # a newer job has replaced this one
                if isinstance(newest, Done) or not cancelled.is_set():
                    yield newest
        finally:
            cancelled.set()
            if self._running.get(session) is cancelled:
                del self._running[session]

    def stop(self, visitor: gr.Request) -> None:
        """Stop this visitor's job at its next step."""
        if cancelled := self._running.get(str(visitor.session_hash)):
            cancelled.set()

    def cancel_button(self, elem_id: str) -> gr.Button:
        """A cancel button; `can_cancel` enables it while a job runs."""
        button = gr.Button("Cancel", size="sm", interactive=False, elem_id=elem_id, min_width=80)

        def stop(visitor: gr.Request) -> None:
            self.stop(visitor)

        button.click(stop, None, None, **INSTANT)
        return button


def attempt(act: Callable[[], T]) -> Done[T]:
    """The result of `act`, or the sentence that says why it failed, without traceback or path."""
    try:
        return Done(act())
    except AudioclfError as error:
        return Done(None, str(error))
    except Stopped:
        return Done(None, STOPPED)
    except Exception:
        LOG.exception("work for the page failed")
        return Done(None, BROKEN)


def progress(step: Step) -> str:
    """A progress bar with the current step, as HTML."""
    return (
        f'<div class="ac-progress" role="status"><progress max="{max(1, step.total)}" value="{step.done}">'
        f"</progress><span>{step.done} of {step.total}: {escape(step.words)}</span></div>"
    )


def message(sentence: str, role: str = "status") -> str:
    """A sentence in place of a result, as HTML."""
    return f'<p class="ac-message" role="{role}">{escape(sentence)}</p>'


def shown(update: Step | Done[Any]) -> str:
    """Progress, failure or result of a job whose result is HTML."""
    if isinstance(update, Step):
        return progress(update)
    return message(update.problem, "alert") if update.value is None else str(update.value)


def can_cancel(update: Step | Done[Any]) -> Any:
    """Update for the cancel button: enabled while the job runs."""
    return gr.update(interactive=isinstance(update, Step))
