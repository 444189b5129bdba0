"""A recurrent network on cepstral sequences: convolutional stem, bidirectional GRU, attention over frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from audioclf.models import View
from audioclf.models.network import Headed, Network
from audioclf.models.training_loop import Schedule


class Rnn(Network):
    """channels: width of the stem. hidden: width of the GRU in each direction."""

    net: AttentiveGru

    def __init__(
        self,
        n_labels: int,
        n_bins: int,
        channels: int = 96,
        hidden: int = 64,
        layers: int = 2,
        dropout: float = 0.2,
        epochs: float = 2.0,
        batch_size: int = 128,
        mixing: float = 0.0,
    ) -> None:
        net = AttentiveGru(n_bins, n_labels + 1, channels, hidden, layers, dropout)
        schedule = Schedule(epochs=epochs, batch_size=batch_size, mixing=mixing, bin_masks=(1, 0.1))
        super().__init__(net, schedule)

    def views(self, x: NDArray, output: int) -> tuple[View, ...]:
        """Attention over frames, which sums to 1; it is the same for every output."""
        with torch.inference_mode():
            _, attention = self.net.states(torch.from_numpy(np.asarray(x[None], np.float32)))
        return (View("Attention", "share", attention[0].double().numpy().T, frame_step=2),)

    def step_evidence(self, x: NDArray, output: int) -> NDArray[np.float64]:
        """(n_steps,) what each step adds to the logit of an output, which is their sum and its bias."""
        with torch.inference_mode():
            states, attention = self.net.states(torch.from_numpy(np.asarray(x[None], np.float32)))
            attended, even = self.net.head.weight[output].chunk(2)
            parts = attention[0, :, 0] * (states[0] @ attended) + (states[0] @ even) / states.shape[1]
        found: NDArray[np.float64] = parts.double().numpy()
        return found

    def inside(self, x: NDArray) -> Inside:
        """What the last layer holds while it reads x (n_bins, n_frames)."""
        with torch.inference_mode():
            given = torch.from_numpy(np.asarray(x[None], np.float32))
            _, attention = self.net.states(given)
            found = self.net.stem(given)[0].double().numpy()
        weights = {name: tensor.double().numpy() for name, tensor in self.net.gru.state_dict().items()}
        for layer in range(self.net.gru.num_layers):
            ways = [_one_way(found, weights, f"l{layer}{way}") for way in ("", "_reverse")]
            found, kept, used = (np.concatenate(both, axis=1) for both in zip(*ways, strict=True))
        return Inside(found.T, kept.T, used.T, attention[0, :, 0].double().numpy())


@dataclass(frozen=True, eq=False)
class Inside:
    """The last GRU layer, step by step. states, kept, used: (2 * hidden, n_steps), forward units first.

    states: within [-1, 1]. kept: the update gate, the share of a state that stays as it was. used: the reset gate,
    the share of the states before that the new value looks at. attention: (n_steps,), sum 1. A step is two frames.
    """

    states: NDArray[np.float64]
    kept: NDArray[np.float64]
    used: NDArray[np.float64]
    attention: NDArray[np.float64]


def _one_way(x: NDArray, weights: dict[str, NDArray], name: str) -> tuple[NDArray, NDArray, NDArray]:
    """States, update and reset gates (n_steps, hidden) of one direction of a layer, in PyTorch's form (Cho 2014).

    torch.nn.GRU gives the states alone.
    """
    given = x @ weights[f"weight_ih_{name}"].T + weights[f"bias_ih_{name}"]
    back, bias = weights[f"weight_hh_{name}"], weights[f"bias_hh_{name}"]
    state = np.zeros(back.shape[1])
    found = np.zeros((3, len(x), len(state)))
    order = range(len(x) - 1, -1, -1) if name.endswith("_reverse") else range(len(x))
    for t in order:
        new, fed = np.split(given[t], 3), np.split(back @ state + bias, 3)
        used, kept = (1 / (1 + np.exp(-(new[i] + fed[i]))) for i in (0, 1))
        state = (1 - kept) * np.tanh(new[2] + used * fed[2]) + kept * state
        found[:, t] = state, kept, used
    return found[0], found[1], found[2]


class AttentiveGru(Headed):
    """(batch, n_bins, n_frames) -> (batch, n_outputs).

    The stem (Sainath and Parada, 2015) halves the number of frames. Frames are pooled by attention (Douglas
    Coimbra de Andrade et al., 2018) and by the plain mean, which covers what attention ignores.
    """

    def __init__(
        self, n_bins: int, n_outputs: int, channels: int, hidden: int, layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.scale = nn.BatchNorm1d(n_bins)
        self.conv1 = nn.Conv1d(n_bins, channels, 5, stride=2, padding=2, bias=False)
        self.norm1 = nn.BatchNorm1d(channels)
        self.conv2 = nn.Conv1d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm1d(channels)
        self.gru = nn.GRU(channels, hidden, layers, batch_first=True, bidirectional=True, dropout=dropout)
        self.relevance = nn.Linear(2 * hidden, 1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(4 * hidden, n_outputs)

    def states(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(batch, frames, 2 * hidden) states and (batch, frames, 1) attention."""
        states, _ = self.gru(self.stem(x))
        return states, torch.softmax(self.relevance(states), dim=1)

    def stem(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, frames, channels): what the GRU reads."""
        x = F.relu(self.norm1(self.conv1(self.scale(x))))
        return F.relu(self.norm2(self.conv2(x))).transpose(1, 2)

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        states, attention = self.states(x)
        return torch.cat([(attention * states).sum(1), states.mean(1)], dim=1)
