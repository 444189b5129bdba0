"""Augmentation of training batches: mixed examples, random frequency responses, masks.

A pool holds a fixed number of augmented copies of each sound; this makes every epoch different. All functions map
(batch, n_bins, n_frames) to the same shape and draw from torch's global generator.
"""

import torch
from torch.nn import functional as F

EQUALISER_POINTS = 6

# Per example: its own target, the target of the mixed-in example, and the weight of the latter.
Wanted = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
Masks = tuple[int, float]  # how many, and the largest share of the axis


def blended(
    batch: torch.Tensor, targets: torch.Tensor, share: float, in_power: bool
) -> tuple[torch.Tensor, Wanted]:
    """Mixup: another example is mixed into `share` of the examples, with a weight below a half (Zhang et al., 2018).

    in_power: the batch holds decibels below each example's loudest cell, and powers are added instead of decibels:
    this mixes the sounds and not their spectrograms, as Tokozume et al. (2018) mix waveforms.
    """
    order = torch.randperm(len(batch), device=batch.device)
    weight = torch.rand(len(batch), device=batch.device) * 0.5
    weight = torch.where(torch.rand(len(batch), device=batch.device) < share, weight, 0)
    if not share:
        return batch, (targets, targets, weight)
    w = weight[:, None, None]
    if in_power:
        power = 10 ** (batch / 10)
        both = power * (1 - w).square() + power[order] * w.square()
        mixed = _below_loudest(10 * torch.log10(both), batch.amin())
    else:
        mixed = batch + w * (batch[order] - batch)
    return mixed, (targets, targets[order], weight)


def equalised(batch: torch.Tensor, db: float) -> torch.Tensor:
    """Random frequency response per example: gains of deviation `db` at six bins, interpolated linearly.

    The batch holds decibels below each example's loudest cell. After FilterAugment (Nam et al., 2022).
    """
    if not db:
        return batch
    gains = db * torch.randn(len(batch), 1, EQUALISER_POINTS, device=batch.device)
    curves = F.interpolate(gains, batch.shape[1], mode="linear", align_corners=True)
    return _below_loudest(batch + curves.transpose(1, 2), batch.amin())


def masked(batch: torch.Tensor, bins: Masks, frames: Masks) -> torch.Tensor:
    """Stripes of each example replaced by its mean (SpecAugment; Park et al., 2019)."""
    n, n_bins, n_frames = batch.shape
    hidden = torch.zeros_like(batch, dtype=torch.bool)
    for axis, size, (count, share) in ((1, n_bins, bins), (2, n_frames, frames)):
        index = torch.arange(size, device=batch.device)
        for _ in range(count):
            width = torch.rand(n, 1, device=batch.device) * share * size
            start = torch.rand(n, 1, device=batch.device) * (size - width)
            stripe = (index >= start) & (index < start + width)
            hidden |= stripe.unsqueeze(3 - axis)
    return torch.where(hidden, batch.mean(dim=(1, 2), keepdim=True), batch)


def _below_loudest(batch: torch.Tensor, floor: torch.Tensor) -> torch.Tensor:
    """Shift to decibels below the loudest cell of each example, at least `floor`, as the features are."""
    return torch.maximum(batch - batch.amax((1, 2), keepdim=True), floor)
