"""Training models of voices: from a folder of takes to a registry, the same again with the same seed."""

from dataclasses import replace

import numpy as np
import pytest
import voices

from audioclf.audio import encode_wav
from audioclf.data.people import HOME
from audioclf.data.speakers import roles
from audioclf.tasks import speakers as task
from audioclf.training.speakers import elsewhere, learnt, make_config, train
from audioclf.types import AudioclfError, DataError
from audioclf.zoo.registry import Registry


@pytest.fixture
def data(tmp_path):
    """Three people with two takes each, one of whom judges and must be left out."""
    judge = next(speaker for dataset, speaker in roles() if dataset == HOME)
    folder = tmp_path / "data" / HOME / "audio"
    folder.mkdir(parents=True)
    rows = ["file,label,speaker"]
    for i, (who, pitch) in enumerate({"anna": 210, "ben": 110, judge: 150}.items()):
        for take in range(2):
            (folder / f"{i}{take}.wav").write_bytes(encode_wav(voices.speech(pitch, 1.0, 1.0, take)))
            rows.append(f"audio/{i}{take}.wav,one,{who}")
    (folder.parent / "manifest.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "data"


@pytest.fixture
def small(monkeypatch):
    """The recipes with tiny models."""
    tiny = {
        "gmm": {"n_components": 4},
        "cnn": {"channels": 8, "steps": 2},
        "rnn": {"channels": 8, "hidden": 8, "steps": 2},
    }
    recipes = {family: replace(recipe, model=tiny[family]) for family, recipe in task.RECIPES.items()}
    monkeypatch.setattr(task, "RECIPES", recipes)


@pytest.mark.parametrize("family", task.RECIPES)
def test_a_trained_model_is_whole_and_the_same_for_the_same_seed(data, small, tmp_path, family):
    folders = [train(f"speakers-{family}", data, tmp_path / name) for name in ("one", "two")]
    Registry(tmp_path / "one").verify(f"speakers-{family}")
    weights = [(folder / "model.safetensors").read_bytes() for folder in folders]
    assert weights[0] == weights[1]


def test_copies_and_speeds_multiply_takes_and_voices_of_those_who_are_learnt_from(data):
    config = make_config("cnn", 0)
    utterances, targets = learnt(config, data, 0, lambda *_: None)
    recipe = task.RECIPES["cnn"]
    assert len(utterances) == 2 * 2 * len(recipe.speeds) * (1 + recipe.copies)
    assert len(set(targets)) == 2 * len(recipe.speeds)


def test_a_copy_elsewhere_has_the_same_length_and_another_sound():
    clip = voices.speech(seconds=1.0)
    found = elsewhere(clip, np.random.default_rng(0))
    assert len(found.samples) == len(clip.samples) and not np.allclose(found.samples, clip.samples, atol=1e-3)


def test_missing_data_and_unknown_models_are_told(tmp_path):
    with pytest.raises(DataError, match="--data"):
        train("speakers-gmm", tmp_path)
    with pytest.raises(AudioclfError, match="speakers-gmm"):
        train("speakers-svm", tmp_path)
