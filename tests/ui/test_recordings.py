"""Visitors' sounds: in a private folder, removed by age and when the server ends."""

import os
import stat
import time

import pytest

from audioclf.types import AudioclfError
from audioclf.ui import recordings


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv(recordings.VARIABLE, str(tmp_path / "deep" / "sounds"))
    return tmp_path / "deep" / "sounds"


def test_the_folder_is_private_and_gone_afterwards(root):
    with recordings.recordings_folder() as folder:
        assert os.environ[recordings.VARIABLE] == str(folder) and folder.parent == root
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "a").mkdir()
        (folder / "a" / "voice.wav").write_bytes(b"sound")
    assert list(root.iterdir()) == [] and os.environ[recordings.VARIABLE] == str(root)


def test_a_failing_server_leaves_nothing(root):
    with pytest.raises(KeyboardInterrupt), recordings.recordings_folder() as folder:
        (folder / "voice.wav").write_bytes(b"sound")
        raise KeyboardInterrupt
    assert list(root.iterdir()) == []


def gone(folder) -> bool:
    """Whether a folder is removed within a minute; a busy machine takes seconds."""
    for _ in range(1200):
        if not folder.exists():
            return True
        time.sleep(0.05)
    return False


def test_many_files_do_not_keep_the_server_from_ending_and_are_removed_after_it(root, monkeypatch):
    monkeypatch.setattr(recordings, "END_SECONDS", 0.02)
    with recordings.recordings_folder() as folder:
        for n in range(2000):
            (folder / str(n)).mkdir()
            (folder / str(n) / "voice.wav").write_bytes(b"sound")
        began = time.monotonic()
    assert time.monotonic() - began < 10
    assert not folder.exists(), "it has another name at once"
    assert all(gone(left) for left in root.iterdir())


def test_what_a_server_that_has_ended_could_not_remove_is_swept_at_any_age(root, monkeypatch):
    monkeypatch.setattr(recordings, "END_SECONDS", -1)
    monkeypatch.setattr(recordings, "remove_apart", lambda folder: None)  # the machine is turned off
    with recordings.recordings_folder() as folder:
        (folder / "voice.wav").write_bytes(b"sound")
    (left,) = root.iterdir()
    other = root / f"{recordings.PREFIX}other" / "voice.wav"
    other.parent.mkdir()
    other.write_bytes(b"sound")
    recordings.delete_old(root, time.time() - 60)
    assert not left.exists() and other.exists()


def test_files_of_a_killed_server_are_swept_at_the_next_start(root, monkeypatch):
    left = root / f"{recordings.PREFIX}killed" / "deep" / "voice.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"sound")
    monkeypatch.setattr(recordings, "KEPT_SECONDS", -1)
    with recordings.recordings_folder():
        assert gone(left.parent.parent)


def test_a_sweep_removes_old_files_of_servers_only(root):
    old = root / f"{recordings.PREFIX}x" / "a" / "old.wav"
    other = root / "audioclf-results" / "mine.wav"
    for file in (old, other):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"")
        os.utime(file, (1, 1))  # a copy keeps the time of its original; what counts is how long it is here
    recordings.delete_old(root, time.time() - 60)
    assert old.exists()
    recordings.delete_old(root, time.time() + 60)
    assert not old.exists() and not old.parent.exists() and other.exists()


def test_one_file_that_cannot_be_removed_does_not_keep_the_others(root, monkeypatch):
    folder = root / f"{recordings.PREFIX}x"
    folder.mkdir(parents=True)
    for name in "abc":
        (folder / name).write_bytes(b"")
    unlink = type(folder).unlink

    def failing(self, *args):
        if self.name == "a":
            raise PermissionError(13, "Permission denied")
        return unlink(self, *args)

    monkeypatch.setattr(type(folder), "unlink", failing)
    recordings.delete_old(root, time.time() + 60)
    assert [path.name for path in folder.iterdir()] == ["a"]


@pytest.mark.parametrize(("limit", "value"), [("MAX_BYTES", 10), ("MIN_FREE_BYTES", 1 << 62)])
def test_a_folder_is_full_at_its_limit_and_on_a_full_disk(root, monkeypatch, limit, value):
    monkeypatch.setattr(recordings, "MEASURED_SECONDS", -1)
    monkeypatch.setattr(recordings, "MEASURED_SHARE", 1e9)
    (root / "a").mkdir(parents=True)
    (root / "a" / "voice.wav").write_bytes(bytes(10))
    room = recordings.Room(root)
    assert not room.is_full()
    monkeypatch.setattr(recordings, limit, value)
    assert room.is_full()


def test_many_small_files_fill_a_folder_too(root, monkeypatch):
    monkeypatch.setattr(recordings, "MAX_BYTES", 40 * recordings.LEAST_BYTES)
    root.mkdir(parents=True)
    for n in range(39):
        (root / str(n)).write_bytes(b"")
    assert not recordings.Room(root).is_full()
    (root / "last").write_bytes(b"")
    assert recordings.Room(root).is_full()


def test_a_folder_that_takes_long_to_measure_is_measured_seldom(root, monkeypatch):
    now, measured = [0.0], []

    def slow(folder, least):
        measured.append(now[0])
        now[0] += 3
        return 0

    monkeypatch.setattr(recordings.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(recordings, "folder_size", slow)
    room = recordings.Room(root)
    while now[0] < 1000:
        room.is_full()
        now[0] += 1
    assert 3 * len(measured) / 1000 <= 1.2 * recordings.MEASURED_SHARE


def test_a_link_is_removed_and_not_followed(root, tmp_path):
    (tmp_path / "private.wav").write_bytes(b"")
    folder = root / f"{recordings.PREFIX}x"
    folder.mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "private.wav")
    (root / f"{recordings.PREFIX}y").symlink_to(tmp_path, target_is_directory=True)
    recordings.delete_old(root, time.time() + 60)
    assert (tmp_path / "private.wav").exists() and not folder.exists()


def test_a_place_that_cannot_be_used_is_named(root, tmp_path):
    root.parent.write_bytes(b"a file")
    with (
        pytest.raises(AudioclfError, match=f"GRADIO_TEMP_DIR.*written|{recordings.VARIABLE}"),
        recordings.recordings_folder(),
    ):
        pytest.fail("there is no folder")


def test_what_is_promised_counts_before_it_is_there(root, monkeypatch):
    monkeypatch.setattr(recordings, "MAX_BYTES", 1000)
    root.mkdir(parents=True)
    room = recordings.Room(root)
    assert [room.is_full(400) for _ in range(3)] == [False, False, True]


def test_files_that_are_made_leave_room_and_the_address_with_most_of_them_loses_first(tmp_path):
    made, least = recordings.Made(limit=6 * recordings.LEAST_BYTES), recordings.LEAST_BYTES

    def keep(name, address, size=1):
        made.keep(tmp_path / name / "sound.wav", bytes(size), address)

    def kept():
        return sorted(path.parent.name for path in tmp_path.rglob("sound.wav"))

    keep("quiet", "10.0.0.2")
    for n in range(12):
        keep(f"greedy-{n:02}", "10.0.0.1")
    assert kept() == [*(f"greedy-{n:02}" for n in range(7, 12)), "quiet"]
    keep("large", "10.0.0.1", 4 * least)
    assert "large" in kept() and "quiet" in kept() and len(kept()) == 3
    keep("small", "10.0.0.2")
    assert "large" not in kept() and {"quiet", "small"} < set(kept())
    assert sorted(path.name for path in tmp_path.iterdir()) == kept()  # no empty folders


def test_a_made_file_that_was_removed_by_age_takes_no_room_and_is_made_again(tmp_path):
    made, file = recordings.Made(limit=2 * recordings.LEAST_BYTES), tmp_path / "a" / "sound.wav"
    made.keep(file, b"one", "x")
    made.keep(tmp_path / "b" / "sound.wav", b"two", "y")
    (tmp_path / "b" / "sound.wav").unlink()
    made.keep(tmp_path / "c" / "sound.wav", b"three", "z")
    assert file.read_bytes() == b"one"
    file.unlink()
    made.keep(file, b"one", "x")
    assert file.read_bytes() == b"one" and file.stat().st_mtime > time.time() - 60
