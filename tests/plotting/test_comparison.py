"""The sweep chart: every number is in its table, and families differ without colour."""

import io
from itertools import combinations

import numpy as np
from PIL import Image

from audioclf.lab.sweep import Curve, Plan, Sweep
from audioclf.plotting import comparison as charts
from audioclf.wording import NONE


def swept(levels=(20.0, 10.0, 0.0)):
    scores, answers = np.array([0.9, 0.6, 0.1]), ("seven", "seven", None)
    curves = tuple(
        Curve(
            f"digits-{f}", f, "seven", True, True, 0.95, scores - 0.02 * i, answers, (True,) * 3, (2,), (0.0,)
        )
        for i, f in enumerate(("gmm", "cnn", "rnn"))
    )
    return Sweep(Plan("snr", levels), curves, (0.0, 1.0), "All break at 0 dB.", ())


def test_ticks_show_their_values_in_percent():
    drawn, axis = charts._axes("accuracy", "time")
    axis.set_ylim(0.81, 1.0)
    drawn.canvas.draw()
    shown = [float(label.get_text().removesuffix(" %")) for label in axis.get_yticklabels()]
    np.testing.assert_allclose(shown, 100 * axis.get_yticks(), atol=0.01)


def test_the_table_holds_every_score_and_answer():
    chart = charts.sweep_chart(swept())
    head, clean, *rows = chart.table
    assert head[:3] == ("White noise, dB", "digits-gmm, probability of seven", "digits-gmm says")
    assert clean[:3] == ("without", "95 %", "seven")
    assert rows[2] == ("0", "10 %", NONE, "8 %", NONE, "6 %", NONE)
    assert len({len(row) for row in chart.table}) == 1
    assert "All break at 0 dB." in chart.alt


def test_the_png_has_its_stated_size_and_is_not_empty():
    chart = charts.sweep_chart(swept())
    image = Image.open(io.BytesIO(chart.png))
    assert image.size == (2 * chart.size[0], 2 * chart.size[1])
    alpha = np.asarray(image)[..., 3]
    assert 0.02 < (alpha > 0).mean() < 0.5, "ink on a transparent ground"
    # Nothing runs out of the picture: its rim is clear.
    rim = np.concatenate([alpha[:2].ravel(), alpha[-2:].ravel(), alpha[:, :2].ravel(), alpha[:, -2:].ravel()])
    assert not rim.any()


def test_families_are_told_apart_without_colour():
    for a, b in combinations([*charts.STYLES.values(), charts.OTHER], 2):
        assert a.mark != b.mark
        assert a.line != b.line
