"""The command line: what can be typed. What each command does is in commands.py."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import Any

from audioclf.cli import classify, compare, space, train, zoo
from audioclf.cli.options import add_zoo, make_parser, positive
from audioclf.types import AudioclfError
from audioclf.version import __version__
from audioclf.zoo import hub

# What can be wrong with a folder or file that was named; anything else is a mistake of ours.
PLACES = {
    errno.EACCES: "not allowed to use {}; choose another folder",
    errno.EPERM: "not allowed to use {}; choose another folder",
    errno.EROFS: "{} cannot be written to; choose another folder",
    errno.ENOTDIR: "{} cannot be there, below something that is no folder; choose another folder",
    errno.EEXIST: "{} is there and is no folder; choose another folder",
    errno.EISDIR: "{} is a folder, and a file was wanted; choose another name",
    errno.ENOSPC: "no room left for {}; make room, or choose another folder",
    errno.EDQUOT: "no room left for {}; make room, or choose another folder",
}

DESCRIPTION = """\
Ask three families of classifier what they hear in a sound:
a GMM on wavelet features, a CNN on spectrograms and an RNN on MFCC sequences."""

MAIN_EXAMPLES = """\
examples:
  audioclf classify seven.wav           what do all three models hear?
  audioclf compare seven.wav            how much noise does each of them bear?
  audioclf demo                         the same in the browser, with pictures
  audioclf zoo list                     which models there are
  audioclf COMMAND --help               more about one command"""

CLASSIFY = """\
Print what every model of a task hears in sound files: WAV, FLAC, OGG, MP3, M4A, WebM and more.
Folders are searched for sound files. A file that cannot be read is reported and the others go on."""

CLASSIFY_EXAMPLES = """\
examples:
  audioclf classify seven.wav
  audioclf classify --model digits-cnn --top 3 recordings/
  audioclf classify --json recordings/ > answers.jsonl

With --json there is one object a line for each file and model:
  {"file", "task", "model", "label", "scores": {label: probability}, "known", "clip_seconds", "model_seconds"}
label is null and a "note" says so when there is nothing to hear; a file that fails gives {"file", "error"}.

exit status: 0 all files were classified, 1 at least one was not, 2 wrong usage"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    hub.quiet()  # before Gradio or anything else imports the client of the Hub
    args = build_parser().parse_args(argv)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except classify.UsageError as error:
        print(f"audioclf: {error}", file=sys.stderr)
        return 2
    except AudioclfError as error:
        print(f"audioclf: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read our output has enough; Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in PLACES:
            raise
        print(f"audioclf: {PLACES[error.errno].format(error.filename or 'it')}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("audioclf: interrupted", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `args.run` is the function of the one that was chosen."""
    parser = make_parser(argparse.ArgumentParser, "", DESCRIPTION, MAIN_EXAMPLES, prog="audioclf")
    parser.add_argument("--version", action="version", version=f"audioclf {__version__}")
    chosen = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _classify(chosen)
    compare.add_parsers(chosen)
    zoo.add_parser(chosen)
    train.add_parsers(chosen)
    _demo(chosen)
    space.add_parser(chosen)
    return parser


def _classify(chosen: Any) -> None:
    parser = make_parser(
        chosen.add_parser, "classify", CLASSIFY, CLASSIFY_EXAMPLES, help="say what is heard in sound files"
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a sound file, or a folder of them")
    parser.add_argument("--task", help="what to recognise (default: that of the first --model, else digits)")
    parser.add_argument(
        "--model",
        action="append",
        metavar="ID",
        help="ask only this model, an id or hf-hub:owner/name[@revision]; may be given several times",
    )
    parser.add_argument(
        "--top",
        type=positive,
        metavar="K",
        help="show the K likeliest labels (default: one in the table, all with --json)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    add_zoo(parser)
    parser.set_defaults(run=classify.classify)


def _demo(chosen: Any) -> None:
    words = "Serve the interactive page, on this machine only unless told otherwise."
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
        "--mcp", action="store_true", help="offer the endpoints as MCP tools, too (needs gradio[mcp])"
    )
    add_zoo(parser)
    parser.set_defaults(run=classify.demo)
