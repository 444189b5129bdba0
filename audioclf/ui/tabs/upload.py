"""The Upload tab: a file or an example is analysed as soon as it is chosen."""

from typing import Any

import gradio as gr

from audioclf.service.examples import Example, example_in, example_tasks, find_example, list_examples
from audioclf.types import Analysis
from audioclf.ui import answers, events, given, jobs, links, session
from audioclf.ui.markup import cards, giving, pictures
from audioclf.ui.tabs.strings import string_part
from audioclf.wording import text


def upload_tab(page: session.Page, tab: gr.Tab) -> session.LinkTarget:
    """Build the tab; a link sets its example. A new sound starts the analysis, removing it empties the page."""
    with gr.Row(elem_classes="ac-top"):
        with gr.Column(scale=2, min_width=300, elem_classes="ac-give"):
            gr.HTML(giving.file_box("upload-hand"), elem_id="upload-audio", **events.RAW)
            audio = given.held_file("upload")
            given.known_line(page, "upload")
            _examples(page, audio)
            with gr.Accordion(text("upload.options"), open=False, elem_id="options", elem_classes="ac-later"):
                page.hide.render()
                page.models.render()
        with gr.Column(scale=5, min_width=300, elem_classes="ac-tell", elem_id="upload-tell"):
            answer = gr.HTML(
                cards.empty_answer(text("upload.hint")), elem_id="upload-answer", render=False, **events.RAW
            )
            string_part(page, "upload", audio, answer)
            answer.render()
            seen = gr.HTML(pictures.empty_stack(), elem_id="upload-pictures", **events.RAW)
            link = gr.HTML(elem_id="upload-link", **events.ADDRESS)

    slot = jobs.JobSlot()

    def look(path: str | None, ask: session.Options, visitor: gr.Request) -> Any:
        slot.stop(visitor)  # also when the sound was removed
        sound = session.Sound(str(path), _neutral(path, ask)) if path else None
        found = answers.newest_analysis(slot, visitor, sound, ask, page.turns) if sound else None
        if sound and found is None:
            return gr.skip()
        latest = sound if isinstance(found, Analysis) else gr.skip()
        line = answers.link_line(page, ask, sound if isinstance(found, Analysis) else None, "upload")
        return *answers.shown(found, text("upload.hint"), seen, ask.hide), line, latest

    audio.change(None, audio, None, js="(file) => window.audioclf.given(file)", **events.INSTANT)
    audio.change(
        look,
        [audio, page.ask],
        [answer, seen, link, page.latest],
        show_progress_on=answer,
        trigger_mode="multiple",
        **events.QUEUED,
    ).then(None, audio, None, js=events.reveal("upload-tell"), **events.INSTANT)

    def look_again(path: str | None, ask: session.Options, visitor: gr.Request) -> Any:
        found = look(path, ask, visitor)
        return found[:3] if isinstance(found, tuple) else found

    # Analyses the same sound again with the new settings; it does not become the latest sound.
    page.ask.change(
        look_again,
        [audio, page.ask],
        [answer, seen, link],
        show_progress_on=answer,
        trigger_mode="multiple",
        **events.QUEUED,
    )

    def linked(link: links.Link, ask: session.Options) -> str | None:
        example = None if link.tab in ("compare", "explore") else find_example(link.example, ask.task)
        return str(example.path) if example else None

    return session.LinkTarget(audio, linked, "upload", gr.update(value=None))


def _examples(page: session.Page, audio: gr.File) -> None:
    """A row of buttons per task; only the row of the current task is visible."""
    gr.HTML(f'<h2 class="ac-small">{text("upload.examples")}</h2>', **events.RAW)
    tasks, rows, buttons = example_tasks(), [], {}
    with gr.Column(elem_id="examples"):
        for task in tasks:
            with gr.Row(elem_classes="ac-examples", visible=task == page.ask.value.task) as row:
                for example in filter(lambda one: one.has_button, list_examples(task)):
                    button = gr.Button(_face(example, task), size="sm", min_width=100)
                    button.click(lambda path=str(example.path): path, None, audio, **events.INSTANT)
                    buttons[button] = (example, task)
            rows.append(row)
    gr.HTML(f'<p class="ac-about">{text("upload.made")}</p>', elem_classes="ac-later", **events.RAW)

    # A dict, because Gradio takes a list for a single value if there is only one output.
    def shown(ask: session.Options) -> dict[Any, Any]:
        faces = {button: gr.update(value=_face(*about, ask.hide)) for button, about in buttons.items()}
        return faces | {
            row: gr.update(visible=ask.task == task) for task, row in zip(tasks, rows, strict=True)
        }

    page.ask.change(shown, page.ask, [*rows, *buttons], **events.INSTANT)


def _face(example: Example, task: str, hide: bool = False) -> str:
    """Text of an example's button; with hidden scores it does not tell the answer."""
    if hide:
        return text("links.sound", n=links.numbers(task)[example.id])
    return f"{example.title}\n{example.expect}"


def _neutral(path: str, ask: session.Options) -> str | None:
    """A name for the sound instead of its file's, if that would tell a hidden answer."""
    example = example_in(path, ask.task) if ask.hide else None
    return _face(example, ask.task, True) if example else None
