"""Gaussian mixtures: EM, scoring, sampling and MAP adaptation compared with the formulas."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from audioclf.models.mixture import Mixture

TWO = Mixture(
    np.array([[-2.0, 0.0], [3.0, 1.0]], np.float32),
    np.log(np.array([0.3, 0.7], np.float32)),
    np.array([[1.0, 4.0], [0.25, 1.0]], np.float32),
)


def draw(n=4000, seed=0):
    return TWO.sample(n, np.random.default_rng(seed))


def test_the_log_likelihood_agrees_with_scipy():
    frames = draw(50)
    densities = [
        multivariate_normal(mean, np.diag(1 / precision)).pdf(frames)
        for mean, precision in zip(TWO.means, TWO.precisions, strict=True)
    ]
    expected = np.array([0.3, 0.7]) @ densities
    np.testing.assert_allclose(TWO.log_likelihood(frames), np.log(expected), atol=1e-4)
    np.testing.assert_allclose(TWO.responsibilities(frames)[:, 0], 0.3 * densities[0] / expected, atol=1e-4)


def test_stacked_mixtures_score_like_each_one_alone():
    means = np.stack([TWO.means, TWO.means + 1])
    several = Mixture(means, np.stack([TWO.log_weights, TWO.log_weights[::-1]]), TWO.precisions)
    frames = draw(20)
    assert several.responsibilities(frames).shape == (20, 2, 2)
    for i in range(2):
        np.testing.assert_allclose(
            several.log_likelihood(frames)[:, i], several[i].log_likelihood(frames), rtol=1e-5
        )


def test_em_finds_the_mixture_that_drew_the_frames():
    found = Mixture.fit(draw(), 2, seed=0)
    order = np.argsort(found.means[:, 0])
    np.testing.assert_allclose(found.means[order], TWO.means, atol=0.15)
    np.testing.assert_allclose(np.exp(found.log_weights[order]), [0.3, 0.7], atol=0.03)
    np.testing.assert_allclose(1 / found.precisions[order], 1 / TWO.precisions, rtol=0.2)


@pytest.mark.parametrize(("n", "share"), [(0, 0.0), (16, 0.5), (16_000, 1.0)])
def test_adaptation_grows_with_the_number_of_frames(n, share):
    """With relevance r, n frames of one component move its mean by n / (n + r) of the way."""
    one = Mixture(np.zeros((1, 2), np.float32), np.zeros(1, np.float32), np.ones((1, 2), np.float32))
    frames = np.full((n, 2), 4.0, np.float32)
    np.testing.assert_allclose(one.adapt(frames, relevance=16.0).means, 4.0 * share, atol=0.01)


def test_adapted_weights_sum_to_one_and_follow_the_frames():
    frames = draw(1000)
    adapted = TWO.adapt(frames[TWO.responsibilities(frames)[:, 0] > 0.5])
    weights = np.exp(adapted.log_weights)
    assert weights.sum() == pytest.approx(1, abs=1e-4) and weights[0] > 2 * 0.3
