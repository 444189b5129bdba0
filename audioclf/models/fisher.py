"""Fisher vectors: how the frames of a sound differ from a background model (UBM), as one long vector."""

import numpy as np
from numpy.typing import NDArray

from audioclf.models.mixture import Mixture

Array = NDArray[np.float32]
MIN_NORM = 1e-4  # after taking roots; a component with less than some 1e-8 of all frames stays near zero
LENGTH = 10.0  # norm of every vector, so that it weighs about as much as a log-likelihood ratio


def fisher_vectors(share: Array, frames: Array, ubm: Mixture, even: bool = False) -> Array:
    """(batch, 2 · n_components · n_dims), with signed square roots and norm LENGTH (Perronnin et al., 2010).

    The gradient of the UBM's log-likelihood with respect to its means and deviations (Perronnin and Dance, 2007);
    a sound without frames gives zeros. share: (batch, n_frames, n_components), responsibilities, zero for frames
    that do not count. frames: (batch, n_frames, n_dims). even: scale the parts of all components to the same norm,
    so that the most frequent one does not dominate (Arandjelović and Zisserman, 2013, for VLAD).
    """
    means, precisions = ubm.means, ubm.precisions
    shares = share.transpose(0, 2, 1)
    count = shares.sum(2)[:, :, None]
    first, second = shares @ frames, shares @ frames**2
    n_frames = np.maximum(count.sum(1, keepdims=True), 1e-6)
    scale = 1 / (n_frames * np.exp(0.5 * ubm.log_weights)[:, None])
    by_mean = (first - means * count) * np.sqrt(precisions) * scale
    spread = second - 2 * means * first + (means**2 - 1 / precisions) * count
    by_deviation = spread * precisions * scale / np.sqrt(2)
    parts = np.stack([by_mean, by_deviation], axis=1)
    parts = _normalised(np.sign(parts) * np.sqrt(np.abs(parts)), (1, 2, 3))
    if even:
        parts = _normalised(_normalised(parts, (1, 3), MIN_NORM), (1, 2, 3))
    return np.asarray(LENGTH * parts.reshape(len(share), -1), dtype=np.float32)


def _normalised(parts: Array, axes: tuple[int, ...], min_norm: float = 1e-6) -> Array:
    """`parts` divided by their norm along `axes`, or by `min_norm` if that is larger."""
    return parts / np.maximum(np.sqrt(np.square(parts).sum(axes, keepdims=True)), min_norm)
