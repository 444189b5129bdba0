"""From a folder of recordings to a model in a registry, measured: the whole way, at a toy's size."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import sounds
import tiny_data

from audioclf import evaluate, tasks, train, zoo
from audioclf.card import render_card
from audioclf.classifier import load


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("training")
    data = tiny_data.write_digits(root / "data")
    (data / "noises").mkdir()
    for seed in range(5):
        soundfile.write(data / "noises" / f"{seed}.wav", sounds.noise(1.0, 8000, seed=seed).samples, 8000)
    (data / "noises" / "manifest.csv").write_text("file\n" + "".join(f"{seed}.wav\n" for seed in range(5)))
    return root


@pytest.fixture(scope="module")
def measured(place):
    """A mixture model trained and then evaluated through the public functions; the recipe is cut down."""
    recipe = replace(tasks.DIGITS.recipes["gmm"], copies=2, model={"n_components": 4, "stages": 2})
    patch = pytest.MonkeyPatch()
    small = replace(tasks.DIGITS, recipes={"gmm": recipe})
    patch.setattr(tasks, "TASKS", {"digits": small})
    where = {"data": place / "data", "out": place / "zoo", "runs": place / "runs"}
    train.train("digits-gmm", **where)
    metrics = evaluate.evaluate("digits-gmm", **where)
    yield metrics
    patch.undo()


def test_the_trained_model_answers(place, measured):
    classify = load("digits-gmm", place / "zoo")
    for digit, label in enumerate(tasks.DIGITS.labels):
        assert classify(tiny_data.buzz(digit, 180, 1)).label == label


def test_unseen_speakers_are_judged_by_all_protocols(measured):
    loso, official = measured["protocols"]["loso"], measured["protocols"]["official"]
    assert set(loso["folds"]) == set(tiny_data.SPEAKERS)
    assert loso["n"] == 60
    assert official["n"] == 30
    assert loso["interval"][0] <= loso["accuracy"] <= loso["interval"][1]
    assert loso["accuracy"] == pytest.approx(np.mean(list(loso["folds"].values())))
    assert np.array(loso["confusion"]).sum() == 60
    assert official["accuracy"] > 0.8


def test_the_registry_holds_what_was_measured(place, measured):
    registry = zoo.open_registry(place / "zoo")
    registry.verify("digits-gmm")
    config = registry.config("digits-gmm")
    assert json.loads(json.dumps(config.metrics)) == json.loads(json.dumps(measured))
    assert config.calibration["known_threshold"] == measured["known_threshold"]
    assert measured["true_acceptance"] >= 0.95
    assert 0 <= measured["unknown_auroc"] <= 1
    card = (place / "zoo" / "digits-gmm" / "README.md").read_text()
    assert card == render_card(config)
    assert f"{100 * measured['protocols']['loso']['accuracy']:.1f} %" in card


def test_evaluating_again_reads_the_folds_it_has(place, measured, monkeypatch):
    monkeypatch.setattr(train.Job, "fit", lambda *_: pytest.fail("trained a fold a second time"))
    again = evaluate.evaluate("digits-gmm", data=place / "data", out=place / "zoo", runs=place / "runs")
    assert again == measured


def test_training_again_from_the_seed_gives_the_same_model(place, measured):
    train.train("digits-gmm", data=place / "data", out=place / "again", runs=place / "runs")
    first, second = (
        zoo.open_registry(place / name).load("digits-gmm")[1].weights() for name in ("zoo", "again")
    )
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_training_again_keeps_what_was_measured_of_the_recipe(place, measured):
    before = zoo.open_registry(place / "zoo").config("digits-gmm")
    train.train("digits-gmm", data=place / "data", out=place / "zoo", runs=place / "runs", seed=1)
    after = zoo.open_registry(place / "zoo").config("digits-gmm")
    assert after.seed == 1
    assert after.metrics == before.metrics
