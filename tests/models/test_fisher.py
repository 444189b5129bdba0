"""A Fisher vector is the gradient of the UBM's log-likelihood, with signed roots and a fixed norm."""

import numpy as np
import pytest
from scipy.special import logsumexp

from audioclf.models.fisher import LENGTH, fisher_vectors
from audioclf.models.mixture import Mixture

K, D, T = 3, 4, 20
FRAMES = np.random.default_rng(1).normal(0, 1, (T, D))


@pytest.fixture
def ubm():
    rng = np.random.default_rng(0)
    means, deviations = rng.normal(0, 1, (K, D)), rng.uniform(0.5, 1.5, (K, D))
    return means, deviations, np.log(rng.dirichlet(np.ones(K)))


def log_joint(frames, means, deviations, log_weights):
    distance = (frames[:, None] - means) / deviations
    return log_weights - 0.5 * (distance**2).sum(2) - np.log(deviations).sum(1)


def vector(frames, ubm, counted=None, even=False):
    joint = log_joint(frames, *ubm)
    share = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    share *= 1 if counted is None else counted[:, None]
    means, deviations, log_weights = ubm
    return fisher_vectors(share[None], frames[None], Mixture(means, log_weights, deviations**-2.0), even)[0]


def test_a_fisher_vector_points_along_the_gradient_of_the_log_likelihood(ubm):
    means, deviations, log_weights = ubm

    def likelihood(means, deviations):
        return logsumexp(log_joint(FRAMES, means, deviations, log_weights), axis=1).mean()

    step, gradient = 1e-5, []
    for which, inverse_information in ((0, 1.0), (1, 0.5)):
        for k, d in np.ndindex(K, D):
            ends = []
            for sign in (1, -1):
                moved = [means.copy(), deviations.copy()]
                moved[which][k, d] += sign * step
                ends.append(likelihood(*moved))
            slope = (ends[0] - ends[1]) / (2 * step)
            gradient.append(slope * deviations[k, d] * np.sqrt(inverse_information / np.exp(log_weights[k])))
    found = vector(FRAMES, ubm)
    squared = np.sign(found) * found**2
    cosine = squared @ gradient / np.linalg.norm(squared) / np.linalg.norm(gradient)
    assert cosine == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(found) == pytest.approx(LENGTH, rel=1e-5)


def test_frames_that_do_not_count_change_nothing(ubm):
    counted = np.arange(T) < 12
    assert np.allclose(vector(FRAMES, ubm, counted), vector(FRAMES[:12], ubm), atol=1e-5)


@pytest.mark.parametrize("even", [False, True])
def test_no_frames_give_zeros(ubm, even):
    assert not vector(FRAMES, ubm, np.zeros(T), even).any()


def test_even_components_have_equal_norms_and_keep_their_directions(ubm):
    plain, even = (vector(FRAMES, ubm, even=e).reshape(2, K, D).swapaxes(0, 1) for e in (False, True))
    lengths = np.linalg.norm(even, axis=(1, 2))
    assert lengths == pytest.approx(LENGTH / np.sqrt(K), rel=1e-5)
    for before, after in zip(plain, even, strict=True):
        assert (before * after).sum() == pytest.approx(
            np.linalg.norm(before) * np.linalg.norm(after), rel=1e-5
        )


def test_a_component_with_almost_no_frames_stays_near_zero(ubm):
    """Otherwise frames far out in its tail would count as much as all others."""
    means, deviations, log_weights = ubm
    far = np.concatenate([means[:-1], means[-1:] + 5])
    parts = np.linalg.norm(
        vector(FRAMES, (far, deviations, log_weights), even=True).reshape(2, K, D), axis=(0, 2)
    )
    assert parts[-1] < 0.01 * parts[:-1].min()
