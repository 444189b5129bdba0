"""Test-set results of every model, drawn when the section is opened."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service import testset
from audioclf.ui import answers, events, jobs, session
from audioclf.ui.markup import testset as markup
from audioclf.ui.tabs.compare.chosen_sound import Subject
from audioclf.wording import text


def testset_section(subject: Subject) -> None:
    """Build the section. It is about the models, not about the sound above."""
    ask = subject.page.ask
    slot, picked = jobs.JobSlot(), jobs.JobSlot()
    drawn, times = gr.State(None), gr.State({})  # what is drawn; milliseconds measured for this visitor
    with gr.Accordion(text("testset.title"), open=False, elem_id="testset") as section:
        with gr.Row(elem_classes="ac-actions"):
            measure = gr.Button(text("testset.measure"), size="sm", elem_id="testset-measure")
            cancel = slot.cancel_button("testset-cancel")
        said = gr.HTML(elem_id="testset-said", **events.RAW)
        summary = gr.HTML(jobs.message(text("testset.hint")), elem_id="testset-result", **events.RAW)
        matrices = gr.HTML(elem_id="testset-matrices", apply_default_css=False, js_on_load=markup.SCRIPT)
        cell = gr.HTML(elem_id="testset-cell", **events.RAW)

    def show(about: Any, asked: session.Options, here: dict[str, float]) -> tuple[Any, ...]:
        key = (asked.task, asked.registry, asked.models, tuple(sorted(here.items())))
        if about == key:
            return (gr.skip(),) * 4
        found = jobs.attempt(lambda: subject.page.turns.run(testset.testset_report, asked.selection, here))
        if found.value is None:
            return jobs.message(found.problem, "alert"), "", "", None
        hint = jobs.message(text("testset.cell_hint")) if any(m.listed for m in found.value.matrices) else ""
        return markup.summary(found.value), markup.matrices(found.value.matrices), hint, key

    def pick(visitor: gr.Request, asked: session.Options, event: gr.EventData) -> Any:
        found = picked.attempt(visitor, lambda _: _cell(asked, event, cell))
        if found is None:
            return gr.skip()
        return jobs.message(found.problem, "alert") if found.value is None else found.value

    def time_it(
        visitor: gr.Request, asked: session.Options, here: dict[str, float]
    ) -> Iterator[tuple[Any, Any, Any]]:
        def act(report: jobs.Report) -> dict[str, float]:
            return subject.page.turns.run(
                testset.time_here, asked.selection, report=report, is_stopped=report.is_stopped
            )

        for update in slot.watched(visitor, act):
            if isinstance(update, jobs.Done) and update.value is not None:
                yield "", {**here, **update.value}, jobs.can_cancel(update)
            else:
                yield jobs.shown(update), gr.skip(), jobs.can_cancel(update)

    inputs, outputs = [drawn, ask, times], [summary, matrices, cell, drawn]
    section.expand(show, inputs, outputs, show_progress_on=summary, **events.QUEUED).then(
        None, None, None, js=events.bring("testset"), **events.INSTANT
    )
    is_open = gr.Checkbox(visible=False)
    for event in (ask.change, times.change):
        event(
            lambda is_open, *values: show(*values) if is_open else (gr.skip(),) * 4,
            [is_open, *inputs],
            outputs,
            js=events.when_open("testset-result"),
            show_progress_on=summary,
            **events.QUEUED,
        )
    matrices.click(pick, ask, cell, show_progress_on=cell, trigger_mode="multiple", **events.QUEUED).then(
        None, None, None, js=events.bring("testset-cell"), **events.INSTANT
    )
    measure.click(time_it, [ask, times], [said, times, cancel], show_progress="hidden", **events.QUEUED)


def _cell(ask: session.Options, picked: gr.EventData, owner: gr.HTML) -> str:
    """The recordings of one cell."""
    model, true, predicted = events.told(picked, "model", "true", "predicted")
    found = testset.cell(ask.selection, model, true, predicted)

    def playable(file: Path) -> str | None:
        clip = testset.listen(file)
        return answers.playable(clip, owner) if clip else None

    return markup.cell(found, playable)
