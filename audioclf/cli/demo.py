"""`audioclf demo`: serve the page."""

import re
from argparse import Namespace
from pathlib import Path
from typing import Any

from audioclf.cli.choosing import UsageError
from audioclf.cli.options import add_zoo, make_parser, natural
from audioclf.zoo.registry import open_registry

MAX_WORKERS = 64


def add_parser(chosen: Any) -> None:
    """Add `demo` to the commands of the command line."""
    words = "Serve the interactive page, by default to this machine only."
    parser = make_parser(
        chosen.add_parser,
        "demo",
        words,
        "example:\n  audioclf demo --port 8000",
        help="open the interactive page",
    )
    parser.add_argument("--host", help="address to serve at (default: $GRADIO_SERVER_NAME, else 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to serve at (default: $GRADIO_SERVER_PORT, else 7860)")
    parser.add_argument("--share", action="store_true", help="also make a public link, through gradio.live")
    parser.add_argument(
        "--mcp", action="store_true", help="also offer the endpoints as MCP tools (needs gradio[mcp])"
    )
    parser.add_argument(
        "--public", action="store_true", help="visitors are strangers, whatever the address: for a proxy"
    )
    parser.add_argument(
        "--root-path", default="", metavar="/PREFIX", help="prefix of the page behind a proxy"
    )
    parser.add_argument(
        "--auth",
        action="append",
        default=[],
        metavar="NAME:PASSWORD",
        help="ask visitors to log in; @FILE reads one NAME:PASSWORD per line; may be given several times",
    )
    parser.add_argument(
        "--frame",
        action="append",
        default=[],
        metavar="SITE",
        help="let this site (https://…) show the page in a frame",
    )
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="serve https with these files")
    parser.add_argument(
        "--max-visitors",
        type=int,
        metavar="N",
        help="pages that may be open at once; others are told to wait for a place",
    )
    parser.add_argument(
        "--metrics", action="store_true", help="answer /metrics with counters in Prometheus' text format"
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes that analyse sounds; 0 analyses in the server itself (default: one for each core)",
    )
    parser.add_argument(
        "--max-listeners",
        type=natural,
        default=8,
        metavar="N",
        help="visitors who may be listened to live at once; 0 offers it to nobody (default: 8)",
    )
    add_zoo(parser)
    parser.set_defaults(run=demo)


def demo(args: Namespace) -> int:
    """Serve the page."""
    from audioclf.ui.serve import Serving, launch

    serving = Serving(
        args.host,
        args.port,
        args.share,
        args.mcp,
        args.public,
        args.root_path,
        _users(args.auth),
        tuple(map(_site, args.frame)),
        _certificate(args.tls),
        _places(args.max_visitors),
        args.metrics,
        _count(args.workers),
        args.max_listeners,
    )
    return launch(open_registry(args.zoo), serving)


def _users(texts: list[str]) -> tuple[tuple[str, str], ...]:
    lines = [line for text in texts for line in (_lines(text[1:]) if text.startswith("@") else [text])]
    users = tuple((name, password) for name, _, password in (line.partition(":") for line in lines))
    if not all(name and password for name, password in users):
        raise UsageError("--auth needs NAME:PASSWORD, or @FILE with one of them on each line")
    return users


def _lines(file: str) -> list[str]:
    if not Path(file).is_file():
        raise UsageError(f"--auth: there is no file {file}")
    return [line for line in Path(file).read_text("utf-8").splitlines() if line]


def _count(n: int | None) -> int | None:
    if n is not None and not 0 <= n <= MAX_WORKERS:
        raise UsageError(f"--workers {n} is not a number from 0 to {MAX_WORKERS}")
    return n


def _site(text: str) -> str:
    if not re.fullmatch(r"https?://[\w.*-]+(:\d+)?", text):
        raise UsageError(f"--frame {text} is not the address of a site, such as https://example.org")
    return text


def _certificate(files: list[str] | None) -> tuple[str, str] | None:
    if not files:
        return None
    if missing := [file for file in files if not Path(file).is_file()]:
        raise UsageError(f"--tls: there is no file {', '.join(missing)}")
    return files[0], files[1]


def _places(number: int | None) -> int | None:
    if number is not None and number < 1:
        raise UsageError(f"--max-visitors {number}: at least one visitor must have a place")
    return number
