"""Words of marks in the panels of lessons, placed so that none is cut off or covers another, even on a phone."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from audioclf.service.explore import Axis, Mark, Panel

# Pixels of the plots of a narrow phone, where words are closest; of a letter, and of a line of words.
NARROW, WIDE = 240.0, 340.0
HEIGHTS = {"low": 104.0, "normal": 200.0, "tall": 280.0, "square": NARROW / 1.15}
LETTER, LINE, GAP = 7.4, 17.0, 6.0
N_MOVES = 6  # lines that words may move up or down


@dataclass(frozen=True)
class _Place:
    """Where words stand in the narrow plot, in pixels from its lower left corner, and their style."""

    left: float
    low: float
    width: float
    style: str

    def meets(self, other: "_Place") -> bool:
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and abs(self.low - other.low) < LINE
        )


def words(drawn: Panel) -> str:
    """The words of marks, beside their lines or at their places."""
    taken: list[_Place] = []
    spans = []
    # Lines first: their words have fewer places to go.
    for mark in sorted(drawn.marks, key=_is_place):
        if not mark.words:
            continue
        options = list(_places(mark, drawn))
        place = next((one for one in options if not any(map(one.meets, taken))), options[0])
        taken.append(place)
        kind = ' class="ac-at"' if _is_place(mark) else ""
        spans.append(f'<span{kind} style="{place.style}">{escape(mark.words)}</span>')
    return f'<div class="ac-lines" aria-hidden="true">{"".join(spans)}</div>' if spans else ""


def _is_place(mark: Mark) -> bool:
    return mark.x is not None and mark.y is not None


def _places(mark: Mark, drawn: Panel) -> Iterator[_Place]:
    """Where the words of a mark may stand, the best place first."""
    height, width = HEIGHTS[drawn.size], LETTER * len(mark.words) + 8
    across = 0.0 if mark.x is None else float(drawn.x.place(mark.x))
    up = 0.0 if mark.y is None else float(drawn.y.place(mark.y))
    if _is_place(mark):
        half = min(0.5, width / NARROW / 2)
        middle = min(max(across, half), 1 - half)
        for low in _moved(up * height, height):
            style = f"left:{100 * middle:.2f}%;bottom:{100 * low / height:.2f}%"
            yield _Place(middle * NARROW - width / 2, low - LINE / 2, width, style)
    elif mark.x is not None:
        is_left = across > 0.5 and (1 - across) * NARROW < width
        side = f"right:{100 * (1 - across):.2f}%" if is_left else f"left:{100 * across:.2f}%"
        left = across * NARROW - (width if is_left else 0)
        for i in range(N_MOVES):
            yield _Place(left, height - (i + 1) * LINE, width, f"{side};top:{i * LINE:.0f}px")
    else:
        above, below = f"bottom:{100 * up:.2f}%", f"top:{100 * (1 - up):.2f}%"
        lows = {above: up * height, below: up * height - LINE}
        order = (below, above) if up * height + LINE > height else (above, below)
        for side in order:
            yield _Place(NARROW - width, lows[side], width, f"right:0;{side}")


def _moved(low: float, height: float) -> Iterator[float]:
    """A height and others around it, the nearest first, within the plot."""
    for i in range(N_MOVES):
        for moved in {low + i * LINE, low - i * LINE} if i else {low}:
            if not i or LINE / 2 <= moved <= height - LINE / 2:
                yield moved


def ticks(axis: Axis, n: int) -> Iterable[tuple[float, str, bool]]:
    """Place, words and whether there is room on a phone, of about n ticks of a horizontal axis that do not touch."""
    marks = [(float(axis.place(value)), words) for value, words in axis.marks(n)]
    marks = marks[:: _stride(marks, WIDE)]
    stride = _stride(marks, NARROW)
    return [(place, words, i % stride == 0) for i, (place, words) in enumerate(marks)]


def _stride(marks: Sequence[tuple[float, str]], width: float) -> int:
    """Every how many ticks fit beside each other."""

    def fits(some: Sequence[tuple[float, str]]) -> bool:
        return all(
            (b - a) * width >= LETTER * (len(one) + len(other)) / 2 + GAP
            for (a, one), (b, other) in itertools.pairwise(some)
        )

    return next((n for n in range(1, len(marks)) if fits(marks[::n])), max(1, len(marks)))
