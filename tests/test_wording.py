"""Numbers, labels and lists read the same in every text."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from paths import PACKAGE

from audioclf.wording import (
    NONE,
    listed,
    megabytes,
    model_names,
    percent,
    probability,
    readable,
    text,
    together,
)


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "0 %"), (0.004, "<1 %"), (0.5, "50 %"), (0.994, ">99 %"), (0.9999, ">99 %"), (1.0, "100 %")],
)
def test_a_probability_claims_certainty_only_where_there_is_some(p, text):
    assert probability(p) == text


def test_shares_labels_lists_and_sizes_read_as_people_write_them():
    assert (percent(0.975), percent(0.975, 0)) == ("97.5 %", "98 %")
    assert (readable("hi_hat"), readable(None)) == ("hi hat", NONE)
    assert [listed(["a", "b", "c"][:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert megabytes(1_292_180) == "1.3 MB"


def test_models_are_called_by_their_families_only_while_these_tell_them_apart():
    assert model_names([("digits-gmm", "gmm"), ("digits-cnn", "cnn")]) == ["GMM", "CNN"]
    assert model_names([("mine-cnn", "cnn"), ("digits-cnn", "cnn")]) == ["mine-cnn", "digits-cnn"]


def test_the_code_uses_exactly_the_sentences_of_the_catalogue():
    """Every key stands in the code as a literal, so that a translator can find where a sentence is shown."""
    catalogue = tomllib.loads((PACKAGE / "texts.toml").read_text("utf-8"))
    keys = {f"{section}.{name}" for section, sentences in catalogue.items() for name in sentences}
    code = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    used = set(re.findall(r"""\btext\(\s*["']([a-z_]+\.[a-z0-9_]+)["']""", code))
    quoted = set(re.findall(r"""["']([a-z_]+\.[a-z0-9_]+)["']""", code))
    scripts = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.js"))
    calls = re.findall(r"\.text\(([^;]*)", scripts)
    used |= {f"script.{name}" for name in re.findall(r"\.texts\.([a-z0-9_]+)", scripts)}
    quoted |= used | {f"script.{name}" for call in calls for name in re.findall(r'"([a-z0-9_]+)"', call)}
    assert used <= keys
    assert keys <= quoted


# Modules whose sentences are for programs, hosts and log files.
NOT_THE_PAGE = ("endpoints.py", "health.py", "metrics.py", "serve.py")


def sentences_in(path: Path) -> list[str]:
    """String literals of three words or more that a visitor could read: no docstrings, no logs, no errors raised."""
    tree = ast.parse(path.read_text("utf-8"))
    apart: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(id(node.value))
        logs = isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("LOG.", "warnings."))
        if logs or isinstance(node, ast.Raise):
            apart |= {id(inner) for inner in ast.walk(node)}
    found = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in apart]
    texts = [
        re.sub(r"<[^>]*>|[\w-]+=\S*", "|", one) for one in found if isinstance(one, str) and not is_code(one)
    ]
    return [one for one in texts if re.search(r"[A-Za-z]{2,},? [a-z]+,? [a-z]{2,}", one)]


def is_code(text: str) -> bool:
    """Whether a literal is JavaScript, CSS or an SVG path."""
    return bool(re.search(r"=>|\n|\{\s|audioclf\.|d=\"M", text))


def test_no_sentence_of_the_page_stands_in_the_code():
    """A translation of texts.toml is a translation of the page."""
    files = [path for path in (PACKAGE / "ui").rglob("*.py") if path.name not in NOT_THE_PAGE]
    stray = {path.name: found for path in files if (found := sentences_in(path))}
    assert not stray, stray


def test_a_sentence_is_filled_with_its_values():
    assert "three models" in text("upload.hint")
    with pytest.raises(KeyError):
        text("upload.no_such_sentence")


def test_lists_of_problems_within_a_list_become_one_list():
    assert together(["a"]) == "a"
    inner = together(["b", "c"])
    assert together(["a", inner]) == together(["a", "b", "c"]) and "3 things" in together(["a", inner])
    assert together([inner]) == inner
    assert together(["a - b", "c:\n  - d"]).count("things") == 1
