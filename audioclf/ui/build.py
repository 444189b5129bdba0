"""The page: header, tabs and the public endpoint; and how it is served."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import gradio as gr

from audioclf import service
from audioclf.types import AudioclfError
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


def launch(
    host: str | None = None, port: int | None = None, share: bool = False, zoo: str | None = None
) -> int:
    """Serve the page until interrupted. Returns the exit status: 1 if it could not be served.

    host, port: default to GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, else 127.0.0.1 and 7860.
    ZooError for a registry that cannot be used.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    wanted = port or os.environ.get("GRADIO_SERVER_PORT") or 7860
    if problem := _unusable(host, wanted):
        print(problem, file=sys.stderr)
        return 1
    demo = build_demo(zoo)
    _, local, public = demo.launch(server_name=host, server_port=int(wanted), share=share, **_settings())
    # What is heavy (PyTorch, the models) loads while the page is already there to be read.
    Thread(target=_preload, args=(zoo,), name="preload", daemon=True).start()
    print(f"audioclf is served at {local}", f"and publicly at {public}" if public else "", flush=True)
    if share and not public:
        print(
            "No public link could be made (see above); the local address works.", file=sys.stderr, flush=True
        )
    demo.block_thread()
    return 0


def status(registry: str | None) -> str:
    """Which models answer, in a few words for the header."""
    where = registry or os.environ.get("AUDIOCLF_ZOO")
    return f"models from {Path(where).name} · offline" if where else "bundled models · offline"


def _preload(registry: str | None) -> None:
    try:
        service.preload(registry=registry)
    except (
        AudioclfError
    ) as error:  # visitors see it with their first sound; whoever serves the page sees it now
        flow.LOG.warning("%s", error)


def _settings() -> dict[str, Any]:
    return {
        "theme": look.theme(),
        "head": look.head(),
        "max_file_size": MAX_UPLOAD,
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "show_error": True,
        "quiet": True,
        "prevent_thread_lock": True,
    }


def _unusable(host: str, port: int | str) -> str | None:
    """Why nothing can be served at this address, or None. Asked before the page is built, to answer fast."""
    if not (str(port).isdecimal() and 0 < int(port) < 65536):
        return f"{port} is not a port (1 to 65535); see --port and GRADIO_SERVER_PORT"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            return f"cannot serve at {host}:{port} ({error.strerror}); choose another with --port or --host"
    return None


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
