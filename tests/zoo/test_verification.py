"""Models of voices in a registry: checked as strictly as classifiers, and never taken for one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_verifiers
import pytest
from fakes import rewrite

from audioclf.types import ZooError
from audioclf.zoo import card
from audioclf.zoo.config import parse_config
from audioclf.zoo.index import FileEntry
from audioclf.zoo.registry import Registry
from audioclf.zoo.verification_tables import HEADLINE, quoted_error

ID = "speakers-gmm"


@pytest.fixture
def zoo(tmp_path) -> Registry:
    return fake_verifiers.speaker_zoo(tmp_path / "zoo")


def put(root: Path, name: str, data: bytes) -> None:
    """Write a file of the model, and its size and hash into the index."""
    (root / ID / name).write_bytes(data)
    found = FileEntry.of(data)
    told = {"sha256": found.sha256, "size": found.size}
    rewrite(root / "index.json", lambda i: i["models"][ID]["files"].update({name: told}))


def changed(zoo: Registry, change: Callable[[dict[str, Any]], Any]) -> Registry:
    stored = json.loads((zoo.root / ID / "config.json").read_text())
    change(stored)
    put(zoo.root, "config.json", json.dumps(stored).encode())
    return zoo


def test_a_registry_knows_it_and_offers_it_to_no_classification(zoo):
    assert (zoo.ids(), zoo.verifiers(), zoo.tasks()) == ([ID], [ID], [])
    zoo.verify(ID)
    with pytest.raises(ZooError, match="no model for task"):
        zoo.models_for("speakers")
    with pytest.raises(ZooError, match="audioclf verify"):
        zoo.load(ID)


def test_a_classifier_is_no_model_of_voices(fake_zoo):
    assert fake_zoo.verifiers() == []
    with pytest.raises(ZooError, match="compares no voices"):
        fake_zoo.load_verifier("digits-cnn")


def first(metrics: dict) -> dict:
    return metrics["verification"]["conditions"][HEADLINE]


HOSTILE: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "other labels": (lambda c: c.update(labels=["same", "other"], self_test=[]), "labels"),
    "no threshold": (lambda c: c["calibration"].pop("threshold"), "calibration threshold"),
    "a text as a band": (lambda c: c["calibration"].update(band="wide"), "calibration band"),
    "a negative scale": (lambda c: c["calibration"].update(scale=-1), "calibration scale"),
    "a huge offset": (lambda c: c["calibration"].update(offset=1e9), "calibration offset"),
    "too many components": (lambda c: c["model"].update(n_components=10**6), "n_components"),
    "a text as a size": (lambda c: c["model"].update(n_components="many"), "do not fit|whole numbers"),
    "a negative size": (lambda c: c["model"].update(n_components=-5), "whole numbers"),
    "an unknown setting": (lambda c: c["model"].update(depth=3), "do not fit"),
    "an unknown feature": (lambda c: c["feature"].update(type="eval"), "feature"),
    "very long speech": (lambda c: c.update(clip_seconds=1e6), "clip_seconds"),
    "tiny hops": (lambda c: c["feature"].update(hop_seconds=1e-6), "hop_seconds"),
    "an error rate above one": (lambda c: first(c["metrics"]).update(eer=3), "eer"),
    "no error rate": (lambda c: first(c["metrics"]).pop("eer"), "eer"),
    "an interval of three": (lambda c: first(c["metrics"]).update(interval=[0, 0, 0]), "interval"),
    "a thousand points": (lambda c: first(c["metrics"]).update(det=[[0, 0, 0]] * 1000), "det"),
    "bins without edges": (lambda c: first(c["metrics"]).update(edges=[]), "edge"),
    "a self-test of three": (lambda c: c.update(self_test=[0.5, 0.5, 0.5]), "self_test"),
    "another self-test": (lambda c: c.update(self_test=[0.1, 0.9]), "self-test"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_model_is_refused_in_one_sentence(zoo, name):
    change, words = HOSTILE[name]
    with pytest.raises(ZooError, match=words) as caught:
        changed(zoo, change).verify(ID)
    assert len(str(caught.value)) < 600


def test_a_card_says_what_it_does_and_what_it_is_not_for(zoo):
    config = zoo.config(ID)
    text = card.render_card(config)
    assert "access control" in text and "audioclf verify" in text and "audioclf classify" not in text
    assert "2.0 % (1.0 to 3.0)" in text and "rises from 2.0 % to 6.0 %" in text
    assert quoted_error(config.metrics) in card.render_root({ID: config})


def test_a_model_that_was_not_measured_has_a_card(zoo):
    fresh = fake_verifiers.config(metrics={})
    assert "Not measured yet" in card.render_card(parse_config(fresh.to_json().encode(), ID))
