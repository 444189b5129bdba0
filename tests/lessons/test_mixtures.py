"""EM against scikit-learn: the likelihood never falls, samples have their moments, BIC picks K on made data."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from audioclf.lessons import em, mixtures
from audioclf.lessons.outline import STEPS
from audioclf.types import Clip

RNG = np.random.default_rng(0)
SILENCE = Clip(np.zeros(8000, np.float32), 8000)
KINDS = ("full", "diag", "spherical")
SETS = ("blobs", "stretched", "moons")


def theirs(mixture: em.Mixture) -> GaussianMixture:
    """The same mixture as one of scikit-learn."""
    found = GaussianMixture(len(mixture.weights), covariance_type="full")
    found.weights_, found.means_, found.covariances_ = mixture.weights, mixture.means, mixture.covariances
    found.precisions_cholesky_ = np.stack([np.linalg.cholesky(np.linalg.inv(c)) for c in mixture.covariances])
    return found


@pytest.mark.parametrize("init", ["kmeans", "random"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", SETS)
def test_the_likelihood_never_falls(data, kind, init):
    points = mixtures.points_of(SILENCE, data)
    for seed in range(3):
        mixture, before = em.start(points, 4, kind, init, seed), -np.inf
        for _ in range(25):
            now = float(mixture.log_likelihood(points).mean())
            # The variance that keeps a component from collapsing costs a little likelihood.
            assert now >= before - 1e-3
            before = now
            mixture = em.maximised(points, em.responsibilities(mixture, points), kind, mixture)
        assert mixture.weights.sum() == pytest.approx(1.0)


def test_likelihood_and_responsibilities_are_those_of_scikit_learn():
    points = mixtures.points_of(SILENCE, "stretched")
    mixture = em.fitted(points, 3, "full")
    other = theirs(mixture)
    assert np.allclose(mixture.log_likelihood(points), other.score_samples(points))
    shares = em.responsibilities(mixture, points)
    assert np.allclose(shares, other.predict_proba(points)) and np.allclose(shares.sum(axis=1), 1)


def test_fitting_finds_what_scikit_learn_finds():
    points = mixtures.points_of(SILENCE, "blobs")
    mine = em.fitted(points, 3, "full").log_likelihood(points).mean()
    other = GaussianMixture(3, n_init=3, random_state=0, reg_covar=em.LEAST_VARIANCE).fit(points)
    assert mine == pytest.approx(other.score(points), abs=0.01)


def test_samples_have_the_moments_of_their_mixture():
    mixture = em.Mixture(
        np.array([0.3, 0.7]),
        np.array([[0.0, 1.0], [2.0, -1.0]]),
        np.array([[[1.0, 0.5], [0.5, 2.0]], [[0.2, 0.0], [0.0, 0.4]]]),
    )
    drawn = mixture.sample(40_000)
    mean = mixture.weights @ mixture.means
    spread = sum(
        w * (c + np.outer(m - mean, m - mean))
        for w, m, c in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    )
    assert np.allclose(drawn.mean(axis=0), mean, atol=0.03)
    assert np.allclose(np.cov(drawn.T), spread, atol=0.06)


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_free_parameters_is_scikit_learns(kind):
    points = RNG.standard_normal((60, 2))
    for k in (1, 3):
        fit = GaussianMixture(k, covariance_type=kind, random_state=0).fit(points)
        expected = fit.bic(points) + 2 * fit.score(points) * len(points)
        assert em.n_parameters(k, 2, kind) * np.log(len(points)) == pytest.approx(expected)


def test_bic_picks_the_number_of_clouds():
    assert dict(mixtures.selection(SILENCE, "blobs", "spherical").facts)["K by BIC"] == "3"
    assert dict(mixtures.selection(SILENCE, "stretched", "full").facts)["K by BIC"] == "2"


def test_kmeans_lowers_the_distance_and_takes_equal_points():
    points = mixtures.points_of(SILENCE, "blobs")

    def cost(centres):
        return ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1).sum()

    assert cost(em.kmeans(points, 3)) < 0.4 * cost(em.kmeans(points, 1))
    assert em.kmeans(np.ones((10, 2)), 3).tolist() == [[1.0, 1.0]] * 3


def test_a_component_on_one_point_keeps_a_width_and_one_without_points_stays():
    points = np.zeros((20, 2))
    mixture = em.fitted(points, 3, "full")
    assert np.isfinite(mixture.log_likelihood(points)).all()
    shares = np.zeros((20, 3))
    shares[:, 0] = 1
    kept = em.maximised(points, shares, "full", mixture)
    assert np.array_equal(kept.means[1], mixture.means[1]) and kept.weights.tolist() == [1, 0, 0]


def test_the_alarm_is_raised_for_the_share_asked_for():
    facts = dict(mixtures.density(SILENCE, "blobs", 3, 10.0).facts)
    assert int(facts["Alarms"]) == pytest.approx(0.1 * mixtures.N_POINTS, abs=1)


def test_the_start_decides_where_em_ends_with_the_settings_that_the_text_names():
    """Each start has converged at the last half step, and the two mixtures differ in more than their order."""
    (steps,) = [control for control in STEPS["em"].controls if control.name == "step"]
    ends = []
    for init in ("kmeans", "random"):
        view = mixtures.expectation(SILENCE, "blobs", 2, "diag", init, steps.high)
        rises = view.arrays["log_likelihood"]
        assert rises[-1] - rises[-2] < 1e-3
        ends.append(rises[-1])
    assert abs(ends[0] - ends[1]) > 0.1
