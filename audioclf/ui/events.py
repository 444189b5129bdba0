"""Settings of the page's event handlers, and small pieces of JavaScript for them."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from audioclf.types import AudioclfError
from audioclf.wording import text

# An analysis waits for its turn in `Turns`, which Gradio must not delay; a mere change of values does not wait, and
# shows no progress.
QUEUED: dict[str, Any] = {"concurrency_id": "analyse", "concurrency_limit": None, "api_visibility": "private"}
INSTANT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# Gradio fires the change event of a State only for events that went through the queue.
STATE: dict[str, Any] = {
    "concurrency_id": "settings",
    "concurrency_limit": 16,
    "show_progress": "hidden",
    "api_visibility": "private",
}
# Requests to the Hub have their own queue, so that they do not delay analyses; they wait in `Turns.at_hub`.
HUB: dict[str, Any] = {**QUEUED, "concurrency_id": "hub"}
# A dropdown of the task's sounds: an event that waited may still bring a sound of the task before.
OF_TASK: dict[str, Any] = {"filterable": False, "allow_custom_value": True}
# Our markup needs neither Gradio's prose styles nor its click event.
RAW: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
# Markup with a data-query, which the page's address follows.
ADDRESS: dict[str, Any] = {
    "apply_default_css": False,
    "js_on_load": "audioclf.address(); watch('value', audioclf.address);",
}


def told(event: gr.EventData, *names: str) -> list[str]:
    """What an event tells by these names, as text. AudioclfError if it does not: then no page of ours has sent it."""
    given = event._data if isinstance(event._data, dict) else {}
    if not all(isinstance(given.get(name), str) for name in names):
        raise AudioclfError(text("server.unusable"))
    return [given[name] for name in names]


def reveal(elem_id: str) -> str:
    """JavaScript that scrolls to the answer on a screen too small to show it beside the sound."""
    return f"(sound) => {{ if (sound) window.audioclf.reveal({elem_id!r}); }}"


def bring(elem_id: str, least: int | None = None) -> str:
    """JavaScript that scrolls to a result that a visitor has asked for, unless it is in view.

    least: how many pixels of it have to be; all of it by default.
    """
    return f"() => window.audioclf.bring({elem_id!r}{'' if least is None else f', {least}'})"


def when_open(elem_id: str) -> str:
    """JavaScript that replaces the first input by whether this part of the page is visible."""
    return f"(_, ...rest) => [Boolean(document.getElementById({elem_id!r})?.offsetParent), ...rest]"


def if_open(tell: Callable[..., Iterator[Any]], n_outputs: int) -> Callable[..., Iterator[Any]]:
    """`tell` as a handler whose first input is what `when_open` gives; while the part is closed, nothing changes."""

    def follow(visitor: gr.Request, is_open: bool, *values: Any) -> Iterator[Any]:
        if is_open:
            yield from tell(visitor, *values)
        else:
            yield (gr.skip(),) * n_outputs

    return follow
