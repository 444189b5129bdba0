"""`audioclf show`: the pictures of the lessons, drawn into a file."""

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from audioclf.atomic import write_whole
from audioclf.cli.choosing import UsageError, chosen
from audioclf.cli.options import add_zoo, make_parser, png_file
from audioclf.lessons.outline import STEPS
from audioclf.lessons.step import Value, read_settings
from audioclf.types import AudioclfError

WIDTH = 100  # of the help, in characters

DESCRIPTION = """\
Draw views of a sound into one PNG: the steps of the Explore tab, from samples to networks. A view is
about the loudest second of the sound, or about the models of a task. What each shows is printed as a
sentence."""

EXAMPLES = """\
examples:
  audioclf show seven.wav --view mfcc --out mfcc.png
  audioclf show seven.wav --view spectrogram --view cepstrum --out both.png --npz numbers.npz
  audioclf show seven.wav --view spectrogram --set n_fft=2048 --set axis=log --out long.png
  audioclf show flute.wav --view cnn --task instruments --set layer=answer --out why.png

A setting applies to every view that has it; view.name=value sets it for one. --npz writes the numbers
behind the pictures, named view/name.

views and their settings:
"""


def add_parser(commands: Any) -> None:
    """Add `show` to the commands of the command line."""
    parser = make_parser(
        commands.add_parser,
        "show",
        DESCRIPTION,
        EXAMPLES + _listing(),
        help="draw spectra, cepstra, wavelets and what networks see",
    )
    parser.add_argument("file", metavar="FILE", help="a sound file")
    parser.add_argument(
        "--view",
        action="append",
        required=True,
        choices=list(STEPS),
        metavar="VIEW",
        help="see below; repeatable",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting; may be given several times",
    )
    parser.add_argument("--out", type=png_file, required=True, metavar="PNG", help="the picture to write")
    parser.add_argument(
        "--task", help="whose models the views about models show (default: the registry's first)"
    )
    add_zoo(parser)
    parser.add_argument("--npz", type=Path, metavar="NPZ", help="also write the numbers")
    parser.set_defaults(run=show, model=None)


def _listing() -> str:
    lines = []
    for step in STEPS.values():
        settings = ", ".join(f"{c.name} ({c.written})" for c in step.controls)
        lines += wrap(f"{step.id}: {settings}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def show(args: Namespace) -> int:
    """Draw the views and print their sentences."""
    from audioclf.plotting import lesson
    from audioclf.service import explore

    wanted = settings_of(args.view, args.set)
    selection = chosen(args) if any(STEPS[name].of_task for name in wanted) else None
    views = {name: explore.show(args.file, name, settings, selection) for name, settings in wanted.items()}
    write_whole(args.out, lesson.draw(list(views.values())))
    if args.npz:
        _write_numbers(args.npz, views)
    for name, view in views.items():
        print(f"{name}: {view.said}")
    sys.stdout.flush()
    return 0


def settings_of(views: Sequence[str], given: Sequence[str]) -> dict[str, dict[str, Value]]:
    """The settings of each view from "name=value" and "view.name=value". UsageError for one that no view has."""
    wanted: dict[str, dict[str, str]] = {name: {} for name in views}
    for one in given:
        name, _, value = one.partition("=")
        view, _, setting = name.rpartition(".")
        those = [v for v in ([view] if view else wanted) if v in wanted and setting in STEPS[v].defaults]
        if not those:
            known = "; ".join(f"{v}: {', '.join(STEPS[v].defaults) or 'none'}" for v in wanted)
            raise UsageError(f"no view has a setting {name[:40]!r}; settings are {known}")
        for v in those:
            wanted[v][setting] = value
    try:
        return {name: read_settings(STEPS[name], values) for name, values in wanted.items()}
    except AudioclfError as error:
        raise UsageError(str(error)) from error


def _write_numbers(path: Path, views: Mapping[str, Any]) -> None:
    from io import BytesIO

    import numpy as np

    buffer = BytesIO()
    numbers = {f"{name}/{key}": values for name, view in views.items() for key, values in view.arrays.items()}
    np.savez_compressed(buffer, **numbers)
    write_whole(path, buffer.getvalue())
