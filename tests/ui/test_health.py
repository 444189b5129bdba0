"""Health: the server answers, and the deep check proves that an analysis works without becoming a burden."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from audioclf.types import ZooError
from audioclf.ui import health


@pytest.fixture
def analyses(monkeypatch):
    """Calls of the analysis; it fails if `analyses.error` is set."""

    class Calls(list):
        error = None

    calls = Calls()

    def analyse(*args, **settings):
        calls.append(args)
        if calls.error:
            raise calls.error

    monkeypatch.setattr(health, "analyse", analyse)
    return calls


@pytest.fixture
def client(fake_zoo):
    app = FastAPI()
    app.router.routes.append(health.health_route(fake_zoo))
    return TestClient(app)


def test_the_shallow_check_needs_no_model(client, analyses):
    analyses.error = ZooError("no model")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert not analyses


def test_the_deep_check_analyses_once_a_minute(client, analyses, monkeypatch):
    for _ in range(5):
        assert client.get("/healthz?deep=1").status_code == 200
    assert len(analyses) == 1
    monkeypatch.setattr(health, "FRESH_SECONDS", -1)
    client.get("/healthz?deep=1")
    assert len(analyses) == 2


def test_a_failing_analysis_is_503_without_details_and_is_noticed_when_it_works_again(
    client, analyses, monkeypatch
):
    monkeypatch.setattr(health, "FRESH_SECONDS", -1)
    analyses.error = RuntimeError("/srv/secret/model.bin is gone")
    answer = client.get("/healthz?deep=1")
    assert answer.status_code == 503 and "secret" not in answer.text
    analyses.error = None
    assert client.get("/healthz?deep=1").status_code == 200


def test_a_folder_for_sounds_that_cannot_be_written_to_is_noticed(client, analyses, monkeypatch, tmp_path):
    monkeypatch.setenv(health.VARIABLE, str(tmp_path / "gone"))
    assert client.get("/healthz?deep=1").status_code == 503


def test_the_bundled_models_pass(real_zoo):
    assert asyncio.run(health.DeepCheck(real_zoo).problem()) == ""


def test_many_who_ask_at_once_wait_for_one_check_without_a_thread_each(fake_zoo, monkeypatch):
    started, may_end = [], threading.Event()

    def check(self):
        started.append(threading.current_thread())
        may_end.wait(10)
        return ""

    monkeypatch.setattr(health.DeepCheck, "_check", check)

    async def ask() -> list[str]:
        deep = health.DeepCheck(fake_zoo)
        asked = [asyncio.create_task(deep.problem()) for _ in range(100)]
        impatient = asyncio.create_task(deep.problem())
        await asyncio.sleep(0.05)
        impatient.cancel()
        assert await asyncio.to_thread(lambda: "free") == "free"
        may_end.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == [""] * 100
    assert len(started) == 1


def test_workers_that_cannot_start_are_noticed_without_an_analysis(fake_zoo, analyses):
    app = FastAPI()
    workers = SimpleNamespace(problem=lambda: "the processes end as soon as they start")
    app.router.routes.append(health.health_route(fake_zoo, workers))
    answer = TestClient(app).get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, workers.problem())
    assert not analyses
