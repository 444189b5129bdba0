"""The Compare tab: the latest sound, or an example, and all methods side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr

from audioclf import service
from audioclf.ui import cards, comparison, flow

LATEST = "latest"


def compare_tab(page: flow.Page, tab: gr.Tab) -> gr.Dropdown:
    """Everything in the tab; returns the choice of the sound. It is filled when the tab is opened."""
    clip = gr.Dropdown(
        choices(page.ask.value.task),
        value=LATEST,
        label="Sound to compare on",
        filterable=False,
        elem_id="compare-clip",
    )
    result = gr.HTML(comparison.empty_comparison(), elem_id="compare-result", **flow.PLAIN)
    link = gr.HTML(elem_id="compare-link", **flow.PLAIN)

    is_open = gr.Checkbox(visible=False)  # its value is what `when_open` finds
    shown = gr.State(None)  # what is on view: coming back to the tab costs nothing

    def compare(choice: str, ask: flow.Ask, latest: flow.Sound | None, on_view: Any) -> tuple[Any, Any, Any]:
        example = next((e for e in service.examples(ask.task) if e.id == choice), None)
        sound = flow.Sound(str(example.path)) if example else latest
        if on_view == (sound, ask):
            return gr.skip(), gr.skip(), gr.skip()
        if sound is None:
            return comparison.empty_comparison(), "", None
        found = flow.analyse(sound, ask)
        if isinstance(found, str):
            return comparison.failed_comparison(found), "", None  # coming back tries again
        facts = service.facts(ask.task, ask.registry)
        drawn = comparison.comparison(found, facts, flow.playable(found.clip, result))
        line = flow.link_line(page, ask, sound, "compare")
        return cards.veiled(drawn) if ask.hide else drawn, line, (sound, ask)

    def follow(is_open: bool, *given: Any) -> tuple[Any, Any, Any]:
        return compare(*given) if is_open else (gr.skip(), gr.skip(), gr.skip())

    given, outputs = [clip, page.ask, page.latest, shown], [result, link, shown]
    for event in (tab.select, clip.change):
        event(compare, given, outputs, **flow.TURN)
    page.latest.change(lambda: LATEST, None, clip, **flow.INSTANT)
    # A visitor who came here while the sound was still being analysed elsewhere is waiting for it.
    for event in (page.latest.change, page.ask.change):
        event(follow, [is_open, *given], outputs, js=flow.when_open("compare-result"), **flow.TURN)
    page.ask.change(
        lambda ask, choice: gr.update(choices=choices(ask.task), value=kept(choice, ask.task)),
        [page.ask, clip],
        clip,
        **flow.INSTANT,
    )
    return clip


def choices(task: str) -> list[tuple[str, str]]:
    """(title, value) of the sounds that can be compared on."""
    return [("Your latest sound", LATEST)] + [(e.title, e.id) for e in service.examples(task)]


def kept(choice: str, task: str) -> str:
    """The choice, if the task has that sound, too."""
    return choice if choice in dict(choices(task)).values() else LATEST
