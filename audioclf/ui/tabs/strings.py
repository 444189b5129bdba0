"""The switch "one digit | a string" of Upload and Microphone, the string, and the offer to read one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from audioclf.inference.loading import Selection
from audioclf.service import transcription
from audioclf.types import Picture
from audioclf.ui import answers, events, jobs, session
from audioclf.ui.markup import cards, strings
from audioclf.ui.tabs.switch import switch
from audioclf.wording import text

ONE, STRING = "one", "string"
# Seconds, longer than any recording of the Microphone tab; of a longer sound, a string is read only when asked for.
MOST_OFFERED = 40.0


@dataclass(frozen=True)
class Reading:
    """What was read of one sound. offer, whole: HTML; both are empty if only the offer was due, and there is none."""

    path: str
    selection: Selection
    offer: str = ""
    whole: str = ""

    def serves(self, path: Any, ask: session.Options, mode: str) -> bool:
        """Whether this is all that the mode shows of this sound."""
        return (self.path, self.selection) == (str(path), ask.selection) and (mode == ONE or bool(self.whole))


def string_part(page: session.Page, name: str, audio: Any, answer: gr.HTML) -> None:
    """Build the part above the answer of the tab `name`; it follows the answer, and hides it if a string is shown."""
    reads, slot = transcription.reads_strings(page.ask.value.task), jobs.JobSlot()
    with gr.Row(elem_classes="ac-mode", visible=reads) as row:
        choices = [(text("strings.mode_one"), ONE), (text("strings.mode_string"), STRING)]
        mode = switch(choices, text("strings.mode"), f"{name}-mode")
        cancel = slot.cancel_button(f"{name}-cancel")
    panel = gr.HTML("", elem_id=f"{name}-string", **events.RAW)
    accept = gr.Button(text("strings.accept"), visible=False, size="sm", elem_id=f"{name}-accept")
    newest = gr.State(None)  # the Reading

    def read(
        visitor: gr.Request, path: Any, ask: session.Options, mode: str, before: Reading | None
    ) -> Iterator[list[Any]]:
        if not path or not transcription.reads_strings(ask.task):
            slot.stop(visitor)
            yield ["", gr.update(visible=False), gr.update(interactive=False), None]
            return
        if before and before.serves(path, ask, mode):
            slot.stop(visitor)
            yield [*_shown(before, ask, mode), gr.update(interactive=False), before]
            return
        yield ["", gr.update(visible=False), gr.update(interactive=mode == STRING), None]
        if mode == ONE and ask.hide:
            return
        act = OFFER_OR_READ[mode]
        for update in slot.watched(visitor, lambda report: act(page, str(path), ask, panel, report)):
            if isinstance(update, jobs.Done) and update.value:
                yield [*_shown(update.value, ask, mode), gr.update(interactive=False), update.value]
            elif mode == STRING:
                yield [strings.instead(jobs.shown(update)), gr.skip(), jobs.can_cancel(update), None]

    inputs, outputs = [audio, page.ask, mode, newest], [panel, accept, cancel, newest]
    for event in (answer.change, mode.change):
        event(read, inputs, outputs, show_progress="hidden", trigger_mode="multiple", **events.QUEUED)
    accept.click(lambda: STRING, None, mode, **events.INSTANT)
    page.ask.change(
        lambda ask: gr.update(visible=transcription.reads_strings(ask.task)),
        page.ask,
        row,
        **events.INSTANT,
    )


def _shown(found: Reading, ask: session.Options, mode: str) -> tuple[str, Any]:
    """The panel, and whether a string is offered."""
    if mode == STRING:
        return cards.veiled(found.whole) if ask.hide else found.whole, gr.update(visible=False)
    offer = "" if ask.hide else found.offer
    return offer, gr.update(visible=bool(offer))


def _offer(
    page: session.Page, path: str, ask: session.Options, owner: gr.HTML, report: jobs.Report
) -> Reading:
    """What most models read, if it is more than one digit."""
    found = page.turns.run(
        transcription.offered, path, ask.selection, MOST_OFFERED, is_stopped=report.is_stopped
    )
    return _reading(found, path, ask, owner) if found else Reading(path, ask.selection)


def _read(
    page: session.Page, path: str, ask: session.Options, owner: gr.HTML, report: jobs.Report
) -> Reading:
    found = page.turns.run(
        transcription.drawn, path, ask.selection, report=report, is_stopped=report.is_stopped
    )
    return _reading(found, path, ask, owner)


OFFER_OR_READ = {ONE: _offer, STRING: _read}


def _reading(
    found: tuple[transcription.Strings, tuple[Picture, Picture]],
    path: str,
    ask: session.Options,
    owner: gr.HTML,
) -> Reading:
    said, pictures = found
    offer = strings.offer(said) if transcription.is_string(said) else ""
    whole = strings.reading(said, pictures, answers.playable(said.clip, owner))
    return Reading(path, ask.selection, offer, whole)
