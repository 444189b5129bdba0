"""Processes that use a hub: with an empty cache, without the hub, and killed during a download."""

import json
import os
import subprocess
import sys
from time import sleep

import pytest
from fake_hub import Trouble, files_of
from paths import ROOT, SEVEN

from audioclf.audio import load_clip
from audioclf.inference.loading import Selection
from audioclf.publish import models as publish
from audioclf.service.analysis import analyse
from audioclf.service.records import to_records
from audioclf.zoo.registry import BUNDLED, open_registry

REPO = "anna/zoo"


@pytest.fixture
def environment(online, tmp_path):
    """Environment variables of a process that uses the hub, with an empty cache."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "AUDIOCLF_"))}
    home = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": online.url, "OMP_NUM_THREADS": "1"}
    return {**kept, **home, "AUDIOCLF_ZOO": f"hf-hub:{REPO}"}


def run(environment, *arguments) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "audioclf", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def scores(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, float]]:
    assert done.returncode == 0, done.stderr
    return {record["model"]: record["scores"] for record in map(json.loads, done.stdout.splitlines())}


def test_a_new_process_predicts_like_the_bundled_models_with_the_hub_and_without(
    online, environment, monkeypatch
):
    monkeypatch.setenv("HF_TOKEN", online.token)
    bundled = open_registry(BUNDLED)
    publish.push(publish.check(bundled.root), REPO, publish.PushOptions())
    analysis = analyse(load_clip(SEVEN), Selection(bundled), pictures=False)
    expected = {r["model"]: r["scores"] for r in to_records(analysis, "")}
    online.requests.clear()
    assert scores(run(environment, "classify", "--json", SEVEN)) == expected
    asked = [path for path in online.paths() if "agent" in path or "/api/" in path]
    assert asked == [], "it requests only files and sends no telemetry"
    online.troubles.append(Trouble("/", kind="hang"))
    online.requests.clear()
    assert scores(run(environment, "classify", "--json", SEVEN)) == expected
    assert online.requests == []


def test_a_killed_pull_leaves_no_incomplete_file(online, environment, monkeypatch):
    commit = online.add(REPO, files_of(BUNDLED))
    online.troubles.append(Trouble("/store/", kind="stall"))
    command = [sys.executable, "-m", "audioclf", "zoo", "pull", "digits-cnn"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        while not any("/store/" in path for path in online.paths()):
            assert process.poll() is None
            sleep(0.05)
        process.kill()
    online.troubles.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", f"{environment['HF_HOME']}/hub")
    registry = open_registry(f"hf-hub:{REPO}@{commit}")
    assert registry.whereabouts("digits-cnn") == "on the hub"
    registry.pull("digits-cnn")
    assert files_of(registry.root / "digits-cnn") == files_of(BUNDLED / "digits-cnn")


def test_without_hub_and_cache_the_error_lists_the_bundled_models(environment):
    done = run({**environment, "HF_HUB_OFFLINE": "1"}, "classify", SEVEN)
    assert done.returncode == 1
    assert "HF_HUB_OFFLINE is set; unset it to download. Available: bundled digits-" in done.stderr
    assert "Traceback" not in done.stderr
