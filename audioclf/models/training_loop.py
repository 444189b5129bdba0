"""The training loop: AdamW, warm-up and cosine decay, averaged weights; seeded and resumable."""

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
REPORT_EVERY = 20


@dataclass(frozen=True)
class Schedule:
    """epochs: passes over the data. masks: (number, largest share) on each axis.

    average: decay of the exponential moving average of the weights, which is the result; no epoch is selected.
    mixing: share of the examples into which another one and its label are mixed. in_power, equaliser_db: only for
    features in decibels below the loudest cell; see `batch_augment`.
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
        """Learning rate at `progress` in [0, 1]: linear warm-up, then cosine decay to zero."""
        if progress < self.warm_up:
            return self.learning_rate * progress / self.warm_up
        angle = math.pi * (progress - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * 0.5 * (1 + math.cos(angle))

    def ema_decay(self, n: int) -> float:
        """Decay of the moving average after n steps; low at first, so that initial weights are soon forgotten."""
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
    """Train `net` in place on x (n, n_bins, n_frames); it ends with the averaged weights.

    targets: (n,) labels, or (n, n_outputs) probabilities. Uses CUDA if available. Step k depends only on (seed, k),
    so a run that continues from `checkpoint` gives the same weights as one without interruption.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net.to(device).train()
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast on a CPU
    n_steps = max(1, round(schedule.epochs * len(x) / schedule.batch_size))
    rate, decay = schedule.learning_rate, schedule.weight_decay
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=decay, fused=device.type == "cuda")
    averaged = deepcopy(net)  # holds the moving average, the result
    start = _resume(checkpoint, net, averaged, optimizer) if checkpoint and checkpoint.exists() else 0
    averages, current = _averaged(averaged), _averaged(net)
    losses: deque[torch.Tensor] = deque(maxlen=REPORT_EVERY)
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
            get_ema_multi_avg_fn(schedule.ema_decay(step))(averages, current, None)
            if (step + 1) % REPORT_EVERY == 0 or step == n_steps - 1:
                progress(step + 1, n_steps, f"loss {torch.stack(tuple(losses)).mean().item():.3f}")
            if checkpoint and (step + 1) % SAVE_EVERY == 0:
                _save(checkpoint, step + 1, net, averaged, optimizer)
    net.load_state_dict(averaged.state_dict())
    # Restore the layout of loaded weights: another one rounds differently.
    net.cpu().eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


def _averaged(net: nn.Module) -> list[torch.Tensor]:
    """The tensors to average: weights and statistics of batch norms, but not their batch counters."""
    return [tensor for tensor in net.state_dict().values() if tensor.is_floating_point()]


def _step(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: torch.Tensor,
    wanted: batch_augment.Wanted,
    label_smoothing: float,
) -> torch.Tensor:
    """Take one step and return the loss, still on the device: waiting for it would keep a GPU idle."""
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
    """The rows of one step: each epoch goes through all rows once, in its own order."""
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
    with unfinished(path) as part:
        safetensors.torch.save_file(contiguous, part, {"step": str(step)})


def _resume(path: Path, net: nn.Module, averaged: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Load what `_save` wrote and return the number of steps done."""
    parts: dict[str, dict] = {"net": {}, "averaged": {}, "optimizer": {}}
    with safe_open(path, "pt") as file:
        step = int(file.metadata()["step"])
        for name in file.keys():  # noqa: SIM118  # not a mapping
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
            if value.shape == weight.shape:  # a fused step requires the layout of the weight
                moments[key] = torch.empty_like(weight).copy_(value)
    return step
