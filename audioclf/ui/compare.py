"""The Compare tab: the latest sound, or an example, and all methods side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr

from audioclf import service
from audioclf.ui import comparison, flow

LATEST = "latest"
IS_OPEN = "(_, ...rest) => [Boolean(document.querySelector('#compare-result')?.offsetParent), ...rest]"


def compare_tab(page: flow.Page, tab: gr.Tab) -> None:
    """Everything in the tab. Filled when it is opened, so that it shows the latest sound."""
    choices = [("Your latest sound", LATEST)] + [(e.title, str(e.path)) for e in service.examples()]
    clip = gr.Dropdown(
        choices, value=LATEST, label="Sound to compare on", filterable=False, elem_id="compare-clip"
    )
    result = gr.HTML(comparison.empty_comparison(), elem_id="compare-result", **flow.PLAIN)

    is_open = gr.Checkbox(visible=False)  # its value is what IS_OPEN finds
    shown = gr.State(None)  # the sound and the task on view: coming back to the tab costs nothing

    def compare(choice: str, task: str, latest: flow.Sound | None, on_view: Any) -> tuple[Any, Any]:
        sound = latest if choice == LATEST else flow.Sound(choice)
        if on_view == (sound, task):
            return gr.skip(), gr.skip()
        if sound is None:
            return comparison.empty_comparison(), None
        found = flow.analyse(sound, task, page.registry)
        if isinstance(found, str):
            return comparison.failed_comparison(found), None  # coming back tries again
        facts = service.facts(task, page.registry)
        return comparison.comparison(found, facts, flow.playable(found.clip, result)), (sound, task)

    def follow(is_open: bool, task: str, latest: flow.Sound | None, on_view: Any) -> tuple[Any, Any]:
        return compare(LATEST, task, latest, on_view) if is_open else (gr.skip(), gr.skip())

    for event in (tab.select, clip.change):
        event(compare, [clip, page.task, page.latest, shown], [result, shown], **flow.TURN)
    page.latest.change(lambda: LATEST, None, clip, **flow.INSTANT)
    # A visitor who came here while the sound was still being analysed elsewhere is waiting for it.
    page.latest.change(
        follow, [is_open, page.task, page.latest, shown], [result, shown], js=IS_OPEN, **flow.TURN
    )
