"""Rules that no linter knows; CONTRIBUTING.md says why."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from paths import PACKAGE, ROOT

MAX_LINES = 330

# Library -> the only modules that may import it.
OWNERS = {
    "gradio": {"ui"},
    "matplotlib": {"plots", "plots_models", "canvas", "charts", "plotting"},
    "soundfile": {"decode", "made", "renders", "examples", "audio", "data", "synthesis"},
    "av": {"decode", "codec", "audio", "effects"},
    "huggingface_hub": {"hub", "zoo"},
    "httpx2": {"hub", "zoo"},
    "torch": {"models", "features", "pool", "training"},
    "torchaudio": {"features"},
    "sklearn": {"models"},
    "pywt": {"features", "effects"},
    "safetensors": {"models", "checkpoint", "zoo"},
    "tqdm": {"commands", "hub", "cli", "zoo"},
    # Pickles run code when they are read; models here are data.
    "pickle": set(),
    "joblib": set(),
    "dill": set(),
    "cloudpickle": set(),
    "shelve": set(),
}

HEAVY = ("torch", "gradio", "sklearn", "matplotlib", "av", "huggingface_hub")
LISTING = "sys.stdout = sys.stderr; main(['zoo', 'list']); sys.stdout = sys.__stdout__"
LIGHT_STARTS = (
    "import audioclf",
    "import audioclf.audio",
    "import audioclf.cli",
    "import audioclf.zoo.registry",
    f"from audioclf.cli.entry import main; {LISTING}",
)

FILES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """The module or package of ours a file belongs to."""
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
    """Modules and packages of ours that are imported within `node`."""
    names = [name.split(".") for name in imported(node, path)]
    tops = {name[1] for name in names if name[0] == "audioclf" and len(name) > 1}
    return {top for top in tops if (PACKAGE / top).is_dir() or (PACKAGE / f"{top}.py").is_file()}


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


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


def test_the_command_line_loads_the_page_only_to_serve_it():
    for path in sorted((PACKAGE / "cli").glob("*.py")):
        functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
        assert {f.name for f in functions if "ui" in ours(f, path)} <= {"demo"}
        outside = [node for node in tree(path).body if not isinstance(node, ast.FunctionDef)]
        assert not any("ui" in ours(node, path) for node in outside)


@pytest.mark.parametrize("statement", LIGHT_STARTS)
def test_starting_is_light(statement):
    """Listing models or asking for help must not wait for the deep learning libraries."""
    code = f"import sys; {statement}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
