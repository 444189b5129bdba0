"""What happens between a sound and the page: one analysis, and every failure turned into a sentence."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import gradio as gr

from audioclf import service
from audioclf.types import Analysis, AudioclfError, Clip
from audioclf.ui import cards, pictures

LOG = logging.getLogger(__name__)
BROKEN = "Something went wrong on our side, not with your sound. Try again; the server's log says more."

# How events are bound: an analysis waits its turn; a change of values only does not, and shows no progress.
TURN: dict[str, Any] = {"concurrency_id": "analyse", "concurrency_limit": 2, "api_visibility": "private"}
INSTANT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
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
class Page:
    """What the tabs share: where models come from, the task picker, and the visitor's latest sound."""

    registry: str | None
    task: gr.Radio
    latest: gr.State


def analyse(sound: Sound, task: str, registry: str | None, pictures: bool = True) -> Analysis | str:
    """The analysis, or the sentence that says why there is none. Never a traceback, never a path."""
    try:
        found = service.analyse(sound.path, task, registry=registry, pictures=pictures)
        return replace(found, clip=replace(found.clip, name=sound.name)) if sound.name else found
    except AudioclfError as error:
        return str(error)
    except Exception:
        LOG.exception("analysis failed")
        return BROKEN


def shown(found: Analysis | str | None, hint: str, owner: gr.HTML) -> tuple[str, str]:
    """The answer and the pictures of an analysis, of a failure, or of nothing yet."""
    if found is None:
        return cards.empty_answer(hint), pictures.empty_stack()
    if isinstance(found, str):
        return cards.failed_answer(found), pictures.empty_stack()
    return cards.answer(found), pictures.stack(found, found.pictures, playable(found.clip, owner))


def playable(clip: Clip, owner: gr.HTML) -> str:
    """Server path of the clip as a WAV that every browser plays; removed with the owner's other files."""
    data = service.playable(clip)
    target = Path(owner.GRADIO_CACHE) / hashlib.sha256(data).hexdigest() / "sound.wav"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place: another visitor's browser may be fetching the same sound just now.
        whole = target.with_name(f"{uuid4().hex}.part")
        whole.write_bytes(data)
        whole.replace(target)
    target.touch()  # files are removed by age
    owner.temp_files.add(str(target))
    return str(target)


def reveal(elem_id: str) -> str:
    """JavaScript that scrolls to an answer on a screen too small to show it beside its sound."""
    return f"(sound) => {{ if (sound) window.audioclf.reveal({elem_id!r}); }}"
