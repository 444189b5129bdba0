"""Networks that embed voices: a CNN and a GRU with attentive statistics pooling (Okabe et al., 2018)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from audioclf.models.network import check_arrays
from audioclf.models.speaker_training import Margin, train

LONGEST_FRAMES = 6000  # of an enrolment; more takes than a minute of speech are used in part


class Pooled(nn.Module):
    """(batch, n_bins, n_frames) -> (batch, n_dims): `frames`, attentive statistics over time, a linear layer."""

    step = 2  # frames of the input for each of those that are pooled

    def __init__(self, n_bins: int, width: int, n_dims: int) -> None:
        super().__init__()
        self.scale = nn.BatchNorm1d(n_bins)
        self.attend = nn.Conv1d(width, 64, 1)
        self.relevance = nn.Conv1d(64, width, 1)
        self.norm = nn.BatchNorm1d(2 * width)
        self.dropout = nn.Dropout(0.2)
        self.embed = nn.Linear(2 * width, n_dims)
        self.last = nn.BatchNorm1d(n_dims)

    def frames(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, width, about n_frames / step)."""
        raise NotImplementedError

    def pooled(self, found: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """The embedding of `frames`. weights: how much each of them counts, (n_frames,); alike if not given."""
        attention = torch.softmax(self.relevance(torch.tanh(self.attend(found))), dim=2)
        if weights is not None:
            attention = attention * weights
            attention = attention / attention.sum(2, keepdim=True)
        mean = (attention * found).sum(2)
        variance = (attention * found.square()).sum(2) - mean.square()
        statistics = torch.cat([mean, variance.clamp_min(1e-5).sqrt()], dim=1)
        return self.last(self.embed(self.dropout(self.norm(statistics))))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pooled(self.frames(x))


class Residual(nn.Module):
    """A dilated convolution over time, with gates for its channels (squeeze and excitation)."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm1 = nn.BatchNorm1d(width)
        self.conv2 = nn.Conv1d(width, width, 1, bias=False)
        self.norm2 = nn.BatchNorm1d(width)
        self.squeeze = nn.Linear(width, width // 4)
        self.excite = nn.Linear(width // 4, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(y.mean(2)))))
        return F.relu(x + y * gate[:, :, None])


class Convolutions(Pooled):
    """A small ECAPA-TDNN (Desplanques et al., 2020)."""

    def __init__(self, n_bins: int, channels: int, n_dims: int) -> None:
        super().__init__(n_bins, 2 * channels, n_dims)
        self.conv = nn.Conv1d(n_bins, channels, 5, padding=2, stride=2, bias=False)
        self.first = nn.BatchNorm1d(channels)
        self.blocks = nn.Sequential(*(Residual(channels, dilation) for dilation in (1, 2, 3)))
        self.wide = nn.Conv1d(channels, 2 * channels, 1)
        self.widened = nn.BatchNorm1d(2 * channels)

    def frames(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.first(self.conv(self.scale(x))))
        return F.relu(self.widened(self.wide(self.blocks(x))))


class Recurrence(Pooled):
    """A bidirectional GRU behind one convolution."""

    def __init__(self, n_bins: int, channels: int, hidden: int, layers: int, n_dims: int) -> None:
        super().__init__(n_bins, 2 * hidden, n_dims)
        self.conv = nn.Conv1d(n_bins, channels, 5, padding=2, stride=2, bias=False)
        self.first = nn.BatchNorm1d(channels)
        self.gru = nn.GRU(channels, hidden, layers, batch_first=True, bidirectional=True)

    def frames(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.first(self.conv(self.scale(x)))).transpose(1, 2)
        return self.gru(x)[0].transpose(1, 2)


class SpeakerNetwork:
    """Implements audioclf.models.SpeakerModel around `net`: a voice is the unit vector of all takes together."""

    def __init__(self, net: Pooled, n_dims: int, margin: Margin) -> None:
        self.net, self.n_dims, self.margin = net.eval(), n_dims, margin

    def fit(
        self,
        utterances: Sequence[NDArray],
        speakers: NDArray,
        *,
        seed: int,
        progress: Callable[[int, int, str], None],
    ) -> None:
        train(self.net, self.n_dims, utterances, speakers, self.margin, seed, progress)

    def enrol(self, takes: Sequence[NDArray]) -> dict[str, NDArray]:
        """The embedding (n_dims,), of length 1, of the takes one after the other."""
        return {"embedding": self._embedding(np.concatenate(list(takes), axis=1)[:, :LONGEST_FRAMES])}

    def scores(self, voices: Sequence[Mapping[str, NDArray]], x: NDArray) -> NDArray[np.float64]:
        """The cosine between the embeddings of x and of each voice."""
        return (np.stack([voice["embedding"] for voice in voices]) @ self._embedding(x)).astype(np.float64)

    def evidence(self, voice: Mapping[str, NDArray], x: NDArray) -> NDArray[np.float64]:
        """How fast the cosine rises if a frame counts more in the pooling, times the number of frames; mean 0."""
        with torch.no_grad():
            found = self.net.frames(_batch(x))
        weights = torch.ones(found.shape[2], requires_grad=True)
        own = torch.from_numpy(np.asarray(voice["embedding"], np.float32))
        cosine = F.normalize(self.net.pooled(found, weights), dim=1)[0] @ own
        (slope,) = torch.autograd.grad(cosine, weights)
        spread = np.repeat(slope.double().numpy() * len(slope), self.net.step)
        return np.resize(spread, x.shape[1]) if len(spread) < x.shape[1] else spread[: x.shape[1]]

    def voice_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"embedding": (self.n_dims,)}

    def _embedding(self, x: NDArray) -> NDArray[np.float32]:
        with torch.inference_mode():
            return F.normalize(self.net(_batch(x)), dim=1)[0].numpy()

    def weights(self) -> dict[str, NDArray]:
        return {name: tensor.numpy() for name, tensor in self._state().items()}

    def load_weights(self, weights: Mapping[str, NDArray]) -> None:
        own = self._state()
        check_arrays(weights, {name: tuple(tensor.shape) for name, tensor in own.items()})
        if any(tensor.is_meta for tensor in own.values()):
            self.net.to_empty(device="cpu")
        # strict=False only for the counters of the batch norms; names were checked above.
        self.net.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in weights.items()}, strict=False)

    def _state(self) -> dict[str, torch.Tensor]:
        return {k: v for k, v in self.net.state_dict().items() if not k.endswith("num_batches_tracked")}


def _batch(x: NDArray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x, np.float32))[None]


class SpeakerCnn(SpeakerNetwork):
    """A CNN over log-mel frames. For steps to equaliser_db see `speaker_training.Margin`."""

    def __init__(
        self,
        n_bins: int,
        channels: int = 64,
        n_dims: int = 128,
        steps: int = 700,
        equaliser_db: float = 5.0,
    ) -> None:
        super().__init__(Convolutions(n_bins, channels, n_dims), n_dims, Margin(steps, equaliser_db))


class SpeakerRnn(SpeakerNetwork):
    """A GRU over MFCC frames. For steps and shift see `speaker_training.Margin`."""

    def __init__(
        self,
        n_bins: int,
        channels: int = 48,
        hidden: int = 48,
        layers: int = 1,
        n_dims: int = 128,
        steps: int = 700,
        shift: float = 8.0,
    ) -> None:
        net = Recurrence(n_bins, channels, hidden, layers, n_dims)
        super().__init__(net, n_dims, Margin(steps, shift=shift))
