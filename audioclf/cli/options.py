"""What the parsers of all commands share."""

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


def add_training(parser: argparse.ArgumentParser) -> None:
    """The options that say what is trained from what, and where to."""
    parser.add_argument("--data", metavar="FOLDER", help="where the data sets are (default: $AUDIOCLF_DATA)")
    parser.add_argument(
        "--like", default="", metavar="TASK", help="--data is a folder of your own; use this task's recipes"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", help="registry to write to (default: $AUDIOCLF_ZOO, else the bundled zoo)"
    )
    parser.add_argument("--epochs", type=positive, help="passes over the data (default: the recipe's)")
    parser.add_argument(
        "--runs", metavar="FOLDER", default="runs", help="folder for caches and checkpoints (default: runs)"
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
