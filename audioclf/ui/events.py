"""Settings of the page's event handlers, and small pieces of JavaScript for them."""

from typing import Any

# An analysis waits in the queue; a mere change of values does not, and shows no progress.
QUEUED: dict[str, Any] = {"concurrency_id": "analyse", "concurrency_limit": 2, "api_visibility": "private"}
INSTANT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# Gradio fires the change event of a State only for events that went through the queue.
STATE: dict[str, Any] = {
    "concurrency_id": "settings",
    "concurrency_limit": 16,
    "show_progress": "hidden",
    "api_visibility": "private",
}
# Requests to the Hub have their own queue, so that they do not delay analyses; most of them only wait.
HUB: dict[str, Any] = {**QUEUED, "concurrency_id": "hub", "concurrency_limit": 8}
# Our markup needs neither Gradio's prose styles nor its click event.
RAW: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}


def reveal(elem_id: str) -> str:
    """JavaScript that scrolls to the answer on a screen too small to show it beside the sound."""
    return f"(sound) => {{ if (sound) window.audioclf.reveal({elem_id!r}); }}"


def when_open(elem_id: str) -> str:
    """JavaScript that replaces the first input by whether this part of the page is visible."""
    return f"(_, ...rest) => [Boolean(document.getElementById({elem_id!r})?.offsetParent), ...rest]"
