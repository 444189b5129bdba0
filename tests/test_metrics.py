"""Each number agrees with its definition or with an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import f1_score, roc_auc_score

from audioclf import metrics


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def drawn(rng, n, scale):
    """Logits whose softmax at temperature 1 is the true distribution of the targets, multiplied by `scale`."""
    logits = rng.normal(0, 2, (n, 5))
    targets = (softmax(logits, axis=1).cumsum(1) > rng.random((n, 1))).argmax(1)
    return scale * logits, targets


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_temperature_undoes_over_and_under_confidence(rng, scale):
    logits, targets = drawn(rng, 20_000, scale)
    assert metrics.temperature(logits, targets) == pytest.approx(scale, rel=0.05)


def test_calibration_error_falls_to_nothing_at_the_right_temperature(rng):
    logits, targets = drawn(rng, 20_000, 3.0)
    before = metrics.expected_calibration_error(softmax(logits, axis=1), targets)
    folds = rng.integers(4, size=len(targets))
    after = metrics.expected_calibration_error(metrics.calibrated(logits, targets, folds), targets)
    assert before > 0.1
    assert after < 0.015


def test_no_fold_calibrates_itself(rng):
    logits, targets = drawn(rng, 400, 1.0)
    folds = np.repeat([0, 1], 200)
    changed = targets.copy()
    changed[:200] = rng.permutation(changed[:200])
    honest, other = (metrics.calibrated(logits, t, folds) for t in (targets, changed))
    assert np.array_equal(honest[:200], other[:200])
    assert not np.array_equal(honest[200:], other[200:])


def test_agreement_with_scikit_learn(rng):
    targets, answers = rng.integers(4, size=300), rng.integers(4, size=300)
    assert metrics.macro_f1(targets, answers, 4) == pytest.approx(f1_score(targets, answers, average="macro"))
    foreign, own = rng.normal(1, 1, 80).round(1), rng.normal(0, 1, 120).round(1)
    wanted = roc_auc_score(np.repeat([1, 0], [80, 120]), np.concatenate([foreign, own]))
    assert metrics.auroc(foreign, own) == pytest.approx(wanted)


def test_confusion_counts_what_was_said_by_what_was_heard():
    counts = metrics.confusion(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert counts == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_the_interval_of_many_recordings_is_that_of_a_proportion(rng):
    right = rng.random(2000) < 0.9
    low, high = metrics.interval(right, np.arange(2000))
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.9 * 0.1 / 2000), rel=0.15)
    assert low < right.mean() < high


def test_speakers_that_differ_widen_the_interval(rng):
    speakers = np.repeat(np.arange(6), 500)
    right = rng.random(3000) < np.repeat([0.7, 0.75, 0.8, 0.9, 0.95, 0.99], 500)
    by_speaker, by_clip = metrics.interval(right, speakers), metrics.interval(right, np.arange(3000))
    assert by_speaker[1] - by_speaker[0] > 4 * (by_clip[1] - by_clip[0])


def test_the_share_that_is_accepted_is_measured_with_the_thresholds_of_others(rng):
    folds = np.repeat([0, 1, 2, 3], 2000)
    background = rng.random(8000)
    assert metrics.accepted(background, folds, 0.95).mean() == pytest.approx(0.95, abs=0.01)
    background[folds == 3] += 1  # a fold unlike the others is not accepted, whatever it says of itself
    assert not metrics.accepted(background, folds, 0.5)[folds == 3].any()
