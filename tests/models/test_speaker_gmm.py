"""GMM-UBM against a direct computation, and what a relevance factor and evidence mean."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import norm

from audioclf.models.speaker_gmm import SpeakerGmm


@pytest.fixture(scope="module")
def model() -> SpeakerGmm:
    rng = np.random.default_rng(0)
    utterances = [rng.normal(rng.normal(0, 2, (4, 1)), 1.0, (4, 60)).astype(np.float32) for _ in range(30)]
    made = SpeakerGmm(n_bins=4, n_components=5)
    made.fit(utterances, np.arange(30), seed=0, progress=lambda *_: None)
    return made


def frames(n: int, seed: int, mean: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1.0, (4, n)).astype(np.float32)


def log_densities(model: SpeakerGmm, means: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(n_frames, n_components) log weight plus log density, by scipy."""
    ubm = model.background
    spread = 1 / np.sqrt(ubm.precisions)
    return ubm.log_weights + norm.logpdf(x.T[:, None], means, spread).sum(-1)


def test_enrolment_is_map_adaptation_of_the_means(model):
    """Reynolds, Quatieri and Dunn (2000), equations 11 to 14, one component at a time."""
    takes = [frames(40, 1), frames(25, 2)]
    x = np.concatenate(takes, axis=1)
    share = softmax(log_densities(model, model.background.means, x), axis=1)
    for i, mean in enumerate(model.enrol(takes)["means"]):
        count = share[:, i].sum()
        adaptation = count / (count + 16)
        expected = adaptation * (share[:, i] @ x.T / count) + (1 - adaptation) * model.background.means[i]
        assert mean == pytest.approx(expected, abs=1e-3)


def test_evidence_is_the_log_likelihood_ratio_and_its_mean_the_score(model):
    voice, x = model.enrol([frames(100, 3)]), frames(30, 4)
    expected = logsumexp(log_densities(model, voice["means"], x), axis=1) - logsumexp(
        log_densities(model, model.background.means, x), axis=1
    )
    assert model.evidence(voice, x) == pytest.approx(expected, abs=2e-3)
    assert model.scores([voice], x)[0] == pytest.approx(expected.mean(), abs=2e-3)


def test_many_voices_are_scored_as_each_alone(model):
    voices = [model.enrol([frames(50, seed, mean=seed / 10)]) for seed in range(40)]
    x = frames(20, 99)
    alone = [model.scores([voice], x)[0] for voice in voices]
    assert model.scores(voices, x) == pytest.approx(alone, abs=1e-5)


def test_a_voice_of_few_frames_stays_near_the_background(model):
    near, far = (
        np.abs(model.enrol([frames(n, 5)])["means"] - model.background.means).mean() for n in (2, 500)
    )
    assert near < 0.3 * far


def test_takes_are_one_voice_in_any_order(model):
    takes = [frames(40, 1), frames(25, 2)]
    assert model.enrol(takes)["means"] == pytest.approx(model.enrol(takes[::-1])["means"], abs=1e-5)
    assert {name: array.shape for name, array in model.enrol(takes).items()} == model.voice_shapes()


def test_weights_are_strict(model):
    other = SpeakerGmm(n_bins=4, n_components=5)
    other.load_weights(model.weights())
    assert other.scores([model.enrol([frames(9, 1)])], frames(9, 2)) == pytest.approx(
        model.scores([model.enrol([frames(9, 1)])], frames(9, 2))
    )
    good = model.weights()
    for bad in (
        {**good, "precisions": -good["precisions"]},
        {**good, "more": good["means"]},
        {"means": good["means"]},
    ):
        with pytest.raises(ValueError, match="array"):
            SpeakerGmm(n_bins=4, n_components=5).load_weights(bad)
