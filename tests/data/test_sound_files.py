"""A search finds every sound file once, passes over litter, and says what it could not look at."""

import os
from pathlib import Path

import pytest

from audioclf.data.sound_files import search

LITTER = (
    "__MACOSX/x.wav",
    "a/__macosx/b/x.wav",
    "._x.wav",
    "a/.hidden/x.wav",
    ".DS_Store",
    "a/Thumbs.db",
    "a/@eaDir/x.wav/SYNO.mp3",
    "desktop.ini",
    ".Trash/x.wav",
    ".Trash-1000/files/x.wav",
    "lost+found/x.wav",
    "$RECYCLE.BIN/x.wav",
)


@pytest.fixture
def folder(tmp_path):
    for name in ("b.WAV", "a/c.opus", "a/d/e.caf", "a/notes.txt"):
        write(tmp_path / name)
    return tmp_path


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_sounds_are_found_in_order_and_other_files_apart(folder):
    found = search(folder)
    assert names(found.sounds, folder) == ["a/c.opus", "a/d/e.caf", "b.WAV"]
    assert names(found.others, folder) == ["a/notes.txt"]
    assert found.closed == ()


@pytest.mark.parametrize("name", LITTER)
def test_litter_changes_nothing(folder, name):
    before = search(folder)
    write(folder / name)
    assert search(folder) == before


def test_links_are_followed_once(folder):
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "z").symlink_to(folder / "a" / "d", target_is_directory=True)
    assert names(search(folder).sounds, folder) == ["a/c.opus", "a/d/e.caf", "b.WAV"]


def test_a_link_to_nothing_is_found_because_reading_it_says_what_is_wrong(folder):
    (folder / "gone.wav").symlink_to(folder / "nowhere.wav")
    assert folder / "gone.wav" in search(folder).sounds


def test_a_folder_that_cannot_be_opened_is_named_and_the_rest_is_found(folder, monkeypatch):
    listdir = os.listdir

    def closed(path):
        if Path(path).name == "d":
            raise PermissionError(13, "Permission denied", str(path))
        return listdir(path)

    monkeypatch.setattr(os, "listdir", closed)
    found = search(folder)
    assert found.closed == ((folder / "a" / "d", "Permission denied"),)
    assert names(found.sounds, folder) == ["a/c.opus", "b.WAV"]


def names(paths, folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]
