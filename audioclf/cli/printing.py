"""Tables and progress bars on a terminal."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from audioclf.types import Clip, Progress


def aligned(rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> list[str]:
    """Rows as lines with aligned columns; the columns in `numeric` are right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        [
            cell.rjust(w) if i in numeric else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return [("  " + "  ".join(line)).rstrip() for line in cells]


def say(words: str) -> None:
    """Print a notice beside the results."""
    print(f"audioclf: {words}", file=sys.stderr, flush=True)


@contextmanager
def progress_bar(unit: str = "B", keep: bool = False) -> Iterator[Progress]:
    """A progress bar on the terminal, shown from the first report on. unit: of the count.

    keep: for work of hours: finished bars stay visible, and bars are also written where there is no terminal.
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


def clip_line(clip: Clip) -> str:
    """The heading of what is printed about a clip."""
    return f"{clip.name}  ({clip.seconds:.2f} s, {clip.sample_rate / 1000:g} kHz)"
