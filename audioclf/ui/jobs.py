"""Long-running jobs: they report each step and stop when the visitor presses Cancel."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from html import escape
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

import gradio as gr

from audioclf.service.workers import Stopped
from audioclf.types import AudioclfError
from audioclf.ui.events import INSTANT
from audioclf.wording import text

LOG = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """Progress of a job: steps done, steps in all, and the current step in words. Before its turn, total is 0."""

    done: int
    total: int
    words: str


@dataclass(frozen=True)
class Done(Generic[T]):
    """Result of a job, or the sentence that says why there is none."""

    value: T | None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """What a job calls with each step: a Progress that raises Stopped once the job was cancelled or replaced."""

    _update: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    _cancelled: Event = field(default_factory=Event)

    def __call__(self, done: int, total: int, words: str) -> None:
        if self.is_stopped():
            raise Stopped
        self._update.put(Step(done, total, words))

    def is_stopped(self) -> bool:
        """Whether nobody waits for the job."""
        return self._cancelled.is_set()


@dataclass(frozen=True, eq=False)
class JobSlot:
    """A part of the page that runs one job per visitor; a new job replaces the one before.

    Gradio's own cancelling is not enough: a step already on its way may still be shown afterwards.
    """

    _running: dict[str, Event] = field(default_factory=dict)  # by the visitor's session
    _about: dict[str, Any] = field(default_factory=dict)  # what the running job is about, if that is known

    def watched(self, visitor: gr.Request, act: Callable[[Report], T]) -> Iterator[Step | Done[T]]:
        """Run `act` in its own thread: yields the newest step that it reports, and finally its result.

        Never raises: a failure becomes a sentence. Closing the iterator stops the job at its next step.
        """
        update: SimpleQueue[Step | Done[T]] = SimpleQueue()
        with self._newest(str(visitor.session_hash)) as cancelled:
            report, visit = Report(update, cancelled), copy_context()

            def run() -> None:
                update.put(attempt(lambda: act(report)))

            Thread(target=visit.run, args=(run,), name="work", daemon=True).start()
            newest: Step | Done[T] = Step(0, 0, text("waiting.begun"))
            while isinstance(newest, Step):
                newest = update.get()
                while isinstance(newest, Step) and not update.empty():
                    newest = update.get()
                if self._running.get(str(visitor.session_hash)) is not cancelled:
                    return  # a newer job has replaced this one
                if isinstance(newest, Done) or not cancelled.is_set():
                    yield newest

    def attempt(self, visitor: gr.Request, act: Callable[[Callable[[], bool]], T]) -> Done[T] | None:
        """The result of a job without steps, or the sentence that says why there is none; None if it was replaced.

        act: gets a function that says whether the job was replaced.
        """
        with self._newest(str(visitor.session_hash)) as cancelled:
            done = attempt(lambda: act(cancelled.is_set))
            return None if cancelled.is_set() else done

    @contextmanager
    def once(self, visitor: gr.Request, about: Any) -> Iterator[Event | None]:
        """Be this visitor's job about something, whose event is set when it is replaced.

        None if the running job is about the same: two events may ask for it at once.
        """
        session = str(visitor.session_hash)
        if session in self._running and self._about.get(session) == about:
            yield None
            return
        with self._newest(session, about) as cancelled:
            yield cancelled

    @contextmanager
    def _newest(self, session: str, about: Any = None) -> Iterator[Event]:
        """Stop this session's job in favour of a new one. Gives the event that is set when the new one is stopped."""
        if before := self._running.get(session):
            before.set()
        self._running[session] = cancelled = Event()
        self._about[session] = about
        try:
            yield cancelled
        finally:
            cancelled.set()
            if self._running.get(session) is cancelled:
                del self._running[session]
                self._about.pop(session, None)

    def about(self, visitor: gr.Request) -> Any:
        """What this visitor's running job is about, see `once`; None if none runs or it was stopped."""
        return self._about.get(str(visitor.session_hash))

    def stop(self, visitor: gr.Request) -> None:
        """Stop this visitor's job at its next step."""
        if cancelled := self._running.get(str(visitor.session_hash)):
            cancelled.set()
            self._about.pop(str(visitor.session_hash), None)

    def cancel_button(self, elem_id: str) -> gr.Button:
        """A cancel button; `can_cancel` enables it while a job runs."""
        button = gr.Button(
            text("waiting.cancel"), size="sm", interactive=False, elem_id=elem_id, min_width=80
        )

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
        return Done(None, text("waiting.cancelled"))
    except Exception:
        LOG.exception("work for the page failed")
        return Done(None, text("waiting.broken"))


def progress(step: Step) -> str:
    """A progress bar with the current step, as HTML; before the first step, only words."""
    if not step.total:
        return f'<div class="ac-progress" role="status"><progress></progress><span>{escape(step.words)}</span></div>'
    words = text("waiting.step", done=step.done, total=step.total, words=step.words)
    return (
        f'<div class="ac-progress" role="status"><progress max="{step.total}" value="{step.done}">'
        f"</progress><span>{escape(words)}</span></div>"
    )


def message(sentence: str, role: str = "status") -> str:
    """A sentence in place of a result, as HTML."""
    return f'<p class="ac-message" role="{role}">{escape(sentence)}</p>'


def shown(update: Step | Done[Any]) -> str:
    """Progress, failure or result of a job whose result is HTML."""
    if isinstance(update, Step):
        return progress(update)
    return message(update.problem, "alert") if update.value is None else str(update.value)


def has_result(update: Step | Done[Any]) -> bool:
    """Whether the job is done and did not fail."""
    return isinstance(update, Done) and update.value is not None


def can_cancel(update: Step | Done[Any]) -> Any:
    """Update for the cancel button: enabled while the job runs."""
    return gr.update(interactive=isinstance(update, Step))
