"""The stress test: sliders that degrade the sound, and a button that finds where each model breaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from audioclf.service import lab
from audioclf.types import AudioclfError
from audioclf.ui import answers, events, jobs
from audioclf.ui.markup import sliders
from audioclf.ui.markup import stress as markup
from audioclf.ui.tabs.compare.chosen_sound import Subject, event_state
from audioclf.ui.turns import Turns
from audioclf.wording import text

FIRST = "snr_white"
NOTHING = (None, None)  # in place of sound and settings: the message that there is nothing to sweep
STALE = "(...values) => { window.audioclf.stale(); return values; }"
UPDATED = "() => window.audioclf.stressed()"


def stress_section(subject: Subject, tab: gr.Tab, first: gr.Button) -> tuple[gr.Dropdown, gr.State]:
    """Build the section; returns the stress to sweep and the slider levels. first: a button that opens it."""
    levels = gr.State({})
    with gr.Accordion(text("stress.title"), open=False, elem_id="stress") as section:
        gr.HTML(f'<p class="ac-about">{text("stress.about")}</p>', **events.RAW)
        opened = first.click(
            lambda: gr.update(open=True), None, section, js=events.bring("stress"), **events.INSTANT
        )
        chosen = _breaking_point(subject, levels, opened)
        controls = _sliders(subject, levels)

    def fill(ready: bool) -> tuple[Any, Any, bool]:
        if ready:
            return gr.skip(), gr.skip(), True
        return sliders.all_off(), gr.update(choices=[(s.title, s.name) for s in lab.sliders()]), True

    # Only now: the page is served before the libraries that define the stresses are imported.
    ready = gr.State(False)
    tab.select(fill, ready, [controls, chosen, ready], **events.INSTANT)
    return chosen, levels


def _breaking_point(subject: Subject, levels: gr.State, opened: Any) -> gr.Dropdown:
    """Controls and chart; returns the stress to sweep. opened: an event that also starts the search."""
    slot, about = jobs.JobSlot(), gr.State(None)  # about: sound and settings of the chart
    with gr.Row(elem_classes="ac-switch"):
        chosen = gr.Dropdown(
            [(text("stress.first"), FIRST)],
            value=FIRST,
            label=text("stress.sweep"),
            filterable=False,
            elem_id="stress-sweep",
        )
        again = gr.Button(text("stress.find"), size="sm", elem_id="stress-find")
        cancel = slot.cancel_button("stress-cancel")
    broken = gr.HTML(elem_id="stress-broken", **events.RAW)

    def find(
        visitor: gr.Request, stress: str, at: dict[str, float], *values: Any
    ) -> Iterator[tuple[Any, Any, Any]]:
        now = event_state(*values)
        if now.nothing or now.sound is None:
            yield jobs.message(now.nothing, "alert"), NOTHING, gr.skip()
            return
        sound, ask = now.sound, now.ask

        def act(report: jobs.Report) -> str:
            plan = lab.plan(stress, settings=at)
            found = subject.page.turns.run(
                lab.find_breaking_point,
                sound.path,
                plan,
                ask.selection,
                report=report,
                is_stopped=report.is_stopped,
            )
            slider = next(s for s in lab.sliders() if s.name == stress)
            return markup.breaking_point(found, slider)

        for update in slot.watched(visitor, act):
            yield jobs.shown(update), (sound, ask), jobs.can_cancel(update)

    def forget(visitor: gr.Request, about: Any, on_view: Any) -> Any:
        if about is None or (on_view and on_view[:2] == about and not on_view[2]):
            return gr.skip()
        slot.stop(visitor)
        return ""

    inputs, outputs = [chosen, levels, *subject.inputs], [broken, about, cancel]
    for event in (opened.then, again.click):
        event(find, inputs, outputs, show_progress="hidden", **events.QUEUED).then(
            None, None, None, js=events.bring("stress-broken"), **events.INSTANT
        )
    # The chart is hidden for another sound, and while a guess is due.
    subject.on_view.change(forget, [about, subject.on_view], broken, **events.INSTANT)
    return chosen


def _sliders(subject: Subject, levels: gr.State) -> gr.HTML:
    """The sliders, which are filled later, and the result for the degraded sound; `levels` follows them."""
    now = gr.HTML(markup.off(), elem_id="stress-now", **events.RAW)
    controls = gr.HTML(elem_id="stress-sliders", apply_default_css=False, js_on_load=sliders.SCRIPT)
    with gr.Row(elem_classes="ac-actions"):
        reset = gr.Button(text("stress.all_off"), size="sm", elem_id="stress-reset")
    result = gr.HTML(elem_id="stress-result", **events.RAW)
    stressing = _Stressing(subject.page.turns, jobs.JobSlot(), result)

    def off(visitor: gr.Request) -> tuple[Any, str, str]:
        stressing.slot.stop(visitor)
        return {}, markup.off(), ""

    # The result before stays, marked as stale, until the new one is here.
    controls.release(
        stressing.moved,
        subject.inputs,
        [levels, now, result],
        show_progress="hidden",
        trigger_mode="multiple",
        **events.QUEUED,
    ).then(None, None, None, js=UPDATED, **events.INSTANT)
    reset.click(
        off,
        None,
        [levels, now, result],
        js=sliders.RESET,
        **events.INSTANT,
    )
    # The sliders keep their positions for another sound.
    subject.on_view.change(
        stressing.follow,
        [levels, *subject.inputs],
        [now, result],
        js=STALE,
        show_progress="hidden",
        **events.QUEUED,
    ).then(None, None, None, js=UPDATED, **events.INSTANT)
    return controls


@dataclass(frozen=True)
class _Stressing:
    """Stresses the chosen sound; a visitor's newest request wins. owner: of the file of the stressed sound."""

    turns: Turns
    slot: jobs.JobSlot
    owner: gr.HTML

    def follow(self, visitor: gr.Request, settings: dict[str, float], *values: Any) -> Any:
        """HTML of the line and the result for these levels; nothing changes if a newer request came."""
        found = self.slot.attempt(visitor, lambda _: _stressed(self.turns, settings, values, self.owner))
        if found is None:
            return gr.skip(), gr.skip()
        return found.value or (markup.off(), jobs.message(found.problem, "alert"))

    def moved(self, visitor: gr.Request, event: gr.EventData, *values: Any) -> Iterator[tuple[Any, Any, Any]]:
        """The levels of the sliders, and then what `follow` gives."""
        try:
            settings = lab.settings_at(dict(event.positions))
        except (AudioclfError, TypeError, ValueError) as error:
            yield {}, markup.off(), jobs.message(str(error), "alert")
            return
        yield settings, gr.skip(), gr.skip()  # at once: another sound that comes meanwhile gets them, too
        yield (settings, *self.follow(visitor, settings, *values))


def _stressed(
    turns: Turns, settings: dict[str, float], values: tuple[Any, ...], owner: gr.HTML
) -> tuple[str, str]:
    """HTML of the line and the result for the degraded sound; without a line, a sentence that says why."""
    now = event_state(*values)
    if not settings:
        return markup.off(), ""
    if now.nothing or now.sound is None:
        return markup.off(), jobs.message(now.nothing, "alert")
    found = turns.run(lab.stressed, now.sound.path, settings, now.ask.selection)
    audio = answers.playable(found.after.clip, owner)
    return markup.now(found, settings, audio), markup.stressed(found, audio)
