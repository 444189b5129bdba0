"""Serve the page. Gradio is imported last: it takes seconds, and errors should appear at once."""

import importlib.util
import logging
import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any

from audioclf.inference.loading import Selection, fetch_models
from audioclf.service.analysis import preload
from audioclf.service.catalogue import task_choices
from audioclf.service.workers import Workers, usable_cores
from audioclf.types import AudioclfError, Progress, ZooError
from audioclf.ui.connections import bound_connections
from audioclf.ui.failures import keep_log_short
from audioclf.ui.guard import LOOPBACK, Access, Guard
from audioclf.ui.health import health_route
from audioclf.ui.live import MAX_LISTENERS, Live
from audioclf.ui.login import Users
from audioclf.ui.metrics import Counters, metrics_route, watch
from audioclf.ui.recordings import Room, Shares, recordings_folder
from audioclf.ui.tools import Own, keep_tools_log_short, mend
from audioclf.ui.visitors import Visitors
from audioclf.wording import megabytes
from audioclf.zoo.registry import Registry

SHARE_HOST, SHARE_PORT = "api.gradio.app", 443  # where Gradio requests a public link
SHARE_PATIENCE = 5.0  # seconds; Gradio itself would wait for half a minute
SHARE_DETOURS = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "GRADIO_SHARE_SERVER_ADDRESS")
SPACE_FRAMES = "'self' https://huggingface.co https://*.hf.space"  # a Space is shown in a frame of the Hub
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
NOT_STARTED = "the server did not start ({error}); try again, or another address with --port or --host"
NO_MCP = "--mcp needs one more package: pip install 'gradio[mcp]=={version}'"


@dataclass(frozen=True)
class Serving:
    """How the page is served. host, port: default to GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, else 127.0.0.1:7860.

    share: also make a public link. mcp: also offer the public endpoints as MCP tools. public: visitors are not the
    owner of this machine, whatever the address. root_path: prefix behind a proxy. users: (name, password) of those
    who may log in; everybody may use the page without. frames: sites that may show the page in a frame.
    certificate: files of a TLS certificate and its key. max_visitors: pages that may be open at once. metrics: answer
    /metrics. workers: processes that analyse sounds; 0: this one does it; default: one for each core. max_listeners:
    visitors who may be listened to live at once.
    """

    host: str | None = None
    port: int | None = None
    share: bool = False
    mcp: bool = False
    public: bool = False
    root_path: str = ""
    users: tuple[tuple[str, str], ...] = ()
    frames: tuple[str, ...] = ()
    certificate: tuple[str, str] | None = None
    max_visitors: int | None = None
    metrics: bool = False
    workers: int | None = None
    max_listeners: int = MAX_LISTENERS

    @property
    def address(self) -> str:
        """The host to serve at."""
        return self.host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"

    @property
    def wanted_port(self) -> str:
        """The port to serve at, as given."""
        return str(os.environ.get("GRADIO_SERVER_PORT") or 7860) if self.port is None else str(self.port)

    @property
    def access(self) -> Access:
        """Who may ask for what."""
        public = self.public or self.share or bool(self.root_path) or self.address not in LOOPBACK
        own = SPACE_FRAMES if os.environ.get("SPACE_ID") else "'self'"
        return Access(public, bool(self.users), self.mcp, self.metrics, " ".join((own, *self.frames)))


def launch(registry: Registry, serving: Serving | None = None) -> int:
    """Serve the page until interrupted. Returns the exit status: 1 if it could not be served.

    Raises ZooError for a registry without models.
    """
    serving = serving or Serving()
    problem = unusable(serving.address, serving.wanted_port) or (without_mcp() if serving.mcp else None)
    if problem:
        _print_error(problem)
        return 1
    if not task_choices(registry):
        raise ZooError("there is no model to serve in this registry; see `audioclf zoo list`")
    no_link = unshareable() if serving.share else None
    signal.signal(signal.SIGTERM, _interrupt)
    workers = _workers(registry, serving.workers)
    with recordings_folder() as folder, suppress(KeyboardInterrupt), closing(workers):
        try:
            with _without_proxies(serving.share):
                demo, url = _start(registry, serving, no_link, Room(folder), workers)
        except OSError as error:  # Gradio's only word on a server that did not start
            _print_error(unusable(serving.address, serving.wanted_port) or NOT_STARTED.format(error=error))
            return 1
        print(f"audioclf is served at {url}", flush=True)
        # PyTorch and the models load while the page can already be read.
        Thread(target=_preload, args=(registry, workers), name="preload", daemon=True).start()
        _wait(demo)
    return 0


def _workers(registry: Registry, n: int | None) -> Workers:
    return Workers(usable_cores() if n is None else n, partial(preload, _first(registry)))


def _first(registry: Registry) -> Selection:
    """The models that a visitor meets first."""
    return Selection(registry, task_choices(registry)[0][1])


def _start(
    registry: Registry, serving: Serving, no_link: str | None, room: Room, workers: Workers
) -> tuple[Any, str]:
    """The running page and its address."""
    from starlette.middleware import Middleware

    from audioclf.ui import theme
    from audioclf.ui.fair_queue import events_of
    from audioclf.ui.front import Front, kinds_of, parts_of
    from audioclf.ui.page import build_demo, launch_settings
    from audioclf.ui.presence import Presence
    from audioclf.ui.sessions import keep_lean
    from audioclf.ui.turns import Turns

    keep_log_short()
    turns = Turns(workers)
    live = Live(registry, turns.run_briefly, serving.max_listeners)
    # Visitors who are not the owner of this machine may not open its folders.
    demo = build_demo(registry, folders=not serving.access.public, turns=turns, live=live)
    visitors, counters, shares, own = Visitors(serving.max_visitors), Counters(), Shares(), Own()
    guard = Middleware(
        Guard,
        access=serving.access,
        waiting=lambda address: events_of(demo, address),
        is_full=room.is_full,
        visitors=visitors,
        counters=counters,
        shares=shares,
        own=own,
    )
    routes = [health_route(registry, workers), *live.routes()]
    if serving.metrics:
        watch(demo, counters)
        routes.append(metrics_route(demo, counters, turns, lambda: visitors.n_pages))
    parts = parts_of(kinds_of(demo))
    front = Middleware(Front, head=theme.head(), parts=parts)
    certificate, key = serving.certificate or (None, None)
    app, local, public = demo.launch(
        server_name=f"[{serving.address}]" if ":" in serving.address else serving.address,
        server_port=int(serving.wanted_port),
        share=serving.share and not no_link,
        mcp_server=serving.mcp,
        root_path=serving.root_path or None,
        auth=Users(dict(serving.users)) if serving.users else None,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_verify=False,
        app_kwargs={"routes": routes, "middleware": [guard, Middleware(Presence), front]},
        prevent_thread_lock=True,
        _frontend=False,  # Gradio would ask for the page, and give up if this machine is too busy to answer at once
        **launch_settings(),
    )
    keep_lean(app)
    if demo.mcp_server_obj:
        mend(demo.mcp_server_obj, own, lambda who, n: shares.take(who, n) and not room.is_full(n))
        keep_tools_log_short()
    bound_connections(demo.server)
    if serving.share and not public:
        _print_error(f"no public link, only the local one: {no_link or 'the lines above say why'}")
    _ask_info(local)
    return demo, public or local


def _ask_info(url: str) -> None:
    """Ask for the endpoints' description first: Gradio keeps the address that the first visitor claims in it."""
    with suppress(OSError):  # a login, or a certificate of another name: then the first visitor who may asks
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(f"{url.rstrip('/')}/gradio_api/info", timeout=10).close()


def _wait(demo: Any) -> None:
    """Serve until interrupted, then close the server."""
    try:
        while demo.is_running:
            time.sleep(0.2)
    finally:
        demo.close(verbose=False)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


@contextmanager
def _without_proxies(share: bool) -> Iterator[None]:
    """Let Gradio ask itself directly while it starts, whatever proxies the environment names for other hosts."""
    kept = {
        name: os.environ.pop(name)
        for name in list(os.environ)
        if name.lower() in PROXIES and not (share and os.environ[name].startswith("http"))
    }
    near = ",".join(filter(None, (os.environ.get("no_proxy"), *LOOPBACK)))
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = near
    try:
        yield
    finally:
        os.environ.update(kept)


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


def _preload(registry: Registry, workers: Workers) -> None:
    selection = _first(registry)
    try:
        if workers.n:
            fetch_models(selection, download_lines())
        else:
            preload(selection, download_lines())
    except AudioclfError as error:
        # Visitors see the error with their first sound; the server's log shows it at once.
        logging.getLogger(__name__).warning("%s", error)
    workers.start()
