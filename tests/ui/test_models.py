"""The Models tab as HTML: a table that sorts and escapes, and failures that stay with their model."""

from dataclasses import replace

import fakes
import pytest
from markup_reader import EVIL, Page

from audioclf.plotting import model as plots_models
from audioclf.service import catalogue
from audioclf.types import ZooError
from audioclf.ui import session
from audioclf.ui.markup import models as models_markup
from audioclf.ui.markup.models import Outcome
from audioclf.ui.page import build_demo
from audioclf.ui.tabs import models
from audioclf.ui.turns import Turns
from audioclf.wording import text


@pytest.fixture
def rows(fake_zoo):
    return catalogue.rows(fake_zoo)


def listed(rows) -> catalogue.Listing:
    return catalogue.Listing(tuple(rows), len(rows))


def test_the_table_has_a_row_per_model_and_every_cell_has_a_sort_key(rows):
    page = Page(models_markup.table(listed(rows), "digits-cnn", {}))
    assert [row["data-model"] for row in page.having(data_chosen="true")] == ["digits-cnn"]
    assert len(page.tags("tr")) == 1 + len(rows)
    n_columns = len(page.tags("button")) - len(rows)
    cells = [attrs for tag, attrs in page.elements if tag in ("td", "th") and "data-sort" in attrs]
    assert len(cells) == n_columns * len(rows)
    assert all(head["aria-sort"] == "none" for head in page.tags("th") if head["scope"] == "col")


@pytest.mark.parametrize(
    "words", ["87.5 %", "86.0 to 89.0", "121", "CC-BY-SA-4.0", "Free Spoken Digit Dataset", "folder"]
)
def test_the_table_shows_the_facts_of_a_model(rows, words):
    assert words in Page(models_markup.table(listed(rows), None, {})).text


def test_a_small_file_is_not_said_to_be_empty():
    assert [models_markup.size(n) for n in (0, 45, 999, 1000, 1_600_000)] == [
        "0 bytes",
        "45 bytes",
        "999 bytes",
        "1 kB",
        "1.6 MB",
    ]


def test_unmeasured_models_sort_below_all_others(rows):
    column = next(column for column in models_markup.COLUMNS if column.title == "models.accuracy")
    assert column.value(replace(rows[0], accuracy=None)) < column.value(replace(rows[0], accuracy=0.0))


def test_texts_of_a_registry_are_escaped(rows):
    row = replace(rows[0], dataset=EVIL, license=EVIL, protocol=EVIL, problem=EVIL, where=EVIL, task=EVIL)
    page = Page(models_markup.table(listed([row]), None, {row.model: Outcome(False, EVIL)}))
    assert not page.tags("img") and EVIL in page.text


def test_an_outcome_stands_in_its_row_and_says_if_it_is_good(rows):
    page = Page(models_markup.table(listed(rows), None, {"digits-cnn": Outcome(False, "it is torn")}))
    assert page.having(data_good="false", role="alert") and "✗ it is torn" in page.text


def test_a_bad_config_is_shown_in_its_row_until_a_newer_outcome(rows):
    bad = [replace(rows[0], problem="config.json is damaged")]
    assert "damaged" in Page(models_markup.table(listed(bad), None, {})).text
    assert (
        "damaged"
        not in Page(models_markup.table(listed(bad), None, {bad[0].model: Outcome(True, "checked")})).text
    )


def test_a_chart_has_its_alt_text_and_its_table():
    charts = plots_models.charts(("a", "b"), {"confusion": [[3, 1], [0, 4]]})
    page = Page(models_markup.charts(charts))
    assert [img["alt"] for img in page.tags("img")] == [chart.alt for chart in charts]
    assert len(page.tags("table")) == len(charts)


def test_a_model_without_numbers_says_so():
    n = plots_models.MAX_DRAWN + 1
    many = plots_models.charts(tuple(map(str, range(n))), {"confusion": [[1] * n] * n})
    assert f"it has {n} labels" in Page(models_markup.charts(many)).text, "a sentence in place of a picture"
    assert "No evaluation results" in models_markup.charts(())


@pytest.mark.parametrize(
    ("error", "words"),
    [(ZooError("it is torn"), "it is torn"), (RuntimeError("/srv/secret is gone"), text("waiting.broken"))],
)
def test_failures_become_sentences_without_paths(error, words, caplog):
    def act():
        raise error

    assert models.outcome(act) == Outcome(False, words)


def test_an_unreadable_card_does_not_hide_the_diagrams(fake_families, tmp_path):
    measured = fakes.config("cnn", metrics={**fakes.METRICS, "confusion": [[1] * 10] * 10})
    registry = fakes.build_zoo(tmp_path, measured)
    (tmp_path / "digits-cnn" / "README.md").write_text("something else")
    charts, card = models.about("digits-cnn", registry)
    assert "class-recall" in charts and "README.md" in card and str(tmp_path) not in card


def test_a_model_is_checked_by_a_worker(fake_zoo, monkeypatch):
    """Loading a model that may be a stranger's is no work for the server itself."""
    turns, here = Turns(), []
    monkeypatch.setattr(turns, "run", lambda act, *given: here.append(act) or act(*given))
    (check,) = (fn.fn for fn in build_demo(fake_zoo, turns=turns).fns.values() if fn.name == "check")
    outcomes = check(session.Options("digits", fake_zoo), "digits-cnn", {}, "")
    assert outcomes["digits-cnn"].good and here == [catalogue.verify]


def test_without_a_chosen_model_nothing_is_checked_or_downloaded(fake_zoo, caplog):
    acts = {fn.name: fn.fn for fn in build_demo(fake_zoo).fns.values()}
    for name in ("check", "fetch"):
        assert acts[name](session.Options("digits", fake_zoo), None, {}, "") == {}
    assert not caplog.records


def test_a_table_that_leaves_out_models_says_how_to_find_them(rows):
    words = Page(models_markup.table(catalogue.Listing(tuple(rows), 20_711), None, {})).text
    assert "first 3 of 20,711 models" in words and "search" in words
    assert "search" not in Page(models_markup.table(listed(rows), None, {})).text
