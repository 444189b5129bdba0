"""The wheel: it holds all that the checkout does, and works where nothing else of it is."""

import os
import re
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from paths import ROOT, SEVEN
from requirements import pins
from servers import served

from audioclf.zoo.registry import BUNDLED, Registry

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel) -> Path:
    """A folder with the wheel's contents, as pip puts them there; what it depends on is that of the tests."""
    place = wheel.parent / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(place)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    return place


def environment(installed: Path) -> dict[str, str]:
    """With the installed package on the path, and nothing else of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AUDIOCLF_")}
    return {**kept, "PYTHONPATH": str(installed)}


def run(installed: Path, folder: Path, *command: str) -> str:
    """What a command prints, run in another folder."""
    done = subprocess.run(
        command, cwd=folder, env=environment(installed), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tracked(folder: str) -> set[str]:
    """The files below a folder that git has, or would take."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name for name in names if (ROOT / name).is_file()}


def test_a_wheel_holds_the_package_and_the_models_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    models = {name.replace("zoo/", "audioclf/bundled/", 1) for name in tracked("zoo")}
    assert names == tracked("audioclf") | models
    assert len([name for name in models if name.endswith("model.safetensors")]) == 9 + len(
        Registry(BUNDLED).verifiers()
    )
    assert not (ROOT / "audioclf" / "bundled").exists(), "in a checkout the models are in zoo/"


def test_git_ignores_no_source_file():
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "audioclf").rglob("*.py")}
    assert sources <= tracked("audioclf")


def test_an_installed_package_lists_its_models_and_answers(installed, tmp_path):
    where = "import audioclf; print(audioclf.__file__)"
    assert str(installed) in run(installed, tmp_path, sys.executable, "-c", where)
    script = str(installed / "bin" / "audioclf")
    listed = run(installed, tmp_path, sys.executable, script, "zoo", "list").splitlines()
    assert len(listed) == 10 + len(Registry(BUNDLED).verifiers()) and all(
        line.endswith("bundled") for line in listed[1:]
    )
    said = run(installed, tmp_path, sys.executable, script, "classify", str(SEVEN))
    assert "say seven" in said


def test_an_installed_package_serves_the_page(installed, tmp_path):
    command = [sys.executable, str(installed / "bin" / "audioclf"), "demo"]
    with (
        served(command, tmp_path, tmp_path / "log", environment(installed)) as url,
        urllib.request.urlopen(url, timeout=5) as answer,
    ):
        page = answer.read().decode()
    assert "audioclf" in page and "ac-header" in page


def test_every_pin_lies_in_the_range_that_the_package_asks_for():
    asked = {r.name.lower(): r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    pinned = {name.lower(): version for name, version in pins("requirements.txt").items()}
    assert set(asked) == set(pinned)
    outside = {name: pinned[name] for name, allowed in asked.items() if pinned[name] not in allowed}
    assert not outside
    assert all(any(s.operator == ">=" for s in allowed) for allowed in asked.values())


def test_every_python_that_is_promised_is_one_that_the_makefile_takes():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    first, last = re.search(r"\((\d+, \d+)\) <= sys\.version_info\[:2\] <= \((\d+, \d+)\)", makefile).groups()
    promised = SpecifierSet(PROJECT["requires-python"])
    named = [line.split()[-1] for line in PROJECT["classifiers"] if line.startswith("Programming Language")]
    assert all(version in promised for version in named)
    assert named[0] == first.replace(", ", ".")
    assert tuple(map(int, named[-1].split("."))) <= tuple(map(int, last.split(", ")))
