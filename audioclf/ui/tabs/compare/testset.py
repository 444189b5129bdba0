"""Test-set results of every model, drawn when the section is opened."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service import testset
from audioclf.ui import answers, events, jobs, session
from audioclf.ui.markup import testset as markup
from audioclf.ui.tabs.compare.subject import Subject

HINT = "Open this section for results on recordings that were not used in training."


def testset_section(subject: Subject) -> None:
    """Build the section. It is about the models, not about the sound above."""
    ask = subject.page.ask
    slot = jobs.JobSlot()
    told, times = gr.State(None), gr.State({})  # what is drawn; milliseconds measured for this visitor
    with gr.Accordion("On the test set: how often are they right?", open=False, elem_id="testset") as section:
        with gr.Row(elem_classes="ac-actions"):
            measure = gr.Button("Measure times on this machine", size="sm", elem_id="testset-measure")
            cancel = slot.cancel_button("testset-cancel")
        said = gr.HTML(elem_id="testset-said", **events.PLAIN)
        summary = gr.HTML(jobs.told(HINT), elem_id="testset-result", **events.PLAIN)
        matrices = gr.HTML(elem_id="testset-matrices", apply_default_css=False, js_on_load=markup.SCRIPT)
        cell = gr.HTML(elem_id="testset-cell", **events.PLAIN)

    def show(about: Any, asked: session.Options, here: dict[str, float]) -> tuple[Any, ...]:
        key = (asked.task, asked.registry, asked.models, tuple(sorted(here.items())))
        if about == key:
            return (gr.skip(),) * 4
        found = jobs.tried(lambda: testset.testset_report(asked.selection, here))
        if found.value is None:
            return jobs.told(found.problem, "alert"), "", "", None
        hint = jobs.told(markup.CELL_HINT) if any(m.listed for m in found.value.matrices) else ""
        return markup.summary(found.value), markup.matrices(found.value.matrices), hint, key

    def pick(asked: session.Options, event: gr.EventData) -> str:
        found = jobs.tried(lambda: _cell(asked, event, cell))
        return jobs.told(found.problem, "alert") if found.value is None else found.value

    def time_it(
        visitor: gr.Request, asked: session.Options, here: dict[str, float]
    ) -> Iterator[tuple[Any, Any, Any]]:
        def act(report: jobs.Report) -> dict[str, float]:
            return testset.time_here(asked.selection, report)

        for news in slot.watched(visitor, act):
            if isinstance(news, jobs.Done) and news.value is not None:
                yield "", {**here, **news.value}, jobs.can_cancel(news)
            else:
                yield jobs.shown(news), gr.skip(), jobs.can_cancel(news)

    given, outputs = [told, ask, times], [summary, matrices, cell, told]
    section.expand(show, given, outputs, show_progress_on=summary, **events.TURN)
    is_open = gr.Checkbox(visible=False)
    for event in (ask.change, times.change):
        event(
            lambda is_open, *values: show(*values) if is_open else (gr.skip(),) * 4,
            [is_open, *given],
            outputs,
            js=events.when_open("testset-result"),
            show_progress_on=summary,
            **events.TURN,
        )
    matrices.click(pick, ask, cell, show_progress_on=cell, **events.TURN)
    measure.click(time_it, [ask, times], [said, times, cancel], show_progress="hidden", **events.TURN)


def _cell(ask: session.Options, picked: gr.EventData, owner: gr.HTML) -> str:
    """The recordings of one cell."""
    found = testset.cell(ask.selection, picked.model, picked.true, picked.predicted)

    def playable(file: Path) -> str | None:
        clip = testset.listen(file)
        return answers.playable(clip, owner) if clip else None

    return markup.cell(found, playable)
