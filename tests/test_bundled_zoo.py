"""The bundled zoo: whole, checked, documented, small enough, and right about the easy things."""

from __future__ import annotations

from pathlib import Path

import pytest
import sounds

from audioclf import service
from audioclf.card import render_card
from audioclf.index import render_index
from audioclf.models import FAMILIES
from audioclf.tasks import TASKS
from audioclf.zoo import Registry

ROOT = Path(__file__).resolve().parents[1] / "zoo"
IDS = [f"{task.name}-{family}" for task in TASKS.values() for family in FAMILIES]
MAX_BYTES = 2_000_000  # git keeps every version of a model for ever


@pytest.fixture(scope="module")
def zoo() -> Registry:
    return Registry(ROOT)


def test_every_task_has_one_model_of_every_family(zoo):
    assert zoo.ids() == sorted(IDS)


def test_nothing_else_lies_in_the_zoo(zoo):
    assert {path.name for path in ROOT.iterdir()} == {"index.json", "README.md", *IDS}


@pytest.mark.parametrize("name", ["index.json", "README.md"])
def test_its_index_and_its_page_are_not_stale(name):
    assert (ROOT / name).read_bytes() == render_index(ROOT)[name], "run: python -m audioclf zoo card"


@pytest.mark.parametrize("model_id", IDS)
def test_it_is_whole(zoo, model_id):
    zoo.verify(model_id)


@pytest.mark.parametrize("model_id", IDS)
def test_its_card_is_not_stale(zoo, model_id):
    card = (ROOT / model_id / "README.md").read_text("utf-8")
    assert card == render_card(zoo.config(model_id)), "run: python -m audioclf zoo card"


@pytest.mark.parametrize("model_id", IDS)
def test_it_is_small_measured_and_of_its_task(zoo, model_id):
    config = zoo.config(model_id)
    task = TASKS[config.task]
    assert zoo.entry(model_id).size < MAX_BYTES
    assert (config.labels, config.sample_rate, config.clip_seconds, config.pooling) == (
        task.labels, task.sample_rate, task.clip_seconds, task.pooling,
    )  # fmt: skip
    own = {protocol.name for protocol in task.protocols if not protocol.other}
    assert own <= set(config.metrics["protocols"]) <= {protocol.name for protocol in task.protocols}


@pytest.mark.parametrize("task", TASKS)
def test_the_examples_that_are_labels_are_heard_by_most_and_silence_by_none(zoo, task):
    for example in service.examples(task):
        predictions = service.analyse(example.path, task, registry=zoo, pictures=False).predictions
        if example.path.stem == "silence":
            assert not any(p.heard for p in predictions)
        elif example.label is not None:
            agreeing = sum(p.label == example.label for p in predictions)
            assert agreeing >= 2, f"{example.path.name}: {[p.label for p in predictions]}"


@pytest.mark.parametrize("document", ["README.md", "docs/accuracy.md"])
@pytest.mark.parametrize("model_id", IDS)
def test_the_documents_quote_what_was_measured(zoo, document, model_id):
    protocols = zoo.config(model_id).metrics["protocols"].values()
    cells = [
        f"{100 * p['accuracy']:.1f} % ({100 * p['interval'][0]:.1f} to {100 * p['interval'][1]:.1f})"
        for p in protocols
    ]
    lines = (ROOT.parent / document).read_text("utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| `{model_id}`"))
    assert all(cell in row for cell in cells), f"{document} should say {' | '.join(cells)}"


NO_DIGITS = {
    **{f"square {hz} Hz": sounds.square(hz) for hz in (50, 200, 440, 1000, 3000)},
    **{f"tone {hz} Hz": sounds.tone(hz) for hz in (100, 440, 2000)},
    **{f"noise {rms}": sounds.noise(rms=rms) for rms in (0.01, 0.1)},
    "chirp": sounds.chirp(),
}


@pytest.mark.parametrize("name", NO_DIGITS)
def test_what_is_no_digit_gets_no_confident_label(zoo, name):
    predictions = service.analyse(NO_DIGITS[name], "digits", registry=zoo, pictures=False).predictions
    assert all(p.certainty != "sure" for p in predictions)
    assert sum(p.known for p in predictions) <= 1, [(p.model, p.label, p.unknown_score) for p in predictions]
