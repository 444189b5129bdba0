"""Networks that embed voices: they learn, take any length, and say which frames count."""

import numpy as np
import pytest
import torch

from audioclf.models import SPEAKER_FAMILIES, make_speaker_model

SETTINGS = {
    "cnn": {"channels": 8, "n_dims": 8, "steps": 40},
    "rnn": {"channels": 8, "hidden": 8, "n_dims": 8, "steps": 40},
}
NETWORKS = [family for family in SPEAKER_FAMILIES if family in SETTINGS]


def utterance(voice: int, seed: int, n_frames: int = 60) -> np.ndarray:
    """Frames around the voice's own colour, with content that all voices share."""
    rng = np.random.default_rng(seed)
    colour = np.random.default_rng(1000 + voice).normal(0, 3, (12, 1))
    content = np.repeat(rng.normal(0, 2, (12, n_frames // 10 + 1)), 10, axis=1)[:, :n_frames]
    return (colour + content + rng.normal(0, 1, (12, n_frames))).astype(np.float32)


@pytest.fixture(scope="module", params=NETWORKS)
def model(request):
    made = make_speaker_model(request.param, n_bins=12, **SETTINGS[request.param])
    voices = np.repeat(np.arange(12), 4)
    utterances = [utterance(voice, seed) for seed, voice in enumerate(voices)]
    steps = []
    made.fit(utterances, voices, seed=0, progress=lambda done, total, _: steps.append((done, total)))
    assert steps[-1] == (40, 40)
    return made


def test_it_learns_to_tell_voices_apart(model):
    enrolled = [model.enrol([utterance(voice, 100 + voice)]) for voice in range(12)]
    scores = np.stack([model.scores(enrolled, utterance(voice, 200 + voice)) for voice in range(12)])
    assert (scores.argmax(1) == np.arange(12)).mean() >= 0.25  # by chance: 0.08
    assert (np.abs(scores) <= 1 + 1e-5).all()


def test_a_voice_is_a_vector_of_length_one_and_takes_of_any_length_do(model):
    for n_frames in (1, 2, 3, 61, 400):
        voice = model.enrol([utterance(0, 1, n_frames)])
        assert {name: v.shape for name, v in voice.items()} == model.voice_shapes()
        assert np.linalg.norm(voice["embedding"]) == pytest.approx(1, abs=1e-5)
        assert model.evidence(voice, utterance(1, 2, n_frames)).shape == (n_frames,)


def test_evidence_tells_frames_of_the_voice_from_others(model):
    voice = model.enrol([utterance(3, 7, 200)])
    both = np.concatenate([utterance(3, 8, 100), utterance(5, 9, 100)], axis=1)
    found = model.evidence(voice, both)
    assert found[:100].mean() > 0 > found[100:].mean()
    assert found.sum() == pytest.approx(0, abs=0.05 * np.abs(found).sum())


def test_saved_weights_give_the_same_scores(model):
    family = "cnn" if "Cnn" in type(model).__name__ else "rnn"
    other = make_speaker_model(family, n_bins=12, unfilled=True, **SETTINGS[family])
    other.load_weights(model.weights())
    x, voice = utterance(1, 5), model.enrol([utterance(1, 4)])
    assert other.scores([voice], x) == pytest.approx(model.scores([voice], x))
    with pytest.raises(ValueError, match="missing or unexpected"):
        other.load_weights({**model.weights(), "more": np.zeros(1, np.float32)})


def test_training_is_the_same_for_the_same_seed_and_leaves_the_others_randomness():
    voices = np.repeat(np.arange(4), 2)
    utterances = [utterance(voice, seed) for seed, voice in enumerate(voices)]
    found = []
    for _ in range(2):
        made = make_speaker_model("cnn", n_bins=12, channels=8, n_dims=8, steps=3)
        before = torch.random.get_rng_state()
        made.fit(utterances, voices, seed=1, progress=lambda *_: None)
        assert torch.equal(before, torch.random.get_rng_state())
        found.append(made.enrol([utterances[0]])["embedding"])
    assert found[0] == pytest.approx(found[1], abs=1e-6)
