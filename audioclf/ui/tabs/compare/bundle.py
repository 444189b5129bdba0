"""Download everything: a zip of the sound with all numbers and pictures about it, and the scores as CSV."""

from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import quote

import gradio as gr

from audioclf.service import lab
from audioclf.ui import answers, events, jobs
from audioclf.ui.markup.models import size
from audioclf.ui.tabs.compare.chosen_sound import Subject, event_state
from audioclf.ui.tabs.compare.segments import label_track, segment_table
from audioclf.wording import text


def bundle_section(subject: Subject, chosen: gr.Dropdown, levels: gr.State) -> None:
    """Build the section. chosen: the stress to sweep. levels: those of the sliders."""
    slot = jobs.JobSlot()
    with gr.Accordion(text("bundle.title"), open=False, elem_id="bundle"):
        gr.HTML(f'<p class="ac-about">{text("bundle.about")}</p>', **events.RAW)
        with gr.Row(elem_classes="ac-actions"):
            make = gr.Button(text("bundle.make"), size="sm", elem_id="bundle-make")
            cancel = slot.cancel_button("bundle-cancel")
        result = gr.HTML(elem_id="bundle-result", **events.RAW)

    def pack(
        visitor: gr.Request, stress: str, at: dict[str, float], *values: Any
    ) -> Iterator[tuple[Any, Any]]:
        now = event_state(*values)
        if now.nothing or now.sound is None:
            yield jobs.message(now.nothing, "alert"), gr.skip()
            return
        path, ask = now.sound.path, now.ask

        def act(report: jobs.Report) -> str:
            from audioclf.service import bundle
            from audioclf.service.analysis import analyse

            plan = lab.plan(stress, settings=at)
            data, table = subject.page.turns.run(
                bundle.pack, path, plan, ask.selection, report=report, is_stopped=report.is_stopped
            )
            found = subject.page.turns.run(
                analyse, path, ask.selection, False, report=report, is_stopped=report.is_stopped
            ).predictions
            files = {
                "audioclf.zip": data,
                "scores.csv": table,
                "segments.csv": segment_table(found),
                "audacity-labels.txt": label_track(found),
            }
            return _links(*((name, answers.kept_file(d, name, result), d) for name, d in files.items()))

        for update in slot.watched(visitor, act):
            yield jobs.shown(update), jobs.can_cancel(update)

    def forget(visitor: gr.Request) -> str:
        slot.stop(visitor)
        return ""

    make.click(
        pack,
        [chosen, levels, *subject.inputs],
        [result, cancel],
        show_progress="hidden",
        **events.QUEUED,
    ).then(None, None, None, js=events.bring("bundle"), **events.INSTANT)
    # The zip is about the sound and settings before.
    for event in (subject.on_view.change, levels.change, chosen.change):
        event(forget, None, result, **events.INSTANT)


def _links(*files: tuple[str, str, bytes]) -> str:
    """files: name, server path, content."""
    links = "".join(
        f'<a class="ac-button" download="{escape(name)}" href="gradio_api/file={escape(quote(path))}">'
        f"Download {escape(name)} ({size(len(data))})</a>"
        for name, path, data in files
    )
    return f'<p class="ac-link" role="status">{links}</p>'
