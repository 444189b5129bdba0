"""A family that learns in a moment: the mean of every label, and how far a sound is from it."""

from pathlib import Path

import numpy as np


class Nearest:
    """Implements audioclf.models.Model. seed_noise: how much the seed matters."""

    def __init__(self, n_labels: int, n_bins: int, epochs: float = 1.0, seed_noise: float = 0.1) -> None:
        self.means = np.zeros((n_labels + 1, 4 * n_bins), np.float32)
        self.seed_noise = seed_noise

    def fit(
        self, x, targets, *, seed, progress, checkpoint: Path | None = None, start=None, rate=1.0
    ) -> None:
        features = self._features(np.asarray(x[np.arange(len(x))], np.float32))
        noise = np.random.default_rng(seed).normal(0, self.seed_noise, self.means.shape)
        for label in range(len(self.means)):
            of_label = features[targets == label]
            self.means[label] = of_label.mean(0) if len(of_label) else 1e3
        self.means += noise.astype(np.float32)
        progress(1, 1, "done")

    def logits(self, x):
        distances = self._features(x)[:, None] - self.means[None]
        return -np.square(distances.astype(np.float64)).mean(2)

    def weights(self):
        return {"means": self.means}

    def load_weights(self, weights) -> None:
        if weights["means"].shape != self.means.shape:
            raise ValueError("misshapen")
        self.means = np.array(weights["means"])

    @staticmethod
    def _features(x):
        """(n, 4 * n_bins): the mean of each quarter of the window."""
        return np.concatenate([part.mean(axis=2) for part in np.array_split(x, 4, axis=2)], axis=1)
