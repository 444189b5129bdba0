"""Pictures of an explanation show its cells on one time axis, in colours, alt text and table."""

import numpy as np
import pytest

from audioclf.lab.explain import Explanation, Region
from audioclf.lab.occlusion import grid
from audioclf.plotting import clip as plots
from audioclf.plotting import explanation as maps
from audioclf.types import Clip, FeatureMap

CLIP = Clip(np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32), 8000, "noise")
PLACED = grid(0.5, 1.5, 8000)
SECONDS = np.linspace(0.51, 1.49, 50)


def explanation(**changes):
    """One cell matters: the third band, the last quarter."""
    values = np.zeros(PLACED.shape)
    values[2, 12:] = 4.0
    values[6, :4] = -4.0
    line = np.sin(np.linspace(0, 3, 50))[None].astype(np.float32)
    line[:, :10] = np.nan
    shares = np.full((30, 50), 0.001, np.float32)
    shares[[3, 17]] = 0.45
    given = {
        "model": "digits-cnn",
        "family": "cnn",
        "label": "seven",
        "score": 0.9,
        "start": 0.5,
        "end": 1.5,
        "grid": PLACED,
        "values": values,
        "scores": np.where(values > 0, 0.1, 0.9),
        "region": Region(1.25, 1.5, float(PLACED.hz[2]), float(PLACED.hz[3])),
        "score_without": 0.05,
        "views": (
            ("Attention", FeatureMap(line, SECONDS, None, "share")),
            ("Component responsibilities", FeatureMap(shares, SECONDS, None, "share")),
            (
                "Class activation",
                FeatureMap(
                    np.eye(4, 50, 40, np.float32), SECONDS, np.array([200.0, 700, 1500, 3000]), "logit"
                ),
            ),
        ),
        "sentence": "The CNN listened to the end.",
    }
    return Explanation(**{**given, **changes})


@pytest.fixture(scope="module")
def drawn():
    return dict(zip(("map", "curve", "rows", "bands"), maps.pictures(CLIP, explanation()), strict=True))


def support(rgb):
    """Red and blue minus green: purple supports the answer, green contradicts it."""
    red, green, blue = (rgb[..., i].astype(int) for i in range(3))
    return (red + blue) // 2 - green


def test_all_pictures_share_the_time_axis_of_the_window(drawn):
    for picture in drawn.values():
        assert (picture.start, picture.end) == (0.5, 1.5)
        assert picture.rgb.dtype == np.uint8
        assert picture.seen_by == "CNN"
        heights = [at for at, _ in picture.ticks]
        assert heights == sorted(heights)
        assert all(0 <= at <= 1 for at in heights)
        assert picture.title and picture.alt.endswith(".")
    assert len({p.rgb.shape[1] for p in drawn.values()}) == 1
    assert len({p.name for p in drawn.values()}) == 4


def test_purple_lies_on_the_cell_that_matters_and_green_on_the_one_against(drawn):
    rgb = drawn["map"].rgb
    n = rgb.shape[1]
    shown = support(rgb)
    late, early = shown[:, round(0.78 * n) : round(0.97 * n)], shown[:, round(0.03 * n) : round(0.22 * n)]
    assert late.max() > 50 and early.min() < -30
    assert np.abs(shown[:, round(0.4 * n) : round(0.6 * n)]).max() < 10
    # The third of eight bands, counted from below, is in the lower half.
    assert np.mean(np.argwhere(late > 50)[:, 0]) > 0.5 * len(rgb) > np.mean(np.argwhere(early < -30)[:, 0])


def test_a_box_is_drawn_around_the_region_only_if_there_is_one(drawn):
    white = (drawn["map"].rgb == 255).all(axis=2)
    assert white.sum() > 100
    across = white[:, round(0.87 * white.shape[1])]  # inside the box: its upper and its lower edge
    assert across.sum() >= 2 * 3  # which are lines even where the picture is shown at a third of its height
    (without, *_) = maps.pictures(CLIP, explanation(region=None))
    assert not (without.rgb == 255).all(axis=2).any()


def test_missing_values_are_drawn_neither_high_nor_low(drawn):
    rgb = drawn["curve"].rgb
    n = rgb.shape[1]
    assert len(np.unique(rgb[:, : n // 8].reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(rgb[:, n // 2 :].reshape(-1, 3), axis=0)) == 2
    assert drawn["curve"].table[1][1] == "–"
    assert "highest at 1.0" in drawn["curve"].alt or "highest at 0.9" in drawn["curve"].alt


def test_components_that_never_count_are_left_out(drawn):
    assert len(drawn["rows"].table[0]) == 1 + 2
    assert {"component 3", "component 17"} == set(drawn["rows"].table[0][1:])
    assert "2 components" in drawn["rows"].alt


def test_every_table_is_rectangular_and_the_map_lists_the_remaining_probability(drawn):
    for picture in drawn.values():
        assert len({len(row) for row in picture.table}) == 1
        assert all(isinstance(cell, str) and cell for row in picture.table for cell in row)
    head, *rows = drawn["map"].table
    assert len(rows) == PLACED.shape[1]
    assert rows[-1][3] == "10 %" and rows[0][3] == "90 %"
    assert head[3].startswith("without ")
    assert "listened to the end" in drawn["map"].alt


def test_a_map_without_effect_has_no_colour():
    flat = explanation(values=np.zeros(PLACED.shape), region=None, views=())
    (picture,) = maps.pictures(CLIP, flat)
    assert np.abs(support(picture.rgb)).max() == 0


def test_no_text_of_an_exported_picture_is_cut_off(drawn):
    made = plots.figure(list(drawn.values()))
    made.canvas.draw()
    for axis in made.axes:
        if axis.get_visible():
            box = axis.get_tightbbox()
            assert box.x0 >= 0 and box.x1 <= made.bbox.x1 and box.y0 >= 0 and box.y1 <= made.bbox.y1


def test_values_are_read_off_the_map_and_signs_stand_in_its_cells(drawn):
    picture = drawn["map"]
    (low, high, unit) = picture.spans[0]
    values = low + picture.levels[::-1] / 255 * (high - low)
    assert unit == "log-odds" and len(picture.rows) == len(values)
    assert values.max() == pytest.approx(np.abs(explanation().values).max(), abs=0.02)
    assert abs(values[:, values.shape[1] // 2]).max() < 0.02, "no effect in the middle"
    assert ((picture.rgb == maps.SIGN_INK).all(axis=2)).any()
