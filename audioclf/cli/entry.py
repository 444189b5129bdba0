"""The command line: one parser for all commands; every error becomes one sentence and an exit status."""

import argparse
import errno
import io
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from audioclf.cli import (
    classify,
    compare,
    data,
    demo,
    evaluate,
    listen,
    show,
    space,
    train,
    transcribe,
    verify,
    zoo,
)
from audioclf.cli.choosing import UsageError
from audioclf.cli.options import make_parser
from audioclf.types import AudioclfError
from audioclf.version import __version__
from audioclf.zoo import hub

COMMANDS = (
    classify,
    transcribe,
    verify,
    listen,
    compare,
    show,
    zoo,
    train,
    evaluate,
    data,
    demo,
    space,
)  # in the order of the help

INTERRUPTED = 130  # exit status after Ctrl-C

# Errors of a file or folder that the user named; any other OSError is a bug.
PATH_ERRORS = {
    errno.EACCES: "no permission to use {}; choose another folder",
    errno.EPERM: "no permission to use {}; choose another folder",
    errno.EROFS: "{} cannot be written to; choose another folder",
    errno.ENOTDIR: "{} lies below a file, not a folder; choose another folder",
    errno.EEXIST: "{} exists and is not a folder; choose another folder",
    errno.EISDIR: "{} is a folder, not a file; choose another name",
    errno.ENOSPC: "no space left for {}; free some, or choose another folder",
    errno.EDQUOT: "no space left for {}; free some, or choose another folder",
}

DESCRIPTION = """\
Classify sounds with three families of models:
a GMM on wavelet features, a CNN on spectrograms and an RNN on MFCC sequences."""

EXAMPLES = """\
examples:
  audioclf classify seven.wav           what do all three models predict?
  audioclf transcribe number.wav        which digits are said in a row?
  audioclf verify --enrol a.wav --test b.wav
                                        is it the same voice?
  audioclf listen -                     what sounds in a stream, as it sounds?
  audioclf compare seven.wav            at what noise level does each model fail?
  audioclf demo                         the same in the browser, with pictures
  audioclf zoo list                     the models
  audioclf COMMAND --help               more about one command"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    _replace_missing_home()
    _print_what_the_terminal_lacks()
    hub.disable_telemetry()  # before Gradio or anything else imports the client of the Hub
    args = build_parser().parse_args(argv)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except UsageError as error:
        print(f"audioclf: {error}", file=sys.stderr)
        return 2
    except AudioclfError as error:
        print(f"audioclf: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader closed the pipe; without this, Python reports the error again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in PATH_ERRORS:
            raise
        print(f"audioclf: {PATH_ERRORS[error.errno].format(error.filename or 'it')}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("audioclf: interrupted", file=sys.stderr)
        return INTERRUPTED


def run() -> NoReturn:
    """The program: `main`, and after Ctrl-C an end that waits for no thread; PyTorch's and pools' take seconds.

    Semaphores that are left then are removed by their tracker, a process of Python's, which need not warn of that.
    """
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    status = main()
    if status == INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


def _print_what_the_terminal_lacks() -> None:
    """Write characters that the encoding of the terminal does not have as escapes, instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook or a test may have another stream, or None
            stream.reconfigure(errors="backslashreplace")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `args.run` is the function of the chosen one."""
    parser = make_parser(argparse.ArgumentParser, "", DESCRIPTION, EXAMPLES, prog="audioclf")
    parser.add_argument("--version", action="version", version=f"audioclf {__version__}")
    chosen = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(chosen)
    return parser


def _replace_missing_home() -> None:
    """Give matplotlib a folder of its own if this user has no home folder, where it would look for its settings."""
    try:
        Path.home()
    except RuntimeError:
        os.environ.setdefault("MPLCONFIGDIR", tempfile.mkdtemp(prefix="audioclf-matplotlib-"))
