"""The Microphone tab: record, stop, get an answer; the last recordings can be opened again in this session."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service.catalogue import prompt
from audioclf.types import Analysis, Prediction
from audioclf.ui import answers, events, given, jobs, session
from audioclf.ui.markup import cards, giving, pictures
from audioclf.ui.tabs.live import live_panel, way_switch
from audioclf.ui.tabs.strings import string_part
from audioclf.wording import family_name, readable, text

N_TAKES = 5


def microphone_tab(page: session.Page, tab: gr.Tab) -> None:
    """Build the tab; stopping a recording starts the analysis."""
    takes = page.takes
    task = page.ask.value.task
    with gr.Row(elem_classes="ac-top"):
        with gr.Column(scale=2, min_width=300, elem_classes="ac-give"):
            insecure = f'<p class="ac-insecure-note" role="note">{text("microphone.insecure")}</p>'
            gr.HTML(insecure, **events.RAW)
            way_switch()
            what = gr.HTML(giving.prompt_line(task, prompt(task)), elem_id="microphone-prompt", **events.RAW)
            gr.HTML(giving.recorder("microphone-hand"), elem_id="microphone-audio", **events.RAW)
            audio = given.held_file("microphone")
            given.known_line(page, "microphone")
            heading = f'<h2 class="ac-small ac-takes-title">{text("microphone.takes")}</h2>'
            gr.HTML(heading, elem_classes="ac-later", **events.RAW)
            with gr.Column(elem_classes=["ac-takes", "ac-later"], elem_id="takes"):
                buttons = [gr.Button("–", size="sm", interactive=False) for _ in range(N_TAKES)]
        with gr.Column(scale=5, min_width=300, elem_classes="ac-tell", elem_id="microphone-tell"):
            answer = gr.HTML(
                cards.empty_answer(hint(task)), elem_id="microphone-answer", render=False, **events.RAW
            )
            string_part(page, "microphone", audio, answer)
            answer.render()
            seen = gr.HTML(pictures.empty_stack(), elem_id="microphone-pictures", **events.RAW)
            live_panel(page)

    slot = jobs.JobSlot()

    def look(
        path: str | None,
        ask: session.Options,
        latest: session.Sound | None,
        kept: Sequence[session.Take],
        visitor: gr.Request,
    ) -> Any:
        slot.stop(visitor)  # also when the recording was removed
        sound = session.Sound(str(path), text("microphone.yours")) if path else None
        found = answers.newest_analysis(slot, visitor, sound, ask, page.turns) if sound else None
        if sound and found is None:
            return gr.skip()
        if sound and isinstance(found, Analysis):
            latest, kept = sound, remember(kept, sound.path, found, ask.hide)
        return *answers.shown(found, hint(ask.task), seen, ask.hide), latest, kept

    audio.change(
        look,
        [audio, page.ask, page.latest, takes],
        [answer, seen, page.latest, takes],
        show_progress_on=answer,
        trigger_mode="multiple",
        **events.QUEUED,
    ).then(labels, takes, buttons, **events.INSTANT).then(
        None, audio, None, js=events.reveal("microphone-tell"), **events.INSTANT
    )

    def look_again(path: str | None, ask: session.Options, visitor: gr.Request) -> Any:
        found = look(path, ask, None, (), visitor)
        return found[:2] if isinstance(found, tuple) else found

    # Analyses the same recording again with the new settings; it does not become the latest sound.
    page.ask.change(
        look_again,
        [audio, page.ask],
        [answer, seen],
        show_progress_on=answer,
        trigger_mode="multiple",
        **events.QUEUED,
    )
    page.ask.change(
        lambda ask: giving.prompt_line(ask.task, prompt(ask.task)), page.ask, what, **events.INSTANT
    )
    for rank, button in enumerate(buttons):
        button.click(partial(reopened, rank), takes, audio, **events.INSTANT)


def hint(task: str) -> str:
    """What to do first."""
    return text("microphone.hint", prompt=prompt(task))


def remember(
    takes: Sequence[session.Take], path: str, found: Analysis, hide: bool = False
) -> tuple[session.Take, ...]:
    """Newest first; with `hide`, without the answers. A take opened again keeps its place."""
    if any(session.content_key(take.path) == session.content_key(path) for take in takes):
        return tuple(takes)
    predicted = " · ".join(f"{family_name(p.family)} {_said(p)}" for p in found.predictions)
    words = f"{datetime.now():%H:%M:%S}" + ("" if hide else f" · {predicted}")
    return (session.Take(path, words), *takes)[:N_TAKES]


def _said(prediction: Prediction) -> str:
    return readable(prediction.answer) if prediction.heard else text("microphone.no_answer")


def reopened(rank: int, takes: Sequence[session.Take]) -> str:
    """The file of a take, for the player."""
    if not Path(takes[rank].path).exists():
        raise gr.Error(text("microphone.deleted"), print_exception=False)
    return takes[rank].path


def labels(takes: Sequence[session.Take]) -> list[dict]:
    """Updates of the take buttons; those without a take are disabled, not hidden, so that nothing moves."""
    words = [take.words for take in takes] + ["–"] * (N_TAKES - len(takes))
    return [gr.update(value=text, interactive=rank < len(takes)) for rank, text in enumerate(words)]
