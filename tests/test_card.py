"""The card says what the config says: all of it that was measured, and nothing that was not."""

from __future__ import annotations

import re

import fakes
import pytest
import yaml

from audioclf.card import headline, numbers, render_card

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


def test_the_front_matter_is_what_a_hub_reads():
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


@pytest.mark.parametrize(
    "text",
    ["87.5 %", "86.0 to 89.0 %", "87.0 %", "3,000", "98.0 %", "0.087", "0.931", "95.1 %", "0.423", "3.5 ms"],
)
def test_every_number_measured_is_shown(text):
    assert text in render_card(fakes.config("cnn", metrics=FULL))


def test_each_fold_and_each_label_is_shown():
    card = render_card(fakes.config("cnn", metrics=FULL))
    assert "| anna | ben |" in card
    assert "| 90.0 % | 85.0 % |" in card
    assert "| seven | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 107 | 7 | 7 |" in card


def test_a_confusion_may_count_the_background_too():
    square = [[1] * 11] * 11
    assert "none of these" in render_card(fakes.config("cnn", metrics={"confusion": square}))


def test_what_was_not_measured_is_not_claimed():
    card = render_card(fakes.config("cnn", metrics={}))
    assert "Not measured yet" in card
    assert "model-index" not in card
    assert not re.search(r"\d %", card)
    assert headline(fakes.config("cnn", metrics={})) is None
    assert numbers({}) == []


def test_tables_have_as_many_cells_as_their_heads():
    for table in re.findall(r"(?:^\|.*\n)+", render_card(fakes.config("cnn", metrics=FULL)), re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_the_commands_on_the_card_exist():
    from audioclf.cli import build_parser

    card = render_card(fakes.config("cnn", seed=3))
    commands = re.findall(r"^audioclf (.*)$", card, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        build_parser().parse_args(command.split())
    assert "--seed 3" in card


def test_the_headline_is_the_first_protocol():
    assert headline(fakes.config("cnn"))["accuracy"] == 0.875
    assert numbers(fakes.METRICS)[0] == ("accuracy, leave one speaker out", "87.5 % (86.0 to 89.0 %)")
