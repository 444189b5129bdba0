"""`audioclf compare` and `audioclf explain`: breaking points and occlusion maps for one sound."""

import argparse
import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audioclf.atomic import write_whole
from audioclf.cli.choosing import UsageError, chosen
from audioclf.cli.options import TASK_HELP, add_zoo, make_parser, natural, png_file
from audioclf.cli.printing import aligned, progress_bar
from audioclf.types import AudioclfError

COMPARE = """\
Degrade a sound step by step and find the level at which each model fails.
For each level, prints the predicted label and the probability of the label that the clean sound had."""

COMPARE_EXAMPLES = """\
examples:
  audioclf compare seven.wav
  audioclf compare seven.wav --stress reverb --out reverb.png
  audioclf compare seven.wav --stress snr --levels 20,10,0,-10 --json
  audioclf compare seven.wav --stress snr --with denoise=100      does denoising help?
  audioclf compare seven.wav --bundle seven.zip                   sound, numbers and pictures

--json prints one object: {"task", "stress", "unit", "levels", "settings", "seed", "seconds", "sentence",
"notices", "models": [{"model", "label", "known", "scores", "answers", "flips", "breaks", …}]}"""

EXPLAIN = """\
Silence each part of a sound in turn and show which parts a model's answer depends on.
A part is a time slice of a frequency band. Of a long sound, only the window that decides is used, or the
loudest one if all decide."""

EXPLAIN_EXAMPLES = """\
examples:
  audioclf explain seven.wav --model digits-cnn
  audioclf explain seven.wav --model digits-rnn --label nine --out map.png
  audioclf explain seven.wav --model digits-gmm --json

--json prints one object: {"model", "label", "score", "start", "end", "seconds", "hz", "drops", "scores",
"region", "score_without", "sentence"}; drops and scores are rows of bands, lowest first, by slices of time."""


def add_parser(commands: Any) -> None:
    """Add `compare` and `explain` to the commands of the command line."""
    parser = make_parser(
        commands.add_parser, "compare", COMPARE, COMPARE_EXAMPLES, help="find where each model fails"
    )
    parser.add_argument("file", metavar="FILE", help="a sound file")
    parser.add_argument("--task", help=TASK_HELP)
    parser.add_argument(
        "--model", action="append", metavar="ID", help="use only this model; may be given several times"
    )
    parser.add_argument(
        "--stress", default="snr_white", metavar="NAME", help="the degradation, or the beginning of its name"
    )
    parser.add_argument("--levels", type=_levels, default=(), metavar="A,B,…", help="default: sixteen levels")
    parser.add_argument("--out", type=png_file, metavar="PNG", help="also draw the curves")
    parser.add_argument(
        "--bundle", type=Path, metavar="ZIP", help="also pack the sound, all numbers and pictures"
    )
    _finish(parser, compare)

    parser = make_parser(
        commands.add_parser, "explain", EXPLAIN, EXPLAIN_EXAMPLES, help="show which parts a model relied on"
    )
    parser.add_argument("file", metavar="FILE", help="a sound file")
    parser.add_argument("--model", required=True, metavar="ID", help="the model to explain")
    parser.add_argument("--label", help="the label to explain (default: the predicted one)")
    parser.add_argument(
        "--out", type=png_file, metavar="PNG", help="also draw the map and the family's own views"
    )
    _finish(parser, explain)


def _finish(parser: Any, run: Any) -> None:
    parser.add_argument(
        "--with",
        dest="settings",
        action="append",
        type=_setting,
        default=[],
        metavar="NAME=LEVEL",
        help="another stress, held at this level; may be given several times",
    )
    parser.add_argument("--seed", type=natural, default=0, help="seed of noise and rooms (default: 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    add_zoo(parser)
    parser.set_defaults(run=run)


def _levels(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers separated by commas") from None


def _setting(text: str) -> tuple[str, float]:
    name, _, level = text.partition("=")
    try:
        return name, float(level)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not of the form NAME=LEVEL, such as reverb=0.5"
        ) from None


def compare(args: Namespace) -> int:
    """Sweep one stress over one sound and print where each model breaks."""
    from audioclf.plotting.comparison import sweep_chart
    from audioclf.service import bundle, lab, records

    selection = chosen(args)
    with _usage():
        plan = lab.plan(args.stress, args.levels, dict(args.settings), args.seed)
    with progress_bar(" steps") as progress:
        swept = lab.find_breaking_point(args.file, plan, selection, progress)
    chart = sweep_chart(swept)
    if args.out:
        write_whole(args.out, chart.png)
    if args.bundle:
        with progress_bar(" steps") as progress:
            write_whole(args.bundle, bundle.pack(args.file, plan, selection, progress)[0])
    if args.json:
        print(json.dumps(records.sweep_record(swept, selection.task)))
        return 0
    lines = aligned(chart.table, numeric=range(0, len(chart.table[0]), 2)[1:])
    print("\n".join([*lines, *(f"  {sentence}" for sentence in (swept.sentence, *swept.notices))]))
    return 0


def explain(args: Namespace) -> int:
    """Print, and draw, which parts of a sound one model relied on."""
    from audioclf.plotting.clip import png
    from audioclf.service import lab, records

    args.task, args.model = None, [args.model]
    selection = chosen(args)
    with _usage():
        settings = lab.checked(dict(args.settings))
    with progress_bar(" steps") as progress:
        (found,) = lab.explained(
            args.file, args.label, selection, settings=settings, seed=args.seed, progress=progress
        )
    if args.out:
        write_whole(args.out, png(found.pictures))
    if args.json:
        print(json.dumps(records.explanation_record(found.explanation)))
    else:
        print("\n".join([found.explanation.sentence, *found.notices]))
    return 0


@contextmanager
def _usage() -> Iterator[None]:
    """Turn the error for an unknown stress or a level out of range into a UsageError."""
    try:
        yield
    except AudioclfError as error:
        raise UsageError(str(error)) from error
