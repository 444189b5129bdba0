"""Error rates and costs of distributions whose values are known."""

import numpy as np
import pytest
from scipy.stats import norm

from audioclf.evaluation import detection
from audioclf.evaluation.detection import Trials


def gaussians(distance: float, n: int = 20_000, shift: float = 0.0, people: int = 20) -> Trials:
    """Targets at +distance / 2 and impostors at -distance / 2, deviation 1, all of them shifted."""
    rng = np.random.default_rng(0)
    target = np.arange(2 * n) < n
    scores = rng.normal(np.where(target, distance / 2, -distance / 2) + shift, 1.0)
    enrolled = rng.integers(people, size=2 * n)
    tested = np.where(target, enrolled, (enrolled + 1 + rng.integers(people - 1, size=2 * n)) % people)
    return Trials(scores, target, enrolled, tested, np.ones(2 * n))


@pytest.mark.parametrize("distance", [1.0, 2.0, 4.0])
def test_the_equal_error_rate_of_two_gaussians(distance):
    found = detection.equal_error_rate(gaussians(distance))
    assert found == pytest.approx(norm.cdf(-distance / 2), abs=0.01)


def test_perfect_scores_have_no_error_and_constant_ones_are_a_coin():
    target = np.array([True, True, False, False])
    people = np.arange(4)
    perfect = Trials(np.array([3.0, 2.0, 1.0, 0.0]), target, people, people, np.ones(4))
    assert detection.equal_error_rate(perfect) == detection.least_cost(perfect) == 0
    constant = Trials(np.zeros(4), target, people, people, np.ones(4))
    assert detection.equal_error_rate(constant) == pytest.approx(0.5)


def test_only_the_actual_cost_depends_on_where_the_scores_lie():
    """Of unit Gaussians at ±1 the score 2x is the log-likelihood ratio itself."""
    plain = gaussians(2.0)
    ratios = Trials(2 * plain.scores, plain.is_target, plain.enrolled, plain.tested, plain.weights)
    moved = Trials(ratios.scores + 3, plain.is_target, plain.enrolled, plain.tested, plain.weights)
    assert detection.least_cost(moved) == pytest.approx(detection.least_cost(ratios), abs=1e-9)
    assert detection.actual_cost(ratios) == pytest.approx(detection.least_cost(ratios), abs=0.02)
    assert detection.actual_cost(moved) > 1.5 * detection.actual_cost(ratios)
    assert detection.least_cost(ratios) <= 1


def test_rates_fall_and_rise_and_meet_their_ends():
    accepted, rejected = gaussians(1.0, 500).curve()
    assert (accepted[0], rejected[0], accepted[-1], rejected[-1]) == (1, 0, 0, 1)
    assert (np.diff(accepted) <= 1e-12).all() and (np.diff(rejected) >= -1e-12).all()


def test_a_doubled_trial_counts_as_a_weight_of_two():
    few = gaussians(1.0, 50)
    weights = np.where(np.arange(100) % 3 == 0, 2.0, 1.0)
    heavy = Trials(few.scores, few.is_target, few.enrolled, few.tested, weights)
    again = np.repeat(np.arange(100), weights.astype(int))
    many = Trials(
        *(getattr(few, name)[again] for name in ("scores", "is_target", "enrolled", "tested", "weights"))
    )
    assert detection.equal_error_rate(heavy) == pytest.approx(detection.equal_error_rate(many), abs=1e-9)


def test_an_interval_over_people_holds_the_rate_and_widens_with_fewer_people():
    widths = []
    for people in (5, 50):
        trials = gaussians(1.0, 1000, people=people)
        own = np.random.default_rng(1).normal(0, 1.0, people)
        trials = Trials(
            trials.scores + trials.is_target * own[trials.enrolled],
            trials.is_target,
            trials.enrolled,
            trials.tested,
            trials.weights,
        )
        low, high = detection.interval(trials)
        assert low <= detection.equal_error_rate(trials) <= high
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_what_is_drawn_is_small_and_whole():
    trials = gaussians(2.0)
    points = np.array(detection.det_points(trials))
    assert len(points) <= detection.N_DET and (np.diff(points[:, 0]) > 0).all()
    assert points[0, 1] > 0.9 and points[-1, 2] > 0.9
    found = detection.histograms(trials)
    assert len(found["edges"]) == detection.N_BINS + 1
    assert sum(found["targets"]) == pytest.approx(1, abs=0.01) == sum(found["impostors"])
