"""The Explore tab: one step after the other from samples to a decision, on the visitor's sound."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import gradio as gr

from audioclf.inference.loading import Selection
from audioclf.service import explore
from audioclf.service.catalogue import prompt
from audioclf.service.examples import find_example
from audioclf.service.explore import STEPS, Step, Value
from audioclf.types import AudioclfError
from audioclf.ui import answers, events, given, jobs, session
from audioclf.ui.links import Link
from audioclf.ui.markup import cards, giving
from audioclf.ui.markup import explore as markup
from audioclf.ui.tabs.compare.chosen_sound import LATEST, choices, event_state, kept
from audioclf.wording import text

FIRST = next(iter(STEPS))
MAX_CHOICE = 100  # characters of what names a sound
TURNED = "() => window.audioclf.turned()"


@dataclass(frozen=True)
class Place:
    """Where a visitor is. choice: of the sound. settings: name and value of every control of the step."""

    choice: str
    step: str
    settings: tuple[tuple[str, Value], ...]

    @property
    def row(self) -> Step:
        """The step itself."""
        return STEPS[self.step]

    @property
    def tells(self) -> bool:
        """Whether the step tells what a model answers to the sound."""
        return any(value in self.row.tells for _, value in self.settings)


@dataclass(frozen=True)
class Screen:
    """The outputs of an event, or their new values; what is not given stays as it is."""

    place: Any = field(default_factory=gr.skip)
    on_view: Any = field(default_factory=gr.skip)
    view: Any = field(default_factory=gr.skip)
    sounds: Any = field(default_factory=gr.skip)
    more: Any = field(default_factory=gr.skip)
    link: Any = field(default_factory=gr.skip)
    path: Any = field(default_factory=gr.skip)
    lesson: Any = field(default_factory=gr.skip)
    onward: Any = field(default_factory=gr.skip)

    @property
    def values(self) -> list[Any]:
        """In the order of the fields."""
        return [getattr(self, one.name) for one in fields(self)]


def place_at(choice: str, step: str, given: Mapping[str, str]) -> Place:
    """A step with its default settings, or those given as a link or the page's controls write them."""
    return Place(choice, step, tuple(explore.read_settings(STEPS[step], given).items()))


def explore_tab(page: session.Page, tab: gr.Tab) -> session.LinkTarget:
    """Build the tab; a link sets the place. A step is drawn when the tab is opened or the place changes."""
    task = page.ask.value.task
    start = kept(LATEST, task, has_latest=False)
    place, on_view = gr.State(place_at(start, FIRST, {})), gr.State(None)
    with gr.Row(elem_classes="ac-switch"):
        choice = gr.Dropdown(
            choices(task),
            value=start,
            label=text("explore.sound"),
            info=text("explore.loudest"),
            **events.OF_TASK,
            elem_id="explore-clip",
        )
    _take(page)
    path = gr.HTML(elem_id="explore-path", apply_default_css=False, js_on_load=markup.STEPS_SCRIPT)
    lesson = gr.HTML(elem_id="explore-lesson", apply_default_css=False, js_on_load=markup.SETTINGS_SCRIPT)
    with gr.Row(elem_classes="ac-explore-sounds"):
        sounds = gr.HTML(elem_id="explore-sounds", **events.RAW)
        more = gr.HTML(elem_id="explore-more", **events.RAW)
    view = gr.HTML(elem_id="explore-view", apply_default_css=False, js_on_load=markup.VIEW_SCRIPT)
    gr.HTML(markup.SAID, elem_id="explore-said", **events.RAW)
    onward = gr.HTML(elem_id="explore-onward", apply_default_css=False, js_on_load=markup.STEPS_SCRIPT)
    link = gr.HTML(elem_id="explore-link", **events.ADDRESS)

    drawing = _Drawing(page, jobs.JobSlot(), jobs.JobSlot(), sounds)
    inputs = [place, on_view, page.ask, page.latest]
    outputs = Screen(place, on_view, view, sounds, more, link, path, lesson, onward).values
    slow = {"show_progress": "hidden", **events.QUEUED}
    each = {**slow, "trigger_mode": "multiple"}  # else a change during a drawing would be lost

    def turn(
        visitor: gr.Request, event: gr.EventData, place: Place, on_view: Any, ask: Any, latest: Any
    ) -> Iterator[list[Any]]:
        moved = place_at(place.choice, _known(event.step), {})
        yield from drawing.draw(visitor, moved, on_view, ask, latest, moved=True)

    def release(
        visitor: gr.Request, event: gr.EventData, place: Place, on_view: Any, ask: Any, latest: Any
    ) -> Iterator[list[Any]]:
        try:
            moved = place_at(place.choice, _known(event.step), _strings(event.settings))
        except AudioclfError:  # no page of ours has sent them
            yield Screen().values
            return
        if moved.step != drawing.newest_step(visitor, place):
            yield Screen().values  # the visitor has left that step; its controls are gone
            return
        yield from drawing.draw(visitor, moved, on_view, ask, latest, moved=True, keeps_text=True)

    follow = events.if_open(drawing.draw, len(outputs))

    tab.select(drawing.draw, inputs, outputs, **slow)
    lesson.release(release, inputs, outputs, **each)
    for buttons in (path, onward):
        turned = buttons.click(turn, inputs, outputs, **each)
        turned.then(None, None, None, js=TURNED, **events.INSTANT)
    is_open = gr.Checkbox(visible=False)  # filled by `when_open`
    for changed in (place.change, page.latest.change, page.ask.change):
        when = events.when_open("explore-path")
        changed(follow, [is_open, *inputs], outputs, js=when, **slow)
    on_view.change(drawing.draw_more, on_view, more, **slow)
    _sound_choice(page, place, choice)
    return session.LinkTarget(place, _linked, "explore")


def _take(page: session.Page) -> None:
    """A recorder: what it takes becomes the visitor's latest sound, which the lessons then follow."""
    task = page.ask.value.task
    with gr.Accordion(text("explore.take"), open=False, elem_id="explore-take"):
        what = gr.HTML(giving.prompt_line(task, prompt(task)), **events.RAW)
        gr.HTML(giving.recorder("explore-hand"), **events.RAW)
        audio = given.held_file("explore")
    audio.change(
        lambda path: session.Sound(str(path), text("microphone.yours")) if path else gr.skip(),
        audio,
        page.latest,
        **events.STATE,
    )
    page.ask.change(
        lambda ask: giving.prompt_line(ask.task, prompt(ask.task)), page.ask, what, **events.INSTANT
    )


def _sound_choice(page: session.Page, place: gr.State, choice: gr.Dropdown) -> None:
    """The dropdown and the place follow each other, the visitor's latest sound and the task."""
    choice.input(
        # Gradio lets a program send any text, which the session would keep.
        lambda chosen, place: replace(place, choice=str(chosen)[:MAX_CHOICE]),
        [choice, place],
        place,
        **events.STATE,
    )
    place.change(lambda place: place.choice, place, choice, **events.INSTANT)
    page.latest.change(
        lambda latest, place: replace(place, choice=LATEST) if latest else place,
        [page.latest, place],
        place,
        **events.STATE,
    )

    def offered(ask: session.Options, latest: session.Sound | None, place: Place) -> tuple[Any, Place]:
        chosen = kept(place.choice, ask.task, latest is not None)
        return gr.update(choices=choices(ask.task, ask.hide), value=chosen), replace(place, choice=chosen)

    page.ask.change(offered, [page.ask, page.latest, place], [choice, place], **events.STATE)


def _linked(link: Link, ask: session.Options) -> Place | None:
    """The place that a link opens."""
    example = find_example(link.example, ask.task)
    if link.tab != "explore" and not (link.tab == "compare" and example):
        return None
    choice = link.example if example else kept(LATEST, ask.task, has_latest=False)
    return place_at(choice, link.step or FIRST, dict(link.settings))


def _known(step: Any) -> str:
    return step if isinstance(step, str) and step in STEPS else FIRST


def _strings(settings: Any) -> dict[str, str]:
    """What a browser sends as settings."""
    return {str(k): str(v) for k, v in settings.items()} if isinstance(settings, Mapping) else {}


@dataclass(frozen=True)
class _Drawing:
    """Draws steps. slot, more_slot: of pictures and of slower sounds, where a visitor's newest request wins.

    owner: of the files of sounds.
    """

    page: session.Page
    slot: jobs.JobSlot
    more_slot: jobs.JobSlot
    owner: gr.HTML

    def draw(
        self,
        visitor: gr.Request,
        place: Place,
        on_view: Any,
        ask: session.Options,
        latest: session.Sound | None,
        moved: bool = False,
        keeps_text: bool = False,
    ) -> Iterator[list[Any]]:
        """Values of a Screen; nothing changes if the place is on view, or being drawn.

        moved: the visitor goes there now; what is being drawn for another place is then not shown. keeps_text: he
        goes there by a control, which would lose the focus if it were drawn again.

        With nothing on view, the step's text comes first: on a server that has just started, pictures take seconds.
        """
        sound = event_state(place.choice, ask, latest, ask.hide, ()).sound
        if on_view == (sound, ask, place):
            if moved:
                self.slot.stop(visitor)
            yield Screen(place if moved else gr.skip()).values
            return
        if sound is None:
            nothing = jobs.message(text("compare.no_sound"))
            yield replace(_text(place), place=place, on_view=None, view=nothing, link="").values
            return
        wanted = _wanted(sound, place, ask)
        with self.slot.once(visitor, wanted) as replaced:
            if replaced is None:
                yield Screen().values
                return
            if on_view is None and not keeps_text:
                yield replace(_text(place), view=jobs.message(text("explore.drawing"))).values
            # Not stopped for a newer request: that could end the worker process, and the work is short.
            done = jobs.attempt(lambda: self.page.turns.run(explore.show, *wanted))
            screen = Screen()
            if not replaced.is_set():  # else no file is made of its sounds
                drawn = self._drawn(done, sound, place, ask)
                around = Screen() if keeps_text or on_view is None else _text(place)
                screen = replace(drawn, path=around.path, lesson=around.lesson, onward=around.onward)
            yield (Screen() if replaced.is_set() else screen).values

    def newest_step(self, visitor: gr.Request, place: Place) -> str:
        """The step that the visitor went to last: the one being drawn, or else that of the place."""
        wanted = self.slot.about(visitor)
        return wanted[1] if wanted else place.step

    def _drawn(
        self, done: jobs.Done[explore.View], sound: session.Sound, place: Place, ask: session.Options
    ) -> Screen:
        """The pictures and sounds of a step, or the sentence that says why there are none."""
        link = answers.link_line(self.page, ask, sound, "explore", place.step, _unusual(place))
        drawn = Screen(place, on_view=None, view=jobs.message(done.problem, "alert"), more="", link=link)
        if done.value is None:
            return replace(drawn, sounds="")
        view = markup.view(done.value)
        return replace(
            drawn,
            on_view=(sound, ask, place),
            view=cards.veiled(view) if ask.hide and place.tells else view,
            sounds=self._listen(done.value.sounds),
        )

    def draw_more(self, visitor: gr.Request, on_view: Any) -> Any:
        """The sounds that take longer than the picture."""
        if not on_view or not on_view[2].row.slow:
            return gr.skip()
        sound, ask, place = on_view
        wanted = _wanted(sound, place, ask)
        with self.more_slot.once(visitor, wanted) as replaced:
            if replaced is None:
                return gr.skip()
            found = jobs.attempt(lambda: self.page.turns.run(explore.more_sounds, *wanted))
            is_old = replaced.is_set()
        return gr.skip() if is_old or found.value is None else self._listen(found.value)

    def _listen(self, sounds: Sequence[explore.Sound]) -> str:
        return markup.sounds([(sound.words, answers.playable(sound.clip, self.owner)) for sound in sounds])


def _text(place: Place) -> Screen:
    """The texts and controls of a step, and no sounds."""
    return Screen(
        path=markup.path(place.row),
        lesson=markup.lesson(place.row, dict(place.settings)),
        onward=markup.onward(place.row),
        sounds="",
        more="",
    )


def _wanted(sound: session.Sound, place: Place, ask: session.Options) -> tuple[Any, ...]:
    """What the functions of `service.explore` get."""
    # Only a step about models may wait for a download of them.
    selection = Selection(ask.registry, ask.task) if place.row.of_task else None
    return sound.path, place.step, dict(place.settings), selection


def _unusual(place: Place) -> tuple[tuple[str, str], ...]:
    """The settings that differ from the step's defaults, as a link writes them."""
    usual = place.row.defaults
    return tuple((name, str(value)) for name, value in place.settings if value != usual[name])
