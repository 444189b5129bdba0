"""The page with its models on a hub: they come with the first sound, and stay when the hub is gone."""

import pytest
from chromium import served
from fake_hub import FakeHub, Trouble, files_of
from paths import SEVEN
from playwright.sync_api import expect
from steps import answers, expect_answer, upload

from audioclf.zoo.registry import BUNDLED

REPO = "anna/zoo"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub with the bundled models, of which the demo knows nothing yet."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUDIOCLF_ZOO", f"hf-hub:{REPO}")
    with FakeHub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.add(REPO, files_of(BUNDLED))
        yield hub


@pytest.fixture
def demo(hub, tmp_path):
    """The page, which begins to download at once and comes no further than half of the first model."""
    hub.troubles.append(Trouble("/store/", kind="stall", times=1))
    with served(tmp_path) as url:
        yield url


def test_who_waits_for_a_download_sees_it_and_it_is_not_needed_again(open_page, hub, tmp_path):
    page = open_page()
    upload(page, path=SEVEN)
    expect(page.locator("#upload-answer")).to_contain_text("Downloading digits-gmm/model.safetensors")
    expect(page.locator("#header")).to_contain_text(f"models from {REPO}")
    hub.released.set()
    expect_answer(page)
    seen = answers(page)
    hub.requests.clear()
    hub.troubles.append(Trouble("/", kind="hang"))
    (tmp_path / "again").mkdir()
    with served(tmp_path / "again") as url:
        later = page.context.new_page()
        later.goto(url)
        upload(later, path=SEVEN)
        expect_answer(later)
        assert answers(later) == seen
    assert hub.requests == []
