"""The page with its models on a hub: they are downloaded with the first sound, and work without the hub later."""

import pytest
from chromium import served
from fake_hub import FakeHub, Trouble, files_of
from paths import SEVEN
from playwright.sync_api import expect
from steps import analyse, answers, expect_answer, upload

from audioclf.zoo.registry import BUNDLED

REPO = "anna/zoo"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub with the bundled models, none of them in the cache yet."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUDIOCLF_ZOO", f"hf-hub:{REPO}")
    with FakeHub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.add(REPO, files_of(BUNDLED))
        yield hub


@pytest.fixture
def demo(hub, tmp_path):
    """The page; its downloads stall half-way through the first model until the hub has no troubles."""
    hub.troubles.append(Trouble("/store/", kind="stall"))
    with served(tmp_path) as url:
        yield url


def test_a_download_shows_its_progress_and_happens_once(open_page, hub, tmp_path):
    page = open_page()
    upload(page, path=SEVEN)
    expect(page.locator("#upload-answer")).to_contain_text("Downloading digits-gmm/model.safetensors")
    expect(page.locator("#header")).to_contain_text(f"models from {REPO}")
    hub.troubles.clear()
    hub.released.set()
    expect_answer(page)
    seen = answers(page)
    hub.requests.clear()
    hub.troubles.append(Trouble("/", kind="hang"))
    (tmp_path / "again").mkdir()
    with served(tmp_path / "again") as url:
        later = page.context.new_page()
        later.goto(url)
        analyse(later)
        assert answers(later) == seen
    assert hub.requests == []
