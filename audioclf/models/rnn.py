"""A recurrent network on cepstral sequences: convolutional stem, bidirectional GRU, attention over frames."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from audioclf.models import View
from audioclf.models.network import Network
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


class AttentiveGru(nn.Module):
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
        x = F.relu(self.norm1(self.conv1(self.scale(x))))
        x = F.relu(self.norm2(self.conv2(x)))
        states, _ = self.gru(x.transpose(1, 2))
        return states, torch.softmax(self.relevance(states), dim=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, attention = self.states(x)
        pooled = torch.cat([(attention * states).sum(1), states.mean(1)], dim=1)
        return self.head(self.dropout(pooled))
