"""The page: header, tabs and the public endpoint."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf import service
from audioclf.ui import flow, look
from audioclf.ui.compare import compare_tab
from audioclf.ui.microphone import microphone_tab
from audioclf.ui.upload import upload_tab

MAX_UPLOAD = "25mb"
KEPT_SECONDS = 3600  # uploads and recordings are removed from the server when they are this old
API_WORDS = (
    "What every model of a task hears in a sound file: one record for each model, "
    "with the score of every label. `audio` is a file, `task` a task's name, such as digits."
)


def build_demo(registry: str | None = None) -> gr.Blocks:
    """The whole page, ready to launch. registry: a folder of models, default as in `zoo.open_registry`."""
    with gr.Blocks(
        title="audioclf", analytics_enabled=False, delete_cache=(KEPT_SECONDS // 2, KEPT_SECONDS)
    ) as demo:
        choices = service.task_choices(registry)
        with gr.Row(elem_classes="ac-head"):
            gr.HTML(look.header(status(registry)), elem_id="header", **flow.PLAIN)
            task = gr.Radio(
                choices, value=choices[0][1], label="Task", elem_id="task", elem_classes="ac-segments"
            )
        page = flow.Page(registry, task, gr.State(None))
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Upload", id="upload"):
                upload_tab(page)
            with gr.Tab("Microphone", id="microphone"):
                microphone_tab(page)
            with gr.Tab("Compare", id="compare") as tab:
                compare_tab(page, tab)
        _endpoint(registry)
    demo.queue(max_size=64, default_concurrency_limit=2)
    return demo


def launch_settings() -> dict[str, Any]:
    """How Gradio serves the page: it reports nothing, remembers nothing and fetches nothing."""
    return {
        "theme": look.theme(),
        "head": look.head(),
        "favicon_path": Path(__file__).with_name("favicon.svg"),
        "max_file_size": MAX_UPLOAD,
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "show_error": True,
        "quiet": True,
    }


def status(registry: str | None) -> str:
    """Which models answer, in a few words for the header."""
    where = registry or os.environ.get("AUDIOCLF_ZOO")
    return f"models from {Path(where).name} · offline" if where else "bundled models · offline"


def _endpoint(registry: str | None) -> None:
    """The one public endpoint. Only a component can take a file, so unseen ones stand for its parameters."""

    def analyse(audio: str, task: str = "digits") -> list[dict[str, Any]]:
        if not audio:
            raise gr.Error("audio is missing; give a sound file", print_exception=False)
        found = flow.analyse(flow.Sound(audio), task, registry, pictures=False)
        if isinstance(found, str):
            raise gr.Error(found, print_exception=False)
        return service.to_records(found, found.clip.name)

    audio = gr.Audio(type="filepath", visible=False, label="audio")
    task = gr.Textbox("digits", visible=False, label="task")
    records = gr.JSON(visible=False, label="records")
    gr.Button(visible=False).click(
        analyse,
        [audio, task],
        records,
        api_name="analyse",
        api_description=API_WORDS,
        **{**flow.TURN, "api_visibility": "public"},
    )
