"""A recipe that learns from strangers is judged on each by the fold without them, and takes its threshold there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_data

from audioclf import processes, tasks
from audioclf.data import datasets
from audioclf.evaluation import evaluate, unknown_sounds
from audioclf.evaluation.folds import CrossValidation
from audioclf.models import FAMILIES
from audioclf.tasks import Recipe
from audioclf.tasks.digits import AT_HOME
from audioclf.training.job import make_job, plain
from audioclf.training.train import train
from audioclf.zoo.registry import open_registry

ID = "digits-gmm"
FEATURE = {"type": "log_mel", "n_mels": 16}


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    """Toy digits with a recipe that also learns from home microphones."""
    root = tmp_path_factory.mktemp("home")
    tiny_data.write_digits(root / "data")
    extras = tuple(replace(extra, copies=2) for extra in AT_HOME)
    recipe = Recipe(feature=FEATURE, copies=1, extras=extras)
    digits = replace(tasks.DIGITS, recipes={"gmm": recipe}, background=("hiss",), extras=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAMILIES, "gmm", ("nearest", "Nearest"))
        patch.setattr(processes, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
        patch.setattr(unknown_sounds, "N_MADE", 10)
        for module in (tasks, datasets):
            patch.setattr(module, "TASKS", {"digits": digits})
        yield {"data": root / "data", "out": root / "zoo", "runs": root / "runs"}


@pytest.fixture(scope="module")
def validation(where):
    job = make_job(ID, where["data"], 0, None, where["runs"])
    return CrossValidation((job,), Path(where["data"]))


def test_each_stranger_is_answered_once_by_a_model_that_did_not_learn_from_him(validation):
    dataset, pool, answers = validation.dataset, validation.pool, validation.at_home
    people = {item.row["speaker"] for item in dataset.extras}
    assert set(answers.groups) == people
    assert len(answers.targets) == answers.answers[0].n == len({item.file for item in dataset.extras})
    owners = np.array([item.row["speaker"] for item in dataset.extras])
    extras = np.flatnonzero(pool.extra)
    for fold, held_out in dataset.folds(validation.primary).items():
        learnt = np.isin(extras, pool.training_rows(held_out))
        judged = set(answers.groups[answers.folds == fold])
        assert not judged & set(owners[learnt])
        assert judged | set(owners[learnt]) == people


def test_only_the_primary_protocol_and_never_the_released_model_holds_strangers_out(validation):
    dataset, pool = validation.dataset, validation.pool
    for protocol in dataset.task.protocols:
        if not protocol.primary and not protocol.other:
            for held_out in dataset.folds(protocol).values():
                assert np.isin(np.flatnonzero(pool.extra), pool.training_rows(held_out)).all()
    nothing = np.zeros(len(dataset.items), bool)
    assert np.isin(np.flatnonzero(pool.extra), pool.training_rows(nothing)).all()


def test_the_threshold_is_that_of_the_strangers_and_the_results_are_kept(where):
    train(ID, **where)
    found = evaluate.evaluate(ID, **where)
    home, config = found["home"], open_registry(where["out"]).config(ID)
    assert home["n"] == 12
    assert home["called_unknown"] <= 0.1 + 1e-9, "each of ten digits, once"
    assert config.calibration["known_threshold"] == found["known_threshold"]
    assert config.metrics["home"] == plain(home)
    card = (where["out"] / ID / "README.md").read_text("utf-8")
    assert "learns digits and other words from recordings by home microphones" in card
    assert "people of Speech Commands held out by folds" in card
