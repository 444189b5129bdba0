"""The Compare tab: all models side by side on one sound, and a section for each further question."""

from typing import Any

import gradio as gr

from audioclf.service import catalogue
from audioclf.service.examples import find_example
from audioclf.ui import answers, events, session
from audioclf.ui.links import Link
from audioclf.ui.markup import comparison
from audioclf.ui.tabs.compare.bundle import bundle_section
from audioclf.ui.tabs.compare.chosen_sound import (
    LATEST,
    EventState,
    Subject,
    choices,
    event_state,
    kept,
)
from audioclf.ui.tabs.compare.explain import explain_section
from audioclf.ui.tabs.compare.pair import pair_section
from audioclf.ui.tabs.compare.predict import predict_panel
from audioclf.ui.tabs.compare.stress import stress_section
from audioclf.ui.tabs.compare.testset import testset_section
from audioclf.wording import text


def compare_tab(page: session.Page, tab: gr.Tab) -> session.LinkTarget:
    """Build the tab; a link sets its sound. The comparison is drawn when the tab is opened."""
    task = page.ask.value.task
    with gr.Row(elem_classes="ac-switch"):
        choice = gr.Dropdown(
            choices(task),
            value=kept(LATEST, task, has_latest=False),
            label=text("compare.sound"),
            **events.OF_TASK,
            elem_id="compare-clip",
        )
        find = gr.Button(text("stress.find"), variant="primary", size="sm", elem_id="find-breaking-point")
    predict = gr.Checkbox(
        label=text("predict.first"), info=text("predict.first_info"), elem_id="predict-first"
    )
    subject = Subject(page, choice, predict, gr.State(()), gr.State(None))
    tally = gr.HTML(elem_id="predict-tally", **events.RAW)
    result = gr.HTML(
        comparison.empty_comparison(text("compare.no_sound")), elem_id="compare-result", **events.RAW
    )
    panel = predict_panel(subject, tally)
    link = gr.HTML(elem_id="compare-link", **events.ADDRESS)
    _follow(subject, tab, [result, link, subject.on_view, panel])
    chosen, levels = stress_section(subject, tab, find)
    explain_section(subject, levels)
    pair_section(subject)
    testset_section(subject)
    bundle_section(subject, chosen, levels)

    def linked(link: Link, ask: session.Options) -> Any:
        if link.tab in ("compare", "explore") and find_example(link.example, ask.task):
            return gr.update(choices=choices(ask.task), value=link.example)
        return None

    return session.LinkTarget(choice, linked, "compare", LATEST)


def _follow(subject: Subject, tab: gr.Tab, outputs: list[Any]) -> None:
    """Draw the comparison when the tab is opened or its inputs change. outputs: see `_drawn`."""
    page, result = subject.page, outputs[0]
    is_open = gr.Checkbox(visible=False)  # filled by `when_open`

    def compare(on_view: Any, *values: Any) -> list[Any]:
        now = event_state(*values)
        if on_view == (now.sound, now.ask, now.closed):
            return [gr.skip()] * len(outputs)
        return _drawn(page, now, result)

    def follow(is_open: bool, on_view: Any, *values: Any) -> list[Any]:
        return compare(on_view, *values) if is_open else [gr.skip()] * len(outputs)

    inputs = [subject.on_view, *subject.inputs]
    drawn = [tab.select(compare, inputs, outputs, show_progress_on=result, **events.QUEUED)]
    page.latest.change(
        lambda latest, ask, predict: _offered(LATEST, ask, predict, latest),
        [page.latest, page.ask, subject.predict],
        subject.choice,
        **events.INSTANT,
    )
    # A visitor may open this tab while another tab still analyses the sound.
    js = events.when_open("compare-result")
    drawn += [
        event(follow, [is_open, *inputs], outputs, js=js, show_progress_on=result, **events.QUEUED)
        for event in (
            subject.choice.change,
            page.latest.change,
            page.ask.change,
            subject.predict.change,
            subject.rounds.change,
        )
    ]
    # An older drawing may arrive after a newer one: then what it was asked for is not what is set now.
    hidden = {**events.QUEUED, "show_progress": "hidden"}
    for drawing in drawn:
        drawing.then(follow, [is_open, *inputs], outputs, js=js, **hidden)
    for event in (page.ask.change, subject.predict.change):
        event(
            lambda latest, ask, predict, choice: _offered(choice, ask, predict, latest),
            [page.latest, page.ask, subject.predict, subject.choice],
            subject.choice,
            **events.INSTANT,
        )


def _offered(choice: str, ask: session.Options, predict: bool, latest: session.Sound | None) -> Any:
    """Update of the dropdown: the sounds of the task, and the choice if it is still among them."""
    there = latest is not None
    return gr.update(choices=choices(ask.task, predict or ask.hide), value=kept(choice, ask.task, there))


def _drawn(page: session.Page, now: EventState, owner: gr.HTML) -> list[Any]:
    """The comparison, its link, the new value of on_view, and whether to show the predict panel."""
    if now.sound is None:
        return [comparison.empty_comparison(text("compare.no_sound")), "", None, gr.update(visible=False)]
    found = answers.analysis_of(now.sound, now.ask, turns=page.turns)
    if isinstance(found, str):  # reopening the tab tries again
        return [comparison.failed_comparison(found), "", None, gr.update(visible=False)]
    audio = answers.playable(found.clip, owner)
    if now.closed:
        drawn = comparison.guessing(found, audio)
    else:
        rows = {row.model: row for row in catalogue.rows(now.ask.registry, now.ask.task)}
        drawn = comparison.comparison(found, rows, audio)
    line = answers.link_line(page, now.ask, now.sound, "compare")
    return [drawn, line, (now.sound, now.ask, now.closed), gr.update(visible=now.closed)]
