"""`audioclf classify`: predictions of the models of a task for sound files."""

import json
from argparse import Namespace
from collections.abc import Iterator
from itertools import product
from typing import Any

from audioclf.cli.choosing import chosen
from audioclf.cli.files import output_for, sounds_below
from audioclf.cli.options import TASK_HELP, add_zoo, make_parser, positive
from audioclf.cli.printing import aligned, clip_line, progress_bar
from audioclf.types import Analysis, Prediction
from audioclf.wording import NONE, probability

DESCRIPTION = """\
Classify sound files with every model of a task: WAV, FLAC, OGG, MP3, M4A, WebM and more.
Folders are searched for sound files. A file that cannot be read is reported, and the others are classified."""

EXAMPLES = """\
examples:
  audioclf classify seven.wav
  audioclf classify --model digits-cnn --top 3 recordings/
  audioclf classify --json recordings/ > answers.jsonl

--json prints one object per line, for each file and model:
  {"file", "task", "model", "label", "known", "certainty", "probabilities": {label: probability}, "scores",
   "clip_seconds", "model_seconds"}
The probabilities of the labels and of "none of these" have sum 1. "scores", of labels alone, is deprecated.
For a silent file, label is null and a "note" says so. A file that cannot be read gives {"file", "error"}.

exit status: 0 all files were classified, 1 at least one was not, 2 wrong usage"""


def add_parser(commands: Any) -> None:
    """Add `classify` to the commands of the command line."""
    parser = make_parser(commands.add_parser, "classify", DESCRIPTION, EXAMPLES, help="classify sound files")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a sound file, or a folder of them")
    parser.add_argument("--task", help=TASK_HELP)
    parser.add_argument(
        "--model",
        action="append",
        metavar="ID",
        help="use only this model, an id or hf-hub:owner/name[@revision]; may be given several times",
    )
    parser.add_argument(
        "--top",
        type=positive,
        metavar="K",
        help="show the K likeliest answers (default: one in the table, all with --json)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, one object per line")
    add_zoo(parser)
    parser.set_defaults(run=classify)


def classify(args: Namespace) -> int:
    """Print the predictions for every file. Status 1 if a file failed."""
    from tqdm import tqdm

    from audioclf.inference import loading
    from audioclf.service.analysis import analyse
    from audioclf.service.records import to_records

    selection = chosen(args)
    with progress_bar() as progress:
        # Loaded first: a damaged model is reported once, not for every file.
        loading.load_models(selection, progress)

    def written(file: str) -> str:
        analysis = analyse(file, selection, pictures=False)
        return _lines(to_records(analysis, file), args.top) if args.json else _table(analysis, args.top)

    files = list(sounds_below(args.files))
    failures = 0
    # disable=None shows the bar on a terminal only. Lines are written through the bar, so that they do not mix.
    bar = tqdm(files, unit="file", leave=False, disable=None if len(files) > 1 else True)
    for file, problem in bar:
        output = output_for(file, problem, written, args.json)
        failures += output.has_failed
        bar.write(output.text, file=output.stream)
    return 1 if failures else 0


def _lines(records: list[dict], top: int | None) -> str:
    for record, name in product(records if top else (), ("probabilities", "scores")):
        record[name] = dict(sorted(record[name].items(), key=lambda item: -item[1])[:top])
    return "\n".join(map(json.dumps, records))


def _table(analysis: Analysis, top: int | None) -> str:
    rows = [row for p in analysis.predictions for row in _answers(p, top or 1)]
    return "\n".join(
        [
            clip_line(analysis.clip),
            *aligned(rows, numeric=(2, 4)),
            *(f"  {sentence}" for sentence in (analysis.verdict, *analysis.notices)),
            "",
        ]
    )


def _answers(prediction: Prediction, top: int) -> Iterator[tuple[str, ...]]:
    """A row for the likeliest answer, then rows for the next ones."""
    if not prediction.heard:
        yield prediction.model, "–", "", "", ""
        return
    milliseconds = f"{1000 * prediction.model_seconds:.1f} ms"
    first, *others = prediction.top(top)
    yield prediction.model, first[0] or NONE, probability(first[1]), prediction.certainty, milliseconds
    for label, share in others:
        yield "", label or NONE, probability(share), "", ""
