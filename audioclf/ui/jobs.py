"""Work that takes a while: told step by step, and given up when the visitor presses Cancel."""

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
BROKEN = "Something went wrong on our side. Try again; the server's log says more."
STOPPED = "Stopped. Nothing was lost but the time."

T = TypeVar("T")
Report = Callable[[int, int, str], None]


class Stopped(Exception):
    """Raised within work whose visitor does not wait for it any more."""


@dataclass(frozen=True)
class Step:
    """How far the work is: steps done, steps in all, and what is done now."""

    done: int
    total: int
    words: str


@dataclass(frozen=True)
class Done(Generic[T]):
    """What the work gave, or the sentence that says why it gave nothing."""

    value: T | None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class JobSlot:
    """One part of the page where work is done, for each visitor one piece at a time: a new one ends the one before.

    Gradio's own way to cancel is not enough: a step on its way may still be shown after it.
    """

    _under_way: dict[str, Event] = field(default_factory=dict)  # by the visitor's session

    def watched(self, visitor: gr.Request, act: Callable[[Report], T]) -> Iterator[Step | Done[T]]:
        """Do `act` on a thread of its own: yields the steps it reports, the newest only, and at last what it gave.

        Never raises: a failure becomes a sentence. Closing the iterator ends the work at its next step.
        """
        news: SimpleQueue[Step | Done[T]] = SimpleQueue()
        session, given_up = str(visitor.session_hash), Event()
        self.stop(visitor)
        self._under_way[session] = given_up

        def report(done: int, total: int, words: str) -> None:
            if given_up.is_set():
                raise Stopped
            news.put(Step(done, total, words))

        Thread(target=lambda: news.put(tried(lambda: act(report))), name="work", daemon=True).start()
        try:
            newest: Step | Done[T] = Step(0, 1, "waiting")
            while isinstance(newest, Step):
                newest = news.get()
                while isinstance(newest, Step) and not news.empty():
                    newest = news.get()
                if self._under_way.get(session) is not given_up:
                    return  # something newer stands in its place
                if isinstance(newest, Done) or not given_up.is_set():
                    yield newest
        finally:
            given_up.set()
            if self._under_way.get(session) is given_up:
                del self._under_way[session]

    def stop(self, visitor: gr.Request) -> None:
        """End what is done for this visitor at its next step."""
        if given_up := self._under_way.get(str(visitor.session_hash)):
            given_up.set()

    def cancel_button(self, elem_id: str) -> gr.Button:
        """Can be pressed while there is something to cancel; `can_cancel` says so."""
        button = gr.Button("Cancel", size="sm", interactive=False, elem_id=elem_id, min_width=80)

        def stop(visitor: gr.Request) -> None:
            self.stop(visitor)

        button.click(stop, None, None, **INSTANT)
        return button


def tried(act: Callable[[], T]) -> Done[T]:
    """What `act` gives, or the sentence that says why it failed. Never a traceback, never a path."""
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
    """How far it is, as HTML."""
    return (
        f'<div class="ac-progress" role="status"><progress max="{max(1, step.total)}" value="{step.done}">'
        f"</progress><span>{step.done} of {step.total}: {escape(step.words)}</span></div>"
    )


def told(sentence: str, role: str = "status") -> str:
    """A sentence where a result will be."""
    return f'<p class="ac-told" role="{role}">{escape(sentence)}</p>'


def shown(news: Step | Done[Any]) -> str:
    """What stands in the place of a result that is HTML, while it is made and then."""
    if isinstance(news, Step):
        return progress(news)
    return told(news.problem, "alert") if news.value is None else str(news.value)


def can_cancel(news: Step | Done[Any]) -> Any:
    """What a cancel button shows meanwhile."""
    return gr.update(interactive=isinstance(news, Step))
