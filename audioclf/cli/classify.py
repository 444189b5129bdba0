"""`audioclf classify`: predictions of the models of a task for sound files."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from audioclf.cli.choosing import chosen
from audioclf.cli.options import add_zoo, make_parser, positive
from audioclf.cli.printing import aligned, progress_bar
from audioclf.types import Analysis, AudioError, Prediction
from audioclf.wording import percent

DESCRIPTION = """\
Classify sound files with every model of a task: WAV, FLAC, OGG, MP3, M4A, WebM and more.
Folders are searched for sound files. A file that cannot be read is reported, and the others are classified."""

EXAMPLES = """\
examples:
  audioclf classify seven.wav
  audioclf classify --model digits-cnn --top 3 recordings/
  audioclf classify --json recordings/ > answers.jsonl

--json prints one object per line, for each file and model:
  {"file", "task", "model", "label", "scores": {label: probability}, "known", "clip_seconds", "model_seconds"}
For a silent file, label is null and a "note" says so. A file that cannot be read gives {"file", "error"}.

exit status: 0 all files were classified, 1 at least one was not, 2 wrong usage"""


def add_parser(commands: Any) -> None:
    """Add `classify` to the commands of the command line."""
    parser = make_parser(commands.add_parser, "classify", DESCRIPTION, EXAMPLES, help="classify sound files")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a sound file, or a folder of them")
    parser.add_argument("--task", help="what to recognise (default: the first --model's task, else digits)")
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
        help="show the K most likely labels (default: one in the table, all with --json)",
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
    files = list(sounds_below(args.files))
    failures = 0
    # disable=None shows the bar on a terminal only. Lines are written through the bar, so that they do not mix.
    bar = tqdm(files, unit="file", leave=False, disable=None if len(files) > 1 else True)
    for file in bar:
        try:
            analysis = analyse(file, selection, pictures=False)
        except AudioError as error:
            failures += 1
            if args.json:
                bar.write(json.dumps({"file": file, "error": str(error)}), file=sys.stdout)
            else:
                bar.write(f"audioclf: {error}", file=sys.stderr)
            continue
        text = _lines(to_records(analysis, file), args.top) if args.json else _table(analysis, args.top)
        bar.write(text, file=sys.stdout)
    return 1 if failures else 0


def sounds_below(names: Sequence[str]) -> Iterator[str]:
    """The named files; for a folder the sound files below it, or the folder itself if there are none."""
    from audioclf.audio import is_sound_file

    for name in names:
        below = sorted(Path(name).rglob("*")) if Path(name).is_dir() else []
        yield from [str(path) for path in below if is_sound_file(path)] or [name]


def _lines(records: list[dict], top: int | None) -> str:
    for record in records:
        likeliest = sorted(record["scores"].items(), key=lambda item: -item[1])
        record["scores"] = dict(likeliest[:top]) if top else record["scores"]
    return "\n".join(map(json.dumps, records))


def _table(analysis: Analysis, top: int | None) -> str:
    clip = analysis.clip
    rows = [row for p in analysis.predictions for row in _answers(p, top or 1)]
    return "\n".join(
        [
            f"{clip.name}  ({clip.seconds:.2f} s, {clip.sample_rate / 1000:g} kHz)",
            *aligned(rows, numeric=(2, 4)),
            *(f"  {sentence}" for sentence in (analysis.verdict, *analysis.notices)),
            "",
        ]
    )


def _answers(prediction: Prediction, top: int) -> Iterator[tuple[str, ...]]:
    """A row for the most likely label, then rows for the next ones."""
    milliseconds = f"{1000 * prediction.model_seconds:.1f} ms"
    if not prediction.heard:
        yield prediction.model, "–", "", "", milliseconds
        return
    first, *others = prediction.top(top)
    yield prediction.model, first[0], percent(first[1]), prediction.certainty, milliseconds
    for label, score in others:
        yield "", label, percent(score), "", ""
