"""The events of the page: no change that a visitor makes while another is answered may be lost."""

import inspect

import gradio as gr

from audioclf.ui import page
from audioclf.zoo.registry import BUNDLED, open_registry


def test_no_event_that_brings_its_own_data_is_dropped_or_repeated():
    """Gradio drops a second event in mode "once"; in mode "always_last" it repeats it with the data of the first."""
    events = [
        fn
        for fn in page.build_demo(open_registry(BUNDLED)).fns.values()
        if fn.fn and any(p.annotation is gr.EventData for p in inspect.signature(fn.fn).parameters.values())
    ]
    assert len(events) > 5
    assert {fn.name: fn.trigger_mode for fn in events if fn.trigger_mode != "multiple"} == {}
