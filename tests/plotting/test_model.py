"""Charts of a model show its numbers in the picture, the alt text and the table."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from audioclf.plotting import model as plots_models
from audioclf.wording import NONE

LABELS = ("rain", "sea_waves", "dog")
CONFUSION = [[8, 2, 0], [1, 5, 0], [0, 0, 4]]


def drawn(confusion=CONFUSION, labels=LABELS, **metrics):
    return {chart.name: chart for chart in plots_models.charts(labels, {"confusion": confusion, **metrics})}


def pixels(chart) -> np.ndarray:
    """(height, width, 4) in [0, 1]."""
    return np.asarray(Image.open(BytesIO(chart.png)).convert("RGBA"), float) / 255


def test_a_model_without_evaluation_has_no_charts():
    assert plots_models.charts(LABELS, {}) == ()


def test_every_chart_has_a_picture_an_alt_text_and_a_table():
    for chart in drawn(training_curve=[{"step": 0, "loss": 2.0}, {"step": 10, "loss": 0.5}]).values():
        height, width, _ = pixels(chart).shape
        assert (width, height) == (2 * chart.size[0], 2 * chart.size[1])
        assert chart.title and chart.alt.endswith(".")
        assert {len(row) for row in chart.table} == {len(chart.table[0])} and len(chart.table) > 1


def test_the_background_is_transparent_and_the_ink_is_dark():
    for chart in drawn().values():
        image = pixels(chart)
        assert image[0, 0, 3] == 0
        assert image[image[..., 3] == 1][:, :3].min() < 0.25


def test_the_class_distribution_counts_true_labels():
    counts = {row[0]: row[-1] for row in drawn()["class-recall"].table[1:]}
    assert counts == {"rain": "10", "sea waves": "6", "dog": "4"}
    assert dict(drawn()["class-pie"].table[1:]) == {"rain": "50.0 %", "sea waves": "30.0 %", "dog": "20.0 %"}


def test_a_recording_is_counted_once_over_several_seeds():
    of_three = drawn([[7, 2], [0, 9]], ("a", "b"), seeds=[0, 1, 2])
    assert [row[-1] for row in of_three["class-recall"].table[1:]] == ["3", "3"]
    assert [row[1] for row in of_three["class-recall"].table[1:]] == ["77.8 %", "100.0 %"]
    assert "16 of 18 predictions of 3 seeds" in of_three["confusion"].alt
    assert of_three["confusion"].title.endswith("3 seeds")


def test_an_interval_holds_its_recall_and_is_wide_for_few_recordings():
    few, many = (drawn([[n, 0], [0, n]], ("a", "b"))["class-recall"] for n in (4, 400))
    for chart in (few, many):
        assert chart.table[1][1] == "100.0 %" and chart.table[1][2].endswith(" to 100.0 %")
    lowest = [float(chart.table[1][2].split()[0]) for chart in (few, many)]
    assert lowest[0] < 60 < 98 < lowest[1]


def test_the_recall_chart_names_the_best_and_the_worst_label():
    assert "Best recognised is dog (100 %), worst rain (80 %)" in drawn()["class-recall"].alt


def test_equal_shares_are_not_drawn_as_a_pie():
    assert "class-pie" not in drawn([[3, 0], [0, 3]], ("a", "b"))


def test_the_confusion_matrix_names_the_most_frequent_mistake():
    chart = drawn()["confusion"]
    assert "17 of 20" in chart.alt and "rain classified as sea waves (2)" in chart.alt
    assert chart.table[1] == ("rain", "8", "2", "0")


def test_a_matrix_without_mistakes_names_none():
    assert "mistake" not in drawn([[3, 0], [0, 3]], ("a", "b"))["confusion"].alt


def test_a_column_beyond_the_labels_is_the_background():
    chart = drawn([[8, 2, 0, 1], [1, 5, 0, 0], [0, 0, 4, 2]])["confusion"]
    assert chart.table[0][-1] == NONE
    assert "17 of 23" in chart.alt


def test_a_pie_of_many_classes_puts_the_smallest_together():
    n = 50
    labels = tuple(f"sound_{i}" for i in range(n))
    charts = drawn(np.diag(np.arange(1, n + 1)).tolist(), labels)
    assert f"{plots_models.MAX_SLICES} slices" in charts["class-pie"].alt
    assert len(charts["class-pie"].table) == n + 1, "the table keeps them all"


def test_charts_of_many_labels_are_sentences_and_short_tables():
    n = plots_models.MAX_DRAWN + 1
    labels = tuple(f"sound_{i}" for i in range(n))
    charts = drawn(np.diag(np.arange(1, n + 1)).tolist(), labels)
    assert charts["class-pie"].png
    for name in ("class-recall", "confusion"):
        assert not charts[name].png and f"it has {n} labels" in charts[name].alt
        assert sum(map(len, charts[name].table)) <= 5 * n
    few = drawn(np.eye(n - 1, dtype=int).tolist(), labels[:-1])
    assert all(chart.png and chart.size[1] < 2000 for chart in few.values())


def test_a_label_that_looks_like_a_formula_is_drawn_as_it_is():
    assert drawn([[1, 0], [0, 1]], ("$\\frac{1}", "US$ and $^^"))["confusion"].png


def test_the_training_curve_is_drawn_only_if_it_is_stored():
    assert "training-curve" not in drawn()
    curve = [{"step": step, "loss": 2.0 / (1 + step)} for step in range(300)]
    chart = drawn(training_curve=curve)["training-curve"]
    assert len(chart.table) <= 13 and chart.table[-1][0] == "299"


def test_a_class_without_any_recording_is_drawn_too():
    assert drawn([[0, 0], [0, 5]], ("a", "b"))["class-recall"].table[1] == ("a", "–", "–", "0")


@pytest.mark.parametrize("confusion", ["many", [["a"]], [[1, 2], [3]]])
def test_an_invalid_matrix_is_an_error_that_the_catalogue_catches(confusion):
    with pytest.raises((ValueError, TypeError)):
        plots_models.charts(LABELS, {"confusion": confusion})
