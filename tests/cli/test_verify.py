"""`audioclf verify`, and that other commands know its models."""

import json
import re

import fake_verifiers
import pytest
import voices

from audioclf.audio import encode_wav
from audioclf.audio.windows import cut
from audioclf.cli.entry import main


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """Run a command on a registry with one model of voices, in a folder with takes of two of them."""
    zoo = fake_verifiers.speaker_zoo(tmp_path / "zoo")
    monkeypatch.setenv("AUDIOCLF_ZOO", str(zoo.root))
    monkeypatch.chdir(tmp_path)
    for name, clip in {
        "man-1": voices.speech(seed=1),
        "man-2": voices.speech(seed=2),
        "man-3": voices.speech(seed=3),
        "woman": voices.speech(210, 1.18, seed=3),
    }.items():
        (tmp_path / f"{name}.wav").write_bytes(encode_wav(clip))

    def run(*argv: str) -> tuple[int, str, str]:
        try:
            status = main(list(argv))
        except SystemExit as stop:
            status = int(stop.code or 0)
        return status, *capsys.readouterr()

    return run


ENROL = ("verify", "--enrol", "man-1.wav", "man-2.wav")


def test_it_says_same_or_another_voice(said):
    assert "same voice" in said(*ENROL, "--test", "man-3.wav")[1]
    assert "another voice" in said(*ENROL, "--test", "woman.wav")[1]


def test_json_has_the_score_and_the_problems_of_each_file(said):
    status, out, _ = said(*ENROL, "--test", "man-1.wav", "--json")
    record = json.loads(out)
    assert status == 0 and record["model"] == "speakers-gmm" and record["same"] is True
    assert record["llr"] > record["threshold"] and record["seconds"] > 1
    assert [(p["file"], p["kind"]) for p in record["problems"]] == [("man-1.wav", "twice")]


def test_a_recording_enrolled_twice_counts_once(said):
    once, twice = (
        said("verify", "--enrol", *["man-1.wav"] * n, "--test", "man-3.wav", "--json")[1] for n in (1, 2)
    )
    assert json.loads(once)["llr"] == json.loads(twice)["llr"]
    assert [p["kind"] for p in json.loads(twice)["problems"]] == ["twice"]


def test_the_same_recording_under_two_names_is_told(said, tmp_path):
    (tmp_path / "copy.wav").write_bytes((tmp_path / "man-1.wav").read_bytes())
    _, _, err = said(*ENROL, "--test", "copy.wav")
    assert "same recording as man-1.wav" in err


def test_a_voice_of_little_speech_is_told(said, tmp_path):
    take = voices.speech(seed=1)
    (tmp_path / "word.wav").write_bytes(encode_wav(cut(take, 0.0, 0.9)))
    _, out, err = said("verify", "--enrol", "word.wav", "--test", "man-3.wav")
    assert out and re.search(r"Only 0\.\d s of speech are enrolled", err)
    long = ("--enrol", "man-1.wav", "--enrol", "man-2.wav", "man-3.wav")
    assert "are enrolled" not in said("verify", *long, "--test", "woman.wav")[2]


def test_wrong_use_is_one_sentence(said):
    assert said(*ENROL, "--test", "missing.wav")[0] == 1
    assert said("verify", "--test", "woman.wav")[0] == 2
    status, _, err = said(*ENROL, "--test", "woman.wav", "--model", "speakers-xyz")
    assert status == 1 and "did you mean speakers-gmm" in err


def test_the_other_commands_know_its_models(said):
    assert "speakers-gmm" in said("zoo", "list")[1]
    assert "EER" in said("zoo", "info", "speakers-gmm")[1]
    assert said("zoo", "verify")[1].startswith("ok")
    assert "nothing is stale" in said("zoo", "card", "--check")[1]
    assert "EER" in said("evaluate", "--table")[1]
    status, _, err = said("classify", "--model", "speakers-gmm", "woman.wav")
    assert status != 0 and "audioclf" in err
