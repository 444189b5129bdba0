"""A background output that is fitted again rejects what it was shown, and keeps what no sound contradicts."""

import numpy as np
import pytest

from audioclf.training.background_fit import Evidence, block_weights, fitted_background

RNG = np.random.default_rng(0)
UNKNOWN = np.arange(400) % 2 == 0
VALUES = RNG.normal(0, 1, (400, 3))
VALUES[UNKNOWN, 0] += 4.0
VALUES[:, 2] = 7.0  # never changes
START = np.array([0.0, 0.0, 0.5]), -1.0
EVEN = np.ones(400)


def heard(values=VALUES, best=0.0):
    return Evidence(values, np.full(len(values), best), START)


def margins(fit, evidence=VALUES, best=0.0):
    return evidence @ fit[0] + fit[1] - best


def test_in_every_group_labels_count_the_same_and_together_as_much_as_the_background():
    targets, groups = np.array([0, 0, 0, 1, 2, 2, 1, 2]), np.array([0, 0, 0, 0, 0, 0, 1, 1])
    weights = block_weights(targets, groups, 2)
    for group, label, total in ((0, 0, 0.5), (0, 1, 0.5), (0, 2, 1.0), (1, 1, 1.0), (1, 2, 1.0)):
        assert weights[(groups == group) & (targets == label)].sum() == pytest.approx(total)


def test_the_unknown_sounds_are_told_from_the_others():
    before = (margins(START) > 0) == UNKNOWN
    fit = fitted_background(heard(), UNKNOWN, EVEN)
    assert before.mean() < 0.6
    assert ((margins(fit) > 0) == UNKNOWN).mean() > 0.9


def test_evidence_that_never_changes_keeps_its_weight():
    weights, _ = fitted_background(heard(), UNKNOWN, EVEN)
    assert weights[2] == pytest.approx(START[0][2], abs=1e-3)


def test_the_best_label_is_what_the_background_is_compared_with():
    """The same evidence, all labels higher by 5: the background rises by 5, so that the answers stay."""
    fits = [fitted_background(heard(best=best), UNKNOWN, EVEN) for best in (0.0, 5.0)]
    assert np.allclose(margins(fits[0]), margins(fits[1], best=5.0), atol=0.02)


def test_a_recording_twice_is_a_recording_of_twice_the_weight():
    twice = np.concatenate([VALUES, VALUES[:50]]), np.concatenate([UNKNOWN, UNKNOWN[:50]])
    weights = np.concatenate([np.full(50, 0.5), np.ones(350), np.full(50, 0.5)])
    one = fitted_background(heard(), UNKNOWN, EVEN)
    other = fitted_background(heard(twice[0]), twice[1], weights)
    assert np.allclose(margins(one), margins(other), atol=0.05)
