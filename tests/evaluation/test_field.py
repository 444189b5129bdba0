"""The field: digits count evenly, people are drawn whole, and made cases hold the word that they say."""

import csv

import numpy as np
import pytest
from paths import EXAMPLES

import audioclf
from audioclf.audio import load_clip, resample
from audioclf.data.datasets import Item
from audioclf.data.people import HOME, people
from audioclf.data.strangers import OTHERS, QUIET
from audioclf.evaluation import metrics
from audioclf.evaluation.field import evaluate_field
from audioclf.evaluation.made_cases import FAMILIES, LEVELS_DB, SECONDS, chosen_words, made_case
from audioclf.types import Clip, DataError
from audioclf.zoo.metric_checks import check_metrics
from audioclf.zoo.metric_tables import tables

RATE = 8000
TONE = Clip(np.sin(2 * np.pi * 1000 * np.arange(RATE // 2) / RATE).astype(np.float32), RATE)


def write(folder, rows):
    folder.mkdir()
    for file, *_ in rows:
        (folder / file).write_bytes((EXAMPLES / "seven.wav").read_bytes())
    with open(folder / "manifest.csv", "w", newline="") as file:
        csv.writer(file).writerows([("file", "label", "speaker"), *rows])


def test_every_digit_counts_the_same():
    right, targets = np.array([1, 1, 1, 0]), np.array([0, 0, 0, 1])
    assert np.nanmean(metrics.by_label(right, targets, 3)) == 0.5
    assert np.isnan(metrics.by_label(right, targets, 3)[2])


def test_the_interval_of_evened_shares_draws_whole_people():
    right, targets = np.array([1, 1, 0, 0]), np.array([0, 1, 0, 1])
    both = np.array(["anna", "anna", "ben", "ben"])
    assert metrics.evened_interval(right, targets, both) == (0.0, 1.0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("above_db", [LEVELS_DB[0], LEVELS_DB[-1]])
def test_the_word_is_so_far_below_the_other_sounds(family, above_db):
    made = made_case(TONE, family, above_db, np.random.default_rng(3))
    assert made.seconds == SECONDS
    assert np.array_equal(made.samples, made_case(TONE, family, above_db, np.random.default_rng(3)).samples)
    frames = made.samples.reshape(-1, RATE // 50)
    power = np.square(frames).mean(axis=1)
    peaks = np.abs(np.fft.rfft(frames)).argmax(axis=1) == 20  # 1 kHz, in bins of 50 Hz
    n = round(0.8 * TONE.seconds * 50)
    runs = np.convolve(peaks, np.ones(n), "valid")
    assert runs.max() == n
    word = power[runs.argmax() : runs.argmax() + n].max()
    assert 10 * np.log10(power.max() / word) == pytest.approx(above_db, abs=3)


def test_words_are_of_different_people_as_far_as_there_are_enough():
    items = [Item(EXAMPLES / "seven.wav", "seven", {"speaker": who}) for who in "aaaabc"]
    assert {item.row["speaker"] for item in chosen_words(items, 3, 0)} == {"a", "b", "c"}
    assert len(chosen_words(items, 5, 0)) == 5


def test_the_evaluation_listens_to_what_there_is(tmp_path):
    judge = min(people("test"))
    write(tmp_path / HOME, [("a.wav", "seven", judge), ("b.wav", "happy", judge)])
    write(tmp_path / QUIET, [("a.wav", "one", "anna")])
    write(tmp_path / OTHERS, [("a.wav", "computer", "unknown"), ("b.wav", "computer", "unknown")])
    found = evaluate_field(audioclf.load("digits-rnn"), tmp_path)
    home, quiet = found["digits"].values()
    assert (home["accuracy"], home["per_class"], home["n"], home["n_speakers"]) == (1, {"seven": 1}, 1, 1)
    assert quiet["accuracy"] == 0  # the recording says seven
    assert [kind["n"] for kind in found["others"].values()] == [1, 2]
    assert found["made"].keys() == FAMILIES.keys()
    check_metrics({"field": found}, 10)
    assert len(list(tables({"field": found}, ()))) == 3


def test_without_strangers_there_is_nothing_to_evaluate(tmp_path):
    with pytest.raises(DataError, match=HOME):
        evaluate_field(audioclf.load("digits-rnn"), tmp_path)


def test_the_example_is_long_enough_for_a_made_case():
    word = resample(load_clip(EXAMPLES / "seven.wav"), RATE)
    assert made_case(word, "music", 5, np.random.default_rng(0)).samples.max() <= 0.9 + 1e-6
