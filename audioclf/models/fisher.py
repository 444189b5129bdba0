"""Fisher vectors: how the frames of a sound differ from a background model (UBM), as one long vector."""

import numpy as np
from numpy.typing import NDArray

from audioclf.models.mixture import Mixture

Array = NDArray[np.float32]
NEARLY_NOTHING = 1e-4  # of a vector's length, roots taken: a component with less than some 1e-8 of all frames
LENGTH = 10.0  # of every stage's vector, so that it weighs about as much as a log-likelihood ratio


def fisher_vectors(share: Array, frames: Array, ubm: Mixture, even: bool = False) -> Array:
    """(batch, 2 · n_components · n_dims), with signed square roots and of one length (Perronnin et al., 2010).

    even: every component's part has the same length (as Arandjelović and Zisserman, 2013, have it for VLAD), so
    that the component most frames belong to does not drown the others.

    share: (batch, n_frames, n_components), each component's share of every frame, zeros for frames that do not
    count. frames: (batch, n_frames, n_dims). The gradient of the UBM's log-likelihood with respect to its means
    and deviations (Perronnin and Dance, 2007); a sound without frames gives zeros.
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
    parts = _of_one_length(np.sign(parts) * np.sqrt(np.abs(parts)), (1, 2, 3))
    if even:
        parts = _of_one_length(_of_one_length(parts, (1, 3), NEARLY_NOTHING), (1, 2, 3))
    return np.asarray(LENGTH * parts.reshape(len(share), -1), dtype=np.float32)


def _of_one_length(parts: Array, axes: tuple[int, ...], least: float = 1e-6) -> Array:
    """All that lies along `axes` of length 1, but for what is shorter than `least`."""
    return parts / np.maximum(np.sqrt(np.square(parts).sum(axes, keepdims=True)), least)
