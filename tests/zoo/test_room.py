"""A download takes no more time, disk or memory than its file may, and visitors' downloads have a quota."""

import os
from pathlib import Path

import pytest
from fake_hub import Trouble, files_of

from audioclf.types import ZooError
from audioclf.zoo import hub, room
from audioclf.zoo.registry import open_registry

ID = "digits-cnn"
REPO = "anna/zoo"
HUB = f"hf-hub:{REPO}"
MOST_BYTES = 60_000_000  # sent before a client closes: two of its parts and the buffers of the system


@pytest.fixture
def served(fake_zoo, online):
    online.add(REPO, files_of(fake_zoo.root))
    return online


def cached_bytes(anonymous: bool = False) -> int:
    folder = hub.cache(anonymous)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.mark.parametrize("kind", ["large", "endless"])
@pytest.mark.parametrize("anonymous", [True, False])
def test_an_index_larger_than_its_limit_is_refused_unread_and_not_asked_for_again(served, kind, anonymous):
    served.troubles.append(Trouble("index.json", kind=kind))
    for _ in range(2):
        with pytest.raises(ZooError, match=r"anna/zoo/index\.json is larger than the limit of 10 MB"):
            open_registry(HUB, anonymous=anonymous)
        n_asked = len(served.requests)
        assert n_asked <= 2, "the second time nothing is asked"
    assert served.sent < MOST_BYTES and cached_bytes(anonymous) < 1000


@pytest.mark.parametrize("kind", ["large", "endless"])
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "README.md"])
def test_a_file_larger_than_the_index_says_is_refused_unread(served, kind, name):
    served.troubles.append(Trouble("/store/" if name.endswith("s") else name, kind=kind))
    registry = open_registry(HUB, anonymous=True)
    before = cached_bytes(anonymous=True)
    with pytest.raises(ZooError, match=rf"{ID}/{name} is larger than the limit of [\d.e-]+ MB"):
        registry.pull(ID)
    assert served.sent < MOST_BYTES and cached_bytes(anonymous=True) - before < 100_000
    n_asked = len(served.requests)
    with pytest.raises(ZooError, match="is larger than"):
        registry.pull(ID)
    assert len(served.requests) == n_asked


def test_a_file_that_is_damaged_twice_is_deleted_and_not_asked_for_again(served):
    served.troubles.append(Trouble("/store/", kind="corrupt"))
    registry = open_registry(HUB)
    for _ in range(2):
        with pytest.raises(ZooError, match=r"is not the .* of the index"):
            registry.load(ID)
    assert len([path for path in served.paths() if "/store/" in path]) == 2
    assert registry.whereabouts(ID) == "on the hub"


def test_a_refused_file_is_asked_for_again_later(served, monkeypatch):
    monkeypatch.setattr(room, "REFUSED_SECONDS", 0.0)
    served.troubles.append(Trouble("index.json", kind="large", times=2))
    with pytest.raises(ZooError):
        open_registry(HUB)
    open_registry(HUB)


def test_a_file_that_comes_too_slowly_is_given_up(served, monkeypatch):
    monkeypatch.setattr(hub, "DEADLINE_SECONDS", 0.5)
    registry = open_registry(HUB)
    served.troubles.append(Trouble("/store/", kind="drip"))
    with pytest.raises(
        hub.HubUnavailable, match=rf"has not sent {REPO}/{ID}/model\.safetensors whole in \d+ s"
    ):
        registry.load(ID)


def test_a_deadline_grows_with_the_file():
    assert hub.deadline_of(0) == 60
    assert 60 < hub.deadline_of(10_000_000) < hub.deadline_of(256_000_000) <= 3600


def test_a_download_leaves_room_on_the_disk(served, monkeypatch):
    registry = open_registry(HUB)
    monkeypatch.setattr(room, "free_bytes", lambda folder: room.FREE_BYTES + 10)
    with pytest.raises(ZooError, match=r"needs .* MB, and the disk has 200 MB left"):
        registry.pull(ID)


def test_downloads_of_visitors_have_a_quota_and_the_oldest_go_first(fake_zoo, online, monkeypatch):
    monkeypatch.setenv(room.QUOTA, "2")
    filled = {**files_of(fake_zoo.root), f"{ID}/README.md": b"#" * 900_000}
    fake_zoo.root.joinpath(ID, "README.md").write_bytes(filled[f"{ID}/README.md"])
    from audioclf.zoo.writing import build_index

    build_index(fake_zoo.root)
    names = ["anna/one", "anna/two", "anna/three"]
    for age, name in enumerate(names):
        online.add(name, files_of(fake_zoo.root))
        open_registry(f"hf-hub:{name}", anonymous=True).pull(ID)
        folder = hub.cache(anonymous=True) / ("models--" + name.replace("/", "--"))
        os.utime(folder, (age, age))
    kept = {path.name for path in hub.cache(anonymous=True).glob("models--*")}
    assert kept == {"models--anna--two", "models--anna--three"}
    assert cached_bytes(anonymous=True) <= room.quota()
    open_registry("hf-hub:anna/two", anonymous=True)  # used just now
    open_registry("hf-hub:anna/one", anonymous=True).pull(ID)
    kept = {path.name for path in hub.cache(anonymous=True).glob("models--*")}
    assert kept == {"models--anna--two", "models--anna--one"}


def test_a_registry_larger_than_the_quota_is_refused(served, monkeypatch):
    monkeypatch.setenv(room.QUOTA, "0")
    with pytest.raises(ZooError, match=r"anna/zoo needs more than the 0 MB .* AUDIOCLF_CACHE_MB"):
        open_registry(HUB, anonymous=True)
    open_registry(HUB)  # one's own downloads have no quota


@pytest.mark.parametrize("value", ["much", "-1", "1.5"])
def test_an_invalid_quota_is_one_sentence(served, monkeypatch, value):
    monkeypatch.setenv(room.QUOTA, value)
    with pytest.raises(ZooError, match=r"AUDIOCLF_CACHE_MB is .* give a number of megabytes"):
        open_registry(HUB, anonymous=True)


@pytest.mark.parametrize("anonymous", [True, False])
def test_what_a_killed_download_left_is_removed_and_what_goes_on_stays(served, anonymous):
    blobs = hub.cache(anonymous) / "models--anna--zoo" / "blobs"
    blobs.mkdir(parents=True)
    killed, current = blobs / "a.1.incomplete", blobs / "a.2.incomplete"
    for part in (killed, current):
        part.write_bytes(b"half")
    os.utime(killed, (0, 0))
    open_registry(HUB, anonymous=anonymous)
    assert not killed.exists() and current.exists()


def test_a_cache_that_may_not_be_written_is_read(served, monkeypatch):
    open_registry(HUB, anonymous=True)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.utime", refuse)
    open_registry(HUB, anonymous=True)
