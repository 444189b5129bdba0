"""A torch module as a Model: the common part of CNN and RNN."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from audioclf.models.training_loop import Schedule, train


class Headed(nn.Module):
    """A network that ends in a linear layer, `head`, which reads what `pooled` gives."""

    head: nn.Linear
    dropout: nn.Dropout

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, n_bins, n_frames) -> (batch, n_evidence)."""
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.dropout(self.pooled(x)))


class Network:
    """Implements audioclf.models.Model around `net`: (batch, n_bins, n_frames) -> (batch, n_labels + 1) logits."""

    def __init__(self, net: Headed, schedule: Schedule) -> None:
        self.net = net.eval()
        self.schedule = schedule

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
        schedule = replace(self.schedule, learning_rate=rate * self.schedule.learning_rate)
        if start:
            self.load_weights(start)
        else:
            self._reinitialise(seed)
        train(self.net, x, targets, schedule, seed=seed, progress=progress, checkpoint=checkpoint)

    def _reinitialise(self, seed: int) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for module in self.net.modules():
                if callable(reset := getattr(module, "reset_parameters", None)):
                    reset()

    def logits(self, x: NDArray) -> NDArray[np.float64]:
        with torch.inference_mode():
            return self.net(torch.from_numpy(np.asarray(x, dtype=np.float32))).double().numpy()

    def evidence(self, x: NDArray) -> NDArray[np.float32]:
        """(batch, n_evidence): the input of the head."""
        with torch.inference_mode():
            return self.net.pooled(torch.from_numpy(np.asarray(x, dtype=np.float32))).numpy()

    def last_layer(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        head = self.net.head
        return head.weight.detach().numpy().T.copy(), head.bias.detach().numpy().copy()

    def set_background(self, weights: NDArray, bias: float) -> None:
        with torch.no_grad():
            self.net.head.weight[-1] = torch.from_numpy(np.asarray(weights, np.float32))
            self.net.head.bias[-1] = float(bias)

    def weights(self) -> dict[str, NDArray]:
        return {name: tensor.numpy() for name, tensor in self.net.state_dict().items() if _is_weight(name)}

    def load_weights(self, weights: Mapping[str, NDArray]) -> None:
        own = {name: tensor for name, tensor in self.net.state_dict().items() if _is_weight(name)}
        check_arrays(weights, {name: tuple(tensor.shape) for name, tensor in own.items()})
        if any(tensor.is_meta for tensor in own.values()):
            self.net.to_empty(device="cpu")
        # strict=False only for the counters that _is_weight leaves out; names were checked above.
        self.net.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in weights.items()}, strict=False)


def check_arrays(weights: Mapping[str, NDArray], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """ValueError unless `weights` are exactly the named float arrays of these shapes, all finite."""
    if wrong := sorted(set(weights) ^ set(shapes)):
        raise ValueError(f"missing or unexpected arrays: {', '.join(wrong[:5])}")
    for name, shape in shapes.items():
        array = weights[name]
        if array.shape != shape:
            raise ValueError(f"array {name} has shape {array.shape}, not {shape}")
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"array {name} holds values that are not finite numbers")


def _is_weight(name: str) -> bool:
    return not name.endswith("num_batches_tracked")
