"""Diagonal Gaussian mixtures: EM, MAP adaptation, scoring and sampling."""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of diagonal Gaussians over frames, or several mixtures that share their precisions.

    means: (..., n_components, n_dims). log_weights: (..., n_components). precisions: (n_components, n_dims),
    inverse variances above zero. The leading axes index the mixtures; a single mixture has none.
    """

    means: Array
    log_weights: Array
    precisions: Array

    @classmethod
    def fit(
        cls,
        frames: NDArray,
        n_components: int,
        seed: int,
        *,
        max_iter: int = 30,
        tol: float = 1e-3,
        reg_covar: float = 1e-2,
    ) -> Self:
        """EM from a k-means start (Dempster et al., 1977). frames: (n_frames, n_dims), n_frames >= n_components.

        Stops after max_iter rounds, or when the mean log-likelihood gains less than tol.
        """
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        em = GaussianMixture(
            n_components,
            covariance_type="diag",
            reg_covar=reg_covar,
            max_iter=max_iter,
            tol=tol,
            random_state=seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping at max_iter is intended
            em.fit(frames)
        arrays = (em.means_, np.log(em.weights_), 1 / em.covariances_)
        return cls(*(array.astype(np.float32) for array in arrays))

    @cached_property
    def parts(self) -> tuple[Self, ...]:
        """The mixtures of each first index."""
        return tuple(self[i] for i in range(len(self.means)))

    def __getitem__(self, index: int | tuple[int, ...]) -> Self:
        """One of several mixtures, by its index on the leading axes."""
        return type(self)(self.means[index], self.log_weights[index], self.precisions)

    def log_joint(self, frames: NDArray) -> Array:
        """(n_frames, ..., n_components): log weight plus log density, without the constant -n_dims/2 · log 2π.

        frames: (n_frames, n_dims).
        """
        scaled, offset = self._constants
        own = -0.5 * (frames**2 @ self.precisions.T)
        cross = (frames @ scaled.T).reshape(len(frames), *self.log_weights.shape)
        stacked = own.reshape(len(own), *(1,) * (cross.ndim - 2), own.shape[1])
        return cross + stacked + offset

    @cached_property
    def _constants(self) -> tuple[Array, Array]:
        """What does not depend on frames: shared precisions turn the squared distance into three matrix products."""
        precisions, n_dims = self.precisions, self.precisions.shape[1]
        scaled = (self.means * precisions).reshape(-1, n_dims)
        offset = self.log_weights + 0.5 * np.log(precisions).sum(1)
        return scaled, offset - 0.5 * (self.means**2 * precisions).sum(-1)

    def log_likelihood(self, frames: NDArray) -> Array:
        """(n_frames, ...): log density of every frame, in nats."""
        return log_sum(self.log_joint(frames)) - 0.5 * frames.shape[1] * np.float32(np.log(2 * np.pi))

    def responsibilities(self, frames: NDArray) -> Array:
        """(n_frames, ..., n_components): posterior probabilities of the components for every frame."""
        joint = self.log_joint(frames)
        share = np.exp(joint - joint.max(-1, keepdims=True))
        return share / share.sum(-1, keepdims=True)

    def adapt(self, frames: NDArray, relevance: float = 16.0) -> Self:
        """One MAP step of weights and means towards frames, with this mixture as the prior; see `adapted`."""
        share = self.responsibilities(frames)
        return self.adapted(share.sum(0), share.T @ frames, relevance)

    def adapted(self, count: NDArray, total: NDArray, relevance: float) -> Self:
        """MAP adaptation of a single mixture (Reynolds, Quatieri and Dunn, 2000, equations 11 to 14).

        count: (..., n_components) sums of responsibilities. total: (..., n_components, n_dims) sums of frames
        weighted by them. relevance: weight of the prior in frames. Gives one mixture for each leading index.
        """
        adaptation = count / (count + relevance)
        mean = total / np.maximum(count, 1e-9)[..., None]
        means = adaptation[..., None] * mean + (1 - adaptation[..., None]) * self.means
        weight = adaptation * count / np.maximum(count.sum(-1, keepdims=True), 1e-9)
        weight += (1 - adaptation) * np.exp(self.log_weights)
        weight /= weight.sum(-1, keepdims=True)
        return type(self)(means.astype(np.float32), np.log(weight + 1e-8).astype(np.float32), self.precisions)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """(n, n_dims) frames drawn from a single mixture."""
        weights = np.exp(self.log_weights.astype(np.float64))
        component = rng.choice(len(weights), n, p=weights / weights.sum())
        noise = rng.standard_normal((n, self.means.shape[1]))
        return (self.means[component] + noise / np.sqrt(self.precisions[component])).astype(np.float32)


def log_sum(joint: NDArray) -> NDArray:
    """Log Σ exp over the last axis."""
    top = joint.max(-1)
    return top + np.log(np.exp(joint - top[..., None]).sum(-1))
