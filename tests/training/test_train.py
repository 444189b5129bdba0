"""From a folder of recordings to an evaluated model in a registry, with toy data."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import soundfile
import sounds
import tiny_data

from audioclf import processes, tasks
from audioclf.data import datasets
from audioclf.evaluation import evaluate, unknown_sounds
from audioclf.features import FEATURES
from audioclf.inference.loading import load
from audioclf.models import all_settings
from audioclf.tasks import Task
from audioclf.training.job import ALL, PRETRAINED, Job, make_job
from audioclf.training.sound_pool import Pool
from audioclf.training.train import same_recipe, train
from audioclf.types import DataError, ZooError
from audioclf.zoo.card import render_card
from audioclf.zoo.registry import open_registry


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("training")
    data = tiny_data.write_digits(root / "data")
    noises = [(sounds.noise(1.0, 8000, seed=seed), f"{seed}.wav") for seed in range(5)]
    tiny_data.write_set(data / "noises", (), noises)
    with pytest.MonkeyPatch.context() as patch:
        # Processes are tested with the pool; here they would only take their time to start.
        patch.setattr(processes, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
        patch.setattr(unknown_sounds, "N_MADE", 10)
        yield root


def use_recipe(patch: pytest.MonkeyPatch, family: str, **changes) -> Task:
    """The digits task with no recipe but this family's, cut down."""
    recipe = replace(tasks.DIGITS.recipes[family], **changes)
    small = replace(tasks.DIGITS, recipes={family: recipe})
    for module in (tasks, datasets):
        patch.setattr(module, "TASKS", {"digits": small})
    return small


def where(place: Path, out: str = "zoo") -> dict[str, Path]:
    return {"data": place / "data", "out": place / out, "runs": place / "runs"}


@pytest.fixture(scope="module")
def measured(place):
    """A mixture model trained and then evaluated through the public functions."""
    with pytest.MonkeyPatch.context() as patch:
        use_recipe(patch, "gmm", copies=2, model={"n_components": 4, "stages": 2})
        train("digits-gmm", **where(place))
        yield evaluate.evaluate("digits-gmm", **where(place))


def test_the_trained_model_answers(place, measured):
    classify = load("digits-gmm", place / "zoo")
    for digit, label in enumerate(tasks.DIGITS.labels):
        assert classify(tiny_data.buzz(digit, 180, 1)).label == label


def test_all_protocols_are_measured(measured):
    loso, official = measured["protocols"]["loso"], measured["protocols"]["official"]
    assert set(loso["folds"]) == set(tiny_data.SPEAKERS)
    assert loso["n"] == 60
    assert official["n"] == 30
    assert loso["interval"][0] <= loso["accuracy"] <= loso["interval"][1]
    assert loso["accuracy"] == pytest.approx(np.mean(list(loso["folds"].values())))
    assert np.array(loso["confusion"]).sum() == 60
    assert official["accuracy"] > 0.8


def test_the_registry_holds_what_was_measured(place, measured):
    registry = open_registry(place / "zoo")
    registry.verify("digits-gmm")
    config = registry.config("digits-gmm")
    assert json.loads(json.dumps(config.metrics)) == json.loads(json.dumps(measured))
    assert config.calibration["temperature"] > 0
    assert config.calibration["known_threshold"] == measured["known_threshold"]
    assert 0.7 <= measured["true_acceptance"] <= 1
    assert 0 <= measured["unknown_auroc"] <= 1
    card = (place / "zoo" / "digits-gmm" / "README.md").read_text()
    assert card == render_card(config)
    assert f"{100 * measured['protocols']['loso']['accuracy']:.1f} %" in card


def test_evaluating_again_reads_the_folds_it_has(place, measured, monkeypatch):
    monkeypatch.setattr(Job, "fit", lambda *_: pytest.fail("trained a fold a second time"))
    again = evaluate.evaluate("digits-gmm", **where(place))
    assert {**again, "latency_ms": 0} == {**measured, "latency_ms": 0}


def test_a_training_reports_progress_prints_nothing_and_can_be_stopped(place, measured, capfd):
    class Stopped(Exception):
        """Raised by the progress callback."""

    def stop_at(words, told):
        def progress(done, total, now):
            assert 0 <= done <= total
            told.append(now)
            if words in now:
                raise Stopped

        return progress

    apart = {**where(place, "told"), "runs": place / "told-runs"}
    for words in ("digits-gmm: making the sounds", "digits-gmm all: adapting"):
        told = []
        with pytest.raises(Stopped):
            train("digits-gmm", **apart, progress=stop_at(words, told))
        assert words in told[-1]
    assert not (place / "told" / "digits-gmm").exists()
    train("digits-gmm", **apart)
    assert "".join(capfd.readouterr()) == ""
    first, second = (open_registry(place / n).load("digits-gmm")[1].weights() for n in ("zoo", "told"))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_training_again_keeps_the_metrics_of_the_recipe(place, measured):
    before = open_registry(place / "zoo").config("digits-gmm")
    train("digits-gmm", **where(place), seed=1)
    after = open_registry(place / "zoo").config("digits-gmm")
    assert after.seed == 1
    assert after.metrics == before.metrics


def test_a_checkpoint_records_every_setting_it_was_trained_with(place, measured):
    config = open_registry(place / "zoo").config("digits-gmm")
    assert set(config.feature) == {"type", *(f.name for f in fields(FEATURES[config.feature["type"]]))}
    assert set(config.model) == set(all_settings("gmm", {}))
    assert config.model["n_components"] == 4


RECIPE = {"copies": 7, "pretraining": 2.0, "extra_stride": 3, "background_stride": 3}
DATA = {"dataset": "AudioMNIST", "extras": (), "background": ("tones",)}


@pytest.mark.parametrize(("part", "name"), [*product(["recipe"], RECIPE), *product(["task"], DATA)])
def test_other_settings_or_data_are_another_recipe(place, measured, part, name):
    config = open_registry(place / "zoo").config("digits-gmm")
    job = make_job("digits-gmm", place / "data", 1, None, place / "runs")
    assert same_recipe(job, config)
    changed = replace(getattr(job, part), **{name: (RECIPE | DATA)[name]})
    assert not same_recipe(replace(job, **{part: changed}), config)


def test_other_sounds_or_folds_change_the_fingerprint(place, tmp_path):
    """A recording made again under its old name, or a speaker who changed folds."""
    data = tiny_data.write_digits(tmp_path / "data")

    def fingerprint() -> str:
        return make_job("digits-gmm", data, 0, None, place / "runs").fingerprint

    first = fingerprint()
    assert first == fingerprint()
    manifest = data / "digits" / "manifest.csv"
    manifest.write_text(manifest.read_text("utf-8").replace(",bea,", ",ann,"), "utf-8")
    second = fingerprint()
    sound = data / "digits" / "audio" / "two_ann_0.wav"
    soundfile.write(sound, soundfile.read(sound)[0][::-1], 8000)
    third = fingerprint()
    assert len({first, second, third}) == 3
    job = make_job("digits-gmm", data, 0, None, place / "runs")
    extras = (replace(job.dataset.extras[0], row={**job.dataset.extras[0].row, "source": "x"}),)
    cut = replace(job.dataset, extras=(*extras, *job.dataset.extras[1:]))
    assert replace(job, dataset=cut).fingerprint != third, "the source of an extra counts, too"


def test_missing_extras_are_reported_with_the_way_to_get_them(place, tmp_path):
    data = tiny_data.write_digits(tmp_path / "data")
    (data / "voices" / "audio" / "robot_two.wav").unlink()
    with pytest.raises(DataError, match=r"1 sounds of voices are missing, robot_two\.wav.*data get voices"):
        make_job("digits-gmm", data, 0, None, place / "runs")


def test_a_fresh_start_repeats_the_pretraining(place, monkeypatch):
    use_recipe(monkeypatch, "cnn", model={"stages": ((8, 1),), "epochs": 0.1}, pretraining=0.1)
    monkeypatch.setattr(Job, "pool", lambda job: Pool(np.zeros((1, 40, 99)), *3 * (np.zeros(1, int),)))
    fitted = []

    def fit(job, pool, held_out, name):
        job._start(pool)
        fitted.append(name)
        return job._untrained(pool)

    monkeypatch.setattr(Job, "fit", fit)
    for resume in (True, True, False):
        train("digits-cnn", **where(place, "fresh"), resume=resume)
    assert fitted == [PRETRAINED, ALL] * 2


def test_without_labelled_extras_there_is_no_pretraining(place, monkeypatch):
    for module in (tasks, datasets):
        monkeypatch.setattr(module, "TASKS", {task.name: task for task in (tasks.DIGITS, tasks.INSTRUMENTS)})
    job = make_job("digits-cnn", place / "data", 0, None, place / "runs")
    assert job.recipe.pretraining
    own = place / "own"
    for label in ("high", "low"):
        (own / label).mkdir(parents=True)
        for i in range(2):
            soundfile.write(own / label / f"{i}.wav", sounds.tone(300 + i, 1.0, 8000).samples, 8000)
    alone = make_job("birds-rnn", own, 0, None, place / "runs", like="instruments")
    assert not alone.recipe.pretraining
    assert set(alone.task.background) == {
        *tasks.INSTRUMENTS.background,
        *tasks.INSTRUMENTS.recipes["rnn"].background,
    }


def test_numbers_of_another_recipe_are_not_kept(place, measured):
    train("digits-gmm", **where(place, "other"))
    evaluate.evaluate("digits-gmm", **where(place, "other"))
    assert open_registry(place / "other").config("digits-gmm").metrics
    with pytest.raises(ZooError, match="trained with other settings"):
        evaluate.evaluate("digits-gmm", **where(place, "other"), epochs=1)
    train("digits-gmm", **where(place, "other"), epochs=1)
    config = open_registry(place / "other").config("digits-gmm")
    assert not config.metrics
    assert config.calibration == {"temperature": 1.0, "known_threshold": 1.0}


def test_added_unknown_sounds_are_measured(place, measured):
    tiny_data.write_set(place / "data" / "tones", (), [(sounds.tone(1000, 1.0, 8000), "tone.wav")])
    again = evaluate.evaluate("digits-gmm", **where(place))
    kinds = again["unknown_kinds"]
    assert set(kinds) == {"noises", "tones", "other words", "noise", "music", "silence"}
    assert kinds["tones"]["n"] == 1
    assert kinds["noises"]["n"] == 5
    assert kinds["other words"]["n"] == 10, "those of the voice that was not trained on"
    assert again["protocols"] == measured["protocols"]


def test_pretraining_happens_once_and_uses_no_recording(place, monkeypatch):
    """Every fold goes on from the same weights, which do not depend on the recordings at all."""
    settings = {"model": {"stages": ((8, 2),), "epochs": 0.2}, "pretraining": 0.5, "extra_stride": 2}
    small = use_recipe(monkeypatch, "cnn", copies=1, **settings)
    job = make_job("digits-cnn", place / "data", 0, None, place / "pretrained")
    pool = job.pool()
    fits, fit = [], Job.fit

    def recorded(self, pool, held_out, name):
        recipe = self.recipe
        fits.append((name, pool.training_rows(held_out, recipe.extra_stride, recipe.background_stride)))
        return fit(self, pool, held_out, name)

    monkeypatch.setattr(Job, "fit", recorded)
    for speaker, held_out in job.dataset.folds(small.protocols[0]).items():
        job.trained(pool, held_out, f"loso-{speaker}")
    names = [name for name, _ in fits]
    assert names.count(PRETRAINED) == 1
    assert len(names) == 1 + len(tiny_data.SPEAKERS)
    rows = dict(fits)[PRETRAINED]
    assert len(rows) > 0
    assert (pool.sources[rows] == -1).all()
    steps = [point["step"] for point in job.curve("loso-ann")]
    assert len(steps) >= 2
    assert steps == sorted(set(steps)), "one curve of pretraining and training"
