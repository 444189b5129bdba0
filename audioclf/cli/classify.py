"""What the commands of the command line do. All printing of text happens here."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from audioclf.types import Analysis, AudioclfError, AudioError, Prediction, Progress, ZooError
from audioclf.zoo.registry import Registry, find, open_registry

if TYPE_CHECKING:
    from audioclf.inference.loading import Selection


class UsageError(AudioclfError):
    """A command was given the name of something that does not exist."""


def classify(args: Namespace) -> int:
    """Print what the models hear in every file. Status 1 if a file failed."""
    from tqdm import tqdm

    from audioclf.inference import loading
    from audioclf.service.analysis import analyse
    from audioclf.service.records import to_records

    selection = chosen(args)
    with progress_bar() as progress:
        # A damaged model is told once, not for every file.
        loading.load_models(selection, progress)
    files = list(sounds_below(args.files))
    failures = 0
    # disable=None shows the bar on a terminal only; written through the bar, lines stay apart from it.
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


def chosen(args: Namespace) -> Selection:
    """The models that were asked for. UsageError for what the registry does not have."""
    from audioclf.inference.loading import Selection

    registry = open_registry(args.zoo)
    tasks = [holder.entry(model_id).task for holder, model_id in found(args.model or (), registry)]
    task = args.task or (tasks[0] if tasks else "digits")
    if task not in (tasks or registry.tasks()):
        available = ", ".join(registry.tasks()) or "none"
        raise UsageError(f"no models for task {task!r}; there are models for {available}")
    if wrong := [name for name, of in zip(args.model or (), tasks, strict=True) if of != task]:
        raise UsageError(f"{wrong[0]} is not made for task {task!r}; ask it in a call of its own")
    return Selection(registry, task, tuple(args.model or ()))


def found(names: Sequence[str], registry: Registry) -> list[tuple[Registry, str]]:
    """The registry of each model that was named, and its id there. UsageError for an id that is not there."""
    with progress_bar() as progress:
        pairs = [find(name, registry, progress) for name in names]
    try:
        _ = [holder.entry(model_id) for holder, model_id in pairs]
    except ZooError as error:
        raise UsageError(str(error)) from error
    return pairs


def sounds_below(names: Sequence[str]) -> Iterator[str]:
    """Files as they were named; for a folder the sound files below it, or itself if there are none."""
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
    """A row for the answer, and rows for the runners-up below it."""
    milliseconds = f"{1000 * prediction.model_seconds:.1f} ms"
    if not prediction.heard:
        yield prediction.model, "–", "", "", milliseconds
        return
    first, *others = prediction.top(top)
    yield prediction.model, first[0], f"{100 * first[1]:.1f} %", prediction.certainty, milliseconds
    for label, score in others:
        yield "", label, f"{100 * score:.1f} %", "", ""


def aligned(rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> list[str]:
    """Rows as lines with columns of one width; the columns in `numeric` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        [
            cell.rjust(w) if i in numeric else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return [("  " + "  ".join(line)).rstrip() for line in cells]


@contextmanager
def progress_bar(unit: str = "B", keep: bool = False) -> Iterator[Progress]:
    """A bar on the terminal, which appears once there is something to wait for. unit: of what is counted.

    keep: for work of hours: finished bars stay on view, and there is one where no terminal is, in a log.
    """
    from tqdm import tqdm

    bars: list[tqdm] = []
    look = {
        "unit": unit,
        "unit_scale": True,
        "file": sys.stderr,
        "leave": keep,
        "disable": False if keep else None,
    }

    def show(done: int, total: int, words: str) -> None:
        if not bars:
            bars.append(tqdm(desc=words, total=total or None, dynamic_ncols=True, mininterval=0.5, **look))
        bar = bars[0]
        bar.total, bar.n = total or None, done
        bar.set_description_str(words, refresh=False)
        if keep and done < total:
            bar.update(0)  # at most twice a second
            return
        bar.refresh()
        if keep:
            bars.pop().close()

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()


def demo(args: Namespace) -> int:
    """Serve the page."""
    from audioclf.ui.serve import launch

    return launch(open_registry(args.zoo), args.host, args.port, args.share, args.mcp)
