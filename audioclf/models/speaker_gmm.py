"""GMM-UBM: a background model of all voices, adapted to one voice (Reynolds, Quatieri and Dunn, 2000)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audioclf.models.mixture import Mixture
from audioclf.models.network import check_arrays

AT_ONCE = 32  # voices that are compared together
N_FRAMES = 60_000  # of the background model's training, drawn at random: more changed nothing


class SpeakerGmm:
    """Implements audioclf.models.SpeakerModel. relevance: r in equation 14, in frames."""

    background: Mixture

    def __init__(
        self, n_bins: int, n_components: int = 128, relevance: float = 16.0, max_iter: int = 12
    ) -> None:
        self.shape = (n_components, n_bins)
        self.relevance, self.max_iter = relevance, max_iter

    def fit(
        self,
        utterances: Sequence[NDArray],
        speakers: NDArray,
        *,
        seed: int,
        progress: Callable[[int, int, str], None],
    ) -> None:
        """Fit the background model by EM from a k-means start, on standardised frames."""
        progress(0, 1, "fitting the background model")
        frames = np.concatenate([x.T for x in utterances])
        chosen = np.random.default_rng(seed).permutation(len(frames))[:N_FRAMES]
        frames = frames[chosen].astype(np.float64)
        mean, scale = frames.mean(0), frames.std(0)
        found = Mixture.fit((frames - mean) / scale, self.shape[0], seed, max_iter=self.max_iter)
        self.background = Mixture(
            (found.means * scale + mean).astype(np.float32),
            found.log_weights,
            (found.precisions / scale**2).astype(np.float32),
        )
        progress(1, 1, "fitting the background model")

    def enrol(self, takes: Sequence[NDArray]) -> dict[str, NDArray]:
        """The means (n_components, n_bins) adapted to all frames together; equations 11 to 14."""
        frames = np.concatenate([x.T for x in takes])
        return {"means": self.background.adapt(frames, self.relevance).means}

    def scores(self, voices: Sequence[Mapping[str, NDArray]], x: NDArray) -> NDArray[np.float64]:
        """The mean over frames of `evidence` for each voice."""
        frames = np.asarray(x.T, np.float32)
        background = self.background.log_likelihood(frames)
        found = [self._voices(voices[i : i + AT_ONCE]) for i in range(0, len(voices), AT_ONCE)]
        means = [(part.log_likelihood(frames) - background[:, None]).mean(0) for part in found]
        return np.concatenate(means).astype(np.float64)

    def evidence(self, voice: Mapping[str, NDArray], x: NDArray) -> NDArray[np.float64]:
        """The log ratio p(frame | voice) / p(frame | background) of each frame, in nats."""
        frames = np.asarray(x.T, np.float32)
        adapted = self._voices([voice]).log_likelihood(frames)[:, 0]
        return (adapted - self.background.log_likelihood(frames)).astype(np.float64)

    def _voices(self, voices: Sequence[Mapping[str, NDArray]]) -> Mixture:
        """The mixtures of several voices, which have the weights and variances of the background model."""
        weights = np.broadcast_to(self.background.log_weights, (len(voices), self.shape[0]))
        return replace(self.background, means=np.stack([v["means"] for v in voices]), log_weights=weights)

    def voice_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"means": self.shape}

    def weights(self) -> dict[str, NDArray]:
        ubm = self.background
        return {"means": ubm.means, "log_weights": ubm.log_weights, "precisions": ubm.precisions}

    def load_weights(self, weights: Mapping[str, NDArray]) -> None:
        check_arrays(weights, {"means": self.shape, "log_weights": self.shape[:1], "precisions": self.shape})
        if not (weights["precisions"] > 0).all():
            raise ValueError("array precisions holds values that are not above 0")
        self.background = Mixture(**{name: np.asarray(array, np.float32) for name, array in weights.items()})
