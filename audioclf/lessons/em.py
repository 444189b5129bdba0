"""Expectation maximisation for Gaussian mixtures, one half step at a time (Dempster, Laird & Rubin 1977)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, d)

LEAST_VARIANCE = 1e-4  # added to the diagonal: a component on one point would otherwise have no width


@dataclass(frozen=True, eq=False)
class Mixture:
    """weights: (k,), sum 1. means: (k, d). covariances: (k, d, d)."""

    weights: Points
    means: Points
    covariances: NDArray[np.float64]

    def log_densities(self, points: Points) -> Points:
        """(n, k) log of weight times density of each component at each point."""
        factors = np.linalg.cholesky(self.covariances)
        # With few dimensions, an inverse and a product take a third of the time of `solve`.
        away = np.linalg.inv(factors) @ np.swapaxes(points - self.means[:, None], 1, 2)
        sizes = 2 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        sizes += points.shape[1] * np.log(2 * np.pi)
        weights = np.log(np.maximum(self.weights, 1e-300))
        return weights - 0.5 * (np.einsum("kdn,kdn->nk", away, away) + sizes)

    def log_likelihood(self, points: Points) -> Points:
        """(n,) log density of the mixture at each point."""
        return _total(self.log_densities(points))

    def sample(self, n: int, seed: int = 0) -> Points:
        """(n, d) points drawn from the mixture."""
        rng = np.random.default_rng(seed)
        which = rng.choice(len(self.weights), n, p=self.weights)
        normal = rng.standard_normal((n, self.means.shape[1]))
        factors = np.linalg.cholesky(self.covariances)
        return self.means[which] + np.einsum("nij,nj->ni", factors[which], normal)


def n_parameters(k: int, d: int, kind: str) -> int:
    """Free numbers of a mixture: weights, means and covariances."""
    widths = {"full": d * (d + 1) // 2, "diag": d, "spherical": 1}[kind]
    return k - 1 + k * d + k * widths


def kmeans(points: Points, k: int, seed: int = 0, n_rounds: int = 20) -> Points:
    """(k, d) centres from the k-means++ start (Arthur & Vassilvitskii 2007), moved until nothing changes."""
    rng = np.random.default_rng(seed)
    centres = points[rng.integers(len(points))][None]
    while len(centres) < k:
        distance = ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1)
        share = distance / distance.sum() if distance.sum() > 0 else None
        centres = np.vstack([centres, points[rng.choice(len(points), p=share)]])
    for _ in range(n_rounds):
        nearest = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        mine = (nearest == np.arange(k)[:, None]).astype(float)
        counts = mine.sum(axis=1)[:, None]
        moved = np.where(counts > 0, mine @ points / np.maximum(counts, 1.0), centres)
        if np.abs(moved - centres).max() < 1e-6:
            break
        centres = moved
    return centres


def start(points: Points, k: int, kind: str, init: str, seed: int = 0) -> Mixture:
    """A mixture before the first step, of equal weights and widths; its means from "kmeans" or "random" points."""
    if init == "kmeans":
        means = kmeans(points, k, seed)
    else:
        means = points[np.random.default_rng(seed).choice(len(points), k, replace=False)]
    whole = np.cov(points.T) / k + LEAST_VARIANCE * np.eye(points.shape[1])
    return Mixture(np.full(k, 1 / k), means, _shaped(np.stack([whole] * k), kind))


def responsibilities(mixture: Mixture, points: Points) -> Points:
    """(n, k) E step: probability that each component made each point; rows sum to 1."""
    return _shares(mixture.log_densities(points))


def _shares(logs: Points) -> Points:
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _total(logs: Points) -> Points:
    peak = logs.max(axis=1)
    return peak + np.log(np.exp(logs - peak[:, None]).sum(axis=1))


def maximised(points: Points, shares: Points, kind: str, before: Mixture) -> Mixture:
    """M step: the mixture of highest expected likelihood. A component without points stays as it was."""
    counts = shares.sum(axis=0)
    has_points = counts >= 1e-6
    divisors = np.where(has_points, counts, 1.0)
    means = np.where(has_points[:, None], shares.T @ points / divisors[:, None], before.means)
    away = np.swapaxes(points - means[:, None], 1, 2)
    moments = (away * shares.T[:, None]) @ np.swapaxes(away, 1, 2) / divisors[:, None, None]
    covariances = _shaped(moments, kind) + LEAST_VARIANCE * np.eye(points.shape[1])
    kept = np.where(has_points[:, None, None], covariances, before.covariances)
    return Mixture(counts / counts.sum(), means, kept)


def _shaped(covariances: NDArray, kind: str) -> NDArray:
    """(k, d, d) covariances without what their kind does not allow."""
    if kind == "full":
        return covariances
    d = covariances.shape[1]
    widths = np.diagonal(covariances, axis1=1, axis2=2)
    if kind == "spherical":
        widths = np.repeat(widths.mean(axis=1, keepdims=True), d, axis=1)
    return widths[:, :, None] * np.eye(d)


def steps(points: Points, mixture: Mixture, kind: str, n: int) -> Iterator[tuple[Mixture, Points]]:
    """The mixture and the responsibilities after each of n half steps: E, M, E, M, … from the start on."""
    shares = np.full((len(points), len(mixture.weights)), 1 / len(mixture.weights))
    yield mixture, shares
    for i in range(n):
        if i % 2 == 0:
            shares = responsibilities(mixture, points)
        else:
            mixture = maximised(points, shares, kind, mixture)
        yield mixture, shares


def fitted(points: Points, k: int, kind: str, n_rounds: int = 60) -> Mixture:
    """The mixture after EM from the k-means start, until the likelihood hardly rises."""
    mixture, last = start(points, k, kind, "kmeans"), -np.inf
    for _ in range(n_rounds):
        logs = mixture.log_densities(points)
        now = float(_total(logs).mean())
        if now - last < 1e-5:
            break
        mixture, last = maximised(points, _shares(logs), kind, mixture), now
    return mixture
