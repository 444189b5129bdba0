"""The public endpoints, for programs: plain JSON, with the words that describe them to people and to MCP clients."""

from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from audioclf.inference.loading import Selection
from audioclf.service import catalogue, lab, records
from audioclf.types import AudioclfError
from audioclf.ui import answers, events, jobs, session
from audioclf.zoo.registry import Registry

T = TypeVar("T")

ANALYSE = (
    "What every model of a task hears in a sound file: one record for each model, with its label, the calibrated "
    "probability of every label, and whether the sound is known to it at all. `audio` is a sound file of up to "
    "25 MB and 10 minutes (WAV, FLAC, OGG, MP3, M4A and others); `task` is a task's name, such as digits."
)
MODELS = (
    "The models of the registry: one record for each, with its task, family (gmm, cnn or rnn), accuracy with its "
    "95 % interval, size, parameters, licence, data set, SHA-256 of its weights and where it is. "
    "`task` limits them to one task; leave it empty for all."
)
STRESS = (
    "How much of a stress each model of a task bears: its probability of its own answer, and its answer, at sixteen "
    "levels of it, where it breaks, and a sentence on it all. `audio` is a sound file; `task` is a task's name; "
    "`stress` is one of snr_white, snr_pink, snr_babble, reverb, pitch, speed, gain, clipping, low_pass, telephone, "
    "mp3, opus, mulaw, alaw and denoise, or the beginning of one. Of a long sound the loudest part is used."
)
EXPLAIN = (
    "What each model of a task listened to: how far the log-odds of its answer fall without each of 8 bands by 16 "
    "slices of time, the region that matters most, and a sentence. `audio` is a sound file; `task` is a task's name; "
    "`label` asks for that label instead of each model's own answer."
)


def endpoints(registry: Registry) -> None:
    """Adds the four of them. Only a component can take a file, so unseen ones stand for all parameters."""

    def analyse(audio: str, task: str = "digits") -> list[dict[str, Any]]:
        found = answers.analysis_of(
            session.Sound(_given(audio)), session.Options(task, registry), pictures=False
        )
        if isinstance(found, str):
            raise _refused(found)
        return records.to_records(found, found.clip.name)

    def models(task: str = "") -> list[dict[str, Any]]:
        try:
            return catalogue.records(registry, task or None)
        except AudioclfError as error:
            raise _refused(str(error)) from error

    def stress(audio: str, task: str = "digits", stress: str = "snr_white") -> dict[str, Any]:
        def sweep() -> lab.Sweep:
            plan = lab.plan(stress)
            return lab.find_breaking_point(_given(audio), plan, Selection(registry, task))

        swept = _told(sweep)
        return records.sweep_record(swept, task)

    def explain(audio: str, task: str = "digits", label: str = "") -> list[dict[str, Any]]:
        found = _told(lambda: lab.explained(_given(audio), label or None, Selection(registry, task)))
        return [records.explanation_record(one.explanation) for one in found]

    audio = gr.Audio(type="filepath", visible=False, label="audio")
    task = gr.Textbox("digits", visible=False, label="task")
    for act, inputs, words in (
        (analyse, [audio, task], ANALYSE),
        (models, [gr.Textbox("", visible=False, label="task")], MODELS),
        (stress, [audio, task, gr.Textbox("snr_white", visible=False, label="stress")], STRESS),
        (explain, [audio, task, gr.Textbox("", visible=False, label="label")], EXPLAIN),
    ):
        gr.Button(visible=False).click(
            act,
            inputs,
            gr.JSON(visible=False, label="records"),
            api_name=act.__name__,
            api_description=words,
            **{**events.TURN, "api_visibility": "public"},
        )


def _given(audio: str) -> str:
    if not audio:
        raise _refused("audio is missing; give a sound file")
    return audio


def _told(act: Callable[[], T]) -> T:
    """What `act` gives, or its failure as programs are told of it."""
    found = jobs.tried(act)
    if found.value is None:
        raise _refused(found.problem)
    return found.value


def _refused(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)
