"""The registry as it is shown: rows, cards that fetch nothing, charts, checks and downloads."""

import json
import re
from dataclasses import replace
from time import process_time

import fakes
import hostile_cards
import pytest
from fake_hub import files_of
from fakes import config

from audioclf.inference.loading import MAX_MODELS
from audioclf.service import catalogue
from audioclf.types import ZooError
from audioclf.zoo.registry import BUNDLED, Registry, open_registry

CONFUSION = [[9 if row == column else 1 for column in range(10)] for row in range(10)]


@pytest.fixture
def two_tasks(fake_families, tmp_path):
    """Digits and environment, where neither tasks nor families are in alphabetical order."""
    environment = config(
        "rnn", id="environment-rnn", task="environment", labels=("dog_bark", "rain"), metrics={}
    )
    return fakes.build_zoo(tmp_path / "zoo", environment, config("cnn"), config("gmm"))


def test_rows_come_task_by_task_and_classical_before_deep(two_tasks):
    rows = catalogue.rows(two_tasks)
    assert [row.model for row in rows] == ["digits-gmm", "digits-cnn", "environment-rnn"]
    assert [row.model for row in catalogue.rows(two_tasks, "environment")] == ["environment-rnn"]


def test_a_row_holds_the_values_of_index_and_config(fake_zoo):
    row = catalogue.rows(fake_zoo)[1]
    entry = fake_zoo.entry("digits-cnn")
    assert (row.accuracy, row.interval, row.protocol) == (0.875, (0.86, 0.89), "leave-one-speaker-out")
    assert (row.bytes, row.n_parameters) == (entry.size, 121)
    assert row.sha256 == entry.files["model.safetensors"].sha256
    assert (row.where, row.problem) == ("folder", None)


def test_a_model_without_evaluation_has_no_accuracy(two_tasks):
    row = catalogue.rows(two_tasks, "environment")[0]
    assert (row.accuracy, row.interval, row.protocol) == (None, None, None)


def test_a_damaged_config_is_a_problem_of_its_row_alone(fake_zoo):
    (fake_zoo.root / "digits-cnn" / "config.json").write_text("{}")
    rows = {row.model: row for row in catalogue.rows(Registry(fake_zoo.root))}
    assert (
        "config.json" in rows["digits-cnn"].problem and str(fake_zoo.root) not in rows["digits-cnn"].problem
    )
    assert rows["digits-gmm"].problem is None and rows["digits-gmm"].interval is not None


def test_records_are_json_and_cannot_be_taken_for_files(fake_zoo):
    records = json.loads(json.dumps(catalogue.records(fake_zoo, "digits")))
    assert [record["model"] for record in records] == ["digits-gmm", "digits-cnn", "digits-rnn"]
    assert "path" not in records[0]


def test_the_card_has_no_images_and_no_html(fake_zoo, monkeypatch):
    text = "---\nlicense: mit\n---\n# A card\n![seen](https://far.example/a.png) <img src=x onerror=alert(1)> 1 < 2"
    monkeypatch.setattr(Registry, "card", lambda self, model: text)
    card = catalogue.card("digits-cnn", fake_zoo)
    assert card.startswith("# A card") and "1 < 2" in card
    assert "![" not in card and "<img" not in card


@pytest.mark.parametrize("case", hostile_cards.LOADING)
def test_a_card_holds_no_markup_that_loads_anything(fake_zoo, monkeypatch, case):
    text = hostile_cards.written("https://far.example")[case]
    monkeypatch.setattr(Registry, "card", lambda self, model: text)
    card = catalogue.card("digits-cnn", fake_zoo)
    assert "![" not in card and not re.search(r"<[a-zA-Z/!?]", card)
    languages = {found[1].split(" ")[0] for found in re.finditer(r"(?:`{3,}|~{3,})([^\n]*)", card)}
    assert languages <= {"", "text"}


@pytest.mark.parametrize("unit", ["!", "![", "!!x", "[", "`", "``` ", "~", "<", "---\n", "\n", "\t", " "])
def test_no_long_card_keeps_the_server_busy(fake_zoo, monkeypatch, unit):
    monkeypatch.setattr(Registry, "card", lambda self, model: "---\n" + unit * (50_000 // len(unit)))
    began = process_time()
    catalogue.card("digits-cnn", fake_zoo)
    assert process_time() - began < 1.0  # a twentieth of the largest card; no other thread runs meanwhile


def test_a_bundled_card_starts_with_its_title():
    assert catalogue.card("digits-cnn", open_registry(BUNDLED)).startswith("# digits-cnn")


def test_labels_are_read_once_and_again_when_a_model_has_changed(fake_families, tmp_path, monkeypatch):
    registry = fakes.build_zoo(
        tmp_path, config("cnn", labels=("one", "two")), config("gmm", labels=("two", "three"))
    )
    read, reads = Registry.config, []
    monkeypatch.setattr(Registry, "config", lambda self, model: [reads.append(model), read(self, model)][1])
    for _ in range(3):
        assert catalogue.labels(registry, "digits") == ("two", "three", "one")
    assert reads == ["digits-gmm", "digits-cnn"]
    changed = fakes.build_zoo(tmp_path, config("cnn", labels=("one", "four")))
    assert catalogue.labels(changed, "digits") == ("two", "three", "one", "four")


def test_labels_of_a_large_registry_are_those_of_the_models_that_can_be_chosen(fake_zoo, monkeypatch):
    entry, looked = fake_zoo.entry("digits-cnn"), []
    many = {f"m{n:05}": entry for n in range(15_000)}
    monkeypatch.setattr(Registry, "entries", many)
    monkeypatch.setattr(
        Registry, "whereabouts", lambda self, model: looked.append(model) or catalogue.NOT_HERE
    )
    assert catalogue.labels(fake_zoo, "digits") == ()
    assert looked == list(many)[:MAX_MODELS]


def test_charts_are_drawn_from_the_metrics(fake_families, tmp_path):
    measured = config("cnn", metrics={**fakes.METRICS, "confusion": CONFUSION})
    registry = fakes.build_zoo(tmp_path, measured, config("gmm"))
    drawn = [chart.name for chart in catalogue.charts("digits-cnn", registry)]
    assert drawn == ["class-recall", "confusion"]
    assert catalogue.charts("digits-gmm", registry) == ()


def test_verify_accepts_an_intact_model_and_refuses_a_damaged_one(fake_zoo):
    assert "3 files" in catalogue.verify("digits-cnn", fake_zoo)
    path = fake_zoo.root / "digits-cnn" / "README.md"
    path.write_text(path.read_text() + "!")
    with pytest.raises(ZooError, match=r"README\.md"):
        catalogue.verify("digits-cnn", fake_zoo)


def test_a_model_of_the_hub_is_listed_before_and_complete_after_it_is_pulled(online, fake_zoo, tmp_path):
    online.add("me/zoo", files_of(fake_zoo.root))
    registry = open_registry("hf-hub:me/zoo")
    rows = catalogue.rows(registry)
    assert {row.where for row in rows} == {"on the hub"}
    assert (rows[0].accuracy, rows[0].interval) == (0.875, (0.86, 0.89)), "known from the index alone"
    asked = len(online.requests)
    catalogue.rows(registry)
    assert len(online.requests) == asked, "listing makes no request"
    steps: list[tuple[int, int]] = []
    words = catalogue.pull("digits-cnn", registry, lambda done, total, words: steps.append((done, total)))
    assert words == "here: cached" and steps[-1][0] == steps[-1][1]
    row = next(row for row in catalogue.rows(registry) if row.model == "digits-cnn")
    assert (row.where, row.interval) == ("cached", (0.86, 0.89))


# What visitors may open


def test_a_visitor_opens_a_folder_only_where_folders_are_allowed(fake_zoo):
    assert catalogue.open_for_visitor(f"  {fake_zoo.root} ", folders=True).ids() == fake_zoo.ids()
    with pytest.raises(ZooError, match="served to others"):
        catalogue.open_for_visitor(str(fake_zoo.root), folders=False)


def test_a_visitor_opens_the_hub_wherever_the_page_is_served(online, fake_zoo):
    online.add("me/zoo", {"index.json": (fake_zoo.root / "index.json").read_bytes()})
    assert catalogue.open_for_visitor("hf-hub:me/zoo", folders=False).ids() == fake_zoo.ids()


@pytest.mark.parametrize(
    "typed", ["", "no/such/folder", "a" * 5000, "with\0null", "/etc/passwd", "hf-hub:nonsense"]
)
def test_an_invalid_registry_name_is_one_sentence(typed):
    with pytest.raises(ZooError) as error:
        catalogue.open_for_visitor(typed, folders=True)
    assert "Traceback" not in str(error.value) and len(str(error.value)) < 700


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://huggingface.co/some/zoo", "hf-hub:some/zoo"),
        ("https://huggingface.co/some/zoo/tree/main", "hf-hub:some/zoo"),
        ("huggingface.co/some/zoo", "hf-hub:some/zoo"),
        ("hf.co/some/zoo", "hf-hub:some/zoo"),
        ("http://127.0.0.1:8000", "hf-hub:owner/repo"),
    ],
)
def test_the_address_of_a_repository_is_answered_with_its_name(typed, meant):
    with pytest.raises(ZooError, match="is an address") as error:
        catalogue.open_for_visitor(typed, folders=True)
    assert typed in str(error.value) and f"write {meant} for" in str(error.value)


def test_a_folder_of_the_owner_s_home_may_be_given_as_people_type_it(fake_zoo, monkeypatch):
    monkeypatch.setenv("HOME", str(fake_zoo.root.parent))
    monkeypatch.setenv("USERPROFILE", str(fake_zoo.root.parent))
    assert catalogue.open_for_visitor(f"~/{fake_zoo.root.name}", folders=True).ids() == fake_zoo.ids()
    for typed in ("~/nowhere", "~nobody-of-that-name/zoo"):
        with pytest.raises(ZooError, match=r"there is no folder (nowhere|zoo); check its name$"):
            catalogue.open_for_visitor(typed, folders=True)


def test_a_folder_that_may_not_be_read_is_one_sentence(fake_zoo, monkeypatch):
    def refuse(where, anonymous):
        raise PermissionError(13, "Permission denied", "/srv/secret")

    monkeypatch.setattr(catalogue, "open_registry", refuse)
    with pytest.raises(ZooError, match="Permission denied") as error:
        catalogue.open_for_visitor("somewhere", folders=True)
    assert "secret" not in str(error.value)


def test_an_unknown_task_is_listed_too(fake_families, tmp_path):
    cnn = config("cnn")
    registry = fakes.build_zoo(tmp_path, cnn, replace(cnn, id="birds-cnn", task="birds"))
    assert [row.task for row in catalogue.rows(registry)] == ["digits", "birds"]


def test_a_large_registry_is_shown_in_part_and_searched(fake_zoo):
    def grow(index):
        one = index["models"]["digits-cnn"]
        index["models"] |= {f"other-{i}": one for i in range(catalogue.MAX_ROWS)}

    fakes.rewrite(fake_zoo.root / "index.json", grow)
    found = catalogue.listing(fake_zoo)
    assert (len(found.rows), found.n_found) == (catalogue.MAX_ROWS, catalogue.MAX_ROWS + 3)
    assert [row.model for row in catalogue.listing(fake_zoo, " OTHER-17  digits ").rows] == [
        "other-17",
        *(f"other-17{i}" for i in range(10)),
    ]
    assert catalogue.listing(fake_zoo, "no such words").n_found == 0
