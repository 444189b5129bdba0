"""Error rates of strings: counted as in the literature, on strings that hold what they say."""

import csv
import json
import shutil

import numpy as np
import pytest
from paths import EXAMPLES
from sounds import silence

import audioclf
from audioclf.audio import encode_wav, load_clip
from audioclf.evaluation.evaluate import evaluate_stored
from audioclf.evaluation.strings import (
    GAPS,
    LENGTHS,
    SNRS,
    Said,
    edits,
    evaluate_strings,
    joined,
    made_strings,
    real_strings,
    recordings,
    summary,
    trimmed,
)
from audioclf.types import Clip, DataError, ZooError
from audioclf.zoo.metric_checks import check_metrics
from audioclf.zoo.metric_tables import string_errors
from audioclf.zoo.registry import BUNDLED, open_registry
from audioclf.zoo.writing import build_index

LABELS = ("zero", "one", "two", "three", "seven")


@pytest.mark.parametrize(
    ("said", "read", "counted"),
    [
        ("one two three", "one two three", (0, 0, 0)),
        ("one two three", "one three three", (1, 0, 0)),
        ("one two three", "one two", (0, 0, 1)),
        ("one two", "one zero two", (0, 1, 0)),
        ("one two", "", (0, 0, 2)),
        ("", "one", (0, 1, 0)),
        ("one two three seven", "two three zero seven", (0, 1, 1)),
    ],
)
def test_edits_are_counted_by_kind(said, read, counted):
    assert edits(said.split(), read.split()) == counted


def test_rates_are_for_each_digit_said():
    clip = silence(0.1, 8000)
    found = [
        (Said(clip, ("one",) * 6, "anna", "made"), (1, 0, 0)),
        (Said(clip, ("one",) * 4, "ben", "made"), (0, 1, 0)),
    ]
    row = summary(found)
    assert row["error_rate"] == pytest.approx(0.2)
    assert (row["substitutions"], row["insertions"], row["deletions"]) == pytest.approx((0.1, 0.1, 0))
    assert row["interval"] == pytest.approx((1 / 6, 1 / 4))  # all anna, or all ben
    assert (row["strings_right"], row["n_digits"], row["n_speakers"]) == (0, 10, 2)


@pytest.fixture
def folder(tmp_path):
    """Two data sets as the evaluation expects them, with the bundled examples."""
    people, real = tmp_path / "audiomnist", tmp_path / "digit-strings"
    for path, columns, rows in (
        (people, ("file", "label", "speaker"), [(f"{w}.wav", w, s) for s in "ab" for w in LABELS]),
        (
            real,
            ("file", "transcript", "speaker"),
            [("seven.wav", "seven", "x"), ("one.wav", "oh one", "x")],
        ),
    ):
        path.mkdir()
        for word in LABELS:
            source = EXAMPLES / f"{word if word in ('one', 'three', 'seven') else 'seven'}.wav"
            (path / f"{word}.wav").write_bytes(source.read_bytes())
        with open(path / "manifest.csv", "w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
    return tmp_path


def test_made_strings_hold_recordings_of_one_speaker_in_all_conditions(folder):
    pool = recordings(folder / "audiomnist" / "manifest.csv", LABELS)
    made = list(made_strings(pool, 1, 8000))
    assert len(made) == len(GAPS) * len(SNRS) * len(LENGTHS)
    assert len({said.condition for said in made}) == len(GAPS) * len(SNRS)
    assert {len(said.labels) for said in made} == set(LENGTHS)
    assert {said.speaker for said in made} == {"a", "b"}
    clean, noisy = made[: len(made) // 2], made[len(made) // 2 :]
    assert [said.labels for said in clean] == [said.labels for said in noisy]


def test_a_joined_string_is_as_long_as_its_parts_and_gaps():
    clip = trimmed(load_clip(EXAMPLES / "one.wav"))
    assert clip.samples.std() == pytest.approx(0.05, rel=1e-3)
    assert clip.seconds < load_clip(EXAMPLES / "one.wav").seconds
    assert joined([clip, clip], 0.3).seconds == pytest.approx(2 * clip.seconds + 0.3 + 0.5, abs=1e-3)


def test_real_strings_with_other_words_are_left_out(folder):
    (said,) = real_strings(folder / "digit-strings" / "manifest.csv", LABELS, 8000)
    assert (said.labels, said.condition) == (("seven",), "real")


def test_the_evaluation_reads_what_there_is(folder):
    (folder / "audiomnist" / "manifest.csv").unlink()
    found = evaluate_strings(audioclf.load("digits-rnn"), folder)
    assert found["real"]["error_rate"] == 0 and found["real"]["strings_right"] == 1
    (folder / "digit-strings" / "manifest.csv").unlink()
    with pytest.raises(DataError, match="audiomnist"):
        evaluate_strings(audioclf.load("digits-rnn"), folder)


def test_the_error_rates_are_kept_with_the_model_and_stand_in_its_card(folder, tmp_path):
    zoo = tmp_path / "zoo"
    shutil.copytree(BUNDLED / "digits-rnn", zoo / "digits-rnn")
    build_index(zoo)
    found = evaluate_stored("digits-rnn", "strings", folder, zoo)["strings"]
    config = open_registry(zoo).config("digits-rnn")
    assert config.metrics["strings"] == json.loads(json.dumps(found)) and "field" in config.metrics
    check_metrics({"strings": found}, 10)
    assert f"| real | {string_errors(found['real'])} |" in (zoo / "digits-rnn" / "README.md").read_text(
        "utf-8"
    )
    with pytest.raises(ZooError, match="other labels than the digits"):
        evaluate_stored("instruments-rnn", "strings", folder)


def test_more_digits_may_be_added_than_are_said():
    kind = {**dict.fromkeys(("substitutions", "deletions", "strings_right"), 0.0), "insertions": 3.0}
    counts = dict.fromkeys(("n_strings", "n_digits", "n_speakers"), 1)
    check_metrics({"strings": {"made": {**kind, **counts, "error_rate": 3.0, "interval": [2.5, 3.5]}}}, 10)


def test_a_recording_of_pure_noise_can_be_trimmed():
    noise = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    assert load_clip(encode_wav(trimmed(Clip(noise, 8000)))).seconds > 0.5
