"""The test-set report: stored results, names of missing ones, and the recordings of a cell."""

import json

import pytest
from fakes import DIGITS, asked, build_zoo, config, rewrite

from audioclf.service import testset
from audioclf.types import ZooError
from audioclf.ui.markup import testset as testset_markup
from audioclf.wording import text
from audioclf.zoo.writing import build_index

FILES = [f"{i}_{speaker}.wav" for i in range(10) for speaker in ("anna", "ben")]
STRESS = {"snr_white": {"levels": [20, 0], "accuracy": [0.8, 0.4], "clean": 0.9}}


def answers(n_wrong: int) -> dict:
    """Right on all recordings except the first few, which are predicted as the next label."""
    items = []
    for i, file in enumerate(FILES):
        true = i // 2
        predicted = (true + 1) % 10 if i < n_wrong else true
        scores = [0.02] * 10
        scores[predicted] = 0.82
        items.append(
            {"file": file, "label": DIGITS[true], "fold": "anna", "scores": scores, "background": 0.1}
        )
    return {"schema_version": 1, "protocol": "speaker", "labels": list(DIGITS), "items": items}


@pytest.fixture
def measured_zoo(fake_families, tmp_path):
    """The GMM and the CNN with stored answers, the RNN without any results."""
    root = tmp_path / "zoo"
    build_zoo(root, config("gmm"), config("cnn"), config("rnn", metrics={}))
    for name, n_wrong in (("digits-gmm", 6), ("digits-cnn", 1)):
        (root / name / "predictions.json").write_text(json.dumps(answers(n_wrong)))
        rewrite(root / name / "config.json", lambda c: c["metrics"].update(stress=STRESS))
    return build_index(root)


def test_stored_results_are_shown_and_missing_ones_are_named(measured_zoo):
    found = testset.testset_report(asked(measured_zoo))
    assert [row[0] for row in found.table[1:]] == ["digits-gmm", "digits-cnn", "digits-rnn"]
    assert len(found.paired_tests) == 1 and "CNN" in found.paired_tests[0]
    assert {chart.name for chart in found.charts} >= {"cost", "reliability", "robustness-snr_white"}
    assert [m.model for m in found.matrices] == ["digits-gmm", "digits-cnn"]
    assert all("digits-rnn" in sentence for sentence in found.missing) and len(found.missing) == 4


def test_models_without_evaluation_are_no_error(fake_families, tmp_path):
    registry = build_zoo(tmp_path, config("cnn", metrics={}))
    found = testset.testset_report(asked(registry))
    assert not found.charts and not found.matrices and not found.paired_tests and found.leak is None
    assert "digits-cnn" in testset_markup.summary(found)
    assert testset_markup.matrices(found.matrices) == ""


def test_a_time_measured_here_takes_the_place_of_the_stored_one(measured_zoo):
    found = testset.testset_report(asked(measured_zoo), {"digits-gmm": 123.4})
    assert found.table[1][-1] == "123.4 ms" and found.table[2][-1] == "3.5 ms"
    assert "except for digits-gmm" in found.timing and found.timing in testset_markup.summary(found)


def test_the_report_says_where_times_were_measured(measured_zoo, fake_families, tmp_path):
    assert "stored with the models." in testset.testset_report(asked(measured_zoo)).timing
    here = dict.fromkeys(("digits-gmm", "digits-cnn", "digits-rnn"), 5.0)
    assert "on this machine just now" in testset.testset_report(asked(measured_zoo), here).timing
    bare = build_zoo(tmp_path / "bare", config("cnn", metrics={}))
    assert testset.testset_report(asked(bare)).timing == ""


def test_time_is_measured_for_every_model_with_progress(measured_zoo):
    told = []
    times = testset.time_here(asked(measured_zoo), lambda *step: told.append(step))
    assert list(times) == ["digits-gmm", "digits-cnn", "digits-rnn"] and all(ms > 0 for ms in times.values())
    assert len(told) == 3


def test_a_cell_lists_its_recordings_and_finds_them_where_the_data_set_is(
    measured_zoo, tmp_path, monkeypatch
):
    folder = tmp_path / "data" / "digits"
    folder.mkdir(parents=True)
    rows = [f"{file},{DIGITS[i // 2]},{file[2:-4]},train" for i, file in enumerate(FILES)]
    for file in FILES:
        (folder / file).touch()
    (folder / "manifest.csv").write_text("\n".join(["file,label,speaker,split", *rows]))
    monkeypatch.setenv("AUDIOCLF_DATA", str(tmp_path / "data"))
    found = testset.cell(asked(measured_zoo), "digits-gmm", "zero", "one")
    assert [mistake.file for mistake, _ in found.recordings] == ["0_anna.wav", "0_ben.wav"]
    assert all(path == folder / mistake.file for mistake, path in found.recordings)
    drawn = testset_markup.cell(found, lambda path: None)
    assert "0_anna.wav" in drawn and str(tmp_path) not in drawn


def test_without_the_data_set_a_cell_lists_its_recordings_but_cannot_play_them(measured_zoo, monkeypatch):
    monkeypatch.delenv("AUDIOCLF_DATA", raising=False)
    found = testset.cell(asked(measured_zoo), "digits-gmm", "zero", "one")
    assert [path for _, path in found.recordings] == [None, None]
    assert text("testset.away") in testset_markup.cell(found, lambda path: None)


@pytest.mark.parametrize("cell", [("digits-svm", "zero", "one"), ("digits-gmm", "zero", "ten")])
def test_an_unknown_cell_is_refused(measured_zoo, cell):
    with pytest.raises(ZooError):
        testset.cell(asked(measured_zoo), *cell)


def test_numbers_are_buttons_only_where_their_recordings_are_known(fake_families, measured_zoo, tmp_path):
    known = testset_markup.matrices(testset.testset_report(asked(measured_zoo)).matrices)
    assert known.count('class="ac-cell"') == sum(
        (m.counts > 0).sum() for m in testset.testset_report(asked(measured_zoo)).matrices
    )
    counts = [[9 if i == j else 1 for j in range(10)] for i in range(10)]
    registry = build_zoo(tmp_path / "other", config("cnn", metrics={"confusion": counts}))
    bare = testset_markup.matrices(testset.testset_report(asked(registry)).matrices)
    assert "ac-matrix" in bare and "ac-cell" not in bare
