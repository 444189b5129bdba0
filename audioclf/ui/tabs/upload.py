"""The Upload tab: a file or an example is analysed as soon as it is chosen."""

from typing import Any

import gradio as gr

from audioclf.service.examples import example_tasks, find_example, list_examples
from audioclf.types import Analysis
from audioclf.ui import answers, events, links, session
from audioclf.ui.markup import cards, pictures

MADE = "Made for this page: synthesised speech, instruments from soundfonts, procedural sounds."
HINT = "Drop in a sound or choose an example: three models will tell you what they hear."


def upload_tab(page: session.Page, tab: gr.Tab) -> session.LinkTarget:
    """Build the tab; a link sets its example. A new sound starts the analysis, removing it empties the page."""
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
            _examples(page, audio)
            with gr.Accordion("Options for lessons", open=False, elem_id="options"):
                page.hide.render()
                page.models.render()
        with gr.Column(scale=5, min_width=300, elem_classes="ac-tell"):
            answer = gr.HTML(cards.empty_answer(HINT), elem_id="upload-answer", **events.RAW)
            link = gr.HTML(links.copy_button(""), elem_id="upload-link", **events.RAW)
            seen = gr.HTML(pictures.empty_stack(), elem_id="upload-pictures", **events.RAW)

    def look(
        path: str | None,
        ask: session.Options,
        progress: Any = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str, str, Any]:
        sound = session.Sound(path) if path else None
        found = answers.analysis_of(sound, ask, report=answers.reporter(progress)) if sound else None
        latest = sound if isinstance(found, Analysis) else gr.skip()
        line = answers.link_line(page, ask, sound if isinstance(found, Analysis) else None, "upload")
        return *answers.shown(found, HINT, seen, ask.hide), line, latest

    audio.change(
        look,
        [audio, page.ask],
        [answer, seen, link, page.latest],
        show_progress_on=answer,
        **events.QUEUED,
    ).then(None, audio, None, js=events.reveal("upload-answer"), **events.INSTANT)
    # Analyses the same sound again with the new settings; it does not become the latest sound.
    page.ask.change(
        lambda path, ask: look(path, ask)[:3],
        [audio, page.ask],
        [answer, seen, link],
        show_progress_on=answer,
        **events.QUEUED,
    )

    def linked(link: links.Link, ask: session.Options) -> str | None:
        example = None if link.tab == "compare" else find_example(link.example, ask.task)
        return str(example.path) if example else None

    return session.LinkTarget(audio, linked)


def _examples(page: session.Page, audio: gr.Audio) -> None:
    """A row of buttons per task; only the row of the current task is visible."""
    gr.HTML('<h2 class="ac-small">Or try an example</h2>', **events.RAW)
    tasks, rows = example_tasks(), []
    with gr.Column(elem_id="examples"):
        for task in tasks:
            with gr.Row(elem_classes="ac-examples", visible=task == page.ask.value.task) as row:
                for example in list_examples(task):
                    button = gr.Button(f"{example.title}\n{example.expect}", size="sm", min_width=100)
                    button.click(lambda path=str(example.path): path, None, audio, **events.INSTANT)
            rows.append(row)
        gr.HTML(f'<p class="ac-about">{MADE}</p>', **events.RAW)
    # A dict, because Gradio takes a list for a single value if there is only one output.
    page.ask.change(
        lambda ask: {row: gr.update(visible=ask.task == task) for task, row in zip(tasks, rows, strict=True)},
        page.ask,
        rows,
        **events.INSTANT,
    )
