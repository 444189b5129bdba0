"""The commands zoo, train, evaluate and demo, and the help of all commands."""

import io
import json
import re
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

import fakes
import pytest
from fake_hub import files_of
from fakes import json_lines

from audioclf.cli.entry import build_parser
from audioclf.cli.printing import progress_bar
from audioclf.ui import serve
from audioclf.ui.serve import Serving

# zoo


def test_zoo_list_shows_every_model_with_its_numbers(cli, fake_zoo):
    status, out, _ = cli("zoo", "list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["model", *fake_zoo.ids()]
    assert out.count("87.5 % (86.0 to 89.0)") == 3


def test_zoo_list_as_json(cli, fake_zoo):
    _, out, _ = cli("zoo", "list", "--json")
    assert [record["model"] for record in json_lines(out)] == fake_zoo.ids()
    assert json_lines(out)[0]["interval"] == [0.86, 0.89]
    assert json_lines(out)[0]["bytes"] == fake_zoo.entry(fake_zoo.ids()[0]).size


def test_zoo_info_shows_the_config(cli, fake_zoo):
    status, out, _ = cli("zoo", "info", "digits-cnn")
    assert status == 0
    for words in (
        "digits-cnn",
        "zero, one, two",
        "8 kHz",
        "Free Spoken Digit Dataset",
        "87.5 %",
        "86.0 to 89.0",
    ):
        assert words in out
    _, out, _ = cli("zoo", "info", "digits-cnn", "--json")
    assert json.loads(out) == json.loads(fake_zoo.config("digits-cnn").to_json())


def test_zoo_verify_passes_a_good_zoo_and_names_a_damaged_model(cli, fake_zoo):
    status, out, _ = cli("zoo", "verify")
    assert status == 0
    assert out.split() == [word for name in fake_zoo.ids() for word in ("ok", name)]
    (fake_zoo.root / "digits-gmm" / "README.md").write_text("better than it is")
    status, out, _ = cli("zoo", "verify", "--json")
    assert status == 1
    assert {r["model"]: r["ok"] for r in json_lines(out)} == {m: m != "digits-gmm" for m in fake_zoo.ids()}
    assert cli("zoo", "verify", "digits-cnn")[0] == 0


# train and evaluate

TRAINING = ("digits-cnn", "--data", "d", "--out", "o", "--epochs", "2", "--runs", "r")
GIVEN = {"data": "d", "out": "o", "epochs": 2, "runs": "r", "like": ""}


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("total", "words"), [(2_000_000, "50%"), (0, "1.00MB")])
def test_a_download_has_a_bar_on_a_terminal_and_nowhere_else(monkeypatch, total, words):
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        with progress_bar() as progress:
            progress(1_000_000, total, "digits-cnn/weights")
        assert bool(stream.getvalue()) == shown
        assert ("digits-cnn/weights" in stream.getvalue() and words in stream.getvalue()) == shown


@pytest.mark.parametrize("option", [("--fresh",), ("--epochs", 2), ("--like", "digits")])
def test_train_ignores_no_option_of_a_model_of_voices(cli, option):
    status, _, err = cli("train", "speakers-gmm", *option)
    assert status == 1 and f"leave out {option[0]}" in err


def test_train_passes_on_its_options(cli, monkeypatch):
    calls = []

    def train(*given, progress, notice, **more):
        progress(1, 2, "digits-cnn all: loss 2.3")
        calls.append((given, more))
        return Path("o/digits-cnn")

    monkeypatch.setattr("audioclf.training.train.train", train)
    assert cli("train", *TRAINING, "--seed", 4)[:2] == (0, "saved in o/digits-cnn\n")
    cli("train", "digits-cnn", "--fresh")
    defaults = {"data": None, "out": None, "seed": 0, "epochs": None, "runs": "runs", "like": ""}
    assert calls == [
        (("digits-cnn",), {**GIVEN, "seed": 4, "resume": True}),
        (("digits-cnn",), {**defaults, "resume": False}),
    ]


def test_evaluate_prints_its_results(cli, monkeypatch):
    calls = []
    found = {**fakes.METRICS, "protocols": {"loso": fakes.METRICS["protocols"]["speaker"]}}
    monkeypatch.setattr(
        "audioclf.evaluation.evaluate.evaluate",
        lambda *a, progress, notice, **k: calls.append((a, k)) or found,
    )
    status, out, _ = cli("evaluate", *TRAINING, "--seeds", "4,5", "--stress")
    assert status == 0
    assert calls == [(("digits-cnn",), {**GIVEN, "seeds": (4, 5), "stress": True})]
    assert re.search(r"leave-one-speaker-out +87\.5 % +86\.0 to 89\.0 %", out)
    assert "not measured: unseen speech synthesiser" in out
    found["protocols"] = {"speakers": fakes.METRICS["protocols"]["speaker"]}
    assert "not measured" not in cli("evaluate", *TRAINING)[1], "another data set has protocols of its own"


def test_evaluate_prints_the_size_of_the_model(cli, monkeypatch, fake_zoo):
    monkeypatch.setattr("audioclf.evaluation.evaluate.evaluate", lambda *a, **k: fakes.METRICS)
    out = cli("evaluate", "digits-cnn", "--out", str(fake_zoo.root))[1]
    assert re.search(r"\n[\d,]+ parameters; \d+\.\d MB", out)


def test_without_data_training_says_where_to_get_it(cli, monkeypatch):
    monkeypatch.delenv("AUDIOCLF_DATA", raising=False)
    status, _, err = cli("train", "digits-cnn")
    assert status == 1
    assert "--data" in err


@pytest.fixture
def launched(monkeypatch):
    """What `demo` would serve."""
    calls = []
    monkeypatch.setattr(serve, "launch", lambda *given: calls.append(given) or 0)
    return calls


def test_demo_passes_on_its_options(cli, launched, fake_zoo, tmp_path):
    (tmp_path / "users").write_text("bob:b:c\n\ncleo:d\n")
    (tmp_path / "pem").write_text("certificate")
    pem = str(tmp_path / "pem")
    assert cli("demo")[0] == 0
    other = fakes.build_zoo(tmp_path / "z")
    flags = (
        f"--host 0.0.0.0 --port 8000 --share --public --root-path /x --auth ann:a --auth @{tmp_path}/users"
    )
    assert (
        cli("demo", *flags.split(), "--frame", "https://a.org", "--tls", pem, pem, "--zoo", other.root)[0]
        == 0
    )
    users = (("ann", "a"), ("bob", "b:c"), ("cleo", "d"))
    assert launched == [
        (fake_zoo, Serving()),
        (other, Serving("0.0.0.0", 8000, True, False, True, "/x", users, ("https://a.org",), (pem, pem))),
    ]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("--auth ann", "NAME:PASSWORD"),
        ("--auth :secret", "NAME:PASSWORD"),
        ("--auth @nowhere.txt", "no file nowhere.txt"),
        ("--tls nowhere.pem nowhere.key", "no file nowhere.pem, nowhere.key"),
        ("--frame *;script-src", "address of a site"),
    ],
)
def test_demo_refuses_unusable_options(cli, launched, flags, words):
    status, _, err = cli("demo", *flags.split())
    assert status == 2 and words in err and not launched


@pytest.mark.parametrize(
    ("serving", "public"),
    [
        (Serving(), False),
        (Serving(host="localhost"), False),
        (Serving(host="::1"), False),
        (Serving(host="0.0.0.0"), True),
        (Serving(share=True), True),
        (Serving(public=True), True),
        (Serving(root_path="/x"), True),
    ],
)
def test_visitors_from_elsewhere_are_strangers(serving, public):
    assert serving.access.public == public


def test_pull_and_list_show_which_models_are_cached(cli, fake_zoo, online):
    online.add("anna/zoo", files_of(fake_zoo.root))
    where = ("--zoo", "hf-hub:anna/zoo")
    _, out, _ = cli("zoo", "list", *where)
    assert out.count("on the hub") == 3
    status, out, _ = cli("zoo", "pull", "digits-cnn", *where)
    assert status == 0
    assert out.splitlines()[1:] == ["cached  digits-cnn"]
    _, out, _ = cli("zoo", "list", *where)
    assert out.count("on the hub") == 2
    online.requests.clear()
    assert cli("zoo", "pull", "digits-cnn", *where)[0] == 0
    assert online.requests == []
    second = online.add("anna/zoo", files_of(fake_zoo.root))
    assert second[:8] in cli("zoo", "pull", "--update", *where)[1]
    assert cli("zoo", "pull", "digits-svm", *where)[0] == 2


# help


def parsers(parser: ArgumentParser, *words: str) -> Iterator[tuple[str, ArgumentParser]]:
    """The parser of every command, by the words of the command."""
    yield " ".join(words), parser
    for action in parser._actions:
        for word, below in (action.choices or {}).items() if isinstance(action, _SubParsersAction) else ():
            yield from parsers(below, *words, word)


PARSERS = dict(parsers(build_parser()))


@pytest.mark.parametrize("command", PARSERS)
def test_help_explains_every_option(cli, command):
    status, out, _ = cli(*command.split(), "--help")
    assert status == 0
    assert out.startswith("usage: audioclf")
    assert max(map(len, out.splitlines())) <= 110
    options = [action for action in PARSERS[command]._actions if not isinstance(action, _SubParsersAction)]
    assert [option.dest for option in options if not option.help] == []
