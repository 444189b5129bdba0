"""Two recordings side by side: a second sound, chosen here, next to the sound of the tab."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service import pairs
from audioclf.ui import answers, events, given, jobs, session
from audioclf.ui.markup import giving
from audioclf.ui.markup import pair as markup
from audioclf.ui.tabs.compare.chosen_sound import LATEST, EventState, Guess, Subject, choices, event_state
from audioclf.wording import text

OWN = "own"  # the second sound is the visitor's own file
# All pictures are on the page; switching needs no request.
SHOW = "(set) => { document.getElementById('pair-result').dataset.show = set; }"


def pair_section(subject: Subject) -> None:
    """Build the section. It compares when it is opened, and when one of its sounds or settings changes."""
    page, slot = subject.page, jobs.JobSlot()
    task = page.ask.value.task
    with gr.Accordion(text("pair.title"), open=False, elem_id="pair") as section:
        with gr.Row(elem_classes="ac-switch"):
            other = gr.Dropdown(
                _offers(None, page.ask.value, False, ()),
                value=choices(task)[2:3][-1][1],
                label=text("pair.second_sound"),
                **events.OF_TASK,
                min_width=250,
                elem_id="pair-second",
            )
            align = gr.Radio(
                [(text("pair.align_onset"), "onset"), (text("pair.align_start"), "start")],
                value="onset",
                label=text("pair.align"),
                min_width=200,
                elem_id="pair-align",
            )
            view = gr.Radio(
                [(text("pictures.spectrogram"), "spectrogram"), (text("pictures.scalogram"), "scalogram")],
                value="spectrogram",
                label=text("pair.view"),
                min_width=250,
                elem_id="pair-view",
            )
            cancel = slot.cancel_button("pair-cancel")
        gr.HTML(giving.second_file("pair-hand"), elem_id="pair-file", **events.RAW)
        own = given.held_file("pair")
        result = gr.HTML(jobs.message(text("pair.hint")), elem_id="pair-result", **events.RAW)
    is_open, drawn = gr.Checkbox(visible=False), gr.State(None)  # drawn: what is shown

    def tell(visitor: gr.Request, about: Any, align: str, *values: Any) -> Iterator[tuple[Any, Any, Any]]:
        now, then = event_state(*values[3:]), second(*values)
        if now.nothing or now.sound is None:
            yield jobs.message(now.nothing, "alert"), None, gr.skip()
            return
        if problem := missing(then):
            yield jobs.message(problem, "alert"), None, gr.skip()
            return
        assert then.sound is not None
        key, one, two, ask = (now.sound, then.sound, now.ask, align), now.sound, then.sound, now.ask
        if about == key:
            yield gr.skip(), gr.skip(), gr.skip()
            return

        def act(report: jobs.Report) -> str:
            found = page.turns.run(
                pairs.compared,
                one.path,
                two.path,
                ask.selection,
                align=align,
                names=(one.name, two.name),
                report=report,
                is_stopped=report.is_stopped,
            )
            return markup.pair(found, lambda clip: answers.playable(clip, result))

        for update in slot.watched(visitor, act):
            yield jobs.shown(update), key if jobs.has_result(update) else None, jobs.can_cancel(update)

    inputs, outputs = [drawn, align, other, own, page.takes, *subject.inputs], [result, drawn, cancel]
    section.expand(tell, inputs, outputs, show_progress="hidden", **events.QUEUED).then(
        None, None, None, js=events.bring("pair"), **events.INSTANT
    )
    for event in (other.change, align.change, subject.on_view.change, own.change):
        event(
            events.if_open(tell, len(outputs)),
            [is_open, *inputs],
            outputs,
            js=events.when_open("pair-result"),
            show_progress="hidden",
            **events.QUEUED,
        )
    view.change(None, view, None, js=SHOW, **events.INSTANT)
    offered = [own, page.ask, subject.predict, page.takes]
    own.change(
        lambda own, *rest: gr.update(choices=_offers(own, *rest), value=OWN),
        offered,
        other,
        **events.INSTANT,
    )
    for event in (page.ask.change, subject.predict.change, page.takes.change):
        event(_offered, [other, *offered], other, **events.INSTANT)
    subject.choice.change(
        lambda first, chosen, *rest: _offered(chosen, *rest, first=first) if first == chosen else gr.skip(),
        [subject.choice, other, *offered],
        other,
        **events.INSTANT,
    )


def second(
    chosen: str,
    own: str | None,
    takes: Sequence[session.Take],
    _: str,
    ask: session.Options,
    latest: session.Sound | None,
    predict: bool,
    rounds: Sequence[Guess],
) -> EventState:
    """The second sound, as the tab's own: an example, the latest sound, a take or the visitor's file."""
    take = next((take for take in takes if session.content_key(take.path) == chosen), None)
    if chosen == OWN:
        latest = session.Sound(own) if own else None
    elif take:
        latest = session.Sound(take.path, _title(take))
    return event_state(LATEST if take or chosen == OWN else chosen, ask, latest, predict, rounds)


def missing(then: EventState) -> str:
    """Why there is no second sound to compare with; empty if there is one."""
    if then.sound is None:
        return text("pair.no_second")
    if then.example and then.closed:
        return text("pair.guess")
    return "" if Path(then.sound.path).exists() else text("pair.gone")


def _offered(chosen: str, *values: Any, first: str = "") -> Any:
    """Update of the dropdown; a choice that is gone, or that is the first sound now, gives way to another."""
    offers = _offers(*values)
    known = [value for _, value in offers if value != first] or [first]
    return gr.update(choices=offers, value=chosen if chosen in known else known[:3][-1])


def _offers(
    own: str | None, ask: session.Options, predict: bool, takes: Sequence[session.Take]
) -> list[tuple[str, str]]:
    """(title, value) of the sounds to choose from; examples have neutral titles while answers are hidden."""
    mine = [(text("pair.own", name=Path(own).name), OWN)] if own else []
    return [
        *choices(ask.task, predict or ask.hide),
        *((_title(t), session.content_key(t.path)) for t in takes),
        *mine,
    ]


def _title(take: session.Take) -> str:
    """By its time only: the button's text may hold answers that are hidden now."""
    return text("pair.take", time=take.words.partition(" ")[0])
