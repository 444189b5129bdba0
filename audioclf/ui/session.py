"""What happens between a sound and the page: one analysis, and every failure turned into a sentence."""

from __future__ import annotations

import hashlib
import logging
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.atomic import write_whole
from audioclf.inference.loading import Selection, load_models
from audioclf.service.analysis import analyse, playable_wav
from audioclf.service.catalogue import task_choices
from audioclf.service.examples import example_in
from audioclf.types import Analysis, AudioclfError, Clip, Progress, ZooError, silent
from audioclf.ui import links
from audioclf.ui.markup import cards, pictures
from audioclf.zoo.registry import Registry

LOG = logging.getLogger(__name__)
BROKEN = "Something went wrong on our side, not with your sound. Try again; the server's log says more."

# How events are bound: an analysis waits its turn; a change of values only does not, and shows no progress.
TURN: dict[str, Any] = {"concurrency_id": "analyse", "concurrency_limit": 2, "api_visibility": "private"}
INSTANT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# Gradio tells of a changed State only what went through its queue.
SETTING: dict[str, Any] = {
    "concurrency_id": "settings",
    "concurrency_limit": 16,
    "show_progress": "hidden",
    "api_visibility": "private",
}
# Who asks a hub waits apart from those who only want an answer.
FAR: dict[str, Any] = {**TURN, "concurrency_id": "hub"}
# Our own markup needs neither Gradio's prose styles nor its click event.
PLAIN: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}


@dataclass(frozen=True)
class Sound:
    """A sound a visitor gave. It lives in that visitor's session only.

    name: what the page calls it; None for the file's own.
    """

    path: str
    name: str | None = None


@dataclass(frozen=True)
class Ask:
    """What a visitor wants to know: of which models, and whether the answers stay hidden until a click.

    models: those that answer, all of the task if empty.
    """

    task: str
    registry: Registry
    models: tuple[str, ...] = ()
    hide: bool = False

    @property
    def selection(self) -> Selection:
        """The models that answer."""
        return Selection(self.registry, self.task, self.models)


@dataclass(frozen=True)
class Page:
    """What the tabs share. Everything that depends on task, registry or settings follows `ask`, which is the truth.

    home: the registry that every visitor begins with. latest: the visitor's latest sound.
    task, models, hide: the controls that change `ask`.
    """

    home: Registry
    ask: gr.State
    latest: gr.State
    task: gr.Radio
    models: gr.CheckboxGroup
    hide: gr.Checkbox

    @property
    def controls(self) -> list[Any]:
        """The outputs for what `settled` returns."""
        return [self.ask, self.task, self.models, self.hide]


def asked_of(registry: Registry, task: str, hide: bool = False) -> Ask:
    """All models of a registry for this task, or for its first one if it has none for it. ZooError if empty."""
    tasks = [name for _, name in task_choices(registry)]
    if not tasks:
        raise ZooError("there is no model in this registry; see `audioclf zoo list`")
    return Ask(task if task in tasks else tasks[0], registry, hide=hide)


def settled(ask: Ask) -> list[Any]:
    """`ask`, and the controls as they stand then: for Page.controls."""
    models = ask.registry.models_for(ask.task)
    return [
        ask,
        gr.update(choices=task_choices(ask.registry), value=ask.task),
        gr.update(choices=models, value=list(ask.models) or models),
        ask.hide,
    ]


def analysis_of(sound: Sound, ask: Ask, pictures: bool = True, report: Progress = silent) -> Analysis | str:
    """The analysis, or the sentence that says why there is none. Never a traceback, never a path.

    report: told how far the download of models is that are not here yet.
    """
    try:
        load_models(ask.selection, report)
        found = analyse(sound.path, ask.selection, pictures)
        return replace(found, clip=replace(found.clip, name=sound.name)) if sound.name else found
    except AudioclfError as error:
        return str(error)
    except Exception:
        LOG.exception("analysis failed")
        return BROKEN


def reporter(progress: gr.Progress) -> Progress:
    """Shows a download where the page shows that it works."""
    # The bytes come in another thread, where Gradio would not know whose progress it is.
    visitor = copy_context()

    def report(done: int, total: int, words: str) -> None:
        visitor.run(progress, done / total, f"Downloading {words}, {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    return report


def shown(found: Analysis | str | None, hint: str, owner: gr.HTML, hide: bool = False) -> tuple[str, str]:
    """The answer and the pictures of an analysis, of a failure, or of nothing yet."""
    if found is None:
        return cards.empty_answer(hint), pictures.empty_stack()
    if isinstance(found, str):
        return cards.failed_answer(found), pictures.empty_stack()
    answer = cards.veiled(cards.answer(found)) if hide else cards.answer(found)
    return answer, pictures.stack(found, found.pictures, playable(found.clip, owner))


def link_line(page: Page, ask: Ask, sound: Sound | None, tab: str) -> str:
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


def reveal(elem_id: str) -> str:
    """JavaScript that scrolls to an answer on a screen too small to show it beside its sound."""
    return f"(sound) => {{ if (sound) window.audioclf.reveal({elem_id!r}); }}"


def when_open(elem_id: str) -> str:
    """JavaScript that puts, in place of the first input, whether this part of the page is on view."""
    return f"(_, ...rest) => [Boolean(document.getElementById({elem_id!r})?.offsetParent), ...rest]"
