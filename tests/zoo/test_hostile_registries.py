"""Registries by strangers: whatever their files hold, every action ends in an answer or in one sentence.

A row of HOSTILE is a change to a good registry, and words of the sentence that refuses it. Add rows.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fakes
import pytest
from fakes import rewrite
from memory import limited_memory
from safetensors.numpy import load, save

from audioclf.inference.loading import Selection, load_models
from audioclf.service import catalogue, testset
from audioclf.types import ZooError
from audioclf.ui import session
from audioclf.ui.markup import models as markup
from audioclf.zoo.index import FileEntry
from audioclf.zoo.registry import Registry

ID = "digits-cnn"
SPARE_BYTES = 1_000_000_000
MAX_SENTENCE = 600  # characters of an error
MAX_HTML = 2_000_000

Change = Callable[[Path], None]


@dataclass(frozen=True)
class Hostile:
    """change: what a stranger does to the registry. words: of a sentence that refuses it; "" if it may be usable."""

    change: Change
    words: str = ""


def index(act: Callable[[dict[str, Any]], Any]) -> Change:
    """Change index.json."""
    return lambda root: rewrite(root / "index.json", act)


def entry(**values: Any) -> Change:
    """Change the index entry of the model."""
    return index(lambda i: i["models"][ID].update(values))


def renamed(model_id: str) -> Change:
    """Give the model another id in the index."""
    return index(lambda i: i["models"].update({model_id: i["models"].pop(ID)}))


def put(root: Path, name: str, data: bytes) -> None:
    """Write a file of the model, and its size and hash into the index."""
    (root / ID / name).write_bytes(data)
    found = FileEntry.of(data)
    told = {"sha256": found.sha256, "size": found.size}
    rewrite(root / "index.json", lambda i: i["models"][ID]["files"].update({name: told}))


def config(**values: Any) -> Change:
    """Change config.json; the index knows the new one."""

    def change(root: Path) -> None:
        stored = json.loads((root / ID / "config.json").read_bytes())
        put(root, "config.json", json.dumps({**stored, **values}).encode())

    return change


def metrics(**values: Any) -> Change:
    return config(metrics={**fakes.METRICS, **values})


def labelled(n: int, **values: Any) -> Change:
    """A model of n labels whose weights fit."""

    def change(root: Path) -> None:
        measured = {"protocols": fakes.METRICS["protocols"], **values}
        config(labels=[f"label {i}" for i in range(n)], self_test=[], metrics=measured)(root)
        weights = load((root / ID / "model.safetensors").read_bytes())
        first = {name: array[:1].repeat(n + 1, axis=0) for name, array in weights.items()}
        put(root, "model.safetensors", save(first))

    return change


def in_place_of(name: str, make: Callable[[Path], Any]) -> Change:
    """Something that is no plain file in place of a file."""

    def change(root: Path) -> None:
        path = root / name
        path.unlink()
        make(path)

    return change


def listen(path: Path) -> None:
    """A socket, bound from its folder because the names of sockets are short."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(before)


NOT_PLAIN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "pipe": (os.mkfifo, "plain file"),
    "folder": (Path.mkdir, "plain file"),
    "socket": (listen, "plain file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "leads out"),
    "terminal": (lambda path: path.symlink_to("/dev/tty"), "leads out"),
}


def many(index: dict[str, Any], n: int, own_task: bool = False) -> None:
    """More entries like the one of ID."""
    one = index["models"][ID]
    index["models"] |= {f"x{i}": {**one, "task": f"t{i}" if own_task else one["task"]} for i in range(n)}


FILES = (f"{ID}/config.json", f"{ID}/model.safetensors", f"{ID}/README.md")
ONES_100 = [[1]] * 100
DEEP: Any = 1
for _ in range(50):
    DEEP = [DEEP]

HOSTILE = {
    # Metrics that are drawn
    "a narrow matrix": Hostile(labelled(100, confusion=ONES_100), "labels need 100 of both"),
    "a matrix of 3,000": Hostile(labelled(3000, confusion=[[1]] * 3000), "at most 1000"),
    "a ragged matrix": Hostile(metrics(confusion=[[1, 2], [3]]), "labels need 10 of both"),
    "a wide matrix": Hostile(metrics(confusion=[[1] * 1001] * 10), "labels need 10 of both"),
    "a large matrix": Hostile(labelled(240, confusion=[[1] * 240] * 240)),
    "a matrix of nothing": Hostile(metrics(confusion=[[0] * 10] * 10)),
    "huge counts": Hostile(metrics(confusion=[[10**18] * 10] * 10), "must be a whole number"),
    "negative counts": Hostile(metrics(confusion=[[-1] * 10] * 10), "must be a whole number"),
    "broken counts": Hostile(metrics(confusion=[[0.5] * 10] * 10), "must be a whole number"),
    "a matrix in a protocol": Hostile(
        metrics(protocols={"p": {"title": "t", "accuracy": 1, "confusion": ONES_100}}), "labels need 10 of both"
    ),
    "an endless loss": Hostile(metrics(training_curve=[{"step": 1, "loss": float("inf")}]), "not a number"),
    "a loss that is none": Hostile(metrics(training_curve=[{"step": 1, "loss": float("nan")}]), "not a number"),
    "a loss beyond all": Hostile(metrics(training_curve=[{"step": 1, "loss": 1e300}]), "must be a number"),
    "a step of words": Hostile(metrics(training_curve=[{"step": "first", "loss": 1}]), "must be a number"),
    "a long curve": Hostile(metrics(training_curve=[{"step": 1, "loss": 1}] * 30_000), "up to 20000"),
    "an accuracy of a million": Hostile(metrics(per_class={"one": 1e6}), "must be a number from 0 to 1"),
    "a true accuracy": Hostile(metrics(ece=True), "must be a number"),
    "many folds": Hostile(
        metrics(protocols={"p": {"title": "t", "accuracy": 1, "folds": {str(i): 1 for i in range(5000)}}}),
        "up to 1000",
    ),
    "a long title": Hostile(metrics(protocols={"p": {"title": "t" * 10_000, "accuracy": 1}}), "printable text"),
    "a title that moves the cursor": Hostile(
        metrics(protocols={"p": {"title": "\x1b[2J", "accuracy": 1}}), "printable text"
    ),
    "levels without accuracies": Hostile(
        metrics(stress={"snr_white": {"levels": [1, 2], "accuracy": [1]}}), "one accuracy for each level"
    ),
    "seeds of words": Hostile(metrics(protocols={"p": {"title": "t", "accuracy": 1, "seeds": {"x": 1}}}), "a number"),
    "values within values": Hostile(metrics(other=DEEP), "nested"),
    "an unknown value": Hostile(metrics(other=[1, "x", None, {"a": False}])),
    # Labels and words
    "a thousand labels": Hostile(labelled(1000)),
    "3,000 labels": Hostile(labelled(3000), "at most 1000"),
    "a long label": Hostile(config(labels=["l" * 10_000]), "at most 100 characters"),
    "a label that is a formula": Hostile(config(labels=["$\\frac{", *fakes.DIGITS[1:]])),
    "a licence of a megabyte": Hostile(config(license="l" * 900_000), "at most 100 characters"),
    "an odd version": Hostile(config(schema_version="9" * 100_000), "schema version"),
    "many unknown keys": Hostile(config(**{f"key{i}": 1 for i in range(9000)}), "unknown or missing keys"),
    # The index
    "an id of 300 characters": Hostile(renamed("x" * 300), "not a model id"),
    "an id of a megabyte": Hostile(renamed("x" * 10**6), "not a model id"),
    "an unknown family": Hostile(entry(family="zzz"), f"{ID} cannot be used: family 'zzz'"),
    "a family of another kind": Hostile(entry(family=["gmm"]), f"{ID} cannot be used: family"),
    "an unknown task": Hostile(entry(task="zzz"), "config.json describes"),
    "a task of a megabyte": Hostile(entry(task="t" * 10**6), f"{ID} cannot be used: task"),
    "a task without a word": Hostile(entry(task=""), f"{ID} cannot be used: task"),
    "a licence of a megabyte in the index": Hostile(entry(license="l" * 10**6), f"{ID} cannot be used: license"),
    "a data set of a megabyte": Hostile(entry(dataset="d" * 10**6), f"{ID} cannot be used: dataset"),
    "more parameters than numbers": Hostile(entry(n_parameters=10**400), f"{ID} cannot be used: n_parameters"),
    "true parameters": Hostile(entry(n_parameters=True), f"{ID} cannot be used: n_parameters"),
    "an accuracy that is none": Hostile(entry(accuracy=float("nan")), "is not a number in JSON"),
    "a key of a megabyte": Hostile(entry(**{"k" * 10**6: 1}), "damaged"),
    "many files": Hostile(entry(files={f"f{i}": {} for i in range(10_000)}), "lists the files"),
    "a version of a megabyte": Hostile(index(lambda i: i.update(schema_version="9" * 10**6)), "schema version"),
    "a fine index that is too large": Hostile(index(lambda i: i.update(more="x" * 11_000_000)), "limit of 10 MB"),
    "15,000 models": Hostile(index(lambda i: many(i, 15_000))),
    "5,000 tasks": Hostile(index(lambda i: many(i, 5000, own_task=True))),
    # Files
    **{
        f"a {kind} as {name}": Hostile(in_place_of(name, make), words)
        for kind, (make, words) in NOT_PLAIN.items()
        for name in FILES
    },
    **{
        f"a {kind} as the index": Hostile(in_place_of("index.json", make), "index.json")
        for kind, (make, _) in NOT_PLAIN.items()
    },
    "a link to itself": Hostile(in_place_of(f"{ID}/README.md", lambda p: p.symlink_to(p)), f"{ID}/README.md"),
    "a card of two megabytes": Hostile(lambda root: put(root, "README.md", b"#" * 2_000_000), "no usable sha256"),
    "a hop that is none": Hostile(config(feature={"type": "log_mel", "hop_seconds": float("nan")}), "not a number"),
}  # fmt: skip


@pytest.fixture
def bounded() -> Iterator[None]:
    """Limit the memory of this process to SPARE_BYTES more than it uses now."""
    import matplotlib.backends.backend_agg
    import torch  # noqa: F401  # their own memory does not count

    assert matplotlib
    with limited_memory(SPARE_BYTES):
        yield


ACTIONS: dict[str, Callable[[Registry], object]] = {
    "table": lambda r: short(markup.table(catalogue.listing(r), None, {})),
    "records": catalogue.records,
    "card": lambda r: short(catalogue.card(ID, r)),
    "charts": lambda r: short(markup.charts(catalogue.charts(ID, r))),
    "verify": lambda r: catalogue.verify(ID, r),
    "answer": lambda r: load_models(Selection(r, models=(ID,)))[0](fakes.swell()),
    "test set": lambda r: testset.testset_report(Selection(r, models=(ID,))),
    "controls": lambda r: session.control_updates(session.options_of(r, "digits")),
    "predictions": lambda r: r.predictions(ID),
}


def short(html: str) -> str:
    assert len(html) <= MAX_HTML
    return html


def sentences(root: Path) -> list[str]:
    """The sentences that refuse the registry or an action on it; any other failure fails the test."""
    found = []
    try:
        registry = catalogue.open_for_visitor(str(root), folders=True)
    except ZooError as error:
        return [str(error)]
    for act in ACTIONS.values():
        try:
            act(registry)
        except ZooError as error:
            found.append(str(error))
    return found


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_registry_is_refused_in_one_short_sentence_or_works(fake_zoo, case, bounded):
    HOSTILE[case].change(fake_zoo.root)
    found = sentences(fake_zoo.root)
    for sentence in found:
        assert len(sentence) <= MAX_SENTENCE and sentence.isprintable(), sentence[:1000]
        assert str(fake_zoo.root) not in sentence and "memory" not in sentence.lower()
    if HOSTILE[case].words:
        assert any(HOSTILE[case].words in sentence for sentence in found), found
    else:
        assert not found, found
