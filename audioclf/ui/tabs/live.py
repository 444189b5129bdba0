"""The Live half of the Microphone tab: the switch, what the browser tells the server first, and the panel."""

from typing import Any

import gradio as gr

from audioclf.ui import events, session
from audioclf.ui.markup import live
from audioclf.ui.tabs.switch import switch
from audioclf.wording import text

RECORD, LIVE = "record", "live"


def way_switch() -> gr.Radio:
    """The switch Record | Live."""
    choices = [(text("live.mode_record"), RECORD), (text("live.mode_live"), LIVE)]
    way = switch(choices, text("live.mode"), "microphone-way")
    way.change(None, way, None, js="(way) => window.audioclf.live.way(way)", **events.INSTANT)
    return way


def live_panel(page: session.Page) -> None:
    """The panel beside the recorder, which follows task, models and registry."""

    def first(ask: session.Options) -> str:
        return live.asked(ask.task, ask.models, page.live.token(ask.registry))

    gr.HTML(live.panel(), elem_id="microphone-live", **events.RAW)
    asked: Any = gr.HTML(
        first(page.ask.value),
        elem_id="microphone-ask",
        visible="hidden",
        apply_default_css=False,
        js_on_load="watch('value', () => audioclf.live.asked());",
    )
    page.ask.change(first, page.ask, asked, **events.INSTANT)
