"""Fisher vectors: how the frames of a sound differ from a world model, as one long vector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LENGTH = 10.0  # of every stage's vector, so that it weighs about as much as a log-likelihood ratio


def fisher_vectors(share: Array, frames: Array, means: Array, precisions: Array, log_weights: Array) -> Array:
    """(batch, 2 · n_components · n_dims), with signed square roots and of one length (Perronnin et al., 2010).

    share: (batch, n_frames, n_components), each component's share of every frame, zeros for frames that do not
    count. frames: (batch, n_frames, n_dims). The gradient of the world's log-likelihood with respect to its means
    and deviations (Perronnin and Dance, 2007); a sound without frames gives zeros.
    """
    shares = share.transpose(0, 2, 1)
    count = shares.sum(2)[:, :, None]
    first, second = shares @ frames, shares @ frames**2
    n_frames = np.maximum(count.sum(1, keepdims=True), 1e-6)
    scale = 1 / (n_frames * np.exp(0.5 * log_weights)[:, None])
    by_mean = (first - means * count) * np.sqrt(precisions) * scale
    spread = second - 2 * means * first + (means**2 - 1 / precisions) * count
    by_deviation = spread * precisions * scale / np.sqrt(2)
    vectors = np.concatenate([part.reshape(len(share), -1) for part in (by_mean, by_deviation)], axis=1)
    vectors = np.sign(vectors) * np.sqrt(np.abs(vectors))
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(LENGTH * vectors / np.maximum(length, 1e-6), dtype=np.float32)
