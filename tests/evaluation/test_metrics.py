"""Each number agrees with its definition or with an independent implementation."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import f1_score, log_loss, roc_auc_score

from audioclf.evaluation import metrics


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
    found = metrics.temperature(lambda t: softmax(logits / t, axis=1), targets)
    assert found == pytest.approx(scale, rel=0.05)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    scores = np.tile([0.8, 0.1, 0.1], (100, 1))
    assert metrics.expected_calibration_error(scores, np.repeat([0, 1], [80, 20])) == pytest.approx(0)
    assert metrics.expected_calibration_error(scores, np.repeat([0, 1], [50, 50])) == pytest.approx(0.3)


def test_likelihood_agrees_with_scikit_learn_and_is_finite_for_probability_0(rng):
    logits, targets = drawn(rng, 300, 1.0)
    scores = softmax(logits, axis=1)
    assert metrics.negative_log_likelihood(scores, targets) == pytest.approx(log_loss(targets, scores))
    assert np.isfinite(metrics.negative_log_likelihood(np.eye(5)[targets], (targets + 1) % 5))


def test_agreement_with_scikit_learn(rng):
    targets, answers = rng.integers(4, size=300), rng.integers(4, size=300)
    assert metrics.macro_f1(targets, answers, 4) == pytest.approx(f1_score(targets, answers, average="macro"))
    unknown, own = rng.normal(1, 1, 80).round(1), rng.normal(0, 1, 120).round(1)
    wanted = roc_auc_score(np.repeat([1, 0], [80, 120]), np.concatenate([unknown, own]))
    assert metrics.auroc(unknown, own) == pytest.approx(wanted)


def test_confusion_counts_predicted_by_true_label():
    counts = metrics.confusion(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert counts == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_a_silent_recording_is_not_in_the_confusion_matrix():
    assert metrics.confusion(np.array([0, 1]), np.array([-1, 1]), 2) == [[0, 0], [0, 1]]


def test_a_silent_recording_is_a_miss():
    targets, answers = np.array([0, 0, 1, 1]), np.array([-1, 0, 1, 1])
    assert metrics.macro_f1(targets, answers, 2) == pytest.approx((2 / 3 + 1) / 2)
    assert metrics.f1_interval(targets, answers, np.arange(4), 2)[1] == pytest.approx(1)
    scores = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert metrics.expected_calibration_error(scores, np.array([0, 0])) == pytest.approx(0)


def test_the_interval_of_many_recordings_agrees_with_that_of_a_proportion(rng):
    right = rng.random(2000) < 0.9
    low, high = metrics.interval(right, np.arange(2000))
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.9 * 0.1 / 2000), rel=0.15)
    assert low < right.mean() < high


def test_the_interval_of_f1_agrees_with_a_direct_bootstrap(rng):
    targets, groups = rng.integers(4, size=240), np.repeat(np.arange(60), 4)
    answers = np.where(rng.random(240) < 0.8, targets, rng.integers(4, size=240))
    found = metrics.f1_interval(targets, answers, groups, 4)
    again = []
    for _ in range(2000):
        rows = np.concatenate([np.flatnonzero(groups == g) for g in rng.integers(60, size=60)])
        again.append(metrics.macro_f1(targets[rows], answers[rows], 4))
    assert found == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=0.01)


def test_a_label_missing_from_a_resample_is_not_an_error():
    targets = np.arange(10).repeat(2)
    assert metrics.f1_interval(targets, targets, np.arange(20), 10) == (1.0, 1.0)
    assert metrics.macro_f1(np.array([0, 1]), np.array([0, 1]), 10) == 1


def test_speakers_that_differ_widen_the_interval(rng):
    speakers = np.repeat(np.arange(6), 500)
    right = rng.random(3000) < np.repeat([0.7, 0.75, 0.8, 0.9, 0.95, 0.99], 500)
    by_speaker, by_clip = metrics.interval(right, speakers), metrics.interval(right, np.arange(3000))
    assert by_speaker[1] - by_speaker[0] > 4 * (by_clip[1] - by_clip[0])


def test_accepted_uses_the_thresholds_of_the_other_folds(rng):
    folds = np.repeat([0, 1, 2, 3], 2000)
    background = rng.random(8000)
    assert metrics.accepted(background, folds, 0.95).mean() == pytest.approx(0.95, abs=0.01)
    background[folds == 3] += 1  # a fold unlike the others is not accepted by their thresholds
    assert not metrics.accepted(background, folds, 0.5)[folds == 3].any()


def test_calibrated_scores_have_the_error_of_the_calibration_floor(rng):
    logits, targets = drawn(rng, 400, 1.0)
    scores = softmax(logits, axis=1)
    floor = metrics.calibration_floor(scores)
    assert metrics.expected_calibration_error(scores, targets) == pytest.approx(floor, abs=0.03)
    assert 0.02 < floor < 0.06
    many, _ = drawn(rng, 40_000, 1.0)
    assert metrics.calibration_floor(softmax(many, axis=1)) < floor / 4


def test_answers_that_are_all_right_do_not_make_every_answer_sure(rng):
    """The likelihood then grows without end as the temperature falls."""
    logits = np.eye(3)[np.arange(60) % 3]
    found = metrics.temperature(lambda t: softmax(logits / t, axis=1), np.arange(60) % 3)
    assert found == metrics.LEAST_TEMPERATURE


def test_the_score_interval_covers_the_true_share(rng):
    for share in (0.5, 0.8, 0.95):
        found = [metrics.score_interval(rng.binomial(6, share) / 6, 6) for _ in range(2000)]
        assert np.mean([low <= share <= high for low, high in found]) > 0.93
    assert metrics.score_interval(1.0, 6) == pytest.approx((0.61, 1.0), abs=0.01)
    assert metrics.score_interval(0.0, 6)[0] == 0
