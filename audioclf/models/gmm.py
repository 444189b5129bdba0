"""Gaussian mixtures: a world model, adapted to every label and stage of the sound, and a calibrated back-end."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf.models import View
from audioclf.models.fisher import fisher_vectors
from audioclf.models.network import check_arrays

Array = NDArray[np.float64]
FRAMES_FOR_WORLD = 200_000
BATCH = 512
ENOUGH_FOR_A_START = 30_000  # sounds for all that goes before MMI training, which hears the others, too


class Gmm:
    """Diagonal Gaussian mixtures adapted from one world model (Reynolds, Quatieri and Dunn, 2000).

    Row 0 of the input is a loudness in dB: frames below -gate_db are not looked at. The frames left are cut into
    `stages` equal parts, which gives the bag of frames a coarse order in time. For every label and stage the
    world's weights and means are adapted with `relevance` frames of inertia; a stage's evidence for a label is
    the mean log-likelihood ratio to the world over its frames. To that come the Fisher vectors of so many equal
    parts as `fisher` says, 0 for none; `even_components` as in fisher.fisher_vectors. Multinomial logistic
    regression, with `back_end_c` as the inverse of its penalty, weighs all evidence into logits (Brümmer and du
    Preez, 2006). epochs: rounds of adaptation. mmi_epochs: passes of mmi.MixtureNet over all of it afterwards;
    ValueError beside Fisher vectors.
    """

    def __init__(
        self,
        n_labels: int,
        n_bins: int,
        n_components: int = 96,
        stages: int = 5,
        relevance: float = 16.0,
        gate_db: float = 30.0,
        epochs: int = 2,
        fisher: int = 0,
        even_components: bool = False,
        back_end_c: float = 0.1,
        mmi_epochs: float = 0.0,
    ) -> None:
        if fisher and mmi_epochs:
            raise ValueError(
                f"MMI training knows no Fisher vectors: set fisher={fisher} or mmi_epochs={mmi_epochs} to 0"
            )
        self.n_outputs = n_labels + 1
        self.n_dims = n_bins - 1
        self.n_components = n_components
        self.stages = stages
        self.relevance = relevance
        self.gate_db = gate_db
        self.epochs = epochs
        self.fisher = fisher
        self.even_components = even_components
        self.back_end_c = back_end_c
        self.mmi_epochs = mmi_epochs
        self.arrays: dict[str, NDArray] = {}

    def fit(
        self,
        x: NDArray,
        targets: NDArray,
        *,
        seed: int,
        progress: Callable[[int, int, str], None],
        checkpoint: Path | None = None,
        start: Mapping[str, NDArray] | None = None,
        rate: float = 1.0,
    ) -> None:
        n_steps = 2 + self.epochs
        progress(0, n_steps, "world model")
        self._fit_world(x, seed)
        some = np.arange(0, len(x), 1 + (len(x) // ENOUGH_FOR_A_START if self.mmi_epochs else 0))
        for i in range(self.epochs):
            progress(1 + i, n_steps, "adapting to the labels")
            self._adapt(x, targets, some)
        progress(n_steps - 1, n_steps, "weighing the evidence")
        self._fit_back_end(x, targets, some)
        progress(n_steps, n_steps, "done")
        if self.mmi_epochs:
            self._discriminate(x, targets, seed, progress, checkpoint)

    def _discriminate(
        self,
        x: NDArray,
        targets: NDArray,
        seed: int,
        progress: Callable[[int, int, str], None],
        checkpoint: Path | None,
    ) -> None:
        from audioclf.models.fitting import Schedule, train
        from audioclf.models.mmi import MixtureNet

        net = MixtureNet(self.arrays, self.stages, self.gate_db)
        schedule = Schedule(
            epochs=self.mmi_epochs,
            learning_rate=5e-3,
            weight_decay=0.0,
            bin_masks=(0, 0.0),
            frame_masks=(0, 0.0),
        )
        train(net, x, targets, schedule, seed=seed, progress=progress, checkpoint=checkpoint)
        self.arrays = net.arrays()

    def logits(self, x: NDArray) -> Array:
        evidence = self._evidence(np.asarray(x, dtype=np.float32))
        return evidence @ self.arrays["weigh"].astype(np.float64) + self.arrays["bias"]

    def views(self, x: NDArray, output: int) -> tuple[View, ...]:
        """Of every frame loud enough: the log-likelihood ratio to the world, and each component's share."""
        frames, _, stage = self._frames(np.asarray(x, dtype=np.float32)[None])
        at = np.flatnonzero(x[0] >= -self.gate_db)
        world = self._joint(frames, self.arrays["world_means"][None], self.arrays["world_log_weights"][None])
        ratio = np.full((1, x.shape[1]), np.nan)
        share = np.full((self.n_components, x.shape[1]), np.nan)
        for s in np.unique(stage):
            here = stage == s
            means, log_weights = self.arrays["means"][s, output], self.arrays["log_weights"][s, output]
            joint = self._joint(frames[here], means[None], log_weights[None])
            ratio[0, at[here]] = (_log_sum(joint) - _log_sum(world[here]))[:, 0]
            share[:, at[here]] = self._responsibilities(frames[here], s, output).T
        return (
            View("Log-likelihood ratio", "nat", ratio),
            View("Component responsibilities", "share", share),
        )

    def weights(self) -> dict[str, NDArray]:
        return dict(self.arrays)

    def load_weights(self, weights: Mapping[str, NDArray]) -> None:
        check_arrays(weights, self._shapes())
        if not (weights["precisions"] > 0).all():
            raise ValueError("array precisions holds values that are not above zero")
        self.arrays = {name: np.array(array, dtype=np.float32) for name, array in weights.items()}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        k, d, s, c = self.n_components, self.n_dims, self.stages, self.n_outputs
        return {
            "precisions": (k, d),
            "world_means": (k, d),
            "world_log_weights": (k,),
            "means": (s, c, k, d),
            "log_weights": (s, c, k),
            "weigh": (s * c + self.fisher * 2 * k * d, c),
            "bias": (c,),
        }

    def _fit_world(self, x: NDArray, seed: int) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        rng = np.random.default_rng(seed)
        rows = np.sort(rng.choice(len(x), min(len(x), 8 * FRAMES_FOR_WORLD // x.shape[2]), replace=False))
        frames = np.concatenate([f for f, _, _ in (self._frames(x[r][None]) for r in rows)])
        frames = frames[rng.permutation(len(frames))[:FRAMES_FOR_WORLD]]
        world = GaussianMixture(
            self.n_components,
            covariance_type="diag",
            reg_covar=1e-2,
            max_iter=30,
            tol=1e-3,
            random_state=seed,
        )
        with warnings.catch_warnings():
            # The world is only a start for the adaptation: how well it has settled changes nothing.
            warnings.simplefilter("ignore", ConvergenceWarning)
            world.fit(frames)
        shape = (self.stages, self.n_outputs)
        log_weights = np.log(world.weights_)
        self.arrays = {
            "precisions": (1 / world.covariances_).astype(np.float32),
            "world_means": world.means_.astype(np.float32),
            "world_log_weights": log_weights.astype(np.float32),
            "means": np.broadcast_to(world.means_, (*shape, *world.means_.shape)).astype(np.float32),
            "log_weights": np.broadcast_to(log_weights, (*shape, len(log_weights))).astype(np.float32),
        }

    def _adapt(self, x: NDArray, targets: NDArray, some: NDArray[np.intp]) -> None:
        """One step of MAP adaptation of weights and means (Reynolds et al., 2000, equations 11 to 14)."""
        shapes = self._shapes()
        count, total = np.zeros(shapes["log_weights"]), np.zeros(shapes["means"])
        for rows in np.array_split(some, -(-len(some) // BATCH)):
            frames, owner, stage = self._frames(x[rows])
            label = targets[rows][owner]
            for s in range(self.stages):
                for c in np.unique(label):
                    part = frames[(stage == s) & (label == c)]
                    share = self._responsibilities(part, s, c)
                    count[s, c] += share.sum(0)
                    total[s, c] += share.T @ part
        trust = count / (count + self.relevance)
        mean = total / np.maximum(count, 1e-9)[..., None]
        world = self.arrays["world_means"]
        adapted = trust[..., None] * mean + (1 - trust[..., None]) * world
        weight = trust * count / np.maximum(count.sum(-1, keepdims=True), 1e-9)
        weight += (1 - trust) * np.exp(self.arrays["world_log_weights"])
        weight /= weight.sum(-1, keepdims=True)
        self.arrays["means"] = adapted.astype(np.float32)
        self.arrays["log_weights"] = np.log(weight + 1e-8).astype(np.float32)

    def _responsibilities(self, frames: NDArray, stage: int, label: int) -> NDArray:
        means, log_weights = self.arrays["means"][stage, label], self.arrays["log_weights"][stage, label]
        joint = self._joint(frames, means[None], log_weights[None])[:, 0]
        return _shares(joint)

    def _fit_back_end(self, x: NDArray, targets: NDArray, some: NDArray[np.intp]) -> None:
        from sklearn.linear_model import LogisticRegression

        batches = np.array_split(some, -(-len(some) // BATCH))
        evidence = np.concatenate([self._evidence(x[rows].astype(np.float32)) for rows in batches])
        back_end = LogisticRegression(C=self.back_end_c, max_iter=200, tol=1e-3)
        back_end.fit(evidence, targets[some])
        self.arrays["weigh"] = back_end.coef_.T.astype(np.float32)
        self.arrays["bias"] = back_end.intercept_.astype(np.float32)

    def _frames(self, x: NDArray) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]:
        """Frames loud enough, (n_frames_kept, n_dims); for each the example and the stage it belongs to."""
        x = np.asarray(x, dtype=np.float32)
        loud = x[:, 0] >= -self.gate_db
        owner, at = np.nonzero(loud)
        rank = np.cumsum(loud, axis=1)[owner, at] - 1
        stage = rank * self.stages // loud.sum(1)[owner]
        return x[owner, 1:, at], owner, stage

    def _evidence(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(batch, n_evidence): all that the back-end weighs."""
        return np.concatenate([self._ratios(x), *self._fisher_vectors(x)], axis=1, dtype=np.float32)

    def _fisher_vectors(self, x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Of each of the `fisher` equal parts of the loud frames, (batch, 2 * n_components * n_dims)."""
        if not self.fisher:
            return []
        loud = x[:, 0] >= -self.gate_db
        frames = x[:, 1:].transpose(0, 2, 1)
        means, log_weights = self.arrays["world_means"], self.arrays["world_log_weights"]
        share = np.zeros((*loud.shape, self.n_components), np.float32)
        share[loud] = _shares(self._joint(frames[loud], means[None], log_weights[None])[:, 0])
        part = (loud.cumsum(1) - 1) * self.fisher // np.maximum(loud.sum(1, keepdims=True), 1)
        parts = (share * (part == i)[..., None] for i in range(self.fisher))
        world = (means, self.arrays["precisions"], log_weights)
        return [fisher_vectors(own, frames, *world, even=self.even_components) for own in parts]

    def _ratios(self, x: NDArray[np.float32]) -> Array:
        """(batch, stages * n_outputs): mean log-likelihood ratio to the world of each label in each stage."""
        frames, owner, stage = self._frames(x)
        world = _log_sum(
            self._joint(frames, self.arrays["world_means"][None], self.arrays["world_log_weights"][None])
        )
        evidence = np.zeros((len(x), self.stages, self.n_outputs))
        for s in range(self.stages):
            here = stage == s
            joint = self._joint(frames[here], self.arrays["means"][s], self.arrays["log_weights"][s])
            ratio = _log_sum(joint) - world[here]
            for c in range(self.n_outputs):
                evidence[:, s, c] = np.bincount(owner[here], ratio[:, c], len(x))
            evidence[:, s] /= np.maximum(np.bincount(owner[here], minlength=len(x)), 1)[:, None]
        return evidence.reshape(len(x), -1)

    def _joint(self, frames: NDArray, means: NDArray, log_weights: NDArray) -> NDArray:
        """(n_frames, n_mixtures, n_components): log weight plus log density, without the constant of 2π.

        The precisions are shared, so the square of the distance is three matrix products and no loop.
        """
        precisions = self.arrays["precisions"]
        scaled = (means * precisions).reshape(-1, self.n_dims)
        offset = log_weights + 0.5 * np.log(precisions).sum(1) - 0.5 * (means**2 * precisions).sum(-1)
        own = -0.5 * (frames**2 @ precisions.T)
        cross = (frames @ scaled.T).reshape(len(frames), *log_weights.shape)
        return cross + own[:, None, :] + offset


def _shares(joint: NDArray) -> NDArray:
    """(n_frames, n_components): what each component contributes to a frame's likelihood, 1 in all."""
    share = np.exp(joint - joint.max(1, keepdims=True))
    return share / share.sum(1, keepdims=True)


def _log_sum(joint: NDArray) -> NDArray:
    top = joint.max(-1)
    return top + np.log(np.exp(joint - top[..., None]).sum(-1))
