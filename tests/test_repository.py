"""The files around the code: one command makes all that is needed, and what is said twice agrees."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from paths import ROOT
from requirements import pins

SPACE_COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}

# Stands in for an interpreter: it can be asked, makes a "virtual environment" of itself, and logs the rest.
FAKE_PYTHON = """#!/bin/sh
case "$1 $2" in
  "-c "*) exit 0 ;;
  "--version "*) echo "Python 3.11.0" ;;
  "-m venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *) echo "$*" >> log ;;
esac
"""


@pytest.fixture
def folder(tmp_path):
    """Where the Makefile finds the requirements, and only the interpreters in bin."""
    if shutil.which("make") is None:
        pytest.skip("make is missing: apt-get install make")
    (tmp_path / "bin").mkdir()
    for tool in ("make", "sh", "cp", "mkdir", "rm", "touch"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).touch()
    return tmp_path


def run_make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-f", str(ROOT / "Makefile"), *arguments]
    set_by_make = {"MAKEFLAGS", "MAKELEVEL", "PYTHON", "VENV", "ARGS"}
    kept = {k: v for k, v in os.environ.items() if k not in set_by_make}
    environment = kept | {"PATH": str(folder / "bin")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def add_python(folder: Path, name: str, script: str = "#!/bin/sh\nexit 1\n") -> None:
    """Without a script, one that cannot be used."""
    path = folder / "bin" / name
    path.write_text(script)
    path.chmod(path.stat().st_mode | stat.S_IEXEC)


def test_make_passes_over_a_python_that_cannot_be_used(folder):
    add_python(folder, "python3")
    add_python(folder, "python3.11", FAKE_PYTHON)
    assert run_make(folder, "demo", "ARGS=--port 8000").returncode == 0
    log = (folder / "log").read_text().splitlines()
    assert log[0].endswith("-r requirements.txt") and log[1:] == ["app.py --port 8000"]


def test_make_installs_once_and_again_when_the_pins_change(folder):
    add_python(folder, "python3", FAKE_PYTHON)
    for _ in range(2):
        assert run_make(folder, "test").returncode == 0
    log = folder / "log"
    assert log.read_text().count("pip install") == 1 and log.read_text().count("-m pytest") == 2
    later = (folder / ".venv" / ".dev-ready").stat().st_mtime + 10
    os.utime(folder / "requirements-dev.txt", (later, later))
    assert run_make(folder, "test").returncode == 0
    assert log.read_text().count("pip install") == 2


def test_make_takes_an_interrupted_installation_up_again(folder):
    fails_at_first = 'test -e log; x=$?; echo "$*" >> log; exit $x'
    add_python(folder, "python3", FAKE_PYTHON.replace('echo "$*" >> log', fails_at_first))
    assert run_make(folder, "demo").returncode != 0
    assert run_make(folder, "demo").returncode == 0
    assert (folder / "log").read_text().count("pip install") == 2


def test_make_says_what_is_missing_when_no_python_can_be_used(folder):
    add_python(folder, "python3")
    done = run_make(folder, "demo")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr and "PYTHON=" in done.stderr


def test_requirements_are_pinned_and_the_two_files_do_not_disagree():
    assert not set(pins("requirements.txt")) & set(pins("requirements-dev.txt"))
    assert pins("requirements.txt")["torch"] == pins("requirements.txt")["torchaudio"]


def test_the_space_card_fits_the_code():
    card = yaml.safe_load((ROOT / "space.yaml").read_text("utf-8"))
    assert card["sdk"] == "gradio" and card["sdk_version"] == pins("requirements.txt")["gradio"]
    assert (ROOT / card["app_file"]).is_file()
    assert card["python_version"] in {"3.11", "3.12", "3.13"}
    assert {card["colorFrom"], card["colorTo"]} <= SPACE_COLOURS
    assert len(card["short_description"]) <= 60  # the hub refuses longer ones
    assert card["license"] == "mit"


def test_the_script_for_ci_can_be_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
