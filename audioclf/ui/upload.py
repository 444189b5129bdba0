"""The Upload tab: a file or an example goes in, the answer appears by itself."""

from __future__ import annotations

import gradio as gr

from audioclf import service
from audioclf.types import Analysis
from audioclf.ui import cards, flow, pictures

HINT = "Drop in a sound or take an example: three methods will tell you what they hear."


def upload_tab(page: flow.Page) -> None:
    """Everything in the tab; a new sound starts the analysis, taking it away empties the page."""
    with gr.Row(elem_classes="ac-top"):
        with gr.Column(scale=2, min_width=300, elem_classes="ac-give"):
            audio = gr.Audio(
                type="filepath",
                sources=["upload"],
                label="Sound file, up to 25 MB or 10 minutes",
                buttons=[],
                editable=False,
                elem_id="upload-audio",
            )
            _examples(audio)
        with gr.Column(scale=5, min_width=300, elem_classes="ac-tell"):
            answer = gr.HTML(cards.empty_answer(HINT), elem_id="upload-answer", **flow.PLAIN)
            seen = gr.HTML(pictures.empty_stack(), elem_id="upload-pictures", **flow.PLAIN)

    def look(path: str | None, task: str, latest: flow.Sound | None) -> tuple[str, str, flow.Sound | None]:
        sound = flow.Sound(path) if path else None
        found = flow.analyse(sound, task, page.registry) if sound else None
        if isinstance(found, Analysis):
            latest = sound
        return *flow.shown(found, HINT, seen), latest

    audio.change(
        look,
        [audio, page.task, page.latest],
        [answer, seen, page.latest],
        show_progress_on=answer,
        **flow.TURN,
    ).then(None, audio, None, js=flow.reveal("upload-answer"), **flow.INSTANT)


def _examples(audio: gr.Audio) -> None:
    gr.HTML('<h2 class="ac-small">Or try one of these</h2>', **flow.PLAIN)
    with gr.Row(elem_classes="ac-examples", elem_id="examples"):
        for example in service.examples():
            button = gr.Button(f"{example.title}\n{example.expect}", size="sm", min_width=100)
            button.click(lambda path=str(example.path): path, None, audio, **flow.INSTANT)
