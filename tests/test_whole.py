"""Files that are there whole or not at all."""

from threading import Barrier, Thread

import pytest

from audioclf.whole import unfinished, write_whole


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

    writers = [Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_bytes() in (b"a" * 20_000, b"b" * 20_000)
