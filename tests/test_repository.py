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


def run_make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Makefile where only the interpreters in folder/bin can be found."""
    for tool in ("make", "sh", "cp", "mkdir", "rm", "touch"):
        link = folder / "bin" / tool
        if not link.exists():
            link.symlink_to(shutil.which(tool))
    for name in ("requirements.txt", "requirements-dev.txt"):
        if not (folder / name).exists():
            (folder / name).touch()
    command = ["make", "-f", str(ROOT / "Makefile"), *arguments]
    clean = {
        k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "PYTHON", "VENV", "ARGS"}
    }
    environment = clean | {"PATH": str(folder / "bin")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def add_python(folder: Path, name: str, script: str) -> None:
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    path.chmod(path.stat().st_mode | stat.S_IEXEC)


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is missing: apt-get install make")


@needs_make
def test_make_passes_over_a_python_that_cannot_be_used(tmp_path):
    add_python(tmp_path, "python3", "#!/bin/sh\nexit 1\n")
    add_python(tmp_path, "python3.11", FAKE_PYTHON)
    assert run_make(tmp_path, "demo", "ARGS=--port 8000").returncode == 0
    log = (tmp_path / "log").read_text().splitlines()
    assert log[0].endswith("-r requirements.txt") and log[1:] == ["app.py --port 8000"]


@needs_make
def test_make_installs_once_and_again_when_the_pins_change(tmp_path):
    add_python(tmp_path, "python3", FAKE_PYTHON)
    for _ in range(2):
        assert run_make(tmp_path, "test").returncode == 0
    log = tmp_path / "log"
    assert log.read_text().count("pip install") == 1 and log.read_text().count("-m pytest") == 2
    later = (tmp_path / ".venv" / ".dev-ready").stat().st_mtime + 10
    os.utime(tmp_path / "requirements-dev.txt", (later, later))
    assert run_make(tmp_path, "test").returncode == 0
    assert log.read_text().count("pip install") == 2


@needs_make
def test_make_takes_an_interrupted_installation_up_again(tmp_path):
    add_python(
        tmp_path,
        "python3",
        FAKE_PYTHON.replace('*) echo "$*" >> log', '*) test -e log; x=$?; echo "$*" >> log; exit $x'),
    )
    assert run_make(tmp_path, "demo").returncode != 0
    assert run_make(tmp_path, "demo").returncode == 0
    assert (tmp_path / "log").read_text().count("pip install") == 2


@needs_make
def test_make_says_what_is_missing_when_no_python_can_be_used(tmp_path):
    add_python(tmp_path, "python3", "#!/bin/sh\nexit 1\n")
    done = run_make(tmp_path, "demo")
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


@pytest.mark.parametrize("script", [".ci/run"])
def test_scripts_can_be_run(script):
    assert os.access(ROOT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / script)]).returncode == 0
