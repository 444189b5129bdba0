"""The command line: output, errors and exit status, above all of `classify`."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import fakes
import pytest
from fakes import asked, joined, json_lines, swell
from paths import ROOT
from sounds import silence

from audioclf import audio
from audioclf.cli.entry import main
from audioclf.data.datasets import DATA_VARIABLE
from audioclf.service.analysis import analyse
from audioclf.service.records import to_records
from audioclf.wording import probability, readable

HEAVY = ("torch", "torchaudio", "sklearn", "gradio", "matplotlib")


@pytest.fixture
def sounds(tmp_path) -> Path:
    """A folder with two sounds, a silent one in a folder below, a broken one and a text."""
    folder = tmp_path / "sounds"
    (folder / "below").mkdir(parents=True)
    audio.encode_wav(swell(0.5), folder / "a.wav")
    audio.encode_wav(joined(silence(1.0, 8000), swell(0.5, 1900.0), silence(1.0, 8000)), folder / "b.WAV")
    audio.encode_wav(silence(1.0, 8000), folder / "below" / "quiet.wav")
    (folder / "broken.wav").write_text("no sound at all")
    (folder / "notes.txt").write_text("not looked at")
    return folder


@pytest.fixture(scope="module")
def start(real_zoo):
    """Start Python in a process of its own, where the real zoo is the registry."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AUDIOCLF_ZOO": str(real_zoo.root)}

    def start(*argv: str, **more) -> subprocess.Popen:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, *argv], env=environment, **pipes, **more)

    return start


# classify


def test_a_table_names_every_model_and_ends_with_the_verdict(cli, sounds):
    status, out, err = cli("classify", sounds / "a.wav")
    assert (status, err) == (0, "")
    head, *rows, verdict, _ = out.splitlines()
    assert head == "a.wav  (0.50 s, 8 kHz)"
    assert [row.split()[0] for row in rows] == ["digits-gmm", "digits-cnn", "digits-rnn"]
    analysis = analyse(sounds / "a.wav", asked(), pictures=False)
    assert verdict.strip() == analysis.verdict
    for row, p in zip(rows, analysis.predictions, strict=True):
        assert f" {readable(p.answer)} " in row and f" {probability(p.probabilities.max())} " in row
        assert p.certainty in row


def test_json_equals_the_records_of_the_service(cli, sounds):
    status, out, _ = cli("classify", "--json", sounds / "b.WAV")
    expected = to_records(analyse(sounds / "b.WAV", asked(), pictures=False), str(sounds / "b.WAV"))
    assert status == 0
    for record, wanted in zip(json_lines(out), expected, strict=True):
        assert {k: v for k, v in record.items() if k != "model_seconds"} == {
            k: v for k, v in wanted.items() if k != "model_seconds"
        }


def test_models_are_used_in_the_order_given(cli, sounds):
    _, out, _ = cli("classify", "--json", "--model", "digits-rnn", "--model", "digits-gmm", sounds / "a.wav")
    assert [record["model"] for record in json_lines(out)] == ["digits-rnn", "digits-gmm"]


def test_top_keeps_the_likeliest_labels(cli, sounds):
    _, out, _ = cli("classify", "--json", "--top", 3, sounds / "a.wav")
    for record, p in zip(
        json_lines(out), analyse(sounds / "a.wav", asked(), pictures=False).predictions, strict=True
    ):
        assert list(record["probabilities"].items()) == [(readable(a), share) for a, share in p.top(3)]
        assert len(record["scores"]) == 3
    _, out, _ = cli("classify", "--top", 3, "--model", "digits-cnn", sounds / "a.wav")
    assert len(out.splitlines()) == 1 + 3 + 1 + 1


def test_a_folder_is_searched_and_a_broken_file_does_not_stop_the_others(cli, sounds):
    status, out, err = cli("classify", "--json", "--model", "digits-cnn", sounds)
    assert status == 1
    assert err == ""
    files = {Path(record["file"]).name: record for record in json_lines(out)}
    assert list(files) == ["a.wav", "b.WAV", "quiet.wav", "broken.wav"]
    assert set(files["broken.wav"]) == {"file", "error"}
    assert files["a.wav"]["label"] in fakes.DIGITS
    assert files["quiet.wav"]["label"] is None
    assert "Nothing to judge" in files["quiet.wav"]["note"]


def test_without_json_a_failure_goes_to_stderr(cli, sounds):
    status, out, err = cli("classify", sounds / "broken.wav", sounds / "a.wav", sounds / "absent.wav")
    assert status == 1
    assert "a.wav  (0.50 s" in out
    assert [line.split(":")[0] for line in err.splitlines()] == ["audioclf", "audioclf"]
    assert "broken.wav" in err
    assert "absent.wav" in err
    assert "Traceback" not in err


def test_a_folder_without_sounds_is_an_error(cli, tmp_path):
    (tmp_path / "empty").mkdir()
    status, out, _ = cli("classify", "--json", tmp_path / "empty")
    assert status == 1
    assert "is a folder" in json_lines(out)[0]["error"]


def test_nothing_in_a_batch_ends_it(cli, sounds, monkeypatch):
    """A link to nothing, a folder without permission, a pipe, and errors that no decoder should raise."""
    (sounds / "a-gone.wav").symlink_to(sounds / "nowhere.wav")
    os.mkfifo(sounds / "a-pipe.wav")
    (sounds / "a-text.wav").write_text("x")
    (sounds / "memory.wav").touch()
    (sounds / "._a.wav").write_text("litter")
    (sounds / "closed").mkdir()
    listdir, analysed = os.listdir, analyse

    def closed(path):
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied")
        return listdir(path)

    def short_of_memory(file, *rest, **more):
        if Path(file).name == "memory.wav":
            raise MemoryError
        return analysed(file, *rest, **more)

    monkeypatch.setattr(os, "listdir", closed)
    monkeypatch.setattr("audioclf.service.analysis.analyse", short_of_memory)
    wrong = {"a-gone.wav", "a-pipe.wav", "a-text.wav", "memory.wav", "broken.wav", "closed"}
    argv = ("--model", "digits-cnn", sounds / "x" / "absent.wav", "n" * 300, sounds)
    status, out, err = cli("classify", *argv)
    assert status == 1
    assert {"a.wav", "b.WAV", "quiet.wav"} <= {
        line.split()[0] for line in out.splitlines() if " kHz)" in line
    }
    lines = err.splitlines()
    assert len(lines) == len(wrong) + 2 and all(line.startswith("audioclf: ") for line in lines)
    assert all(any(str(sounds / name) in line or name in line for line in lines) for name in wrong)
    status, out, _ = cli("classify", "--json", *argv)
    records = json_lines(out)
    assert status == 1
    assert sum("error" in record for record in records) == len(lines)
    assert sum("label" in record for record in records) == 3


def test_without_a_task_the_registry_s_first_one_is_used(cli, sounds, tmp_path):
    birds = fakes.build_zoo(tmp_path / "birds", fakes.config("cnn", id="birds-cnn", task="birds"))
    for command in ("classify", "compare"):
        status, out, err = cli(command, "--zoo", birds.root, "--json", sounds / "a.wav")
        assert status == 0, err
        assert '"birds-cnn"' in out
    fakes.build_zoo(birds.root, fakes.config("gmm", id="whales-gmm", task="whales"))
    _, out, _ = cli("classify", "--zoo", birds.root, "--json", sounds / "a.wav")
    assert {record["task"] for record in json_lines(out)} == {"birds"}


def test_silence_in_the_table(cli, sounds):
    status, out, _ = cli("classify", sounds / "below" / "quiet.wav")
    assert status == 0
    assert "Nothing to judge" in out
    assert "%" not in out


WRONG = {
    "": "COMMAND",
    "sing": "'sing'",
    "classify": "FILE",
    "classify --loud a.wav": "--loud",
    "classify --top 0 a.wav": "'0' is not a whole number of at least 1",
    "classify --top many a.wav": "'many' is not a whole number of at least 1",
    "classify --task birdsong a.wav": "birdsong",
    "classify --model digits-svm a.wav": "digits-svm",
    "compare": "FILE",
    "compare a.wav --stress treble": "no stress is called 'treble'",
    "compare a.wav --levels loud": "not a list of numbers",
    "compare a.wav --levels 500": "White noise goes from",
    "compare a.wav --with reverb": "NAME=LEVEL",
    "compare a.wav --with echo=1": "no stress is called 'echo'",
    "compare a.wav --model digits-svm": "digits-svm",
    "explain a.wav": "--model",
    "explain a.wav --model digits-svm": "digits-svm",
    "zoo": "COMMAND",
    "zoo info": "ID",
    "zoo info digits-svm": "digits-svm",
    "train": "ID",
    "train digits-cnn --epochs -1": "--epochs",
    "evaluate": "name a model",
    "evaluate digits-gmm --seeds 1,1": "names a seed twice",
    "evaluate digits-gmm --seeds 1,x": "whole number",
    "data get digits": "--to FOLDER",
}


@pytest.mark.parametrize(("command", "words"), WRONG.items())
def test_wrong_usage_exits_with_2_and_an_error(cli, monkeypatch, command, words):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    status, out, err = cli(*command.split())
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_the_first_model_decides_the_task_and_models_of_two_tasks_are_not_mixed(cli, fake_zoo, sounds):
    fakes.build_zoo(fake_zoo.root, fakes.config("cnn", id="noises-cnn", task="noises"))
    status, out, _ = cli("classify", "--json", "--model", "noises-cnn", sounds / "a.wav")
    assert status == 0
    assert [(record["task"], record["model"]) for record in json_lines(out)] == [("noises", "noises-cnn")]
    status, _, err = cli("classify", "--model", "digits-cnn", "--model", "noises-cnn", "a.wav")
    assert status == 2
    assert "noises-cnn is made for task 'noises', not 'digits'" in err


def test_a_damaged_model_gives_one_line_and_exit_status_1(cli, fake_zoo, sounds):
    (fake_zoo.root / "digits-cnn" / "model.safetensors").write_bytes(b"damaged")
    status, out, err = cli("classify", sounds)
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "digits-cnn/model.safetensors" in err


def test_a_missing_registry_gives_one_line_and_exit_status_1(cli, tmp_path):
    status, _, err = cli("zoo", "list", "--zoo", tmp_path)
    assert status == 1
    assert len(err.splitlines()) == 1
    assert "no model registry" in err


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied", "data"),
        PermissionError(errno.EPERM, "Operation not permitted", "data"),
        NotADirectoryError(errno.ENOTDIR, "Not a directory", "data"),
        FileExistsError(errno.EEXIST, "File exists", "data"),
        OSError(errno.ENOSPC, "No space left on device", "data"),
    ],
    ids=lambda error: error.strerror,
)
def test_an_unusable_path_gives_one_line_and_exit_status_1(cli, monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setattr("audioclf.cli.zoo.list_models", fail)
    status, out, err = cli("zoo", "list")
    assert (status, out) == (1, "")
    assert err.startswith("audioclf: ") and err.count("\n") == 1
    assert "data" in err and "choose another folder" in err


def test_a_folder_for_data_that_is_a_file_is_named(cli, tmp_path):
    (tmp_path / "taken").write_text("")
    status, _, err = cli("data", "get", "digits", "--to", str(tmp_path / "taken"))
    assert status == 1 and "taken" in err and "not a folder" in err


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8", "koi8-r"])
def test_every_terminal_gets_the_output(fake_zoo, sounds, encoding, monkeypatch):
    name = b"\xff \xe2\x89\xa5.wav"  # no name in UTF-8, as old archives leave them
    (sounds / "a.wav").rename(os.fsdecode(os.path.join(os.fsencode(sounds), name)))
    (sounds / "broken.wav").rename(sounds / "zerbrochen ≥ š.wav")
    for command in (
        f"classify {sounds}",
        f"compare {sounds}/b.WAV --levels 20,0",
        "zoo info digits-cnn",
        "train š-cnn",
    ):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding, errors="strict") for _ in range(2))
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("sys.stderr", err)
        options = ["--zoo", str(fake_zoo.root)] if "train" not in command else []
        assert main([*command.split(), *options]) == ("classify" in command or "train" in command)
        err.flush()
        assert out.buffer.getvalue() or err.buffer.getvalue()


# in a process of its own


def test_a_process_prints_the_records_of_the_service(real_zoo, start, sounds):
    done = start("-m", "audioclf", "classify", "--json", "a.wav", "broken.wav", cwd=sounds)
    out, err = done.communicate()
    assert done.returncode == 1, err
    *records, error = json_lines(out)
    assert set(error) == {"file", "error"}
    analysis = analyse(sounds / "a.wav", asked(real_zoo), pictures=False)
    for record, wanted in zip(records, to_records(analysis, "a.wav"), strict=True):
        assert record.keys() == wanted.keys()
        assert (record["file"], record["model"]) == ("a.wav", wanted["model"])
        assert record["scores"] == pytest.approx(wanted["scores"], abs=1e-6)


@pytest.mark.parametrize(
    ("command", "status"), [("--version", 0), ("classify", 2), ("zoo list --zoo nowhere", 1)]
)
def test_exit_statuses_reach_the_shell(start, command, status):
    done = start("-m", "audioclf", *command.split())
    assert "Traceback" not in done.communicate()[1]
    assert done.returncode == status


@pytest.mark.parametrize(
    "code",
    [
        "import audioclf, audioclf.zoo.registry, audioclf.service.analysis",
        "from audioclf.cli.entry import main; assert main(['zoo', 'list']) == 0",
        "from audioclf.cli.entry import main; assert main(['zoo', 'info', 'digits-cnn']) == 0",
    ],
)
def test_listing_models_imports_nothing_heavy(start, code):
    done = start("-c", f"import sys\n{code}\nprint([name for name in {HEAVY!r} if name in sys.modules])")
    out, err = done.communicate()
    assert out.splitlines()[-1:] == ["[]"], err


def test_a_closed_pipe_causes_no_traceback(start):
    with start("-m", "audioclf", "zoo", "info", *["digits-cnn"] * 300) as child:
        child.stdout.readline()
        child.stdout.close()
        assert "Traceback" not in child.stderr.read()
