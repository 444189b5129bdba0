"""Files that are there whole or not at all."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from audioclf.atomic import unfinished, write_whole


def test_a_file_keeps_its_content_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "new folder" / "weights.bin"
    write_whole(path, b"old")
    with unfinished(path) as half:
        half.write_bytes(b"n")
        assert path.read_bytes() == b"old"
        half.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["weights.bin"]


@pytest.mark.parametrize("before", [b"old", None])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, before):
    path = tmp_path / "weights.bin"
    if before:
        path.write_bytes(before)
    with pytest.raises(OSError, match="disk full"), unfinished(path) as half:
        half.write_bytes(b"ne")
        raise OSError("disk full")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([before] if before else [])


def test_two_who_write_at_once_do_not_write_into_each_other(tmp_path):
    path, together = tmp_path / "answers.npz", Barrier(2)

    def write(letter):
        with unfinished(path) as half, half.open("wb") as file:
            for _ in range(20):
                together.wait(timeout=10)
                file.write(letter * 1000)
                file.flush()

    with ThreadPoolExecutor(2) as pool:
        for writing in [pool.submit(write, letter) for letter in (b"a", b"b")]:
            writing.result()
    assert path.read_bytes() in (b"a" * 20_000, b"b" * 20_000)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_what_a_killed_process_left_is_removed_a_day_later(tmp_path):
    path = tmp_path / "pool.npy"
    old, new, other = (tmp_path / f"{name}.part" for name in ("pool.npy.a", "pool.npy.b", "pool.npy2.a"))
    for left in (old, new, other):
        left.write_bytes(b"half")
    for left in (old, other):
        os.utime(left, (time.time() - 90_000,) * 2)
    write_whole(path, b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pool.npy", new.name, other.name]
