"""Enrolment in the Speakers tab: reads new takes, and enrols voices again whose takes have changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service import speakers
from audioclf.types import AudioclfError
from audioclf.ui import answers
from audioclf.ui.voices import Recording, Speaker, Visit
from audioclf.wording import text
from audioclf.zoo.registry import Registry

Run = Callable[..., Any]  # runs a function of the service in a worker, for the visitor


def bring_up_to_date(visit: Visit, run: Run, registry: Registry, owner: gr.HTML) -> None:
    """Make the voices of a visit those of its takes. owner: of the files that play takes."""
    for speaker in list(visit.speakers.values()):
        for one in speaker.recordings:
            if one.take is None and not one.problem:
                visit.replace(speaker, one, _read(one, run, registry, owner))
        if speaker.is_due:
            _drop_deleted(visit, speaker)
            _enrol(visit, speaker, run, registry)


def _read(one: Recording, run: Run, registry: Registry, owner: gr.HTML) -> Recording:
    try:
        take = run(speakers.checked, one.path, registry)
    except AudioclfError as error:
        return replace(one, problem=str(error))
    wav = answers.kept_file(take.wav, "take.wav", owner)
    return replace(one, take=replace(take, wav=b""), audio=wav)


def _drop_deleted(visit: Visit, speaker: Speaker) -> None:
    """Mark the takes whose sound was deleted: a voice that is enrolled again cannot use them."""
    for one in speaker.recordings:
        if one.is_usable and not Path(one.path).exists():
            visit.replace(speaker, one, replace(one, take=None, problem=text("microphone.deleted")))


def _enrol(visit: Visit, speaker: Speaker, run: Run, registry: Registry) -> None:
    usable = [(at, one) for at, one in enumerate(speaker.recordings) if one.is_usable]
    wanted = tuple(one.path for _, one in usable)
    found = run(speakers.enrolled, wanted, registry) if wanted else speakers.Enrolment({}, ())
    speaker.voices, speaker.enrolled = found.voices, wanted
    for (_, one), copy in zip(usable, found.copies, strict=True):
        visit.replace(speaker, one, replace(one, copy_of=None if copy is None else usable[copy][0]))
