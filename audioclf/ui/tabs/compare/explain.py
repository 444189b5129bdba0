"""What each model relied on: an occlusion map for all, and each model's own view, once the section is opened."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from audioclf.service import lab
from audioclf.ui import answers, events, jobs, session
from audioclf.ui.markup import explanation as markup
from audioclf.ui.tabs.compare.chosen_sound import Subject, event_state
from audioclf.wording import readable, text

OWN = ""  # no label chosen: each model's own answer
# Both sets of pictures are on the page; switching needs no request.
SHOW = "(set) => { document.getElementById('explain-result').dataset.show = set; }"


def explain_section(subject: Subject, stressed: gr.State) -> None:
    """Build the section. stressed: the levels of the sliders, applied before explaining."""
    slot = jobs.JobSlot()
    with gr.Accordion(text("explain.title"), open=False, elem_id="explain") as section:
        with gr.Row(elem_classes="ac-switch"):
            view = gr.Radio(
                [(text("explain.occlusion"), "occlusion"), (text("explain.own"), "own")],
                value="occlusion",
                label=text("explain.view"),
                min_width=250,
                elem_id="explain-view",
            )
            label = gr.Dropdown(
                _labels(subject.page.ask.value),
                value=OWN,
                label=text("explain.label"),
                filterable=False,
                min_width=250,
                elem_id="explain-label",
            )
            cancel = slot.cancel_button("explain-cancel")
        result = gr.HTML(jobs.message(text("explain.hint")), elem_id="explain-result", **events.RAW)

    is_open, drawn = gr.Checkbox(visible=False), gr.State(None)  # drawn: what the pictures show

    def tell(
        visitor: gr.Request, about: Any, label: str, levels: dict[str, float], *values: Any
    ) -> Iterator[tuple[Any, Any, Any]]:
        now = event_state(*values)
        key = (now.sound, now.ask, label, tuple(sorted(levels.items())))
        if now.nothing or now.sound is None:
            yield jobs.message(now.nothing, "alert"), None, gr.skip()
            return
        if about == key:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        sound, ask = now.sound, now.ask

        def act(report: jobs.Report) -> str:
            found = subject.page.turns.run(
                lab.explained_and_drawn,
                sound.path,
                label or None,
                ask.selection,
                settings=levels,
                report=report,
                is_stopped=report.is_stopped,
            )
            return markup.explained(found, lambda clip: answers.playable(clip, result))

        for update in slot.watched(visitor, act):
            yield jobs.shown(update), key if jobs.has_result(update) else None, jobs.can_cancel(update)

    inputs, outputs = [drawn, label, stressed, *subject.inputs], [result, drawn, cancel]
    for event in (section.expand, label.input):
        event(tell, inputs, outputs, show_progress="hidden", **events.QUEUED).then(
            None, None, None, js=events.bring("explain"), **events.INSTANT
        )
    for event in (subject.on_view.change, stressed.change):
        event(
            events.if_open(tell, len(outputs)),
            [is_open, *inputs],
            outputs,
            js=events.when_open("explain-result"),
            show_progress="hidden",
            **events.QUEUED,
        )
    view.change(None, view, None, js=SHOW, **events.INSTANT)
    subject.page.ask.change(
        lambda ask: gr.update(choices=_labels(ask), value=OWN),
        subject.page.ask,
        label,
        **events.INSTANT,
    )


def _labels(ask: session.Options) -> list[tuple[str, str]]:
    labels = lab.labels(ask.task, ask.registry)
    return [(text("explain.own_answer"), OWN), *((readable(label), label) for label in labels)]
