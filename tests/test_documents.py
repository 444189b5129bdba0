"""The documents: their tables are the models' numbers, their links lead somewhere, and the README stays short."""

import re
from pathlib import Path

import pytest
from paths import ROOT
from requirements import pins

from docs.tables import TABLES, documents, rendered

DOCUMENTS = list(documents())
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
MAX_WORDS, MAX_LINES = 1000, 150  # of the README
READERS = re.compile(r"\b[Ff]or (\w+)")


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_tables_are_those_of_the_bundled_models(path):
    text = path.read_text("utf-8")
    assert text == rendered(text), "run: python -m docs.tables"


def test_every_table_stands_in_a_document():
    used = re.findall(r"<!-- table: ([\w-]+) -->", "".join(path.read_text("utf-8") for path in DOCUMENTS))
    assert set(used) == set(TABLES)


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_links_lead_to_files(path):
    links = [link for link in LINK.findall(path.read_text("utf-8")) if not link.startswith("http")]
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_readme_can_be_read_in_three_minutes():
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.split()) <= MAX_WORDS and len(text.splitlines()) <= MAX_LINES
    listed = set(re.findall(r"\(docs/([\w-]+\.md)", text))
    assert {path.name for path in DOCUMENTS if path.parent.name == "docs"} == listed


@pytest.mark.parametrize("path", DOCUMENTS[1:], ids=by_name)
def test_a_document_begins_with_whom_it_is_for(path):
    paragraph = path.read_text("utf-8").split("\n\n")[1]
    assert READERS.match(paragraph)


def test_the_pinned_gradio_is_named():
    named = set(re.findall(r"gradio\[mcp\]==([\d.]+)", (ROOT / "docs" / "api.md").read_text("utf-8")))
    assert named == {pins("requirements.txt")["gradio"]}
