"""Words in the panels of lessons: they neither cover each other nor leave the picture, and few ticks all stay."""

import itertools
import re

import pytest

from audioclf.service.explore import Axis, Mark, Panel
from audioclf.ui.markup import marks


def panel(*some: Mark, size: str = "normal") -> Panel:
    return Panel("title", Axis("x", 0.0, 1.0), Axis("y", 0.0, 1.0), "alt", marks=some, size=size)


def styles(drawn: Panel) -> list[dict[str, str]]:
    return [
        dict(re.findall(r"(\w+):([^;\"]+)", style))
        for style in re.findall('style="(.*?)"', marks.words(drawn))
    ]


def test_words_at_one_place_stand_above_each_other():
    lows = [float(one["bottom"][:-1]) for one in styles(panel(*[Mark("four", x=0.5, y=0.5)] * 3))]
    steps = sorted(2.0 * low for low in lows)  # percent of 200 pixels
    assert min(b - a for a, b in itertools.pairwise(steps)) >= marks.LINE - 0.1


def test_words_of_lines_that_are_close_do_not_share_a_row():
    first, second = styles(panel(Mark("envelope | pitch", x=0.2), Mark("300 Hz", x=0.22)))
    assert first["top"] != second["top"]


@pytest.mark.parametrize(("x", "side"), [(0.1, "left"), (0.55, "right"), (0.95, "right")])
def test_words_of_a_line_stand_where_they_have_room(x, side):
    (style,) = styles(panel(Mark("Nyquist frequency", x=x)))
    assert side in style


def test_words_at_the_edge_stay_in_the_picture():
    (style,) = styles(panel(Mark("seven", x=0.0, y=0.5)))
    assert float(style["left"][:-1]) / 100 * marks.NARROW >= marks.LETTER * len("seven") / 2


@pytest.mark.parametrize(
    ("axis", "shown"),
    [
        (Axis("model", 0.4, 3.6, ticks=((1, "GMM"), (2, "CNN"), (3, "RNN"))), ["GMM", "CNN", "RNN"]),
        (Axis("Hz", 0.0, 8000.0), ["0", "2000", "4000", "6000", "8000"]),
        (Axis("rank", 1.0, 10_000.0, is_log=True), ["1", "5", "20", "100", "500", "2000", "10000"]),
    ],
)
def test_a_phone_shows_the_ticks_that_fit_side_by_side(axis, shown):
    assert [words for _, words, on_a_phone in marks.ticks(axis, 8) if on_a_phone] == shown
