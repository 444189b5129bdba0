"""Options that several commands share."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

TASK_HELP = "what to recognise (default: the task of the first --model, else the registry's first)"


def make_parser(
    make: Callable[..., argparse.ArgumentParser], name: str, description: str, examples: str, **more: Any
) -> argparse.ArgumentParser:
    """A parser made by `make`, with the examples at the end of its help, unwrapped."""
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
    """Add the option for the registry to use."""
    parser.add_argument(
        "--zoo",
        metavar="WHERE",
        help="model registry to use, a folder or hf-hub:owner/repo[@revision] "
        "(default: $AUDIOCLF_ZOO, else the bundled zoo)",
    )


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add the options for data, recipe and output of training."""
    parser.add_argument("--data", metavar="FOLDER", help="folder of the data sets (default: $AUDIOCLF_DATA)")
    parser.add_argument(
        "--like", default="", metavar="TASK", help="use this task's recipes on your own --data folder"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", help="registry of the model (default: $AUDIOCLF_ZOO, else the bundled zoo)"
    )
    parser.add_argument("--epochs", type=positive, help="epochs of training (default: the recipe's)")
    parser.add_argument(
        "--runs", metavar="FOLDER", default="runs", help="folder for caches and checkpoints (default: runs)"
    )


def png_file(text: str) -> Path:
    """A file that a picture is written to."""
    if Path(text).suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"{text!r} is no PNG file; end its name in .png")
    return Path(text)


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
