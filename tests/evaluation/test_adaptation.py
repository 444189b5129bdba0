"""A digit model is adapted by the people who may teach; its labels stay, and the threshold is theirs."""

import shutil
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
import tiny_data
from paths import ZOO

from audioclf.data.people import HOME, people
from audioclf.evaluation import metrics
from audioclf.evaluation.adaptation import ADAPTED, adapt, adapting
from audioclf.tasks import DIGITS
from audioclf.types import DataError, ZooError
from audioclf.zoo.registry import Registry
from audioclf.zoo.writing import build_index, stale

ID = "digits-rnn"


def write_strangers(root, words, half="dev"):
    who = cycle(sorted(people(half))[:4])
    rows = [
        (tiny_data.buzz(i % 10, 150, 3), f"{word}_{i}.wav", word, next(who)) for i, word in enumerate(words)
    ]
    tiny_data.write_set(root / HOME, ("label", "speaker"), rows)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tiny_data.write_digits(tmp_path_factory.mktemp("data"))
    write_strangers(root, [*DIGITS.labels, "happy", "left"] * 2)
    return root


@pytest.fixture(scope="module")
def adapted(data, tmp_path_factory):
    root = tmp_path_factory.mktemp("zoo")
    shutil.copytree(ZOO / ID, root / ID)
    config = root / ID / "config.json"
    before = Registry(ZOO).config(ID)
    config.write_text(untaught(before).to_json(), "utf-8")
    build_index(root)
    return root, before, adapt(ID, data, root, root.parent / "runs")


def untaught(config):
    return replace(config, training={k: v for k, v in config.training.items() if k != ADAPTED})


def test_the_labels_keep_their_weights_and_the_background_gets_new_ones(adapted):
    root, _, found = adapted
    old, new = (Registry(place).load(ID)[1].weights() for place in (ZOO, root))
    assert old.keys() == new.keys()
    for name, values in old.items():
        rows = slice(None, -1) if name.startswith("head") else slice(None)
        assert np.array_equal(values[rows], new[name][rows]), name
    assert not np.array_equal(old["head.weight"][-1], new["head.weight"][-1])
    assert found["n"] == 24 and found["n_speakers"] == 4
    assert 0 <= found["called_unknown"] <= 0.05


def test_the_threshold_stays_where_strings_expect_it(adapted):
    root, before, _ = adapted
    thresholds = [config.calibration["known_threshold"] for config in (before, Registry(root).config(ID))]
    assert thresholds[1] == pytest.approx(thresholds[0], abs=1e-3)


def test_what_was_done_is_told_in_the_config_and_on_the_card(adapted):
    root, before, found = adapted
    config = Registry(root).config(ID)
    assert config.training[ADAPTED] == found
    assert untaught(config).training == untaught(before).training
    assert config.metrics == before.metrics
    assert "Speech Commands" in Registry(root).card(ID)
    assert stale(root) == []


def test_a_model_is_not_adapted_twice(adapted, data):
    with pytest.raises(ZooError, match="adapted already; train it again"):
        adapt(ID, data, adapted[0])


def test_only_digits_are_adapted(data):
    with pytest.raises(ZooError, match="other labels"):
        adapt("environment-gmm", data, ZOO)


def test_nobody_who_judges_is_learnt_from(data, tmp_path):
    root = tiny_data.write_digits(tmp_path)
    write_strangers(root, [*DIGITS.labels, "happy"], "test")
    with pytest.raises(DataError, match="lacks some digits"):
        adapting(root)
    assert {item.row["speaker"] for item in adapting(data).extras} <= people("dev")
    assert len(adapting(data).extras) == 24


def test_every_label_counts_the_same_for_the_threshold():
    values, targets = np.array([0.1, 0.2, 0.3, 0.4, 0.9]), np.array([0, 0, 0, 0, 1])
    assert metrics.evened_quantile(values, targets, 0.5) == 0.4
    assert metrics.evened_quantile(values, targets, 0.25) == 0.2
    assert metrics.evened_quantile(values, targets, 1.0) == 0.9
