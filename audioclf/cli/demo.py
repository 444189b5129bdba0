"""`audioclf demo`: serve the page."""

from argparse import Namespace
from typing import Any

from audioclf.cli.options import add_zoo, make_parser
from audioclf.zoo.registry import open_registry


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
    add_zoo(parser)
    parser.set_defaults(run=demo)


def demo(args: Namespace) -> int:
    """Serve the page."""
    from audioclf.ui.serve import launch

    return launch(open_registry(args.zoo), args.host, args.port, args.share, args.mcp)
