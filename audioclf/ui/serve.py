"""From a command to a served page. Gradio is imported last: it takes seconds, errors should not."""

from __future__ import annotations

import logging
import os
import socket
import sys
from threading import Thread

from audioclf import service
from audioclf.types import AudioclfError, ZooError


def launch(
    host: str | None = None, port: int | None = None, share: bool = False, zoo: str | None = None
) -> int:
    """Serve the page until interrupted. Returns the exit status: 1 if it could not be served.

    host, port: default to GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, else 127.0.0.1 and 7860.
    ZooError for a registry that cannot be used or holds nothing to show.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    wanted = str(os.environ.get("GRADIO_SERVER_PORT") or 7860) if port is None else str(port)
    if problem := unusable(host, wanted):
        print(f"audioclf: {problem}", file=sys.stderr)
        return 1
    if not service.task_choices(zoo):
        raise ZooError("there is no model to serve in this registry; see `audioclf zoo list`")
    from audioclf.ui.build import build_demo, launch_settings

    demo = build_demo(zoo)
    _, local, public = demo.launch(
        server_name=host,
        server_port=int(wanted),
        share=share,
        prevent_thread_lock=True,
        **launch_settings(),
    )
    print(f"audioclf is served at {public or local}", flush=True)
    if share and not public:
        print("audioclf: no public link could be made, only the local one", file=sys.stderr, flush=True)
    # What is heavy (PyTorch, the models) loads while the page is already there to be read.
    Thread(target=_preload, args=(zoo,), name="preload", daemon=True).start()
    demo.block_thread()
    return 0


def unusable(host: str, port: str) -> str | None:
    """Why nothing can be served at this address, or None."""
    if not (port.isdecimal() and 0 < int(port) < 65536):
        return f"{port} is not a port (1 to 65535); see --port and GRADIO_SERVER_PORT"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            return f"cannot serve at {host}:{port} ({error.strerror}); choose another with --port or --host"
    return None


def _preload(registry: str | None) -> None:
    try:
        service.preload(registry=registry)
    except AudioclfError as error:
        # A visitor meets it with the first sound; whoever serves the page should know now.
        logging.getLogger(__name__).warning("%s", error)
