"""Serve the page. Gradio is imported last: it takes seconds, and errors should appear at once."""

import importlib.util
import logging
import os
import socket
import sys
from threading import Thread
from typing import Any

from audioclf.inference.loading import Selection
from audioclf.service.analysis import preload
from audioclf.service.catalogue import task_choices
from audioclf.types import AudioclfError, Progress, ZooError
from audioclf.version import __version__
from audioclf.wording import megabytes
from audioclf.zoo.registry import Registry

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHARE_HOST, SHARE_PORT = "api.gradio.app", 443  # where Gradio requests a public link
SHARE_PATIENCE = 5.0  # seconds; Gradio itself would wait for half a minute
SHARE_DETOURS = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "GRADIO_SHARE_SERVER_ADDRESS")
NO_MCP = "--mcp needs one more package: pip install 'gradio[mcp]=={version}'"


def launch(
    registry: Registry,
    host: str | None = None,
    port: int | None = None,
    share: bool = False,
    mcp: bool = False,
) -> int:
    """Serve the page until interrupted. Returns the exit status: 1 if it could not be served.

    host, port: default to GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, else 127.0.0.1 and 7860.
    mcp: also offer the public endpoints as MCP tools. Raises ZooError for a registry without models.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    wanted = str(os.environ.get("GRADIO_SERVER_PORT") or 7860) if port is None else str(port)
    if problem := unusable(host, wanted) or (without_mcp() if mcp else None):
        _print_error(problem)
        return 1
    if not task_choices(registry):
        raise ZooError("there is no model to serve in this registry; see `audioclf zoo list`")
    no_link = unshareable() if share else None
    from audioclf.ui.page import build_demo, launch_settings

    # Visitors over the network may not open folders of this machine.
    demo = build_demo(registry, folders=host in LOOPBACK and not share)
    _, local, public = demo.launch(
        server_name=host,
        server_port=int(wanted),
        share=share and not no_link,
        mcp_server=mcp,
        app_kwargs={"routes": [health_route()]},
        prevent_thread_lock=True,
        **launch_settings(),
    )
    print(f"audioclf is served at {public or local}", flush=True)
    if share and not public:
        _print_error(f"no public link, only the local one: {no_link or 'the lines above say why'}")
    # PyTorch and the models load while the page can already be read.
    Thread(target=_preload, args=(registry,), name="preload", daemon=True).start()
    demo.block_thread()
    return 0


def unusable(host: str, port: str) -> str | None:
    """Why the page cannot be served at this address, or None."""
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


def without_mcp() -> str | None:
    """The command that installs MCP support, or None if it is installed."""
    if importlib.util.find_spec("mcp"):
        return None
    from importlib.metadata import version

    return NO_MCP.format(version=version("gradio"))


def unshareable() -> str | None:
    """Why no public link is available from here, or None if it is worth a try."""
    if any(os.environ.get(name) for name in SHARE_DETOURS):
        return None  # Gradio then takes a route that we cannot test
    try:
        socket.create_connection((SHARE_HOST, SHARE_PORT), SHARE_PATIENCE).close()
    except OSError as error:
        return (
            f"{SHARE_HOST}, which provides it, cannot be reached from here ({error.strerror or error}); "
            "check the network, or use --host 0.0.0.0 to serve your local network"
        )
    return None


def health_route() -> Any:
    """GET /healthz: whether the server answers at all; works before any model is loaded."""
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def healthz(request: Any) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    return Route("/healthz", healthz)


def download_lines() -> Progress:
    """A Progress that prints one line per model: a server's output usually goes to a log."""
    begun: set[str] = set()

    def tell(done: int, total: int, words: str) -> None:
        model = words.split("/")[0]
        if model not in begun:
            begun.add(model)
            print(f"downloading {model}, {megabytes(total)}", flush=True)

    return tell


def _print_error(sentence: str) -> None:
    print(f"audioclf: {sentence}", file=sys.stderr, flush=True)


def _preload(registry: Registry) -> None:
    try:
        preload(Selection(registry, task_choices(registry)[0][1]), download_lines())
    except AudioclfError as error:
        # Visitors see the error with their first sound; the server's log shows it at once.
        logging.getLogger(__name__).warning("%s", error)
