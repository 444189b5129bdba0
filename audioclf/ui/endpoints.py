"""The public endpoints, for programs: plain JSON, with the words that describe them to people and to MCP clients."""

from __future__ import annotations

from typing import Any

import gradio as gr

from audioclf import catalogue, service
from audioclf.types import AudioclfError
from audioclf.ui import flow

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


def endpoints(registry: str | None) -> None:
    """Adds /analyse and /models. Only a component can take a file, so unseen ones stand for all parameters."""

    def analyse(audio: str, task: str = "digits") -> list[dict[str, Any]]:
        if not audio:
            raise _refused("audio is missing; give a sound file")
        found = flow.analyse(flow.Sound(audio), flow.Ask(task, registry), pictures=False)
        if isinstance(found, str):
            raise _refused(found)
        return service.to_records(found, found.clip.name)

    def models(task: str = "") -> list[dict[str, Any]]:
        try:
            return catalogue.records(registry, task or None)
        except AudioclfError as error:
            raise _refused(str(error)) from error

    audio = gr.Audio(type="filepath", visible=False, label="audio")
    for act, inputs, words in (
        (analyse, [audio, gr.Textbox("digits", visible=False, label="task")], ANALYSE),
        (models, [gr.Textbox("", visible=False, label="task")], MODELS),
    ):
        gr.Button(visible=False).click(
            act,
            inputs,
            gr.JSON(visible=False, label="records"),
            api_name=act.__name__,
            api_description=words,
            **{**flow.TURN, "api_visibility": "public"},
        )


def _refused(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)
