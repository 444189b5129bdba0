"""Discriminative training of mixtures (MMI): the whole classifier as a differentiable network."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

LEARNED = ("means", "log_weights", "precisions", "back_end_weights", "back_end_bias")


class MixtureNet(nn.Module):
    """(batch, n_bins, n_frames) -> (batch, n_outputs): the logits of a Gmm without Fisher vectors.

    Lowering the cross-entropy of these logits raises the mutual information of sounds and labels, the MMI criterion
    of Bahl et al. (1986), for mixtures and back-end at once. arrays: the weights of the Gmm.
    """

    means: torch.Tensor
    log_weights: torch.Tensor
    precisions: torch.Tensor  # their logarithms, so that they stay above zero
    back_end_weights: torch.Tensor
    back_end_bias: torch.Tensor
    ubm_means: torch.Tensor
    ubm_log_weights: torch.Tensor

    def __init__(self, arrays: Mapping[str, NDArray], stages: int, gate_db: float) -> None:
        super().__init__()
        self.stages = stages
        self.gate_db = gate_db
        for name, array in arrays.items():
            values = torch.from_numpy(np.log(array) if name == "precisions" else array.copy())
            if name in LEARNED:
                self.register_parameter(name, nn.Parameter(values))
            else:
                self.register_buffer(name, values)

    def arrays(self) -> dict[str, NDArray]:
        """The current weights, as a Gmm stores them."""
        weights = {name: tensor.detach().cpu().numpy().copy() for name, tensor in self.state_dict().items()}
        weights["precisions"] = np.exp(weights["precisions"])
        return weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        loud = x[:, 0] >= -self.gate_db
        owner, at = torch.nonzero(loud, as_tuple=True)
        n_loud = loud.sum(1)
        stage = torch.div((loud.cumsum(1)[owner, at] - 1) * self.stages, n_loud[owner], rounding_mode="floor")
        frames = x[:, 1:].transpose(1, 2)[owner, at]
        n_outputs = self.back_end_bias.shape[0]
        evidence = x.new_zeros(len(x), self.stages, n_outputs)
        count = x.new_zeros(len(x), self.stages).index_put_(
            (owner, stage), torch.ones_like(at, dtype=x.dtype), accumulate=True
        )
        for s in range(self.stages):
            here = torch.nonzero(stage == s).squeeze(1)
            ratio = self._ratios(frames[here], s)
            total = x.new_zeros(len(x), n_outputs).index_add(0, owner[here], ratio)
            evidence[:, s] = total / count[:, s, None].clamp(min=1)
        return evidence.flatten(1) @ self.back_end_weights + self.back_end_bias

    def _ratios(self, frames: torch.Tensor, stage: int) -> torch.Tensor:
        """(n_frames, n_outputs): log-likelihood ratio of each label's mixture to the UBM."""
        precisions = self.precisions.exp()
        own = -0.5 * frames.square() @ precisions.T

        def joint(means: torch.Tensor, log_weights: torch.Tensor) -> torch.Tensor:
            scaled = (means * precisions).flatten(0, -2)
            offset = log_weights + 0.5 * self.precisions.sum(1) - 0.5 * (means.square() * precisions).sum(-1)
            cross = torch.addmm(offset.flatten(), frames, scaled.T)
            return cross.view(len(frames), *log_weights.shape)

        mixtures = joint(self.means[stage], self.log_weights[stage]) + own[:, None]
        ubm = joint(self.ubm_means, self.ubm_log_weights) + own
        return mixtures.logsumexp(-1) - ubm.logsumexp(-1, keepdim=True)
