"""Work that takes a while: told step by step, and given up when the visitor presses Cancel."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

import gradio as gr

from audioclf.types import AudioclfError
from audioclf.ui import flow

LOG = logging.getLogger(__name__)
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


def watched(act: Callable[[Report], T]) -> Iterator[Step | Done[T]]:
    """Do `act` on a thread of its own: yields the steps that it reports, the newest only, and at last what it gave.

    Closing the iterator ends the work at its next step. Never raises: a failure becomes a sentence.
    """
    news: SimpleQueue[Step | Done[T]] = SimpleQueue()
    given_up = Event()

    def report(done: int, total: int, words: str) -> None:
        if given_up.is_set():
            raise Stopped
        news.put(Step(done, total, words))

    def work() -> None:
        with suppress(Stopped):
            news.put(tried(lambda: act(report)))

    Thread(target=work, name="work", daemon=True).start()
    try:
        while True:
            newest = news.get()
            while isinstance(newest, Step) and not news.empty():
                newest = news.get()
            yield newest
            if isinstance(newest, Done):
                return
    finally:
        given_up.set()


def told_step_by_step(act: Callable[[Report], str]) -> Iterator[tuple[str, bool]]:
    """What stands in the place of a result while `act` makes it, as HTML, and whether it still does.

    act: gives the result as HTML. A failure is told in its place.
    """
    for news in watched(act):
        if isinstance(news, Step):
            yield progress(news), True
        else:
            yield told(news.problem, "alert") if news.value is None else news.value, False


def tried(act: Callable[[], T]) -> Done[T]:
    """What `act` gives, or the sentence that says why it failed. Never a traceback, never a path."""
    try:
        return Done(act())
    except AudioclfError as error:
        return Done(None, str(error))
    except Stopped:
        raise
    except Exception:
        LOG.exception("work for the page failed")
        return Done(None, flow.BROKEN)


def progress(step: Step) -> str:
    """How far it is, as HTML."""
    return (
        f'<div class="ac-progress" role="status"><progress max="{max(1, step.total)}" value="{step.done}">'
        f"</progress><span>{step.done} of {step.total}: {escape(step.words)}</span></div>"
    )


def told(sentence: str, role: str = "status") -> str:
    """A sentence where a result will be."""
    return f'<p class="ac-told" role="{role}">{escape(sentence)}</p>'


def cancel_button(elem_id: str) -> gr.Button:
    """Can be pressed while there is something to cancel."""
    return gr.Button("Cancel", size="sm", interactive=False, elem_id=elem_id, min_width=80)


def can_cancel(working: bool) -> Any:
    """What a cancel button shows meanwhile."""
    return gr.update(interactive=working)
