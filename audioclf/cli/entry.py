"""The command line: all commands in one parser, and every failure as a sentence with an exit status."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence

from audioclf.cli import classify, compare, data, demo, evaluate, space, train, zoo
from audioclf.cli.choosing import UsageError
from audioclf.cli.options import make_parser
from audioclf.types import AudioclfError
from audioclf.version import __version__
from audioclf.zoo import hub

# Each adds its parsers with `add_parser`, in the order of the help.
COMMANDS = (classify, compare, zoo, train, evaluate, data, demo, space)

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

EXAMPLES = """\
examples:
  audioclf classify seven.wav           what do all three models hear?
  audioclf compare seven.wav            how much noise does each of them bear?
  audioclf demo                         the same in the browser, with pictures
  audioclf zoo list                     which models there are
  audioclf COMMAND --help               more about one command"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
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
    parser = make_parser(argparse.ArgumentParser, "", DESCRIPTION, EXAMPLES, prog="audioclf")
    parser.add_argument("--version", action="version", version=f"audioclf {__version__}")
    chosen = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(chosen)
    return parser
