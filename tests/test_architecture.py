"""Who may import whom, and a few rules that no linter knows; CONTRIBUTING.md says why.

A new module needs a line in MAY_IMPORT. Change the table when the design changes, not to let an import pass.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from paths import PACKAGE, ROOT

MAX_LINES = 330

VALUES = {"types", "config", "version", "whole"}
SIGNAL = {"audio", "features", "perturb", "babble", "codec", "canvas", "plots"}
ZOO = {"models", "results", "plots_models", "card", "checkpoint", "index", "hub", "zoo", "publish"}
ANSWER = {"classifier", "loading", "timing", "verdict"}
LAB = {"stress", "sweep", "occlusion", "explain", "testset", "charts", "maps", "records"}
TRAINING = {"metrics", "tasks", "layouts", "datasets", "foreign", "worlds", "pool", "train"}
JUDGING = {"judge", "unknown", "calibrate", "windowed", "bench", "robust", "evaluate"}
SERVICE = {"loading", "service", "catalogue", "laboratory", "bundle", "standings"}
COMMANDS = {"parsers", "commands", "zoo_commands", "space_commands", "data_commands", "compare_commands"}

# Module or package -> those of ours it may import. Its own package is always allowed.
MAY_IMPORT = {
    "__init__": VALUES | {"audio", "classifier", "loading"},
    "__main__": {"cli"},
    "types": set(),
    "version": set(),
    "whole": set(),
    "config": {"types", "version"},
    "models": {"types", "whole"},
    "decode": {"types"},
    "audio": {"types", "decode"},
    "features": {"types"},
    "perturb": {"types"},
    "babble": {"types", "perturb"},
    "codec": {"types"},
    "plots": {"types", "features"},
    "canvas": set(),
    "plots_models": {"types", "canvas", "results"},
    "midi": set(),
    "examples": {"types", "audio", "midi"},
    "results": VALUES,
    "card": VALUES | {"results"},
    "checkpoint": VALUES | {"features", "models", "results", "card"},
    "index": VALUES | {"results", "card", "checkpoint"},
    "hub": {"types"},
    "zoo": VALUES | {"features", "models", "results", "card", "checkpoint", "index", "hub"},
    "publish": VALUES | {"card", "checkpoint", "index", "hub", "zoo"},
    "tasks": VALUES | SIGNAL,
    "classifier": {"types", "audio", "config", "checkpoint", "models"},
    "loading": VALUES | ZOO | {"classifier", "models"},
    "timing": {"types", "classifier", "models"},
    "verdict": {"types", "audio"},
    "stress": VALUES | SIGNAL,
    "occlusion": {"types"},
    "explain": VALUES | SIGNAL | ANSWER | {"occlusion"},
    "sweep": VALUES | SIGNAL | ANSWER | {"stress"},
    "testset": VALUES | ZOO | {"metrics"},
    "charts": VALUES | ZOO | LAB | {"canvas"},
    "maps": VALUES | SIGNAL | LAB,
    "records": LAB,
    "metrics": set(),
    "layouts": VALUES | {"audio", "tasks"},
    "datasets": VALUES | SIGNAL | {"tasks", "layouts", "manifest"},
    "fetch": {"types"},
    "sources": {"types", "tasks", "layouts", "manifest"},
    "download": VALUES | SIGNAL | {"fetch", "sources", "manifest"},
    "foreign": VALUES | SIGNAL | {"tasks"},
    "engines": set(),
    "manifest": VALUES,
    "made": {"types", "whole"},
    "voices": {"types", "audio", "tasks", "engines", "made", "manifest"},
    "repertoire": {"midi"},
    "renders": {"types", "audio", "tasks", "midi", "made", "manifest", "repertoire"},
    "packages": {"types", "audio", "made", "manifest"},
    "games": {"types", "audio", "made", "manifest", "packages"},
    "people": {"types", "audio", "made", "manifest", "packages"},
    "studios": {"types", "audio", "made", "manifest", "packages"},
    "worlds": VALUES | SIGNAL,
    "pool": VALUES | SIGNAL | TRAINING | {"models"},
    "train": VALUES | SIGNAL | ZOO | ANSWER | TRAINING,
    "judge": VALUES | ANSWER | {"models", "audio"},
    "unknown": VALUES | SIGNAL | {"datasets"},
    "calibrate": {"metrics", "judge"},
    "windowed": VALUES | SIGNAL | {"datasets"},
    "bench": VALUES | SIGNAL | ZOO | ANSWER | TRAINING | {"judge", "calibrate", "unknown", "windowed"},
    "robust": VALUES | SIGNAL | ZOO | ANSWER | TRAINING | {"bench", "stress"},
    "evaluate": VALUES | SIGNAL | ZOO | ANSWER | TRAINING | JUDGING,
    "elsewhere": VALUES | SIGNAL | ZOO | ANSWER | TRAINING | JUDGING,
    "service": VALUES | SIGNAL | ZOO | ANSWER | TRAINING,
    "catalogue": VALUES | ZOO | {"loading", "service", "tasks", "plots_models"},
    "bundle": VALUES | SIGNAL | ZOO | ANSWER | LAB | {"service"},
    "laboratory": VALUES | SIGNAL | ZOO | ANSWER | LAB | {"service", "tasks", "bundle"},
    "standings": VALUES | SIGNAL | ZOO | ANSWER | LAB | TRAINING | {"service"},
    "ui": {"types", "version", "whole", "zoo"} | SERVICE,
    "space": VALUES | {"hub", "zoo"},
    "space_commands": {"hub", "space", "parsers"},
    "cli": VALUES | SIGNAL | ZOO | ANSWER | TRAINING | SERVICE | COMMANDS | {"space", "ui"},
    "parsers": set(),
    "compare_commands": {"types", "laboratory", "commands", "parsers"},
    "zoo_commands": VALUES | ZOO | {"commands", "parsers"},
    "data_commands": VALUES
    | ZOO
    | {"tasks", "datasets", "commands", "parsers", "train", "evaluate", "elsewhere", "sources", "download"}
    | {"made", "voices", "renders", "games", "people", "studios"},
    "commands": VALUES | SIGNAL | ZOO | ANSWER | TRAINING | SERVICE | {"ui"},
}

# Library -> the only modules that may import it.
OWNERS = {
    "gradio": {"ui"},
    "matplotlib": {"plots", "plots_models", "canvas", "charts"},
    "soundfile": {"decode", "made", "renders", "examples"},
    "av": {"decode", "codec"},
    "huggingface_hub": {"hub", "publish"},
    "httpx2": {"hub"},
    "torch": {"models", "features", "perturb", "pool"},
    "torchaudio": {"features", "perturb"},
    "sklearn": {"models"},
    "pywt": {"features"},
    "safetensors": {"models", "checkpoint"},
    "tqdm": {"commands", "hub"},
    # Pickles run code when they are read; models here are data.
    "pickle": set(),
    "joblib": set(),
    "dill": set(),
    "cloudpickle": set(),
    "shelve": set(),
}

HEAVY = ("torch", "gradio", "sklearn", "matplotlib", "av", "huggingface_hub")
LISTING = "from audioclf import cli; sys.stdout = sys.stderr; cli.main(['zoo', 'list']); sys.stdout = sys.__stdout__"
LIGHT_STARTS = (
    "import audioclf",
    "import audioclf.audio",
    "import audioclf.cli",
    "import audioclf.zoo",
    LISTING,
)

FILES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """The row of MAY_IMPORT a file belongs to: its module, or the package it lies in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(node: ast.AST, path: Path) -> Iterator[str]:
    """Full dotted names of all that is imported within `node`, wherever it stands."""
    for item in ast.walk(node):
        if isinstance(item, ast.Import):
            yield from (alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom):
            assert item.level == 0, f"{path}:{item.lineno}: import from audioclf, not relatively"
            yield from (f"{item.module}.{alias.name}" for alias in item.names)


def ours(node: ast.AST, path: Path) -> set[str]:
    """Rows of MAY_IMPORT that are imported within `node`."""
    names = [name.split(".") for name in imported(node, path)]
    tops = {name[1] for name in names if name[0] == "audioclf" and len(name) > 1}
    return {top for top in tops if (PACKAGE / top).is_dir() or (PACKAGE / f"{top}.py").is_file()}


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_a_module_imports_only_what_lies_below_it(path):
    here = part(path)
    assert here in MAY_IMPORT, f"{here} is new: say in MAY_IMPORT what it may import"
    wrong = ours(tree(path), path) - MAY_IMPORT[here] - {here}
    assert not wrong, f"{by_name(path)} may not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_a_library_is_imported_by_its_owner_only(path):
    libraries = {name.split(".")[0] for name in imported(tree(path), path)}
    wrong = {name for name in libraries & set(OWNERS) if part(path) not in OWNERS[name]}
    assert not wrong, f"{by_name(path)} may not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_private_names_stay_in_their_module(path):
    names = [name for name in imported(tree(path), path) if name.startswith("audioclf")]
    private = [name for name in names if name.split(".")[-1].startswith("_") and not name.endswith("__")]
    assert not private


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_nothing_unpickles_and_nothing_is_global(path):
    for node in ast.walk(tree(path)):
        where = f"{by_name(path)}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Global), f"{where}: pass the value instead of changing a global"
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in {"torch.load", "torch.save", "eval", "exec"}, (
                f"{where}: {name} is not for data"
            )
            pickles = any(k.arg == "allow_pickle" and ast.unparse(k.value) != "False" for k in node.keywords)
            assert not pickles, f"{where}: arrays, not pickles"


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_a_file_is_short_enough_to_be_read(path):
    n_lines = len(path.read_text("utf-8").splitlines())
    assert n_lines <= MAX_LINES, f"{n_lines} lines; split it by what it does"


@pytest.mark.parametrize("name", ["cli", "commands"])
def test_the_command_line_loads_the_page_only_to_serve_it(name):
    path = PACKAGE / f"{name}.py"
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
    inside = [f.name for f in functions if "ui" in ours(f, path)]
    assert set(inside) <= {"demo", "run_demo", "serve"}
    outside = [node for node in tree(path).body if not isinstance(node, ast.FunctionDef)]
    assert not any("ui" in ours(node, path) for node in outside)


@pytest.mark.parametrize("statement", LIGHT_STARTS)
def test_starting_is_light(statement):
    """Listing models or asking for help must not wait for the deep learning libraries."""
    code = f"import sys; {statement}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_tables_have_no_dead_rows():
    assert set(MAY_IMPORT) <= {part(path) for path in FILES}
