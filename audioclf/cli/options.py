"""What the parsers of all commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def make_parser(
    make: Callable[..., argparse.ArgumentParser], name: str, description: str, examples: str, **more: Any
) -> argparse.ArgumentParser:
    """A parser made by `make`; examples stand at the end of its help as they are."""
    names = (name,) if name else ()
    return make(
        *names,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        **more,
    )


def add_zoo(parser: argparse.ArgumentParser) -> None:
    """The option that says which registry is used."""
    parser.add_argument(
        "--zoo",
        metavar="WHERE",
        help="model registry to use, a folder or hf-hub:owner/repo[@revision] "
        "(default: $AUDIOCLF_ZOO, else the bundled zoo)",
    )


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def natural(text: str) -> int:
    """A whole number of at least 0."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)
