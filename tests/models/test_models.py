"""The Model protocol for every family: training is reproducible and weights restore the whole model."""

import numpy as np
import pytest

from audioclf.models import FAMILIES, Adaptable, ScoresParts, all_settings, make_model

N_LABELS, N_BINS, N_FRAMES = 3, 13, 40
# Small and quick; the classes themselves are the ones that are shipped.
SETTINGS = {
    "gmm": {"n_components": 4, "stages": 3},
    "cnn": {"stages": [[8, 1], [8, 2]], "epochs": 80},
    "rnn": {"channels": 16, "hidden": 16, "epochs": 60},
}
families = pytest.mark.parametrize("family", FAMILIES)
networks = pytest.mark.parametrize("family", ["cnn", "rnn"])


def toy(n: int = 256, seed: int = 0):
    """Label 0 is bin 4 and then bin 7, label 1 the other way round, label 2 bin 9. The background is noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, N_BINS, N_FRAMES)).astype(np.float32)
    targets = rng.integers(N_LABELS + 1, size=n)
    half = N_FRAMES // 2
    for label, early, late in ((0, 4, 7), (1, 7, 4)):
        x[targets == label, early, :half] += 3
        x[targets == label, late, half:] += 3
    x[targets == 2, 9] += 3
    x[:, 0] = rng.uniform(-20, 0, (n, N_FRAMES))  # row 0 is a loudness to the mixtures
    return x, targets


def quiet(done, total, words):
    assert 0 <= done <= total


def made(family, **settings):
    return make_model(family, n_labels=N_LABELS, n_bins=N_BINS, **{**SETTINGS[family], **settings})


def fitted(family, seed=0, **settings):
    model = made(family, **settings)
    model.fit(*toy(), seed=seed, progress=quiet)
    return model


def accuracy(model):
    """On examples that it was not fitted to."""
    x, targets = toy(seed=1)
    return (model.logits(x).argmax(1) == targets).mean()


@pytest.fixture(scope="module")
def trained():
    return {family: fitted(family) for family in FAMILIES}


@families
def test_it_learns_frequency_and_order(trained, family):
    assert trained[family].logits(toy(8)[0]).shape == (8, N_LABELS + 1)
    assert accuracy(trained[family]) > 0.9


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("gmm", {"fisher": 2, "even_components": False}),
        ("gmm", {"fisher": 2, "even_components": True}),
        ("cnn", {"mixing": 0.7}),
        ("rnn", {"mixing": 0.7}),
    ],
)
def test_it_learns_with_fisher_vectors_and_from_blended_examples_too(family, settings):
    assert accuracy(fitted(family, **settings)) > 0.9


def test_a_mixture_with_fisher_vectors_refuses_mmi_training():
    with pytest.raises(ValueError, match=r"fisher=1 or mmi_epochs=1"):
        make_model("gmm", n_labels=N_LABELS, n_bins=N_BINS, fisher=1, mmi_epochs=1)


def test_the_network_of_mmi_training_gives_the_logits_of_the_mixture(trained):
    import torch

    from audioclf.models.mmi import MixtureNet

    x, _ = toy(32, seed=1)
    x[0, 0] = -90.0  # a silent example
    mixture = trained["gmm"]
    net = MixtureNet(mixture.weights(), mixture.stages, mixture.gate_db)
    assert np.allclose(net(torch.from_numpy(x)).detach().numpy(), mixture.logits(x), atol=1e-3)
    assert all(np.allclose(net.arrays()[k], v, rtol=1e-5) for k, v in mixture.weights().items())


def test_mmi_training_raises_the_mutual_information():
    x, targets = toy()
    x = x + np.random.default_rng(0).normal(0, 4, x.shape).astype(np.float32)
    losses = []
    for epochs in (0, 20):
        model = made("gmm", mmi_epochs=epochs)
        model.fit(x, targets, seed=0, progress=quiet)
        logits = model.logits(x)
        shifted = logits - logits.max(1, keepdims=True)
        losses.append(np.mean(np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(x)), targets]))
    assert losses[1] < losses[0]


@networks
def test_training_continues_from_given_weights(trained, family):
    model = made(family, epochs=1)
    model.fit(*toy(), seed=1, progress=quiet, start=trained[family].weights())
    assert accuracy(model) > 0.9
    assert accuracy(fitted(family, seed=1, epochs=1)) < 0.9, "one epoch alone is not enough"


@networks
def test_one_hot_probabilities_train_like_labels(family):
    x, targets = toy(64)
    by_label, by_probability = (made(family, epochs=3) for _ in range(2))
    by_label.fit(x, targets, seed=0, progress=quiet)
    by_probability.fit(x, np.eye(N_LABELS + 1, dtype=np.float32)[targets], seed=0, progress=quiet)
    assert np.allclose(by_label.logits(x), by_probability.logits(x), atol=1e-3)


@families
def test_training_depends_on_the_seed_alone(family):
    x, _ = toy(32, seed=1)
    first, again, other = (fitted(family, seed, epochs=3).logits(x) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@families
def test_a_new_background_output_leaves_the_logits_of_the_labels(trained, family):
    model, (x, _) = made(family), toy(32, seed=1)
    model.load_weights(trained[family].weights())
    assert isinstance(model, Adaptable)
    before, evidence, (weights, bias) = model.logits(x), model.evidence(x), model.last_layer()
    assert np.allclose(evidence @ weights + bias, before, atol=1e-3)
    model.set_background(2 * weights[:, -1], bias[-1] + 1)
    assert np.array_equal(model.logits(x)[:, :-1], before[:, :-1])
    assert np.allclose(model.logits(x)[:, -1], 2 * evidence @ weights[:, -1] + bias[-1] + 1, atol=1e-3)
    assert np.array_equal(trained[family].logits(x), before), "the weights were shared"


@families
def test_weights_restore_the_whole_model(trained, family):
    copy = made(family)
    copy.load_weights(trained[family].weights())
    x, _ = toy(32, seed=1)
    assert np.array_equal(copy.logits(x), trained[family].logits(x))


@families
def test_an_example_scores_the_same_alone_and_in_a_batch(trained, family):
    x, _ = toy(16, seed=2)
    alone = np.concatenate([trained[family].logits(x[i : i + 1]) for i in range(16)])
    assert np.allclose(alone, trained[family].logits(x), atol=1e-4)


@families
def test_weights_are_loaded_strictly(trained, family):
    weights = trained[family].weights()
    name = sorted(weights)[0]
    missing = {k: v for k, v in weights.items() if k != name}
    for wrong, words in [
        (missing, name),
        ({**weights, "extra": np.zeros(1, np.float32)}, "extra"),
        ({**weights, name: np.zeros((1, 2, 3, 4), np.float32)}, name),
        ({**weights, name: np.full_like(weights[name], np.nan)}, name),
    ]:
        with pytest.raises(ValueError, match=words):
            made(family).load_weights(wrong)


class Stopped(Exception):
    pass


@networks
def test_interrupted_training_resumes_to_the_same_model(family, tmp_path, monkeypatch):
    from audioclf.models import training_loop

    monkeypatch.setattr(training_loop, "SAVE_EVERY", 5)
    x, targets = toy(128)

    def stop(done, total, words):
        if done > total // 2:
            raise Stopped

    checkpoint = tmp_path / "half.safetensors"
    with pytest.raises(Stopped):
        made(family, epochs=20).fit(x, targets, seed=3, progress=stop, checkpoint=checkpoint)
    assert checkpoint.exists()
    resumed, whole = (made(family, epochs=20) for _ in range(2))
    resumed.fit(x, targets, seed=3, progress=quiet, checkpoint=checkpoint)
    whole.fit(x, targets, seed=3, progress=quiet)
    assert np.array_equal(resumed.logits(x), whole.logits(x))


def test_mixtures_ignore_frames_below_the_gate(trained):
    x, _ = toy(16, seed=2)
    x[:, 0, ::2] = -50
    changed = x.copy()
    changed[:, 1:, ::2] = 9.0
    assert np.array_equal(trained["gmm"].logits(x), trained["gmm"].logits(changed))


@families
def test_all_settings_include_defaults(family):
    settings = all_settings(family, {"epochs": 7})
    assert settings["epochs"] == 7
    assert len(settings) >= 3
    made(family, **settings)


@families
def test_an_unknown_setting_is_an_error(family):
    with pytest.raises(TypeError, match="colour"):
        made(family, colour="blue")
    with pytest.raises(TypeError, match="colour"):
        all_settings(family, {"colour": "blue"})


def test_a_mixture_scores_a_part_of_an_input_as_it_scores_that_part(trained):
    x = toy(2)[0]
    x[:, 0, ::7] = -60  # frames below the gate count in no part
    long = np.concatenate([x[0], x[1]], axis=1)
    parts = np.array([[0, N_FRAMES], [N_FRAMES, 2 * N_FRAMES], [5, 31]])
    wanted = [trained["gmm"].logits(long[None, :, start:end])[0] for start, end in parts]
    assert isinstance(trained["gmm"], ScoresParts) and not isinstance(trained["cnn"], ScoresParts)
    assert trained["gmm"].part_logits(long, parts) == pytest.approx(np.array(wanted), abs=1e-4)
