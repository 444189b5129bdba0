"""`audioclf listen` on a file and on standard input."""

import io
import sys

import pytest
from fakes import joined, json_lines, swell
from sounds import silence

from audioclf.audio import cut, encode_wav

SAID = joined(silence(0.5, 8000), swell(hz=300.0), silence(1.0, 8000), swell(hz=1900.0), silence(0.6, 8000))


@pytest.fixture
def said(tmp_path):
    encode_wav(SAID, tmp_path / "said.wav")
    return tmp_path / "said.wav"


@pytest.fixture
def piped(monkeypatch):
    """Set what standard input gives."""

    class Input:
        def __init__(self, data: bytes) -> None:
            self.buffer = io.BytesIO(data)

    return lambda data: monkeypatch.setattr(sys, "stdin", Input(data))


def test_a_line_for_each_sound_with_every_models_answer(cli, said):
    status, out, _ = cli("listen", said)
    lines = out.splitlines()
    assert status == 0 and len(lines) == 2
    for line in lines:
        assert " s  " in line and all(name in line for name in ("GMM", "CNN", "RNN")) and "%" in line


def test_the_answers_are_those_of_classify_on_the_same_windows(cli, said, tmp_path):
    rows = json_lines(cli("listen", said, "--json", "--windows")[1])
    kinds = {row["kind"] for row in rows}
    assert kinds == {"sound", "window"}
    for i, row in enumerate(rows[:: max(1, len(rows) // 6)]):
        start = row.get("start", row["end"] - 1)
        file = tmp_path / f"{i}.wav"
        encode_wav(cut(SAID, start, row["end"] - start), file)
        (expected,) = json_lines(cli("classify", file, "--json", "--model", row["model"])[1])
        assert row["label"] == expected["label"] and row["known"] == expected["known"]
        assert row["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-4)  # of 16 bits


def test_standard_input_says_what_the_file_says(cli, said, piped):
    expected = cli("listen", said, "--json")[1]
    piped(said.read_bytes())
    assert cli("listen", "-", "--json")[1] == expected
    piped(said.read_bytes()[44:])
    assert cli("listen", "-", "--json", "--rate", "8000")[1] == expected


def test_one_model_can_be_asked(cli, said):
    rows = json_lines(cli("listen", said, "--json", "--model", "digits-rnn")[1])
    assert {row["model"] for row in rows} == {"digits-rnn"}


def test_wrong_usage_and_streams_that_are_none_are_told(cli, said, piped):
    status, _, err = cli("listen", said, "--rate", "8000")
    assert status == 2 and "--rate" in err
    piped(b"no sound at all, but words")
    status, _, err = cli("listen", "-")
    assert status == 1 and "--rate" in err
    assert cli("listen", "nowhere.wav")[0] == 1


def test_a_quiet_stream_says_nothing(cli, piped):
    piped(encode_wav(silence(3.0, 8000)))
    assert cli("listen", "-", "--json") == (0, "", "")
