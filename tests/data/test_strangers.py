"""People who choose and people who judge are apart, and stay where they are."""

import csv
import hashlib

import pytest

from audioclf.data.people import HALVES, HOME, halves_of_takes, people
from audioclf.data.strangers import OTHERS, QUIET, strangers

COLUMNS = ("file", "label", "speaker")


def write(folder, rows):
    folder.mkdir()
    with open(folder / "manifest.csv", "w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def test_nobody_chooses_and_judges():
    dev, test = map(people, HALVES)
    assert dev and test and not dev & test


def test_the_hash_of_the_id_decides():
    for half, parity in zip(HALVES, (0, 1), strict=True):
        assert {int(hashlib.sha256(who.encode()).hexdigest(), 16) % 2 for who in people(half)} == {parity}


def test_each_half_has_its_own_people_and_other_words_have_no_label(tmp_path):
    one, other = min(people("dev")), min(people("test"))
    rows = [("a.wav", "seven", one), ("b.wav", "happy", other), ("c.wav", "one", "nobody listed")]
    write(tmp_path / HOME, rows)
    assert [(i.label, i.row["speaker"]) for i in strangers(tmp_path, HOME, "dev")] == [("seven", one)]
    assert [(i.label, i.row["speaker"]) for i in strangers(tmp_path, HOME, "test")] == [("", other)]


@pytest.mark.parametrize("name", [QUIET, OTHERS])
def test_the_other_sets_only_judge(tmp_path, name):
    write(tmp_path / name, [("a.wav", "seven", "anna")])
    assert len(strangers(tmp_path, name)) == 1
    assert strangers(tmp_path, name, "dev") == ()


def test_a_missing_set_is_empty(tmp_path):
    assert strangers(tmp_path, HOME) == ()


def test_a_set_is_also_read_as_it_was_published(tmp_path):
    path = tmp_path / QUIET / "data" / "01" / "7_01_0.wav"
    path.parent.mkdir(parents=True)
    path.touch()
    (item,) = strangers(tmp_path, QUIET)
    assert (item.label, item.row["speaker"], item.file) == ("seven", "01", path)


def test_every_recording_that_is_used_belongs_to_one_person_of_one_half():
    halves = halves_of_takes()
    for half in HALVES:
        assert {speaker for (speaker, _, _), of in halves.items() if of == half} == people(half)


def test_other_words_are_also_read_from_the_set_as_it_was_published(tmp_path):
    speaker, word, take = next(
        key for key, half in halves_of_takes().items() if half == "dev" and key[1] == "bed"
    )
    paths = [
        tmp_path / HOME / word / f"{speaker}_nohash_{take}.wav",
        tmp_path / HOME / "bed" / "0_nohash_0.wav",
        tmp_path / HOME / "one" / f"{speaker}_nohash_9.wav",
    ]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for name in ("testing_list.txt", "validation_list.txt"):
        (tmp_path / HOME / name).touch()
    found = {item.file: item.label for item in strangers(tmp_path, HOME, "dev")}
    assert found == {paths[0]: "", paths[2]: "one"}
