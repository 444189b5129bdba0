"""A compact residual network (He et al., 2016) on spectrograms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from audioclf.models import View
from audioclf.models.network import Headed, Network
from audioclf.models.training_loop import Schedule


class Cnn(Network):
    """stages: (channels, stride) of each residual block; the stem before them halves both axes.

    Train with multiples of eight channels: with four, the gradient of a strided shortcut writes beyond its memory on
    CPUs that have AVX2 and nothing newer (oneDNN in PyTorch 2.11). For epochs to equaliser_db see
    `training_loop.Schedule`.
    """

    net: ResidualNet

    def __init__(
        self,
        n_labels: int,
        n_bins: int,
        stages: Sequence[Sequence[int]] = ((32, 1), (48, 2), (64, 1), (96, 2)),
        dropout: float = 0.3,
        epochs: float = 2.0,
        batch_size: int = 128,
        mixing: float = 0.0,
        in_power: bool = False,
        equaliser_db: float = 0.0,
    ) -> None:
        schedule = Schedule(
            epochs=epochs, batch_size=batch_size, mixing=mixing, in_power=in_power, equaliser_db=equaliser_db
        )
        super().__init__(ResidualNet(n_bins, n_labels + 1, stages, dropout), schedule)
        self.step = 2 * math.prod(stride for _, stride in stages)

    def views(self, x: NDArray, output: int) -> tuple[View, ...]:
        """Class activation map (Zhou et al., 2016): the contribution of every cell to the logit, without the bias."""
        with torch.inference_mode():
            maps = self.net.maps(torch.from_numpy(np.asarray(x[None], np.float32)))[0].double()
            n_channels, n_rows, n_frames = maps.shape
            mean, peak = self.net.head.weight[output].double().view(2, n_channels, n_rows, 1)
            # The head reads each channel's mean over frames, and its maximum, which belongs to one frame.
            highest = F.one_hot(maps.argmax(2), n_frames)
            values = (maps * (mean / n_frames + peak * highest)).sum(0)
        return (View("Class activation", "logit", values.numpy(), self.step, self.step),)

    @property
    def filters(self) -> NDArray[np.float64]:
        """(n_filters, height, width) weights of the first layer, row 0 at the lowest bin."""
        return self.net.stem.weight[:, 0].detach().double().numpy()

    def layers(self, x: NDArray) -> tuple[NDArray[np.float64], ...]:
        """(n_channels, n_rows, n_columns) after the first layer and after each block; x: (n_bins, n_frames)."""
        with torch.inference_mode():
            found = self.net.layers(torch.from_numpy(np.asarray(x[None], np.float32)))
            return tuple(one[0].double().numpy() for one in found)


class ResidualNet(Headed):
    """(batch, n_bins, n_frames) -> (batch, n_outputs). Pools over frames, not over bins."""

    def __init__(self, n_bins: int, n_outputs: int, stages: Sequence[Sequence[int]], dropout: float) -> None:
        super().__init__()
        first = stages[0][0]
        self.scale = nn.BatchNorm1d(n_bins)
        self.stem = nn.Conv2d(1, first, 5, stride=2, padding=2, bias=False)
        self.norm = nn.BatchNorm2d(first)
        widths = [first, *(channels for channels, _ in stages)]
        blocks = zip(widths[:-1], stages, strict=True)
        self.blocks = nn.Sequential(*(ResidualBlock(i, o, stride) for i, (o, stride) in blocks))
        rows = -(-n_bins // 2)
        for _, stride in stages:
            rows = -(-rows // stride)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * rows * widths[-1], n_outputs)

    def maps(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, rows, frames) before the head."""
        return self.blocks(self._begin(x))

    def layers(self, x: torch.Tensor) -> list[torch.Tensor]:
        """(batch, channels, rows, frames) after the stem and after each block; the last are the `maps`."""
        found = [self._begin(x)]
        for block in self.blocks:
            found.append(block(found[-1]))
        return found

    def _begin(self, x: torch.Tensor) -> torch.Tensor:
        x = self.scale(x).unsqueeze(1).contiguous(memory_format=torch.channels_last)
        return F.relu(self.norm(self.stem(x)))

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maps(x).flatten(1, 2)  # (batch, channels * rows, frames)
        return torch.cat([x.mean(2), x.amax(2)], dim=1)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_out)
        same = stride == 1 and n_in == n_out
        self.shortcut = nn.Identity() if same else nn.Conv2d(n_in, n_out, 1, stride=stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))
