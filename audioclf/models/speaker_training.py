"""Train a network that embeds voices: additive angular margin and angular prototypes, on random parts of speech."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from audioclf.models.batch_augment import equalised

REPORT_EVERY = 20


@dataclass(frozen=True)
class Margin:
    """How voices are learnt. steps: batches of two parts each of `voices` voices, `frames` long (least, most).

    equaliser_db: of a random microphone, for inputs in decibels; see batch_augment.equalised. shift: the same for
    cepstra, deviation of a constant that is added to the first N_SHIFTED of them.
    margin, scale: m and s of ArcFace (Deng et al., 2019, equation 3); the margin grows from 0.
    average: decay of the exponential moving average of the weights, which is the result.
    """

    steps: int
    equaliser_db: float = 0.0
    shift: float = 0.0
    voices: int = 96
    frames: tuple[int, int] = (50, 140)
    learning_rate: float = 1.5e-3
    weight_decay: float = 1e-3
    margin: float = 0.1
    scale: float = 30.0
    average: float = 0.99


N_SHIFTED = 6  # a smooth change of the spectrum is one of the first cepstra


def train(
    net: nn.Module,
    n_dims: int,
    utterances: Sequence[NDArray],
    speakers: NDArray,
    how: Margin,
    seed: int,
    progress: Callable[[int, int, str], None],
) -> None:
    """Train `net` in place on utterances (n_bins, n_frames) of the speakers, ints from 0 on.

    The two parts of a voice are of different utterances if it has several. Those of one voice are in the order of its
    takes, so that copies of one take are neighbours and mostly stay together.
    """
    rng = np.random.default_rng(seed)
    by_voice = [np.flatnonzero(speakers == voice) for voice in range(int(speakers.max()) + 1)]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for module in net.modules():
            if callable(reset := getattr(module, "reset_parameters", None)):
                reset()
        centres = nn.Parameter(0.05 * torch.randn(len(by_voice), n_dims))
        slope, offset = (nn.Parameter(torch.tensor(value)) for value in (10.0, -5.0))
        optimizer = torch.optim.AdamW(
            [*net.parameters(), centres, slope, offset], how.learning_rate, weight_decay=how.weight_decay
        )
        average = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        net.train()
        for step in range(how.steps):
            for group in optimizer.param_groups:
                group["lr"] = _rate(how, step)
            voices = rng.choice(len(by_voice), min(how.voices, len(by_voice)), replace=False)
            batch = _batch(utterances, [by_voice[voice] for voice in voices], how, rng)
            found = F.normalize(net(batch), dim=1)
            targets = torch.from_numpy(voices)
            margin = how.margin * min(1.0, 3 * step / how.steps)
            loss = _angular(found, centres, torch.cat([targets, targets]), margin, how.scale)
            loss = loss + _prototypes(found, slope, offset)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            decay = min(how.average, (1 + step) / (10 + step))
            for name, tensor in net.state_dict().items():
                average[name] = (
                    decay * average[name] + (1 - decay) * tensor if tensor.is_floating_point() else tensor
                )
            if (step + 1) % REPORT_EVERY == 0 or step == how.steps - 1:
                progress(step + 1, how.steps, f"loss {loss.item():.3f}")
    net.load_state_dict(average)
    net.eval()


def _rate(how: Margin, step: int) -> float:
    """Linear warm-up over a tenth of the steps, then cosine decay to zero."""
    done = (step + 1) / how.steps
    return how.learning_rate * (
        done / 0.1 if done < 0.1 else 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))
    )


def _batch(
    utterances: Sequence[NDArray], takes: Sequence[NDArray], how: Margin, rng: np.random.Generator
) -> torch.Tensor:
    """(2 · n_voices, n_bins, n_frames): the first parts of all voices, then the second ones."""
    n_frames = int(rng.integers(*how.frames))
    turned = [np.roll(own, rng.integers(len(own))) for own in takes]
    halves = [[np.array_split(own, 2)[half] if len(own) > 1 else own for own in turned] for half in (0, 1)]
    parts = [_part(utterances, rng.permutation(own), n_frames, rng) for half in halves for own in half]
    batch = torch.from_numpy(np.stack(parts).astype(np.float32))
    if how.shift:
        constant = rng.normal(0, how.shift, (len(batch), N_SHIFTED, 1)).astype(np.float32)
        batch[:, :N_SHIFTED] += torch.from_numpy(constant)
    return equalised(batch, how.equaliser_db)


def _part(utterances: Sequence[NDArray], own: NDArray, n_frames: int, rng: np.random.Generator) -> NDArray:
    """n_frames in a row of utterances that are put together until they are long enough."""
    parts, n = [], 0
    while n < n_frames:
        for index in own:
            parts.append(utterances[index])
            n += utterances[index].shape[1]
            if n >= n_frames:
                break
    first = rng.integers(n - n_frames + 1)
    return np.concatenate(parts, axis=1)[:, first : first + n_frames]


def _angular(
    found: torch.Tensor, centres: torch.Tensor, targets: torch.Tensor, margin: float, scale: float
) -> torch.Tensor:
    """Cross-entropy with the angle to the right centre enlarged by the margin (ArcFace)."""
    cosines = found @ F.normalize(centres, dim=1).T
    right = cosines.gather(1, targets[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
    logits = scale * cosines.scatter(1, targets[:, None], torch.cos(torch.acos(right) + margin))
    return F.cross_entropy(logits, targets, label_smoothing=0.05)


def _prototypes(found: torch.Tensor, slope: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of recognising each first part among the second ones (Chung et al., 2020, equation 6)."""
    first, second = found.chunk(2)
    return F.cross_entropy(slope.clamp_min(1.0) * (first @ second.T) + offset, torch.arange(len(first)))
