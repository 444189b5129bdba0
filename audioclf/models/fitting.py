"""The one gradient loop: AdamW, warm-up and cosine decay, averaged weights; seeded and resumable."""

import math
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import get_ema_multi_avg_fn

from audioclf.atomic import unfinished
from audioclf.models import batch_augment

SAVE_EVERY = 200  # steps
TELL_EVERY = 20


@dataclass(frozen=True)
class Schedule:
    """epochs: passes over the data. masks: (how many, largest share) of each axis.

    average: decay of the exponential moving average whose weights are the result; no epoch is ever chosen.
    mixing: share of the examples into which another one is blended, labels and all. in_power, equaliser_db: for
    features in decibels below the loudest cell alone; see `batch_augment`.
    """

    epochs: float = 2.0
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    warm_up: float = 0.1
    label_smoothing: float = 0.1
    average: float = 0.995
    bin_masks: tuple[int, float] = (2, 0.15)
    frame_masks: tuple[int, float] = (2, 0.1)
    mixing: float = 0.0
    in_power: bool = False
    equaliser_db: float = 0.0

    def learning_rate_at(self, progress: float) -> float:
        """Rate at `progress` in [0, 1]: up in a line, down in half a cosine to nothing."""
        if progress < self.warm_up:
            return self.learning_rate * progress / self.warm_up
        return (
            self.learning_rate
            * 0.5
            * (1 + math.cos(math.pi * (progress - self.warm_up) / (1 - self.warm_up)))
        )

    def memory(self, n: int) -> float:
        """What of the moving average stays after n others.

        It is short at first, or a short training would never forget where it began.
        """
        return min(self.average, (1 + n) / (10 + n)) if n else 0.0


def train(
    net: nn.Module,
    x: NDArray,
    targets: NDArray,
    schedule: Schedule,
    *,
    seed: int,
    progress: Callable[[int, int, str], None],
    checkpoint: Path | None = None,
) -> None:
    """Leave in `net` the averaged weights of training on x (n, n_bins, n_frames).

    targets: (n,) labels, or (n, n_outputs) probabilities.

    Uses CUDA when there is one. What happens in step k depends on (seed, k) alone, so a run that continues
    from `checkpoint` ends as if it had not stopped.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net.to(device).train()
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast on a CPU
    n_steps = max(1, round(schedule.epochs * len(x) / schedule.batch_size))
    rate, decay = schedule.learning_rate, schedule.weight_decay
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=decay, fused=device.type == "cuda")
    averaged = deepcopy(net)  # its weights become those of the result
    start = _resume(checkpoint, net, averaged, optimizer) if checkpoint and checkpoint.exists() else 0
    averages, current = _averaged(averaged), _averaged(net)
    losses: deque[torch.Tensor] = deque(maxlen=TELL_EVERY)
    with torch.random.fork_rng():
        for step in range(start, n_steps):
            torch.manual_seed(seed * 1_000_003 + step)
            for group in optimizer.param_groups:
                group["lr"] = schedule.learning_rate_at(step / n_steps)
            rows = _rows(step, len(x), schedule.batch_size, seed)
            batch = torch.from_numpy(np.asarray(x[rows], dtype=np.float32)).to(device)
            own = torch.from_numpy(targets[rows]).to(device)
            batch, wanted = batch_augment.blended(batch, own, schedule.mixing, schedule.in_power)
            batch = batch_augment.equalised(batch, schedule.equaliser_db)
            batch = batch_augment.masked(batch, schedule.bin_masks, schedule.frame_masks)
            losses.append(_step(net, optimizer, batch, wanted, schedule.label_smoothing))
            get_ema_multi_avg_fn(schedule.memory(step))(averages, current, None)
            if (step + 1) % TELL_EVERY == 0 or step == n_steps - 1:
                progress(step + 1, n_steps, f"loss {torch.stack(tuple(losses)).mean().item():.3f}")
            if checkpoint and (step + 1) % SAVE_EVERY == 0:
                _save(checkpoint, step + 1, net, averaged, optimizer)
    net.load_state_dict(averaged.state_dict())
    # Back to the layout that loaded weights have: another one rounds differently.
    net.cpu().eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


def _averaged(net: nn.Module) -> list[torch.Tensor]:
    """What is averaged: weights and the statistics of batch norms, not how many batches those have seen."""
    return [tensor for tensor in net.state_dict().values() if tensor.is_floating_point()]


def _step(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: torch.Tensor,
    wanted: batch_augment.Wanted,
    label_smoothing: float,
) -> torch.Tensor:
    """One step; the loss, still on the device: to wait for it would keep a GPU idle."""
    logits = net(batch)
    own, other, weight = wanted
    losses = [
        F.cross_entropy(logits, target, label_smoothing=label_smoothing, reduction="none")
        for target in (own, other)
    ]
    loss = torch.lerp(losses[0], losses[1], weight).mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimizer.step()
    return loss.detach()


def _rows(step: int, n: int, batch_size: int, seed: int) -> NDArray[np.intp]:
    """The rows of one step: each epoch goes once through all rows in an order of its own."""
    at = np.arange(step * batch_size, (step + 1) * batch_size)
    rows = np.concatenate(
        [_order(int(epoch), n, seed)[at[at // n == epoch] % n] for epoch in np.unique(at // n)]
    )
    return np.sort(rows)  # sorted rows are read from a memory-mapped file in one sweep


def _order(epoch: int, n: int, seed: int) -> NDArray[np.intp]:
    return np.random.default_rng([seed, epoch]).permutation(n)


def _save(
    path: Path, step: int, net: nn.Module, averaged: nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    tensors = {f"net.{k}": v for k, v in net.state_dict().items()}
    tensors |= {f"averaged.{k}": v for k, v in averaged.state_dict().items()}
    for i, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{k}": v for k, v in state.items()}
    contiguous = {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}
    with unfinished(path) as half:
        safetensors.torch.save_file(contiguous, half, {"step": str(step)})


def _resume(path: Path, net: nn.Module, averaged: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Load what _save wrote; the number of steps done."""
    parts: dict[str, dict] = {"net": {}, "averaged": {}, "optimizer": {}}
    with safe_open(path, "pt") as file:
        step = int(file.metadata()["step"])
        for name in file.keys():  # noqa: SIM118  # it is no mapping
            part, _, rest = name.partition(".")
            parts[part][rest] = file.get_tensor(name)
    net.load_state_dict(parts["net"])
    averaged.load_state_dict(parts["averaged"])
    state = optimizer.state_dict()
    for name, tensor in parts["optimizer"].items():
        i, _, key = name.partition(".")
        state["state"].setdefault(int(i), {})[key] = tensor
    optimizer.load_state_dict(state)
    for weight, moments in optimizer.state.items():
        for key, value in moments.items():
            if value.shape == weight.shape:  # laid out as the weight is, or a fused step refuses it
                moments[key] = torch.empty_like(weight).copy_(value)
    return step
