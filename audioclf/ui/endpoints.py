"""The public endpoints: plain JSON for programs, and their descriptions for people and MCP clients."""

from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from audioclf.inference.loading import Selection
from audioclf.service import catalogue, lab, records, speakers, transcription
from audioclf.types import AudioclfError
from audioclf.ui import events, jobs
from audioclf.ui.turns import Turns
from audioclf.zoo.registry import Registry

T = TypeVar("T")

ANALYSE = (
    "Classify a sound file with every model of a task. Returns one record per model: its label, the calibrated "
    "probability of every label, and whether the model knows the sound at all. `audio` is a sound file of up to "
    "25 MB and 10 minutes (WAV, FLAC, OGG, MP3, M4A and others); `task` is the name of a task, such as digits."
)
MODELS = (
    "List the models of the registry. Returns one record per model: task, family (gmm, cnn or rnn), accuracy with "
    "95 % interval, size, number of parameters, licence, data set, SHA-256 of the weights and location. "
    "`task` limits the list to one task; leave it empty for all."
)
STRESS = (
    "Degrade a sound step by step and find where each model of a task breaks. Returns each model's answer at sixteen "
    "levels, the probability of its first answer, where it breaks, and a summary. `audio` is a sound file; of a long "
    "one, the part around the deciding window is used. `task` is a task's name; `stress` is one of snr_white, "
    "snr_pink, snr_babble, reverb, pitch, speed, gain, clipping, low_pass, telephone, mp3, opus, mulaw, alaw and "
    "denoise, or its beginning."
)
EXPLAIN = (
    "Explain the answer of each model of a task. Returns the drop in log-odds of the answer without each cell of 8 "
    "bands by 16 time slices, the most important region, and a summary sentence. `audio` is a sound file; `task` is "
    "the name of a task; `label` explains that label instead of each model's own answer."
)
TRANSCRIBE = (
    "Read a string of spoken digits, such as a telephone number, with every model of the task. Returns one record "
    "per model: the string, each digit with its probability, start and end in seconds, and the next best strings. "
    "`audio` is a sound file of up to 25 MB and 10 minutes; `task` must be digits; `grammar` is digits, or phone to "
    "write oh for zero and double seven for repeats."
)
VERIFY = (
    "Tell whether a recording is of the same voice as others, with every model that compares voices. Returns one "
    "record per model: the natural log-likelihood ratio of the same voice against another one, the threshold, the "
    "answer (same: true, false, or null if it cannot tell), the seconds of speech, and what is wrong with the "
    "recordings. `enrol` is one or more sound files of one voice, `test` the sound file to compare with it; `model` "
    "limits the answer to one model. A lesson and no access control: a replayed recording or an imitation can pass."
)


def endpoints(registry: Registry, turns: Turns) -> None:
    """Add the endpoints. turns: in which their work is done. `verify` needs a registry with models of voices.

    Only a component can take a file, so hidden components hold all parameters.
    """

    def analyse(audio: str, task: str = "digits") -> list[dict[str, Any]]:
        return _result(lambda: turns.run(records.analysed, _required(audio), Selection(registry, task)))

    def models(task: str = "") -> list[dict[str, Any]]:
        try:
            return catalogue.records(registry, task or None)
        except AudioclfError as error:
            raise _refused(str(error)) from error

    def stress(audio: str, task: str = "digits", stress: str = "snr_white") -> dict[str, Any]:
        selection = Selection(registry, task)
        plan = _result(lambda: lab.plan(stress))
        swept = _result(lambda: turns.run(lab.find_breaking_point, _required(audio), plan, selection))
        return records.sweep_record(swept, task)

    def explain(audio: str, task: str = "digits", label: str = "") -> list[dict[str, Any]]:
        selection = Selection(registry, task)
        found = _result(lambda: turns.run(lab.explained, _required(audio), label or None, selection))
        return [records.explanation_record(one.explanation) for one in found]

    def transcribe(audio: str, task: str = "digits", grammar: str = "digits") -> list[dict[str, Any]]:
        if grammar not in transcription.GRAMMARS:
            raise _refused(f"{grammar[:40]!r} is no grammar; choose {' or '.join(transcription.GRAMMARS)}")
        selection = Selection(registry, task)
        found = _result(lambda: turns.run(transcription.transcribe, _required(audio), selection))
        return records.string_records(found, found.clip.name, grammar)

    def verify(enrol: list[str], test: str, model: str = "") -> list[dict[str, Any]]:
        def act() -> list[dict[str, Any]]:
            takes = [_required(str(file)) for file in enrol or [""]]
            return turns.run(speakers.verified, takes, _required(test), registry, model or None)

        return _result(act)

    audio = gr.Audio(type="filepath", visible=False, label="audio")
    task = gr.Textbox("digits", visible=False, label="task")
    offered: list[tuple[Callable[..., Any], list[Any], str]] = [
        (analyse, [audio, task], ANALYSE),
        (models, [gr.Textbox("", visible=False, label="task")], MODELS),
        (stress, [audio, task, gr.Textbox("snr_white", visible=False, label="stress")], STRESS),
        (explain, [audio, task, gr.Textbox("", visible=False, label="label")], EXPLAIN),
        (transcribe, [audio, task, gr.Textbox("digits", visible=False, label="grammar")], TRANSCRIBE),
    ]
    if speakers.models(registry):
        enrol = gr.File(file_count="multiple", visible=False, label="enrol")
        test = gr.Audio(type="filepath", visible=False, label="test")
        offered.append((verify, [enrol, test, gr.Textbox("", visible=False, label="model")], VERIFY))
    for act, inputs, words in offered:
        gr.Button(visible=False).click(
            act,
            inputs,
            gr.JSON(visible=False, label="records"),
            api_name=act.__name__,
            api_description=words,
            **{**events.QUEUED, "api_visibility": "public"},
        )


def _required(audio: str) -> str:
    if not audio:
        raise AudioclfError("audio is missing; give a sound file")
    return audio


def _result(act: Callable[[], T]) -> T:
    """The result of `act`; a failure is raised as an error for the client."""
    found = jobs.attempt(act)
    if found.value is None:
        raise _refused(found.problem)
    return found.value


def _refused(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)
