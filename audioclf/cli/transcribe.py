"""`audioclf transcribe`: strings of digits in sound files."""

import json
import sys
from argparse import Namespace
from typing import Any

from audioclf.cli.choosing import chosen
from audioclf.cli.files import output_for, sounds_below
from audioclf.cli.options import TASK_HELP, add_zoo, make_parser
from audioclf.cli.printing import aligned, clip_line, progress_bar
from audioclf.types import Clip
from audioclf.wording import percent

DESCRIPTION = """\
Read strings of digits, such as telephone numbers, with every model of the task: one string a file and model.
Folders are searched for sound files. A file that cannot be read is reported, and the others are read."""

EXAMPLES = """\
examples:
  audioclf transcribe number.wav
  audioclf transcribe --model digits-cnn --grammar phone number.wav
  audioclf transcribe --json recordings/ > strings.jsonl

--json prints one object per line, for each file and model:
  {"file", "task", "model", "string", "share", "labels": [{"label", "probability", "start", "end", "others"}],
   "alternatives": [{"string", "share"}], "clip_seconds", "model_seconds"}
An empty string has a "note" that says why. A file that cannot be read gives {"file", "error"}.

--grammar phone writes "oh" for zero, "double seven" and "triple seven" for repeats. The models know the ten
digits only: a spoken "oh" or "double" is not one of them, and is left out or misread.

exit status: 0 all files were read, 1 at least one was not, 2 wrong usage"""


def add_parser(commands: Any) -> None:
    """Add `transcribe` to the commands of the command line."""
    parser = make_parser(
        commands.add_parser, "transcribe", DESCRIPTION, EXAMPLES, help="read strings of digits in sound files"
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a sound file, or a folder of them")
    parser.add_argument("--task", help=TASK_HELP)
    parser.add_argument(
        "--model", action="append", metavar="ID", help="use only this model; may be given several times"
    )
    parser.add_argument(
        "--grammar",
        default="digits",
        choices=("digits", "phone"),
        help="how strings are written: as read, or as telephone numbers are said",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, one object per line")
    add_zoo(parser)
    parser.set_defaults(run=transcribe)


def transcribe(args: Namespace) -> int:
    """Print the strings of every file. Status 1 if a file failed."""
    from audioclf.inference import loading
    from audioclf.inference.transcribe import check_task
    from audioclf.service import records, transcription

    selection = chosen(args)
    check_task(selection.task)
    with progress_bar() as progress:
        loading.load_models(selection, progress)

    def written(file: str) -> str:
        with progress_bar(" s") as progress:
            found = transcription.transcribe(file, selection, progress)
        rows = records.string_records(found, file, args.grammar)
        return "\n".join(map(json.dumps, rows)) if args.json else _table(found.clip, rows, found.sentence)

    failures = 0
    for file, problem in sounds_below(args.files):
        output = output_for(file, problem, written, args.json)
        failures += output.has_failed
        print(output.text, file=output.stream)
    sys.stdout.flush()
    return 1 if failures else 0


def _table(clip: Clip, rows: list[dict[str, Any]], sentence: str) -> str:
    cells = [
        (
            row["model"],
            row["string"] or "–",
            percent(row["share"], 0) if row["string"] else "–",
            f"{1000 * row['model_seconds']:.0f} ms",
        )
        for row in rows
    ]
    return "\n".join(
        [
            clip_line(clip),
            *aligned(cells, numeric=(2, 3)),
            f"  {sentence}",
            "",
        ]
    )
