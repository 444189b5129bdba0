"""Analyse a visitor's sound for the page: result as HTML, files to play, failures as sentences."""

import hashlib
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path

import gradio as gr

from audioclf.service.analysis import analyse, playable_wav
from audioclf.service.examples import example_in
from audioclf.service.workers import never
from audioclf.types import Analysis, Clip, Progress
from audioclf.ui import links
from audioclf.ui.addresses import ASKING
from audioclf.ui.jobs import JobSlot, attempt
from audioclf.ui.markup import cards, pictures
from audioclf.ui.recordings import made_in
from audioclf.ui.session import Options, Page, Sound
from audioclf.ui.turns import Turns, download_words
from audioclf.wording import text


def analysis_of(
    sound: Sound,
    ask: Options,
    pictures: bool = True,
    turns: Turns | None = None,
    is_stopped: Callable[[], bool] = never,
) -> Analysis | str:
    """The analysis, or a sentence that says why there is none, without traceback or path.

    turns: in which it waits for its turn; default: it is made at once, in this process. is_stopped: see `Turns.run`.
    """

    def analyse_it() -> Analysis:
        mine = turns or Turns()
        found = mine.run(analyse, sound.path, ask.selection, pictures, is_stopped=is_stopped)
        return replace(found, clip=replace(found.clip, name=sound.name)) if sound.name else found

    done = attempt(analyse_it)
    return done.problem if done.value is None else done.value


def newest_analysis(
    slot: JobSlot, visitor: gr.Request, sound: Sound, ask: Options, turns: Turns
) -> Analysis | str | None:
    """Like `analysis_of`; None if the same visitor's next sound replaced this one in the slot."""
    done = slot.attempt(
        visitor, lambda is_stopped: analysis_of(sound, ask, turns=turns, is_stopped=is_stopped)
    )
    return done.value if done else None


def reporter(progress: gr.Progress) -> Progress:
    """A Progress that shows a download in Gradio's progress bar."""
    # The download runs in another thread, where Gradio would not know the visitor.
    visitor = copy_context()

    def report(done: int, total: int, words: str) -> None:
        visitor.run(progress, done / total, download_words(done, total, words))

    return report


def shown(found: Analysis | str | None, hint: str, owner: gr.HTML, hide: bool = False) -> tuple[str, str]:
    """HTML of answer and pictures, for an analysis, an error sentence, or nothing yet (the hint)."""
    if found is None:
        return cards.empty_answer(hint), pictures.empty_stack()
    if isinstance(found, str):
        return cards.failed_answer(found), pictures.empty_stack()
    answer = cards.veiled(cards.answer(found)) if hide else cards.answer(found)
    return answer, pictures.stack(found, found.pictures, playable(found.clip, owner))


def link_line(
    page: Page,
    ask: Options,
    sound: Sound | None,
    tab: str,
    step: str = "",
    settings: tuple[tuple[str, str], ...] = (),
) -> str:
    """The line below a result: the button that copies its link, or why there is none. step, settings: of Explore."""
    link = links.Link(ask.task, tab, "", ask.models, ask.hide, step, settings)
    if ask.registry != page.home:
        return links.no_button(links.Link(tab=tab), text("links.other_models") if sound else "")
    if sound is None:
        return links.no_button(link)
    example = example_in(sound.path, ask.task)
    if example is None:
        return links.no_button(link, text("links.own_sound"))
    return links.copy_button(replace(link, example=example.id))


def playable(clip: Clip, owner: gr.HTML) -> str:
    """Server path of the clip as a WAV that every browser plays; deleted with the owner's other files."""
    return kept_file(playable_wav(clip), "sound.wav", owner)


def kept_file(data: bytes, name: str, owner: gr.HTML) -> str:
    """Server path of a file the page may fetch; deleted with the owner's other files, or if many are made."""
    target = Path(owner.GRADIO_CACHE) / hashlib.sha256(data).hexdigest() / name
    made_in(owner.GRADIO_CACHE).keep(target, data, ASKING.get())
    owner.temp_files.add(str(target))
    return str(target)
