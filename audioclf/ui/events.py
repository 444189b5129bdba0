"""How events of the page are bound, and the little JavaScript that goes with them."""

from typing import Any

# How events are bound: an analysis waits its turn; a change of values only does not, and shows no progress.
TURN: dict[str, Any] = {"concurrency_id": "analyse", "concurrency_limit": 2, "api_visibility": "private"}
INSTANT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# Gradio tells of a changed State only what went through its queue.
SETTING: dict[str, Any] = {
    "concurrency_id": "settings",
    "concurrency_limit": 16,
    "show_progress": "hidden",
    "api_visibility": "private",
}
# Who asks a hub waits apart from those who only want an answer.
FAR: dict[str, Any] = {**TURN, "concurrency_id": "hub"}
# Our own markup needs neither Gradio's prose styles nor its click event.
PLAIN: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}


def reveal(elem_id: str) -> str:
    """JavaScript that scrolls to an answer on a screen too small to show it beside its sound."""
    return f"(sound) => {{ if (sound) window.audioclf.reveal({elem_id!r}); }}"


def when_open(elem_id: str) -> str:
    """JavaScript that puts, in place of the first input, whether this part of the page is on view."""
    return f"(_, ...rest) => [Boolean(document.getElementById({elem_id!r})?.offsetParent), ...rest]"
