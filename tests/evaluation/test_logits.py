"""Evaluation scores equal the classifier's; calibration and rejection use out-of-fold answers only."""

from dataclasses import replace

import fakes
import numpy as np
import pytest
from fakes import joined, swell
from scipy.special import softmax
from sounds import silence

from audioclf.evaluation import metrics
from audioclf.evaluation.calibration import HeldOutAnswers, calibrate, predicted_labels, rejection
from audioclf.evaluation.logits import Answers, model_answers, model_inputs
from audioclf.evaluation.logits import joined as together
from audioclf.inference.classifier import Classifier
from audioclf.inference.pooling import distribution

CLIPS = [
    swell(0.5, 300.0),
    silence(2.0, 8000),
    joined(swell(1.3, 900.0), silence(3.0, 8000), swell(2.2, 1900.0)),
    swell(4.0, 500.0, sample_rate=16_000),
]


def classifier(pooling: str, temperature: float, speeds: tuple[float, ...] = (1.0,)) -> Classifier:
    calibration = {"temperature": temperature, "known_threshold": 0.5}
    config = fakes.config("cnn", pooling=pooling, calibration=calibration, speeds=speeds)
    return Classifier(config, fakes.model(config, background=0.0))


@pytest.mark.parametrize("pooling", ["loudest", "mean"])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("speeds", [(1.0,), (0.9, 1.0, 1.1)])
def test_evaluation_scores_equal_those_of_the_classifier(pooling, temperature, speeds):
    classify = classifier(pooling, temperature, speeds)
    inputs = model_inputs(CLIPS, classify.feature, classify.config, speeds)
    answers = model_answers(classify.model, inputs, 11)
    scores, background = answers.scores(temperature)
    for i, clip in enumerate(CLIPS):
        prediction = classify(clip)
        np.testing.assert_allclose(scores[i], prediction.scores, atol=1e-12)
        assert background[i] == pytest.approx(prediction.unknown_score)


def test_a_selection_of_recordings_gets_the_same_answers(tmp_path):
    classify = classifier("mean", 1.0)
    inputs = model_inputs(CLIPS, classify.feature, classify.config)
    chosen = np.array([True, True, False, True])
    whole, part = (model_answers(classify.model, some, 11) for some in (inputs, inputs.of(chosen)))
    np.testing.assert_array_equal(part.scores()[0], whole.scores()[0][chosen])
    np.testing.assert_array_equal(whole.of(chosen).scores()[0], part.scores()[0])
    rejoined = together([whole.of(chosen), whole.of(~chosen)])
    np.testing.assert_array_equal(rejoined.scores()[0], whole.scores()[0][[0, 1, 3, 2]])
    whole.save(tmp_path / "deep" / "answers.npz")
    loaded = Answers.load(tmp_path / "deep" / "answers.npz")
    np.testing.assert_array_equal(loaded.scores()[0], whole.scores()[0])


def test_no_clips_give_no_answers():
    classify = classifier("mean", 1.0)
    answers = model_answers(classify.model, model_inputs([], classify.feature, classify.config), 11)
    assert answers.n == 0
    assert answers.scores()[0].shape == (0, 10)


def drawn(n: int, scale: float, seed: int, n_windows: int = 1) -> tuple[Answers, np.ndarray]:
    """Answers whose softmax at temperature 1 would be right, multiplied by `scale`; background far away."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, 5))
    targets = (softmax(logits, axis=1).cumsum(1) > rng.random((n, 1))).argmax(1)
    rows = np.repeat(np.hstack([scale * logits, np.full((n, 1), -20.0)]), n_windows, axis=0)
    return Answers(rows, np.repeat(np.arange(n), n_windows), n), targets


def held_out(scales: tuple[float, ...], n: int = 4000, n_folds: int = 4) -> HeldOutAnswers:
    pairs = [drawn(n, scale, seed=0) for scale in scales]
    folds = (np.arange(n) % n_folds).astype(str)
    return HeldOutAnswers(tuple(a for a, _ in pairs), np.arange(n), folds, pairs[0][1], np.arange(n))


def test_the_temperature_is_found_after_pooling_and_over_all_seeds():
    answers, targets = drawn(4000, 3.0, 0, n_windows=3)
    one = HeldOutAnswers((answers,), np.arange(4000), np.repeat(["a", "b"], 2000), targets, np.arange(4000))
    assert one.temperature() == pytest.approx(3.0, rel=0.1)
    assert held_out((3.0, 3.0)).temperature() == pytest.approx(3.0, rel=0.1)
    assert 1.0 < held_out((1.0, 3.0)).temperature() < 3.0


def test_calibration_corrects_overconfident_answers():
    found, kept = calibrate(held_out((3.0,)))
    assert found["ece_uncalibrated"] > 0.1
    assert found["ece"] < 0.03
    assert found["nll"] < found["nll_uncalibrated"]
    assert kept["temperature"] == pytest.approx(3.0, rel=0.1)


def test_no_fold_calibrates_itself():
    honest = held_out((1.0,), n=400, n_folds=2)
    own = honest.folds == "0"
    changed = honest.targets.copy()
    changed[own] = np.random.default_rng(1).permutation(changed[own])
    other = replace(honest, targets=changed)
    np.testing.assert_array_equal(honest.calibrated()[0][:, own], other.calibrated()[0][:, own])
    assert not np.array_equal(honest.calibrated()[0][:, ~own], other.calibrated()[0][:, ~own])


def test_a_silent_recording_has_no_predicted_label():
    answers, targets = drawn(100, 1.0, 0)
    silent = answers.owners == 7
    gappy = Answers(answers.logits[~silent], answers.owners[~silent], 100)
    some = HeldOutAnswers((gappy,), np.arange(100), np.repeat(["a", "b"], 50), targets, np.arange(100))
    scores, background = some.calibrated()
    assert predicted_labels(scores)[0, 7] == -1
    assert background[0, 7] == 1
    assert np.isfinite(some.temperature())


def unknown(logit: float, n: int = 60) -> Answers:
    rng = np.random.default_rng(2)
    logits = np.hstack([rng.normal(0, 1, (n, 5)), rng.normal(logit, 1, (n, 1))])
    return Answers(logits, np.arange(n), n)


def test_rejection_is_measured_by_kind_and_within_folds():
    kinds = ["rain"] * 30 + ["words"] * 30
    one = held_out((1.0,), n=400)
    found, kept = calibrate(one)
    assert 0.9 < found["true_acceptance"] <= 1
    easy = rejection(one, {name: unknown(5.0) for name in "0123"}, kinds, kept)
    hard = rejection(one, {name: unknown(-20.0) for name in "0123"}, kinds, kept)
    assert easy["unknown_auroc"] > 0.99 > hard["unknown_auroc"]
    assert set(easy["unknown_kinds"]) == {"rain", "words"}
    assert easy["unknown_kinds"]["rain"]["n"] == 30
    shares = hard["unknown_rejected_at"]
    assert shares["0.95"] >= shares["0.98"]
    assert hard["unknown_rejected"] == pytest.approx(shares["0.95"], abs=1e-9)


def test_the_threshold_accepts_the_share_it_promises():
    one = held_out((1.0,), n=4000)
    _, kept = calibrate(one)
    scores, background = one.scores(kept["temperature"])
    answers = distribution(scores[0], background[0], kept["known_threshold"]).argmax(1)
    assert (answers < 5).mean() == pytest.approx(0.95, abs=0.002)


def test_intervals_over_seeds_count_each_recording_once():
    right = np.array([[1, 1, 0, 1], [1, 0, 0, 1]])
    low, high = metrics.interval(right.mean(0), np.arange(4))
    assert low < right.mean() < high
