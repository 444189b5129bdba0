"""Model cards and the zoo's page show all measured numbers of the configs, and no others."""

import re
from itertools import product

import fakes
import pytest
import yaml

from audioclf.zoo.card import render_card, render_root
from audioclf.zoo.metric_tables import headline, numbers

FULL = {
    **fakes.METRICS,
    "ece_uncalibrated": 0.0871,
    "unknown_auroc": 0.9312,
    "true_acceptance": 0.951,
    "known_threshold": 0.423,
    "epochs": 3.0,
    "confusion": [[100 + i if i == j else 7 for j in range(10)] for i in range(10)],
}


def front_matter(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_front_matter_for_the_hub():
    head = front_matter(render_card(fakes.config("cnn")))
    assert head["license"] == "cc-by-sa-4.0"
    assert head["library_name"] == "audioclf"
    assert head["pipeline_tag"] == "audio-classification"
    assert {"digits", "cnn"} <= set(head["tags"])
    assert head["datasets"] == ["free-spoken-digit-dataset"]
    assert head["metrics"] == ["accuracy"]
    (entry,) = head["model-index"]
    assert entry["name"] == "digits-cnn"
    assert [result["metrics"][0]["value"] for result in entry["results"]] == [0.875, 0.98]
    assert entry["results"][0]["dataset"]["name"] == "Free Spoken Digit Dataset"


def test_text_with_colons_and_quotes_stays_valid_yaml():
    protocol = {"title": 'hard: "unseen", {voices}', "accuracy": 0.5}
    config = fakes.config("cnn", metrics={"protocols": {"p": protocol}}, dataset='A: "B" {C}')
    (result,) = front_matter(render_card(config))["model-index"][0]["results"]
    assert result["dataset"]["name"] == 'A: "B" {C}'
    assert result["metrics"][0]["name"] == 'accuracy, hard: "unseen", {voices}'


@pytest.mark.parametrize("held_out", ["", "speaker", "source_fold"])
def test_many_folds_are_rows_of_a_table_with_the_name_of_what_is_held_out(held_out):
    many = {"title": "people", "accuracy": 0.5, "folds": {f"person-{i}": i / 10 for i in range(8)}}
    many |= {"held_out": held_out} if held_out else {}
    card = render_card(fakes.config("cnn", metrics={"protocols": {"people": many}}))
    what = held_out.replace("_", " ") or "fold"
    assert f"on each {what} of “people”:" in card and f"| {what.capitalize()} | Accuracy |" in card
    assert all(f"| person-{i} | {10 * i:.1f} % |" in card for i in range(8))


def test_a_confusion_matrix_may_include_the_background():
    metrics = {**fakes.METRICS, "confusion": [[1] * 11] * 11}
    assert "none of these" in render_card(fakes.config("cnn", metrics=metrics))


def test_the_confusion_matrix_of_several_seeds_names_their_number():
    assert "predicted label (columns):" in render_card(fakes.config("cnn", metrics=FULL))
    metrics = {**FULL, "seeds": [0, 1, 2]}
    assert "(columns), summed over 3 seeds:" in render_card(fakes.config("cnn", metrics=metrics))


def test_without_metrics_no_numbers_are_shown():
    card = render_card(fakes.config("cnn", metrics={}))
    assert "Not measured yet" in card
    assert "model-index" not in card
    assert not re.search(r"\d %", card)
    assert headline({}) == {}
    assert numbers({}) == []


def test_the_commands_on_the_card_exist():
    from audioclf.cli.entry import build_parser

    card = render_card(fakes.config("cnn", seed=3))
    commands = re.findall(r"^audioclf (.*)$", card, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        build_parser().parse_args(command.split())
    assert "--seed 3" in card


def test_the_headline_is_the_first_protocol():
    assert headline(fakes.METRICS)["accuracy"] == 0.875
    assert numbers(fakes.METRICS)[0] == ("accuracy, leave-one-speaker-out", "87.5 % (86.0 to 89.0 %)")


RICH = {
    **FULL,
    "seeds": [0, 1],
    "protocols": {"folds": {**fakes.METRICS["protocols"]["speaker"], "seeds": {"0": 0.874, "1": 0.876}}},
    "leaky": {
        "title": "windows split at random",
        "accuracy": 0.951,
        "interval": [0.93, 0.97],
        "honest_windows": 0.811,
        "honest_clips": 0.862,
    },
    "unknown_kinds": {"noise": {"n": 120, "auroc": 0.987, "rejected": 0.933}},
    "unknown_rejected_at": {"0.95": 0.921, "0.98": 0.873},
    "stress": {"snr_white": {"levels": [20, 0], "accuracy": [0.82, 0.33], "clean": 0.91}},
}
SHOWN_OF_FULL = (
    *("87.5 %", "86.0 to 89.0 %", "87.0 %", "3,000", "98.0 %", "0.087", "0.931", "95.1 %", "0.423", "3.5 ms"),
    "| anna | ben |",
    "| 90.0 % | 85.0 % |",
    "| seven | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 107 | 7 | 7 |",
)
SHOWN_OF_RICH = (
    "| leave-one-speaker-out | 87.4 % | 87.6 % |",
    "| accuracy of single windows, clips held out | 81.1 % |",
    "| accuracy, windows split at random (leaky) | 95.1 % (93.0 to 97.0 %) |",
    "| noise | 120 | 0.987 | 93.3 % |",
    "| 98.0 % | 87.3 % |",
    "| clean | 20 dB | 0 dB |",
    "| 91.0 % | 82.0 % | 33.0 % |",
)


@pytest.mark.parametrize(
    ("metrics", "text"), [*product([FULL], SHOWN_OF_FULL), *product([RICH], SHOWN_OF_RICH)]
)
def test_every_measured_number_is_shown(metrics, text):
    assert text in render_card(fakes.config("cnn", metrics=metrics))


def test_the_leaky_number_is_never_the_headline():
    card = render_card(fakes.config("cnn", metrics=RICH))
    results = front_matter(card)["model-index"][0]["results"]
    assert [result["metrics"][0]["value"] for result in results] == [0.875]
    assert headline(RICH)["title"] == "leave-one-speaker-out"


def zoo_configs() -> dict:
    other = fakes.config("rnn", id="my-rnn", task="my", license="CC0-1.0", dataset="My own", metrics={})
    return {"digits-cnn": fakes.config("cnn"), "digits-gmm": fakes.config("gmm"), "my-rnn": other}


def test_the_page_of_a_zoo_lists_every_model_with_a_link():
    configs = zoo_configs()
    page = render_root(configs, {"digits-cnn": 1_120_000})
    for name in configs:
        assert f"[`{name}`]({name}/README.md)" in page
    assert "87.5 % (86.0 to 89.0), leave-one-speaker-out | 121 | 1.1 MB | CC-BY-SA-4.0 |" in page
    assert "not measured yet" in page


def test_front_matter_of_the_zoo_page_for_the_hub():
    head = front_matter(render_root(zoo_configs()))
    assert head["license"] == ["cc-by-sa-4.0", "cc0-1.0"]
    assert head["datasets"] == ["free-spoken-digit-dataset", "my-own"]
    assert [entry["name"] for entry in head["model-index"]] == ["digits-cnn", "digits-gmm"]
    assert front_matter(render_root({"digits-cnn": fakes.config("cnn")}))["license"] == "cc-by-sa-4.0"
    assert render_root({})


def test_the_zoo_page_has_no_size_column_without_sizes():
    page = render_root(zoo_configs())
    assert "Size" not in page and "MB" not in page


def test_tables_have_as_many_cells_as_their_heads():
    cards = [render_card(fakes.config("cnn", metrics=metrics)) for metrics in (FULL, RICH)]
    for page in (*cards, render_root(zoo_configs())):
        for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
            assert len({line.count("|") for line in table.splitlines()}) == 1


def test_the_card_of_a_users_own_task_needs_like_in_its_commands():
    from audioclf.tasks import TASKS

    assert "--like TASK" in render_card(fakes.config("cnn", id="my-cnn", task="my"))
    for task in TASKS:
        assert "--like" not in render_card(fakes.config("cnn", id=f"{task}-cnn", task=task))
