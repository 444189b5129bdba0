"""`audioclf classify`: predictions of the models of a task for sound files."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from audioclf.cli.choosing import chosen
from audioclf.cli.options import TASK_HELP, add_zoo, make_parser, positive
from audioclf.cli.printing import aligned, progress_bar
from audioclf.types import Analysis, AudioclfError, AudioError, Prediction
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
    for file, problem in bar:
        try:
            if problem:
                raise AudioError(problem)
            analysis = analyse(file, selection, pictures=False)
        except (AudioclfError, OSError, MemoryError) as error:  # the others are classified all the same
            failures += 1
            sentence = _sentence(file, error)
            if args.json:
                bar.write(json.dumps({"file": file, "error": sentence}), file=sys.stdout)
            else:
                where = f"{file}: " if os.path.dirname(file) else ""  # sentences do not name the folder
                bar.write(f"audioclf: {where}{sentence}", file=sys.stderr)
            continue
        text = _lines(to_records(analysis, file), args.top) if args.json else _table(analysis, args.top)
        bar.write(text, file=sys.stdout)
    return 1 if failures else 0


def sounds_below(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(file, ""): the named files, and the sound files below the named folders.

    (folder, problem) for a folder that cannot be opened or that has no sounds below it.
    """
    from audioclf.data.sound_files import search

    for name in names:
        if not os.path.isdir(name):
            yield name, ""
            continue
        found = search(Path(name))
        yield from ((str(path), "") for path in found.sounds)
        for path, reason in found.closed:
            yield str(path), f"the folder {path.name} cannot be opened ({reason}); check that you may open it"
        if not (found.sounds or found.closed):
            yield name, f"{Path(name).name or name} is a folder without sound files; choose another one"


def _sentence(file: str, error: Exception) -> str:
    if isinstance(error, AudioclfError):
        return str(error)
    reason = "not enough memory" if isinstance(error, MemoryError) else getattr(error, "strerror", error)
    return f"{Path(file).name} cannot be classified ({reason}); shorten it, or try it alone"


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
