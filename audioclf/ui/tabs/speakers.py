"""The Speakers tab: enrol voices, and test whether another sound is one of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service import speakers
from audioclf.service.examples import find_example
from audioclf.types import AudioclfError
from audioclf.ui import answers, events, given, jobs, session
from audioclf.ui.markup import giving
from audioclf.ui.markup import speakers as markup
from audioclf.ui.markup import voices as list_markup
from audioclf.ui.tabs.enrolment import bring_up_to_date
from audioclf.ui.tabs.switch import switch
from audioclf.ui.voices import Recording, Visit, cleaned
from audioclf.wording import text
from audioclf.zoo.registry import Registry

ENROL, TEST, SAME = "enrol", "test", "same"
SHOWN = "(way) => window.audioclf.bring(way === 'enrol' ? 'speakers-voices' : 'speakers-answer', 300)"


@dataclass(frozen=True, eq=False)
class Parts:
    """The components that the events share. listed: the enrolled voices. answer: what the models say of a sound."""

    page: session.Page
    visit: gr.State
    way: gr.Radio
    name: gr.Textbox
    sounds: gr.File
    listed: gr.HTML
    answer: gr.HTML
    slot: jobs.JobSlot


def has_speakers(registry: Registry) -> bool:
    """Whether a registry has models that compare voices."""
    return bool(speakers.models(registry))


def speakers_tab(page: session.Page, tab: gr.Tab) -> None:
    """Build the tab. A sound that is given is enrolled, tested or compared, as the switch says."""
    visit = gr.State(Visit())
    with gr.Row(elem_classes="ac-top"):
        with gr.Column(scale=2, min_width=300, elem_classes="ac-give"):
            way = _switch()
            what = gr.HTML(_prompt(ENROL), elem_id="speakers-prompt", **events.RAW)
            with gr.Row(elem_classes="ac-name") as naming:
                name = gr.Textbox(
                    text("speakers.numbered", n=1), label=text("speakers.name"), max_length=80,
                    min_width=150, elem_id="speakers-name",
                )  # fmt: skip
                another = gr.Button(
                    text("speakers.another"), size="sm", min_width=90, elem_id="speakers-another"
                )
            gr.HTML(giving.recorder("speakers-hand"), elem_id="speakers-audio", **events.RAW)
            gr.HTML(giving.several_files("speakers-hand"), elem_id="speakers-files", **events.RAW)
            sounds, arrived = given.held_files("speakers")
            tried = _examples(way, name, sounds)
            gr.HTML(
                f'<p class="ac-about">{text("speakers.plain")}</p>', elem_classes="ac-later", **events.RAW
            )
        with gr.Column(scale=5, min_width=300, elem_classes="ac-tell", elem_id="speakers-tell"):
            listed = gr.HTML(
                list_markup.voices(Visit()),
                elem_id="speakers-voices",
                apply_default_css=False,
                js_on_load=list_markup.SCRIPT,
            )
            answer = gr.HTML(list_markup.hint(Visit()), elem_id="speakers-answer", **events.RAW)
    way.change(_prompt, way, what, **events.INSTANT)
    way.change(lambda way: gr.update(visible=way == ENROL), way, naming, **events.INSTANT)
    another.click(lambda visit: visit.next_name(), visit, name, **events.INSTANT)
    parts = Parts(page, visit, way, name, sounds, listed, answer, jobs.JobSlot())
    for event in (arrived, *tried):
        _follow_sounds(parts, event)
    _follow_buttons(parts)


def _switch() -> gr.Radio:
    choices = [
        (text("speakers.way_enrol"), ENROL),
        (text("speakers.way_test"), TEST),
        (text("speakers.way_same"), SAME),
    ]
    return switch(choices, text("speakers.way"), "speakers-way")


def _prompt(way: str) -> str:
    prompts = {
        ENROL: text("speakers.prompt_enrol"),
        TEST: text("speakers.prompt_test"),
        SAME: text("speakers.prompt_same"),
    }
    return giving.prompt_line(speakers.TASK, prompts[way])


def _examples(way: gr.Radio, name: gr.Textbox, sounds: gr.File) -> list[Any]:
    """Buttons that give bundled sounds, to try without a microphone; the events after they were given."""
    woman, man = text("speakers.woman"), text("speakers.man")
    rows = (
        (text("speakers.try_enrol", name=woman), ENROL, woman, ("woman-1", "woman-2")),
        (text("speakers.try_enrol", name=man), ENROL, man, ("man-1", "man-2")),
        (text("speakers.try_test", name=woman), TEST, woman, ("woman-3",)),
        (text("speakers.try_test", name=man), TEST, man, ("man-3",)),
    )
    gr.HTML(f'<h2 class="ac-small">{text("upload.examples")}</h2>', **events.RAW)
    found = []
    with gr.Row(elem_classes="ac-examples", elem_id="speakers-examples"):
        for words, asked, whose, ids in rows:
            files = [str(example.path) for one in ids if (example := find_example(one, speakers.TASK))]
            button = gr.Button(words, size="sm", min_width=100)
            found.append(
                button.click(
                    partial(_given, files, asked, whose), None, [sounds, way, name], **events.INSTANT
                )
            )
    return found


def _given(files: list[str], way: str, name: str) -> tuple[list[str], str, str]:
    return files, way, name


def _follow_sounds(parts: Parts, event: Any) -> None:
    """Enrol, test or compare the sounds after an event that has set them."""

    def arrived(
        visitor: gr.Request, visit: Visit, way: str, name: str, files: Sequence[str] | None
    ) -> Iterator[list[Any]]:
        try:
            ACTS[way](visit, cleaned(name) or visit.next_name(), [str(file) for file in files or ()])
        except AudioclfError as error:
            yield [list_markup.voices(visit) + jobs.message(str(error), "alert"), gr.skip(), visit]
            return
        yield from _brought_up_to_date(parts, visitor, visit)

    event.then(
        arrived,
        [parts.visit, parts.way, parts.name, parts.sounds],
        [parts.listed, parts.answer, parts.visit],
        show_progress="hidden",
        trigger_mode="multiple",
        **events.QUEUED,
    ).then(None, parts.way, None, js=SHOWN, **events.INSTANT)


def _follow_buttons(parts: Parts) -> None:
    """Remove a take, delete a voice, or get ready for more takes of one."""

    def pressed(visitor: gr.Request, event: gr.EventData, visit: Visit) -> Iterator[list[Any]]:
        asked = event._data if isinstance(event._data, dict) else {}
        name, at = str(asked.get("voice")), str(asked.get("at", ""))
        if asked.get("act") == "more":
            yield [gr.skip(), gr.skip(), visit, name, ENROL]
            return
        visit.remove(name, int(at) if at.isdecimal() else None)
        for found in _brought_up_to_date(parts, visitor, visit):
            yield [*found, gr.skip(), gr.skip()]

    parts.listed.click(
        pressed,
        parts.visit,
        [parts.listed, parts.answer, parts.visit, parts.name, parts.way],
        show_progress="hidden",
        trigger_mode="multiple",
        **events.QUEUED,
    )


def _enrol(visit: Visit, name: str, files: Sequence[str]) -> None:
    visit.add(name, [Recording(file, Path(file).name) for file in files])


def _test(visit: Visit, name: str, files: Sequence[str]) -> None:
    visit.asked, visit.is_pair = tuple(files[-1:]), False


def _same(visit: Visit, name: str, files: Sequence[str]) -> None:
    """Two sounds given at once, or the one that waits for a second and this one."""
    waiting = visit.asked if visit.is_pair and len(visit.asked) == 1 else ()
    visit.asked, visit.is_pair = (*waiting, *files)[-2:], True


ACTS = {ENROL: _enrol, TEST: _test, SAME: _same}


def _brought_up_to_date(parts: Parts, visitor: gr.Request, visit: Visit) -> Iterator[list[Any]]:
    """Read new takes, enrol voices whose takes have changed, and answer about the sound that is asked about."""

    def act(report: jobs.Report) -> str:
        run = partial(parts.page.turns.run, report=report, is_stopped=report.is_stopped)
        bring_up_to_date(visit, run, parts.page.home, parts.listed)
        return _answered(visit, run, parts)

    for update in parts.slot.watched(visitor, act):
        is_done = isinstance(update, jobs.Done)
        progress, answer = ("", jobs.shown(update)) if is_done else (jobs.shown(update), gr.skip())
        yield [list_markup.voices(visit) + progress, answer, visit]


def _answered(visit: Visit, run: Callable[..., Any], parts: Parts) -> str:
    """HTML of the answer, or what to do first."""
    home = parts.page.home
    if not visit.asked:
        return list_markup.hint(visit)
    if visit.is_pair and len(visit.asked) < 2:
        return jobs.message(text("speakers.second"))
    if not (visit.is_pair or visit.enrolled()):
        return jobs.message(text("speakers.enrol_first"), "alert")
    if not all(Path(file).exists() for file in visit.asked):
        return jobs.message(text("microphone.deleted"), "alert")
    try:
        if visit.is_pair:
            found = run(speakers.compared, *visit.asked, home)
        else:
            found = run(speakers.tested, *visit.asked, visit.enrolled(), home)
    except AudioclfError as error:
        return jobs.message(str(error), "alert")
    return markup.answer(found, answers.playable(found.clip, parts.answer))
