"""Gaussian mixtures: a background model (UBM), adapted to every label and stage, and a calibrated back-end."""

from collections.abc import Callable, Mapping
from operator import is_
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf.models import View
from audioclf.models.fisher import fisher_vectors
from audioclf.models.mixture import Mixture, log_sum
from audioclf.models.network import check_arrays

Array = NDArray[np.float64]
UBM_FRAMES = 200_000
BATCH = 512
MAX_SOUNDS = 30_000  # for the steps before MMI training, which uses every sound


class Gmm:
    """Diagonal Gaussian mixtures adapted from one UBM (Reynolds, Quatieri and Dunn, 2000).

    Row 0 of the input is a loudness in dB; frames below -gate_db are left out. The other frames are cut into
    `stages` equal parts, a coarse order in time. The UBM's weights and means are MAP-adapted for every label and
    stage; relevance: weight of the prior in frames. A stage's evidence for a label is the mean log-likelihood ratio
    to the UBM over its frames. `fisher` equal parts of the frames each add a Fisher vector; `even_components` as in
    fisher.fisher_vectors. The back-end, a multinomial logistic regression with inverse penalty `back_end_c`, turns
    all evidence into logits (Brümmer and du Preez, 2006). epochs: rounds of adaptation. mmi_epochs: epochs of
    discriminative training (mmi.MixtureNet) after that; ValueError together with Fisher vectors.
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
                f"MMI training does not use Fisher vectors: set fisher={fisher} or mmi_epochs={mmi_epochs} to 0"
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
        self._kept: dict[str, Mixture] = {}

    @property
    def ubm(self) -> Mixture:
        """The background model."""
        return self._mixture("ubm_means", "ubm_log_weights")

    @property
    def mixtures(self) -> Mixture:
        """The adapted mixtures, (stages, n_labels + 1) of them."""
        return self._mixture("means", "log_weights")

    def _mixture(self, means: str, log_weights: str) -> Mixture:
        arrays = self.arrays[means], self.arrays[log_weights], self.arrays["precisions"]
        kept = self._kept.get(means)
        # The same object for the same arrays, so that it computes its constants once.
        if kept is None or not all(map(is_, arrays, (kept.means, kept.log_weights, kept.precisions))):
            kept = self._kept[means] = Mixture(*arrays)
        return kept

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
        progress(0, n_steps, "background model (UBM)")
        self._fit_ubm(x, seed)
        subset = np.arange(0, len(x), 1 + (len(x) // MAX_SOUNDS if self.mmi_epochs else 0))
        for i in range(self.epochs):
            progress(1 + i, n_steps, "adapting to the labels")
            self._adapt(x, targets, subset)
        progress(n_steps - 1, n_steps, "fitting the back-end")
        self._fit_back_end(x, targets, subset)
        progress(n_steps, n_steps, "done")
        if self.mmi_epochs:
            self._train_mmi(x, targets, seed, progress, checkpoint)

    def _train_mmi(
        self,
        x: NDArray,
        targets: NDArray,
        seed: int,
        progress: Callable[[int, int, str], None],
        checkpoint: Path | None,
    ) -> None:
        from audioclf.models.mmi import MixtureNet
        from audioclf.models.training_loop import Schedule, train

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
        evidence = self.evidence(np.asarray(x, dtype=np.float32))
        return evidence @ self.arrays["back_end_weights"].astype(np.float64) + self.arrays["back_end_bias"]

    def part_logits(self, x: NDArray, parts: NDArray[np.intp]) -> Array:
        """As in `models.ScoresParts`; a part's stages are equal shares of its loud frames, as in `evidence`.

        ValueError with Fisher vectors, which are normalised over a whole sound.
        """
        if self.fisher:
            raise ValueError("a model with Fisher vectors does not score parts of a sound")
        x = np.asarray(x, dtype=np.float32)
        loud = x[0] >= -self.gate_db
        frames = np.ascontiguousarray(x[1:, loud].T)
        ubm, mixtures = log_sum(self.ubm.log_joint(frames)), self.mixtures
        first, last = np.concatenate([[0], np.cumsum(loud)])[parts].T
        evidence = np.zeros((len(parts), self.stages, self.n_outputs))
        for s in range(self.stages):
            ratio = log_sum(mixtures[s].log_joint(frames)) - ubm[:, None]
            # Frame r of n belongs to stage r * stages // n, as in `_frames`.
            edges = first[:, None] - -(last - first)[:, None] * np.array([s, s + 1]) // self.stages
            n_frames = np.maximum(np.diff(edges), 1)
            running = np.concatenate(
                [np.zeros((1, self.n_outputs)), np.cumsum(ratio, axis=0, dtype=np.float64)]
            )
            evidence[:, s] = (running[edges[:, 1]] - running[edges[:, 0]]) / n_frames
        flat = evidence.reshape(len(parts), -1)
        return flat @ self.arrays["back_end_weights"].astype(np.float64) + self.arrays["back_end_bias"]

    def views(self, x: NDArray, output: int) -> tuple[View, ...]:
        """For every frame above the gate: its log-likelihood ratio to the UBM, and its responsibilities."""
        frames, _, stage = self._frames(np.asarray(x, dtype=np.float32)[None])
        at = np.flatnonzero(x[0] >= -self.gate_db)
        ubm = log_sum(self.ubm.log_joint(frames))
        ratio = np.full((1, x.shape[1]), np.nan)
        share = np.full((self.n_components, x.shape[1]), np.nan)
        for s in np.unique(stage):
            here, mixture = stage == s, self.mixtures[s, output]
            ratio[0, at[here]] = log_sum(mixture.log_joint(frames[here])) - ubm[here]
            share[:, at[here]] = mixture.responsibilities(frames[here]).T
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
            "ubm_means": (k, d),
            "ubm_log_weights": (k,),
            "means": (s, c, k, d),
            "log_weights": (s, c, k),
            "back_end_weights": (s * c + self.fisher * 2 * k * d, c),
            "back_end_bias": (c,),
        }

    def _fit_ubm(self, x: NDArray, seed: int) -> None:
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.choice(len(x), min(len(x), 8 * UBM_FRAMES // x.shape[2]), replace=False))
        frames = np.concatenate([f for f, _, _ in (self._frames(x[r][None]) for r in rows)])
        frames = frames[rng.permutation(len(frames))[:UBM_FRAMES]]
        ubm = Mixture.fit(frames, self.n_components, seed)
        stack = (self.stages, self.n_outputs)
        self.arrays = {
            "precisions": ubm.precisions,
            "ubm_means": ubm.means,
            "ubm_log_weights": ubm.log_weights,
            "means": np.broadcast_to(ubm.means, (*stack, *ubm.means.shape)),
            "log_weights": np.broadcast_to(ubm.log_weights, (*stack, *ubm.log_weights.shape)),
        }

    def _adapt(self, x: NDArray, targets: NDArray, subset: NDArray[np.intp]) -> None:
        """One round of MAP adaptation: responsibilities are those of the current mixtures, the UBM is the prior."""
        shapes, mixtures = self._shapes(), self.mixtures
        count, total = np.zeros(shapes["log_weights"]), np.zeros(shapes["means"])
        for rows in np.array_split(subset, -(-len(subset) // BATCH)):
            frames, owner, stage = self._frames(x[rows])
            label = targets[rows][owner]
            for s in range(self.stages):
                for c in np.unique(label):
                    part = frames[(stage == s) & (label == c)]
                    share = mixtures[s, c].responsibilities(part)
                    count[s, c] += share.sum(0)
                    total[s, c] += share.T @ part
        adapted = self.ubm.adapted(count, total, self.relevance)
        self.arrays |= {"means": adapted.means, "log_weights": adapted.log_weights}

    def _fit_back_end(self, x: NDArray, targets: NDArray, subset: NDArray[np.intp]) -> None:
        from sklearn.linear_model import LogisticRegression

        batches = np.array_split(subset, -(-len(subset) // BATCH))
        evidence = np.concatenate([self.evidence(x[rows].astype(np.float32)) for rows in batches])
        back_end = LogisticRegression(C=self.back_end_c, max_iter=200, tol=1e-3)
        back_end.fit(evidence, targets[subset])
        self.arrays["back_end_weights"] = back_end.coef_.T.astype(np.float32)
        self.arrays["back_end_bias"] = back_end.intercept_.astype(np.float32)

    def _frames(self, x: NDArray) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]:
        """Frames above the gate, (n_frames_kept, n_dims), and the example and stage of each."""
        x = np.asarray(x, dtype=np.float32)
        loud = x[:, 0] >= -self.gate_db
        owner, at = np.nonzero(loud)
        rank = np.cumsum(loud, axis=1)[owner, at] - 1
        stage = rank * self.stages // loud.sum(1)[owner]
        return x[owner, 1:, at], owner, stage

    def evidence(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(batch, n_evidence): the input of the back-end."""
        return np.concatenate([self._ratios(x), *self._fisher_vectors(x)], axis=1, dtype=np.float32)

    def last_layer(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.arrays["back_end_weights"], self.arrays["back_end_bias"]

    def set_background(self, weights: NDArray, bias: float) -> None:
        for name, values in (("back_end_weights", weights), ("back_end_bias", bias)):
            array = self.arrays[name].copy()
            array[..., -1] = values
            self.arrays[name] = array

    def _fisher_vectors(self, x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """An array (batch, 2 · n_components · n_dims) for each of the `fisher` equal parts of the frames."""
        if not self.fisher:
            return []
        loud = x[:, 0] >= -self.gate_db
        frames = x[:, 1:].transpose(0, 2, 1)
        share = np.zeros((*loud.shape, self.n_components), np.float32)
        share[loud] = self.ubm.responsibilities(frames[loud])
        part = (loud.cumsum(1) - 1) * self.fisher // np.maximum(loud.sum(1, keepdims=True), 1)
        parts = (share * (part == i)[..., None] for i in range(self.fisher))
        return [fisher_vectors(own, frames, self.ubm, even=self.even_components) for own in parts]

    def _ratios(self, x: NDArray[np.float32]) -> Array:
        """(batch, stages · n_outputs): mean log-likelihood ratio of each label to the UBM in each stage."""
        frames, owner, stage = self._frames(x)
        ubm, mixtures = log_sum(self.ubm.log_joint(frames)), self.mixtures.parts
        evidence = np.zeros((len(x), self.stages, self.n_outputs))
        for s in range(self.stages):
            here = stage == s
            ratio = log_sum(mixtures[s].log_joint(frames[here])) - ubm[here, None]
            for c in range(self.n_outputs):
                evidence[:, s, c] = np.bincount(owner[here], ratio[:, c], len(x))
            evidence[:, s] /= np.maximum(np.bincount(owner[here], minlength=len(x)), 1)[:, None]
        return evidence.reshape(len(x), -1)
