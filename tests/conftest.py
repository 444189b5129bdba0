"""What every test shares: no network chatter, one thread, and slow tests only when asked for."""

import os

# Set before any test imports gradio, huggingface_hub or torch, which read these when they are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # small models, on all cores at once, would wait for each other
os.environ.update(
    GRADIO_ANALYTICS_ENABLED="False",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_OFFLINE="1",
)

import pytest
from hypothesis import settings

# On a busy machine an example can take any time; and a failure must be the same one on every run.
settings.register_profile("audioclf", deadline=None, derandomize=True)
settings.load_profile("audioclf")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="also run tests that train models for minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="slow: run with --run-slow")
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(skip)


@pytest.fixture
def fake_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """All families are the quick linear fake of fakes.py."""
    from audioclf.models import FAMILIES

    for family in ("gmm", "cnn", "rnn"):
        monkeypatch.setitem(FAMILIES, family, ("fakes", "FakeModel"))


@pytest.fixture
def fake_zoo(fake_families: None, tmp_path):
    """A registry of three fake models for digits."""
    import fakes

    return fakes.build_zoo(tmp_path / "zoo")


@pytest.fixture(scope="session")
def real_zoo(tmp_path_factory):
    """A registry of small models of the real families, which other processes can load too."""
    import fakes

    return fakes.real_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture
def online(monkeypatch, tmp_path):
    """A hub on this machine that the client asks, with an empty cache of its own."""
    from fake_hub import FakeHub

    with FakeHub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        monkeypatch.setattr("huggingface_hub.constants.HF_ASSETS_CACHE", str(tmp_path / "hub-assets"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield hub


@pytest.fixture
def cli(fake_zoo, monkeypatch, capsys):
    """Run a command in this process on the fake zoo: (exit status, stdout, stderr)."""
    from audioclf.cli.entry import main

    monkeypatch.setenv("AUDIOCLF_ZOO", str(fake_zoo.root))

    def run(*argv) -> tuple[int, str, str]:
        try:
            status = main([str(arg) for arg in argv])
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return run
