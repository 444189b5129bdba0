"""Augmentation of training batches: mixing, equalising, masking."""

import numpy as np
import pytest
import sounds
import torch

from audioclf.features import feature_from_config
from audioclf.models import batch_augment
from audioclf.types import Clip

RATE = 8000
LOW, HIGH = (sounds.tone(hz, sample_rate=RATE).samples for hz in (500, 3000))


def pictures(*samples):
    """Log-mel spectrograms of sounds of one length, (n, n_bins, n_frames)."""
    extract = feature_from_config({"type": "log_mel", "n_mels": 40})
    return torch.from_numpy(np.stack([extract(Clip(s.astype(np.float32), RATE)).values for s in samples]))


@pytest.fixture
def batch():
    return pictures(LOW, HIGH)


def test_settings_of_zero_change_nothing(batch):
    targets = torch.tensor([4, 7])
    mixed, (own, _, weight) = batch_augment.blended(batch, targets, 0.0, True)
    assert torch.equal(batch_augment.masked(batch_augment.equalised(mixed, 0.0), (0, 0.0), (0, 0.0)), batch)
    assert torch.equal(own, targets)
    assert not weight.any()


def test_a_blend_in_power_is_the_spectrogram_of_both_sounds_together(batch):
    torch.manual_seed(0)
    mixed, (own, other, weight) = batch_augment.blended(
        batch.repeat(8, 1, 1), torch.tensor([0, 1] * 8), 1.0, True
    )
    at = int(torch.where(own < other, weight, 0).argmax())  # the low tone and most of the high one
    mixed, w = mixed[at], float(weight[at])
    assert 0.05 < w < 0.5
    # Spectrograms are relative to their loudest cell: make the two sounds equally loud there.
    both = pictures(np.concatenate([LOW, HIGH]))[0]
    half = both.shape[1] // 2
    louder_db = float(both[:, :half].max() - both[:, half + 2 :].max())
    expected = pictures((1 - w) * LOW + w * 10 ** (louder_db / 20) * HIGH)[0]
    clear = expected > -50
    assert clear.float().mean() > 0.05
    assert (mixed - expected)[clear].abs().median() < 0.5
    picture_blend = batch[0] + w * (batch[1] - batch[0])
    assert (picture_blend - expected)[clear].abs().median() > 5, "a blend in decibels differs"


@pytest.mark.parametrize("in_power", [False, True])
def test_a_blend_is_dominated_by_its_own_sound(in_power):
    torch.manual_seed(0)
    targets = torch.arange(400) % 2
    batch = pictures(LOW, HIGH)[targets]
    mixed, (own, _, weight) = batch_augment.blended(batch, targets, 0.7, in_power)
    assert torch.equal(own, targets)
    assert 0.6 < (weight > 0).float().mean() < 0.8
    assert weight.max() < 0.5
    loudest = mixed.mean(2).argmax(1)
    low_bin, high_bin = batch[0].mean(1).argmax(), batch[1].mean(1).argmax()
    assert torch.equal(loudest, torch.where(targets == 0, low_bin, high_bin))
    assert torch.allclose(mixed[weight == 0], batch[weight == 0], atol=1e-3)


def test_equalising_colours_all_frames_alike():
    torch.manual_seed(0)
    flat = pictures(*(np.random.default_rng(i).standard_normal(RATE) for i in range(32)))
    curves = batch_augment.equalised(flat, 3.0) - flat
    curve = curves.median(dim=2).values
    above_floor = flat > flat.min() + 20
    assert (curves - curve[:, :, None]).abs()[above_floor].max() < 1e-4
    bends = curve.diff(dim=1).diff(dim=1).abs() > 1e-3
    assert bends.sum(1).max() <= 2 * batch_augment.EQUALISER_POINTS, "a few straight lines"
    assert 1.5 < curve.std(1).mean() < 3.5
    assert not torch.allclose(curve[0], curve[1], atol=0.5), "each example has its own response"


def test_decibels_stay_below_the_loudest_cell_and_above_the_floor(batch):
    for changed in (
        batch_augment.blended(batch, torch.tensor([0, 1]), 1.0, True)[0],
        batch_augment.equalised(batch, 9.0),
    ):
        assert torch.allclose(changed.amax((1, 2)), torch.zeros(2), atol=1e-4)
        assert changed.min() >= batch.min()


def test_masks_replace_stripes_and_keep_the_rest():
    torch.manual_seed(0)
    batch = torch.randn(64, 40, 99)
    changed = batch_augment.masked(batch, (2, 0.15), (2, 0.1)) != batch
    assert 0.05 < changed.float().mean() < 0.35
    stripes = changed.all(2).sum(1) + changed.all(1).sum(1)
    assert (stripes > 0).float().mean() > 0.9
