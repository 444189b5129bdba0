"""The Explore tab: what it shows before a step is drawn, and how often it draws."""

from dataclasses import dataclass, field
from threading import Event, Thread
from types import SimpleNamespace

import gradio as gr
import pytest

from audioclf.lessons.view import View
from audioclf.service.explore import STEPS
from audioclf.ui import jobs, session
from audioclf.ui.tabs import explore
from audioclf.ui.tabs.explore import Screen
from audioclf.wording import text
from audioclf.zoo.registry import BUNDLED, open_registry

ASK = session.Options("digits", open_registry(BUNDLED))
FIRST = explore.place_at("seven", explore.FIRST, {})
VISITOR = SimpleNamespace(session_hash="one")


def first_screen(on_view) -> Screen:
    drawing = explore._Drawing(None, jobs.JobSlot(), jobs.JobSlot(), None)
    return Screen(*next(drawing.draw(VISITOR, FIRST, on_view, ASK, None)))


def test_a_step_can_be_read_before_its_pictures_are_drawn():
    first = first_screen(None)
    assert text("explore.drawing") in first.view
    assert text(STEPS[explore.FIRST].title) in first.lesson and first.path and first.onward


@dataclass(eq=False)
class SlowTurns:
    """Turns whose work waits until it is told to end."""

    n_begun: int = 0
    begun: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)

    def run(self, act, *given):
        self.n_begun += 1
        self.begun.set()
        assert self.may_end.wait(30)
        return View((), "said")


@pytest.fixture
def drawing(monkeypatch):
    """What draws steps, whose work waits."""
    monkeypatch.setattr(explore.answers, "link_line", lambda *given: "")
    return explore._Drawing(SimpleNamespace(turns=SlowTurns()), jobs.JobSlot(), jobs.JobSlot(), None)


def test_two_events_that_ask_for_the_same_draw_it_once(drawing):
    """A link opens the tab and sets its place: two events at once."""
    turns = drawing.page.turns
    screens: list[Screen] = []

    def draw():
        screens.extend(Screen(*values) for values in drawing.draw(VISITOR, FIRST, None, ASK, None))

    first = Thread(target=draw)
    first.start()
    assert turns.begun.wait(30)
    draw()
    turns.may_end.set()
    first.join(30)
    assert turns.n_begun == 1
    # Nothing of the second event may come after the first one's picture.
    assert [one.view for one in screens[1:-1]] == [gr.skip()]
    assert [one.on_view for one in screens if one.on_view != gr.skip()] == [(*screens[-1].on_view,)]


def draw_in_thread(drawing: explore._Drawing, place, on_view) -> tuple[Thread, list]:
    """A drawing that waits in its turn, and the values of Screens that it will give."""
    screens: list = []
    thread = Thread(
        target=lambda: screens.extend(drawing.draw(VISITOR, place, on_view, ASK, None, moved=True))
    )
    thread.start()
    assert drawing.page.turns.begun.wait(30)
    return thread, screens


def test_the_newest_step_is_the_one_being_drawn(drawing):
    """A control of the step before may be told late: it must not bring that step back."""
    assert drawing.newest_step(VISITOR, FIRST) == FIRST.step
    thread, screens = draw_in_thread(drawing, explore.place_at("seven", "fourier", {}), object())
    assert drawing.newest_step(VISITOR, FIRST) == "fourier"
    drawing.page.turns.may_end.set()
    thread.join(30)
    assert Screen(*screens[-1]).place.step == "fourier"
    assert drawing.newest_step(VISITOR, FIRST) == FIRST.step


def test_a_step_whose_drawing_was_stopped_is_not_the_newest(drawing):
    sound = explore.event_state("seven", ASK, None, False, ()).sound
    on_view = (sound, ASK, FIRST)
    thread, screens = draw_in_thread(drawing, explore.place_at("seven", "fourier", {}), on_view)
    list(drawing.draw(VISITOR, FIRST, on_view, ASK, None, moved=True))  # back to what is on view
    assert drawing.newest_step(VISITOR, FIRST) == FIRST.step
    drawing.page.turns.may_end.set()
    thread.join(30)
    assert screens == [Screen().values]
