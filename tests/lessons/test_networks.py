"""Inside the networks: what is shown is what the networks compute with, and where a sound is, there is evidence."""

import numpy as np
import pytest
import torch
from paths import EXAMPLES
from torch.nn import functional as F

from audioclf.audio import load_clip
from audioclf.inference.loading import Selection, load_models
from audioclf.lessons import convolution, learning, networks, recurrence
from audioclf.models import make_model
from audioclf.models.training_loop import Schedule
from audioclf.service.explore import task_of
from audioclf.types import ZooError
from audioclf.zoo.registry import BUNDLED, open_registry

RNG = np.random.default_rng(0)
ZOO = open_registry(BUNDLED)
DIGITS = task_of(Selection(ZOO, "digits"))
SEVEN = load_clip(EXAMPLES / "seven.wav")


def test_the_states_are_those_of_the_recurrent_network():
    for layers, hidden in ((1, 3), (2, 5)):
        model = make_model("rnn", n_labels=4, n_bins=6, channels=8, hidden=hidden, layers=layers)
        x = RNG.standard_normal((6, 31)).astype(np.float32)
        inside = model.inside(x)
        with torch.inference_mode():
            states, attention = model.net.states(torch.from_numpy(x[None]))
        assert np.allclose(inside.states, states[0].T.numpy(), atol=1e-5)
        assert np.allclose(inside.attention, attention[0, :, 0].numpy(), atol=1e-6)
        assert inside.attention.sum() == pytest.approx(1.0)
        assert ((inside.kept > 0) & (inside.kept < 1) & (inside.used > 0) & (inside.used < 1)).all()


def test_the_last_maps_are_those_that_the_head_reads():
    model = make_model("cnn", n_labels=4, n_bins=20, stages=((8, 1), (16, 2)))
    x = RNG.standard_normal((20, 40)).astype(np.float32)
    layers = model.layers(x)
    assert [one.shape for one in layers] == [(8, 10, 20), (8, 10, 20), (16, 5, 10)]
    with torch.inference_mode():
        assert np.allclose(layers[-1], model.net.maps(torch.from_numpy(x[None]))[0].numpy(), atol=1e-6)
    assert model.filters.shape == (8, 5, 5) and min(one.min() for one in layers) >= 0


def test_evidence_adds_up_to_the_logit_of_the_answer_without_its_bias():
    heard = networks.hear(SEVEN, DIGITS, "cnn")
    model = heard.classifier.model
    evidence = convolution.cnn(SEVEN, DIGITS, "answer").arrays["evidence"]
    logit = model.logits(heard.given.values[None])[0, heard.output]
    assert evidence.sum() + float(model.net.head.bias[heard.output]) == pytest.approx(logit, abs=1e-3)


def test_the_answer_is_that_of_the_model():
    (model,) = load_models(Selection(ZOO, "digits", ("digits-cnn",)))
    assert networks.hear(SEVEN, DIGITS, "cnn").answer.startswith(str(model(SEVEN).answer))


def test_what_a_map_lets_through_is_silent_where_the_map_is_zero():
    heard = networks.hear(SEVEN, DIGITS, "cnn")
    one = np.zeros((20, 50))
    one[:, :20] = 1.0
    samples = convolution.through(heard, one).samples
    first, last = (
        np.mean(np.square(part)) for part in (samples[: 3 * len(samples) // 8], samples[len(samples) // 2 :])
    )
    assert last < 1e-3 * first


def test_a_loss_of_guessing_is_the_logarithm_of_the_answers():
    view = learning.learning(SEVEN, DIGITS, "rnn")
    assert dict(view.facts)["Loss of guessing"] == f"{np.log(11):.2f}"
    stored = ZOO.config("digits-rnn").metrics["training_curve"]
    assert view.arrays["loss"].tolist() == [point["loss"] for point in stored]


@pytest.mark.parametrize("family", ["cnn", "rnn"])
def test_the_least_loss_is_that_of_perfect_logits_and_no_curve_falls_below_it(family):
    """With label smoothing, a loss is no longer −ln of a probability, so none is read off the curve."""
    for name in ("digits", "instruments", "environment"):
        view = learning.learning(SEVEN, task_of(Selection(ZOO, name)), family)
        n, smoothing = len(ZOO.config(f"{name}-{family}").labels) + 1, Schedule().label_smoothing
        logits = torch.linspace(0, 20, 2001)[:, None] * torch.eye(n)[0]  # the best lead is among these
        target = torch.zeros(len(logits), dtype=torch.long)
        loss = F.cross_entropy(logits, target, label_smoothing=smoothing, reduction="none").min()
        least = float(dict(view.facts)["Least possible loss"])
        assert least == pytest.approx(float(loss), abs=0.006)
        assert view.arrays["loss"].min() > least
        assert "%" not in view.said


def test_a_registry_without_the_network_is_told(tmp_path):
    one = task_of(Selection(open_registry(BUNDLED), "digits"))
    with pytest.raises(ZooError, match="no LSTM for task digits"):
        networks.hear(SEVEN, one, "lstm")


def test_the_evidence_of_the_steps_adds_up_to_the_logit_of_the_answer_without_its_bias():
    heard = networks.hear(SEVEN, DIGITS, "rnn")
    model = heard.classifier.model
    evidence = recurrence.rnn(SEVEN, DIGITS, "states").arrays["evidence"]
    logit = model.logits(heard.given.values[None])[0, heard.output]
    bias = float(model.net.head.bias[heard.output].detach())
    assert evidence.sum() + bias == pytest.approx(logit, abs=1e-3)


@pytest.mark.parametrize("name", ["seven", "three", "silence"])
def test_both_networks_tell_what_they_answer_whatever_is_shown(name):
    clip = load_clip(EXAMPLES / f"{name}.wav")
    views = [convolution.cnn(clip, DIGITS, layer) for layer in ("0", "2", "answer")]
    views += [recurrence.rnn(clip, DIGITS, what) for what in recurrence.SHOWN]
    answer = {"silence": "none of these"}.get(name, f"{name} (")
    assert all(f" says {answer}" in view.said for view in views)
    assert all(dict(view.facts)["Answer"].startswith(answer) for view in views)
