"""What every tab that takes a sound has: the component that holds it, and the labels that it may have."""

from typing import Any

import gradio as gr
from gradio.utils import NamedString

from audioclf.service.catalogue import labels
from audioclf.ui import events, session
from audioclf.ui.markup import giving


def make_no_empty_files() -> None:
    """Let Gradio's File give paths and no more: it also makes an empty file each time, which nobody counts."""
    # Not by a class of its own: for each, Gradio writes a stub beside this file, which may be on a read-only disk.
    file: Any = gr.File
    file._process_single_file = lambda self, given: NamedString(given.path)


def held_file(tab: str) -> gr.File:
    """The hidden component that holds a tab's sound; its change event is the start of everything else.

    A Python event sets it to a path. In the browser, `window.audioclf.hand("<tab>-hand", path, file)` sets it to an
    uploaded file by a hidden button. Gradio takes only paths of files that were uploaded to it.
    """
    sound = gr.File(visible="hidden", elem_id=f"{tab}-sound")
    hand = gr.Button(visible="hidden", elem_id=f"{tab}-hand")
    hand.click(None, None, sound, js="() => window.audioclf.handed", **events.INSTANT)
    return sound


def held_files(tab: str) -> tuple[gr.File, Any]:
    """As `held_file`, for several files at once; and the event after they were handed over, even the same again."""
    sounds = gr.File(file_count="multiple", visible="hidden", elem_id=f"{tab}-sounds")
    hand = gr.Button(visible="hidden", elem_id=f"{tab}-hand")
    return sounds, hand.click(
        None, None, sounds, js="() => [[].concat(window.audioclf.handed)]", **events.INSTANT
    )


def known_line(page: session.Page, tab: str) -> None:
    """The labels that the models of the chosen task know."""

    def line(ask: session.Options) -> str:
        return giving.known_labels(labels(ask.registry, ask.task))

    shown = gr.HTML(line(page.ask.value), elem_id=f"{tab}-known", **events.RAW)
    page.ask.change(line, page.ask, shown, **events.INSTANT)
