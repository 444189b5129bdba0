"""Splits and calibration: every number is the one that the models store, to the last digit."""

import numpy as np
import pytest
from paths import EXAMPLES

from audioclf.audio import load_clip
from audioclf.inference.loading import Selection
from audioclf.lessons import splits
from audioclf.service.explore import task_of
from audioclf.wording import percent
from audioclf.zoo.metric_tables import quoted
from audioclf.zoo.registry import BUNDLED, open_registry

ZOO = open_registry(BUNDLED)
SEVEN = load_clip(EXAMPLES / "seven.wav")
NAMES = ("digits", "instruments", "environment")


@pytest.mark.parametrize("name", NAMES)
def test_accuracies_and_intervals_are_those_that_are_stored(name):
    view = splits.splits(SEVEN, task_of(Selection(ZOO, name)), 7)
    told = " ".join(value for _, value in view.facts)
    for family in ("gmm", "cnn", "rnn"):
        metrics = ZOO.config(f"{name}-{family}").metrics
        stored = [*metrics["protocols"].values(), *filter(None, [metrics.get("leaky")])]
        stored += (metrics.get("field") or {}).get("digits", {}).values()
        assert all(quoted(result) in told for result in stored)
        assert sorted(view.arrays[f"accuracy_{family}"]) == sorted(result["accuracy"] for result in stored)


def test_splits_come_from_the_most_generous_to_the_hardest_one_by_one():
    task = task_of(Selection(ZOO, "instruments"))
    titles = [name for name, _ in splits.splits(SEVEN, task, 7).facts]
    assert "windows split at random" in titles[0] and "by clip" in titles[1] and "source" in titles[2]
    assert [name for name, _ in splits.splits(SEVEN, task, 2).facts] == titles[:2]


@pytest.mark.parametrize(("name", "n"), [("digits", 6), ("environment", 1)])
def test_no_more_splits_can_be_uncovered_than_the_task_has(name, n):
    view = splits.splits(SEVEN, task_of(Selection(ZOO, name)), 1)
    assert view.limits == {"shown": n} and f"{n - 1} more to uncover" in view.said


@pytest.mark.parametrize("name", NAMES)
def test_the_sentence_tells_the_lowest_of_the_best_accuracies_shown(name):
    """A high accuracy promises too much; the last split that is uncovered need not be the hardest one."""
    task = task_of(Selection(ZOO, name))
    for shown in range(1, 8):
        some = splits.splits_of(splits.configs(task))[:shown]
        best = {split.title: max(result["accuracy"] for _, result in split.results) for split in some}
        title = min(best, key=best.__getitem__)
        said = splits.splits(SEVEN, task, shown).said
        assert f"“{title}”" in said and percent(best[title]) in said


@pytest.mark.parametrize("name", NAMES)
def test_the_calibration_error_is_the_stored_one(name):
    view = splits.calibration(SEVEN, task_of(Selection(ZOO, name)), 1.0)
    stored = [ZOO.config(f"{name}-{family}").metrics["ece"] for family in ("gmm", "cnn", "rnn")]
    assert view.arrays["ece"].tolist() == stored
    for (_, told), value in zip(view.facts, stored, strict=True):
        assert f"{100 * value:.1f} % with it" in told
    bars = next(curve for curve in view.panels[1].curves if curve.name == "with it")
    assert np.allclose(sorted(set(bars.y)), sorted({0.0, *(100 * value for value in stored)}))


def test_a_temperature_keeps_the_order_and_changes_how_sure_an_answer_is():
    task = task_of(Selection(ZOO, "digits"))
    curves = [splits.calibration(SEVEN, task, t).panels[0].curves[-1] for t in (0.2, 1.0, 3.0)]
    for curve in curves:
        assert (np.diff(curve.y) > 0).all() and curve.y[len(curve.y) // 2] == pytest.approx(50)
    assert curves[0].y[-10] > curves[1].y[-10] > curves[2].y[-10]
