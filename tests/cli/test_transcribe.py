"""`audioclf transcribe`: a line for each model, JSON for programs, a sentence for what cannot be read."""

import json

import pytest
from paths import EXAMPLES, SEVEN

import audioclf
from audioclf.cli.entry import main


def test_a_string_is_printed_for_every_model(capsys):
    assert main(["transcribe", str(SEVEN)]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[:2] for line in printed.splitlines()[1:4]] == [
        [f"digits-{family}", "seven"] for family in ("gmm", "cnn", "rnn")
    ]
    assert "read the same string: seven." in printed


def test_json_has_what_python_gives(capsys):
    assert main(["transcribe", "--json", "--model", "digits-rnn", str(SEVEN)]) == 0
    record = json.loads(capsys.readouterr().out)
    found = audioclf.transcribe(SEVEN, "digits-rnn")
    assert record["string"] == " ".join(found.labels) == "seven"
    assert [part["probability"] for part in record["labels"]] == [part.probability for part in found.parts]
    assert {"start", "end", "others", "label"} <= set(record["labels"][0])
    assert [other["share"] for other in record["alternatives"]] == [a.share for a in found.alternatives]


def test_silence_is_an_empty_string_with_a_note(capsys):
    assert main(["transcribe", "--json", str(EXAMPLES / "silence.wav")]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {record["string"] for record in records} == {""}
    assert all("silent" in record["note"] for record in records)


def test_silence_has_no_share_in_the_table(capsys):
    assert main(["transcribe", str(EXAMPLES / "silence.wav")]) == 0
    printed = capsys.readouterr().out
    assert "%" not in printed and "silent" in printed


def test_a_broken_file_is_reported_and_the_others_are_read(capsys, tmp_path):
    (tmp_path / "notes.wav").write_text("no sound")
    assert main(["transcribe", "--model", "digits-rnn", str(tmp_path / "notes.wav"), str(SEVEN)]) == 1
    out, err = capsys.readouterr()
    assert "seven" in out and "notes.wav" in err


@pytest.mark.parametrize("task", ["environment", "instruments"])
def test_other_tasks_are_refused_in_a_sentence(capsys, task):
    assert main(["transcribe", "--task", task, str(SEVEN)]) == 1
    assert f"the labels of the task '{task}' are not said in strings" in capsys.readouterr().err
