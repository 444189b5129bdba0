"""Sizes of folders, and free bytes of a disk on which a folder is not made yet."""

from audioclf.disk import folder_size, free_bytes


def test_a_folder_counts_its_files_and_not_what_links_lead_to(tmp_path):
    (tmp_path / "large").write_bytes(bytes(10_000_000))
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    empty = folder_size(tmp_path / "a")
    (folder / "file").write_bytes(bytes(1000))
    assert folder_size(tmp_path / "a") == empty + 1000
    (folder / "link").symlink_to(tmp_path / "large")
    (tmp_path / "a" / "folder").symlink_to(tmp_path, target_is_directory=True)
    assert folder_size(tmp_path / "a") < 10_000
    assert folder_size(tmp_path / "nowhere") == 0


def test_a_folder_to_be_made_has_the_room_of_the_disk_above_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert free_bytes(tmp_path / "file" / "deep") > 0
    assert free_bytes(tmp_path.relative_to(tmp_path) / "not" / "yet") > 0
