"""The training loop: moving average of weights, and resuming."""

import copy

import numpy as np
import torch
from torch import nn

from audioclf.models import training_loop
from audioclf.models.cnn import ResidualNet


def data(n=64):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 8, 16)).astype(np.float32), rng.integers(3, size=n)


def small_net():
    torch.manual_seed(0)
    return ResidualNet(8, 3, ((8, 1), (8, 2)), dropout=0.0)


def quiet(done, total, words):
    pass


def test_the_decay_of_the_average_grows_up_to_its_bound():
    schedule = training_loop.Schedule(average=0.99)
    memories = [schedule.ema_decay(n) for n in range(2000)]
    assert memories[0] == 0.0, "the initial weights have no share"
    assert memories == sorted(memories)
    assert memories[-1] == 0.99


def test_the_result_is_the_moving_average_of_all_steps(monkeypatch):
    x, targets = data()
    schedule = training_loop.Schedule(epochs=2.0, batch_size=16)
    seen = []
    step = training_loop._step

    def watched(net, *rest):
        loss = step(net, *rest)
        seen.append(copy.deepcopy(net.state_dict()))
        return loss

    monkeypatch.setattr(training_loop, "_step", watched)
    net = small_net()
    training_loop.train(net, x, targets, schedule, seed=0, progress=quiet)
    assert len(seen) == 8
    for name, value in net.state_dict().items():
        if not value.is_floating_point():
            continue
        average = seen[0][name]
        for n, after in enumerate(seen[1:], 1):
            memory = schedule.ema_decay(n)
            average = memory * average + (1 - memory) * after[name]
        assert torch.allclose(value, average, atol=1e-5), name
        assert not torch.equal(value, seen[-1][name]), name


def test_restored_optimizer_moments_have_the_layout_of_the_weights(tmp_path):
    """Files hold contiguous tensors; a fused step on a GPU requires the layout of the weights."""

    def prepared():
        net = small_net().to(memory_format=torch.channels_last)
        return net, copy.deepcopy(net), torch.optim.AdamW(net.parameters())

    net, averaged, optimizer = prepared()
    nn.functional.cross_entropy(net(torch.randn(4, 8, 16)), torch.zeros(4, dtype=torch.long)).backward()
    optimizer.step()
    training_loop._save(tmp_path / "half.safetensors", 7, net, averaged, optimizer)
    net, averaged, again = prepared()
    assert training_loop._resume(tmp_path / "half.safetensors", net, averaged, again) == 7
    for weight, expected in zip(net.parameters(), optimizer.state.values(), strict=True):
        for key in ("exp_avg", "exp_avg_sq"):
            assert again.state[weight][key].stride() == weight.stride()
            assert torch.equal(again.state[weight][key], expected[key])
