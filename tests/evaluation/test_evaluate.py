"""Metrics over seeds, folds, voices, unknown sounds and stress are measured, stored and shown, for any data."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import tiny_data
from fake_hub import files_of
from fakes import joined, rewrite

from audioclf import processes, tasks
from audioclf.cli.entry import main
from audioclf.data import datasets
from audioclf.data.manifest import rows_of
from audioclf.evaluation import evaluate, robustness, unknown_sounds
from audioclf.evaluation.evaluate import evaluate_on
from audioclf.evaluation.unknown_sounds import MAKERS, collect_unknowns
from audioclf.models import FAMILIES
from audioclf.tasks import Recipe
from audioclf.training.train import train
from audioclf.types import ZooError
from audioclf.wording import percent
from audioclf.zoo.files import PREDICTIONS
from audioclf.zoo.registry import open_registry

FEATURE = {"type": "log_mel", "n_mels": 16}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Toy data and small tasks: digits, and one of longer sounds whose windows are pooled."""
    root = tmp_path_factory.mktemp("evaluating")
    tiny_data.write_digits(root / "data")
    small = {"recipes": {"gmm": Recipe(feature=FEATURE, copies=1)}, "background": ("hiss",), "extras": ()}
    digits = replace(tasks.DIGITS, **small)
    sounds = replace(tasks.INSTRUMENTS, **small, sample_rate=8000, clip_seconds=0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAMILIES, "gmm", ("nearest", "Nearest"))
        # Processes are tested with the pool; here they would only take their time to start.
        patch.setattr(processes, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
        patch.setattr(unknown_sounds, "N_MADE", 10)
        for module in (tasks, datasets):
            patch.setattr(module, "TASKS", {"digits": digits, "instruments": sounds})
        yield root


@pytest.fixture(scope="module")
def where(place):
    return {"data": place / "data", "out": place / "zoo", "runs": place / "runs"}


@pytest.fixture(scope="module")
def own(place):
    """A folder of your own sounds: three labels, six sounds of two seconds each."""
    folder = place / "own"
    for label in range(3):
        (folder / f"call {label}").mkdir(parents=True)
        for i, pitch in enumerate((100, 120, 140, 160, 180, 200)):
            clip = joined(*(tiny_data.buzz(label, pitch, take) for take in range(5)))
            soundfile.write(folder / f"call {label}" / f"{i}.wav", clip.samples, 8000)
    return folder


@pytest.fixture(scope="module")
def measured(where):
    train("digits-gmm", **where)
    return evaluate.evaluate("digits-gmm", **where, seeds=(0, 1), stress=True)


def test_the_headline_is_the_mean_over_seeds(measured):
    assert measured["seeds"] == [0, 1]
    for protocol in measured["protocols"].values():
        assert protocol["accuracy"] == pytest.approx(np.mean(list(protocol["seeds"].values())))
    loso = measured["protocols"]["loso"]
    assert np.sum(loso["confusion"]) == 2 * loso["n"], "every recording once a seed"
    assert loso["seeds"]["0"] != loso["seeds"]["1"] or measured["ece"] > 0


def test_other_data_is_tested_with_the_model_trained_on_all_recordings(measured):
    voices = measured["protocols"]["voices"]
    assert set(voices["folds"]) == {"android"}, "the voice of role test"
    assert voices["held_out"] == "speaker"
    assert voices["n"] == 10
    people = measured["protocols"]["people"]
    assert set(people["folds"]) == {"dan", "eve"} and people["n"] == 10, "a word that is no digit is left out"


def test_every_held_out_answer_is_kept(place, measured):
    registry = open_registry(place / "zoo")
    registry.verify("digits-gmm")
    stored = registry.predictions("digits-gmm")
    assert stored["protocol"] == "loso"
    assert stored["labels"] == list(tasks.DIGITS.labels)
    assert len(stored["items"]) == 60
    rows = rows_of(place / "data" / "digits" / "manifest.csv")
    for item, row in zip(stored["items"], rows, strict=True):
        assert (item["file"], item["label"], item["fold"]) == (row["file"], row["label"], row["speaker"])
        assert sum(item["scores"]) == pytest.approx(1, abs=0.001)
        assert 0 <= item["background"] <= 1
        assert all(score == round(score, 4) for score in item["scores"])
    right = np.mean([stored["labels"][np.argmax(i["scores"])] == i["label"] for i in stored["items"]])
    ships = measured["protocols"]["loso"]["seeds"]["0"]  # the seed of the model that ships
    assert right == pytest.approx(ships, abs=1 / 60)
    assert (place / "zoo" / "digits-gmm" / PREDICTIONS).stat().st_size < 20_000


def test_stress_lowers_accuracy_and_is_kept_by_the_next_evaluation(where, measured):
    stress = measured["stress"]
    assert set(stress) == {"snr_white", "snr_pink", "snr_babble", "reverb", "low_pass"}
    for curve in stress.values():
        assert len(curve["levels"]) == len(curve["accuracy"]) > 2
        assert all(0 <= value <= 1 for value in curve["accuracy"])
    white = stress["snr_white"]
    assert white["clean"] >= white["accuracy"][0] > white["accuracy"][-1]
    assert max(stress["low_pass"]["levels"]) < 4000, "there is nothing to filter above half the sample rate"
    again = evaluate.evaluate("digits-gmm", **where, seeds=(0, 1))
    assert again["stress"] == stress


def test_stress_is_dropped_when_the_folds_predict_other_labels(where, measured, tmp_path):
    shutil.copytree(where["out"], tmp_path / "zoo")
    copied = {**where, "out": tmp_path / "zoo"}
    stress = measured["stress"]
    assert evaluate.evaluate("digits-gmm", **copied, seeds=(0,))["stress"] == stress, "the same first seed"
    rewrite(
        tmp_path / "zoo" / "digits-gmm" / PREDICTIONS, lambda found: found["items"][0]["scores"].reverse()
    )
    assert "stress" not in evaluate.evaluate("digits-gmm", **copied, seeds=(0, 1))


def test_stress_uses_only_held_out_recordings():
    targets, held_out = np.repeat(np.arange(5), 100), np.tile([True, False], 250)
    chosen = robustness.sample(targets, held_out)
    assert np.bincount(targets[chosen]).tolist() == [20] * 5
    assert not (chosen & ~held_out).any()
    rare = held_out & (np.arange(500) < 402)
    assert np.bincount(targets[robustness.sample(targets, rare)]).tolist() == [20, 20, 20, 20, 1]


def test_the_card_shows_the_metrics(place, measured):
    card = (place / "zoo" / "digits-gmm" / "README.md").read_text("utf-8")
    for words in ("with each seed", "Accuracy under babble", "other words", "Median time", "--seeds 0,1"):
        assert words in card


def test_windows_split_at_random_look_better_than_they_are(place):
    """Five clips of each label, one a fold; each clip is three windows long, all of one voice."""
    rows = []
    for k, label in enumerate(datasets.TASKS["instruments"].labels):
        for i, pitch in enumerate((100, 140, 180, 220, 260)):
            clip = joined(*(tiny_data.buzz(k, pitch, 5 * i + take) for take in range(3)))
            rows.append((clip, f"audio/{label}{i}.wav", label, str(i + 1)))
    tiny_data.write_set(place / "leaky" / "instruments", ("label", "fold"), rows)
    clips = {"data": place / "leaky", "out": place / "none", "runs": place / "runs"}
    found = evaluate.evaluate("instruments-gmm", seeds=(0, 1), **clips)
    assert set(found["protocols"]["folds"]["seeds"]) == {"0", "1"}
    assert set(found["protocols"]["sources"]["seeds"]) == {"0"}, "one_seed uses the first seed only"
    leaky = found["leaky"]
    assert leaky["accuracy"] >= leaky["honest_windows"]
    assert leaky["honest_clips"] == found["protocols"]["folds"]["accuracy"]
    assert leaky["interval"][0] <= leaky["accuracy"] <= leaky["interval"][1]
    assert "unknown_auroc" in found


def test_your_own_folder_is_trained_evaluated_and_classified(place, own, capsys):
    zoo = str(place / "my-zoo")
    options = ["--data", str(own), "--like", "instruments", "--out", zoo, "--runs", str(place / "runs")]
    assert main(["train", "my-calls-gmm", *options]) == 0
    assert main(["evaluate", "my-calls-gmm", *options, "--seeds", "0,1"]) == 0
    printed = capsys.readouterr().out
    assert "5 folds by file" in printed and "call 2" in printed
    config = open_registry(zoo).config("my-calls-gmm")
    assert config.labels == ("call 0", "call 1", "call 2")
    assert config.dataset == "own"
    assert config.metrics["protocols"]["folds"]["accuracy"] > 0.8
    assert main(["evaluate", "--table", "--out", zoo]) == 0
    assert "| `my-calls-gmm` | GMM on log-mel spectrograms |" in capsys.readouterr().out
    sound = str(own / "call 1" / "0.wav")
    assert main(["classify", "--zoo", zoo, "--model", "my-calls-gmm", "--json", sound]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["task"], record["label"]) == ("my-calls", "call 1")


def test_too_few_recordings_calibrate_nothing(place, tmp_path, capsys):
    """Three recordings of each label, all of them recognised: no reason to be "100 % sure" from now on."""
    for label in range(2):
        (tmp_path / "few" / f"call {label}").mkdir(parents=True)
        for i, pitch in enumerate((100, 140, 180)):
            clip = joined(*(tiny_data.buzz(label, pitch, take) for take in range(3)))
            soundfile.write(tmp_path / "few" / f"call {label}" / f"{i}.wav", clip.samples, 8000)
    zoo = str(tmp_path / "zoo")
    options = ["--data", tmp_path / "few", "--like", "instruments", "--out", zoo, "--runs", tmp_path / "runs"]
    assert main(["train", "few-gmm", *map(str, options)]) == 0
    assert main(["evaluate", "few-gmm", *map(str, options)]) == 0
    words = (
        "not calibrated: 6 recordings, 3 of them of call 0; at least 50 in all and 5 of each label are needed"
    )
    assert words in capsys.readouterr().out
    registry = open_registry(zoo)
    registry.verify("few-gmm")
    config = registry.config("few-gmm")
    assert config.calibration == {"temperature": 1.0, "known_threshold": 1.0}
    assert not {"ece", "nll", "unknown_auroc", "known_threshold"} & set(config.metrics)
    assert words in registry.card("few-gmm")
    low, high = config.metrics["protocols"]["folds"]["interval"]
    assert high - low > 0.3
    assert config.metrics["protocols"]["folds"]["macro_f1_interval"] is None


def test_your_own_sounds_are_tested_with_synthesised_unknown_sounds(place, own):
    dataset, _ = datasets.choose("my-calls-gmm", own, "instruments")
    found = collect_unknowns(dataset, own)
    assert set(found.kinds) == {"noise", "music", "silence"}
    assert len(found.sounds) == len(set(found.names))
    for make in MAKERS.values():
        first, again, other = (make(8000, np.random.default_rng(seed)) for seed in (0, 0, 1))
        assert first.sample_rate == 8000
        assert 0 < np.abs(first.samples).max() <= 1
        np.testing.assert_array_equal(first.samples, again.samples)
        assert not np.array_equal(first.samples, other.samples)


def test_missing_data_is_reported_and_the_rest_is_measured(place, tmp_path, capsys):
    digits = tmp_path / "digits"
    digits.symlink_to(place / "data" / "digits", target_is_directory=True)
    options = ["--data", tmp_path, "--out", place / "none", "--runs", place / "runs"]
    assert main(["evaluate", "digits-gmm", *map(str, options)]) == 0
    assert "not measured: unseen speech synthesiser" in capsys.readouterr().out


def test_evaluate_on_agrees_with_evaluate(place, measured, capsys):
    before = files_of(place / "zoo")
    config, model = open_registry(place / "zoo").load("digits-gmm")
    for name in ("people", "voices"):
        found = evaluate_on(config, model, name, place / "data")["protocols"][name]
        known = measured["protocols"][name]
        assert found["seeds"] == {"0": known["seeds"]["0"]}
        assert (found["title"], found["n"]) == (known["title"], known["n"])
        assert set(found["folds"]) == set(known["folds"])
        options = ["--on", name, "--data", str(place / "data"), "--out", str(place / "zoo")]
        assert main(["evaluate", "digits-gmm", *options]) == 0
        assert percent(found["accuracy"]) in capsys.readouterr().out
    assert files_of(place / "zoo") == before, "evaluate_on writes nothing"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("loso", "data", "there are people, voices"),
        ("people", "nothing", "audioclf data get people"),
        ("people", "", "audioclf data get people"),
    ],
)
def test_an_impossible_test_is_reported(place, measured, monkeypatch, capsys, name, data, words):
    monkeypatch.delenv(datasets.DATA_VARIABLE, raising=False)
    options = ["--out", str(place / "zoo"), *(["--data", str(place / data)] if data else [])]
    assert main(["evaluate", "digits-gmm", "--on", name, *options]) == 1
    assert words in capsys.readouterr().err


def test_a_model_with_other_labels_is_refused(place, measured):
    config, model = open_registry(place / "zoo").load("digits-gmm")
    for other in (replace(config, labels=config.labels[::-1]), replace(config, task="my-calls")):
        with pytest.raises(ZooError, match="labels of its own"):
            evaluate_on(other, model, "people", place / "data")


def test_available_data_is_listed(capsys):
    assert main(["data", "list"]) == 0
    printed = capsys.readouterr().out
    for name in ("digits", "instruments", "environment", "audiomnist", "speech-commands", "voices"):
        assert name in printed
