"""From a sound to what is shown of it: one analysis, its files to play, and every failure as a sentence."""

import hashlib
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path

import gradio as gr

from audioclf.atomic import write_whole
from audioclf.inference.loading import load_models
from audioclf.service.analysis import analyse, playable_wav
from audioclf.service.examples import example_in
from audioclf.types import Analysis, Clip, Progress, no_progress
from audioclf.ui import links
from audioclf.ui.jobs import tried
from audioclf.ui.markup import cards, pictures
from audioclf.ui.session import Options, Page, Sound
from audioclf.wording import megabytes


def analysis_of(
    sound: Sound, ask: Options, pictures: bool = True, report: Progress = no_progress
) -> Analysis | str:
    """The analysis, or the sentence that says why there is none. Never a traceback, never a path.

    report: told how far the download of models is that are not here yet.
    """

    def analyse_it() -> Analysis:
        load_models(ask.selection, report)
        found = analyse(sound.path, ask.selection, pictures)
        return replace(found, clip=replace(found.clip, name=sound.name)) if sound.name else found

    done = tried(analyse_it)
    return done.problem if done.value is None else done.value


def reporter(progress: gr.Progress) -> Progress:
    """Shows a download where the page shows that it works."""
    # The bytes come in another thread, where Gradio would not know whose progress it is.
    visitor = copy_context()

    def report(done: int, total: int, words: str) -> None:
        visitor.run(progress, done / total, f"Downloading {words}, {done / 1e6:.1f} of {megabytes(total)}")

    return report


def shown(found: Analysis | str | None, hint: str, owner: gr.HTML, hide: bool = False) -> tuple[str, str]:
    """The answer and the pictures of an analysis, of a failure, or of nothing yet."""
    if found is None:
        return cards.empty_answer(hint), pictures.empty_stack()
    if isinstance(found, str):
        return cards.failed_answer(found), pictures.empty_stack()
    answer = cards.veiled(cards.answer(found)) if hide else cards.answer(found)
    return answer, pictures.stack(found, found.pictures, playable(found.clip, owner))


def link_line(page: Page, ask: Options, sound: Sound | None, tab: str) -> str:
    """What stands below a result: the button that copies its link, or why there is none."""
    if sound is None:
        return links.copy_button("")
    if ask.registry != page.home:
        return links.copy_button(links.OTHER_MODELS)
    example = example_in(sound.path, ask.task)
    if example is None:
        return links.copy_button(links.OWN_SOUND)
    return links.copy_button(links.Link(ask.task, tab, example.id, ask.models, ask.hide))


def playable(clip: Clip, owner: gr.HTML) -> str:
    """Server path of the clip as a WAV that every browser plays; removed with the owner's other files."""
    return kept_file(playable_wav(clip), "sound.wav", owner)


def kept_file(data: bytes, name: str, owner: gr.HTML) -> str:
    """Server path of a file the page may fetch; removed with the owner's other files."""
    target = Path(owner.GRADIO_CACHE) / hashlib.sha256(data).hexdigest() / name
    if not target.exists():
        write_whole(target, data)  # another visitor's browser may be fetching the same file just now
    target.touch()  # files are removed by age
    owner.temp_files.add(str(target))
    return str(target)
