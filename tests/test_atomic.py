"""Atomic writing of files."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from audioclf.atomic import unfinished, write_whole


def test_a_file_keeps_its_content_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "new folder" / "weights.bin"
    write_whole(path, b"old")
    with unfinished(path) as part:
        part.write_bytes(b"n")
        assert path.read_bytes() == b"old"
        part.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["weights.bin"]


@pytest.mark.parametrize("before", [b"old", None])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, before):
    path = tmp_path / "weights.bin"
    if before:
        path.write_bytes(before)
    with pytest.raises(OSError, match="disk full"), unfinished(path) as part:
        part.write_bytes(b"ne")
        raise OSError("disk full")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([before] if before else [])


def test_concurrent_writers_do_not_mix_their_data(tmp_path):
    path, together = tmp_path / "answers.npz", Barrier(2)

    def write(letter):
        with unfinished(path) as part, part.open("wb") as file:
            for _ in range(20):
                together.wait(timeout=10)
                file.write(letter * 1000)
                file.flush()

    with ThreadPoolExecutor(2) as pool:
        for writing in [pool.submit(write, letter) for letter in (b"a", b"b")]:
            writing.result()
    assert path.read_bytes() in (b"a" * 20_000, b"b" * 20_000)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_temporary_files_of_killed_processes_are_removed_after_a_day(tmp_path):
    path = tmp_path / "pool.npy"
    old, new, other = (tmp_path / f"{name}.part" for name in ("pool.npy.a", "pool.npy.b", "pool.npy2.a"))
    for left in (old, new, other):
        left.write_bytes(b"half")
    for left in (old, other):
        os.utime(left, (time.time() - 90_000,) * 2)
    write_whole(path, b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pool.npy", new.name, other.name]
