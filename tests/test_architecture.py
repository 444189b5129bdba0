"""Rules that no linter knows; CONTRIBUTING.md says why."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from paths import PACKAGE, ROOT

MAX_LINES = 330

# Library -> the only packages, or modules of packages, that may import it.
OWNERS = {
    "gradio": {"ui"},
    "matplotlib": {"plotting"},
    "soundfile": {"audio", "data", "synthesis"},
    "av": {"audio.readers", "effects.codec"},
    "huggingface_hub": {"zoo.hub", "zoo.hub_errors"},
    "httpx2": {"zoo.hub", "zoo.hub_errors"},
    "torch": {"models", "features", "training.sound_pool"},
    "torchaudio": {"features"},
    "sklearn": {"models"},
    "pywt": {"features.wavelet", "effects.denoise", "lessons"},
    "safetensors": {"models.training_loop", "zoo.weights"},
    "tqdm": {"cli", "zoo.hub"},
    # Pickles run code when they are read; models here are data.
    **dict.fromkeys(("pickle", "joblib", "dill", "cloudpickle", "shelve"), frozenset()),
}

HEAVY = {"av", "gradio", "huggingface_hub", "matplotlib", "pywt", "scipy", "sklearn", "soundfile"}
HEAVY |= {"torch", "torchaudio"}
# Statement -> the heavy libraries that it may import.
LIGHT_STARTS = {
    "import audioclf.audio": {"soundfile"},
    "import audioclf.cli": set(),
    "import audioclf.zoo.registry": set(),
    "from audioclf.cli.entry import main; sys.stdout = sys.stderr; main(['zoo', 'list'])": set(),
    "from audioclf.ui.page import build_demo; from audioclf.zoo.registry import open_registry; "
    "build_demo(open_registry())": {"gradio", "huggingface_hub", "soundfile"},
    # A server that has worker processes names their work and takes their answers, without PyTorch of its own.
    "import audioclf.lab.sweep, audioclf.plotting.lesson, audioclf.plotting.pair, audioclf.service.bundle": {
        "huggingface_hub",
        "matplotlib",
        "pywt",
        "scipy",
        "soundfile",
    },
}

FILES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
ROOMS = {path.stem for path in PACKAGE.glob("*.py")} | {folder.name for folder in PACKAGES}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


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


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def packages_imported(folder: Path) -> set[str]:
    """Packages and modules of ours that the modules of one package import."""
    names = (name for path in folder.rglob("*.py") for name in imported(tree(path), path))
    parts = (name.split(".") for name in names if name.startswith("audioclf."))
    return {name for _, name, *_ in parts if name in ROOMS} - {folder.name}


def test_contributing_lists_the_layers_of_the_contract():
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    listed = re.search(r"```\n(cli .*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    assert listed and [line.partition("  ")[0].strip() for line in listed[1].splitlines()] == layers


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_a_package_says_what_it_imports(folder):
    words = (ast.get_docstring(tree(folder / "__init__.py")) or "").replace("\n", " ")
    told = re.search(r"Imports (.*?)(?:\.|, never)", words)
    assert told and "For " in words, "the docstring says what the package imports and who imports it"
    if told[1] != "every package":
        assert set(re.findall(r"\w+", told[1])) - {"and"} == packages_imported(folder)


def test_a_library_is_imported_by_its_owner_only():
    wrong = []
    for path in FILES:
        package, module = (*path.relative_to(PACKAGE).with_suffix("").parts, "")[:2]
        libraries = {name.split(".")[0] for name in imported(tree(path), path)} & set(OWNERS)
        mine = {package, f"{package}.{module}"}
        wrong += [f"{by_name(path)} imports {name}" for name in libraries if not mine & OWNERS[name]]
    assert wrong == []


def test_private_names_stay_in_their_module():
    ours = [
        (path, name) for path in FILES for name in imported(tree(path), path) if name.startswith("audioclf")
    ]
    last = [(path, name, name.split(".")[-1]) for path, name in ours]
    assert [(by_name(p), n) for p, n, end in last if end.startswith("_") and not end.endswith("__")] == []


def test_nothing_unpickles_and_nothing_is_global():
    wrong = []
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Global):
                wrong.append(f"{by_name(path)}:{node.lineno}: global; pass the value instead")
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                pickles = any(
                    k.arg == "allow_pickle" and ast.unparse(k.value) != "False" for k in node.keywords
                )
                if pickles or name in {"torch.load", "torch.save", "eval", "exec"}:
                    wrong.append(f"{by_name(path)}:{node.lineno}: {name} could run what it reads")
    assert wrong == []


def test_a_file_is_short_enough_to_be_read():
    lines = {by_name(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name: n for name, n in lines.items() if n > MAX_LINES} == {}


def test_the_command_line_loads_the_page_only_to_serve_it():
    for path in sorted((PACKAGE / "cli").glob("*.py")):
        functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
        assert {f.name for f in functions if imports_page(f, path)} <= {"demo"}
        outside = [node for node in tree(path).body if not isinstance(node, ast.FunctionDef)]
        assert not any(imports_page(node, path) for node in outside)


def imports_page(node: ast.AST, path: Path) -> bool:
    return any(name.startswith("audioclf.ui") for name in imported(node, path))


@pytest.mark.parametrize("statement", LIGHT_STARTS)
def test_starting_is_light(statement):
    """Listing models, asking for help or opening the page must not wait for the deep learning libraries."""
    code = f"import sys; {statement}; print(*sys.modules, file=sys.__stdout__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HEAVY <= LIGHT_STARTS[statement]
