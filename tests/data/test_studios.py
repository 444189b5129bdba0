"""The data set of other studios' recordings: what it holds, and that it judges instruments and nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from audioclf.audio import load_clip
from audioclf.data import datasets
from audioclf.data.manifest import rows_of
from audioclf.data.studios import COLUMNS, Note, make_studios, notes
from audioclf.tasks import INSTRUMENTS, TASKS

RATE = 22_050
CELLO = Note("npm:strings@1.0.0", "package/low C/C2.wav", "cello", "attic")
SILENT = replace(CELLO, path="package/low C/rest.wav")
KICK = Note("kit-data", "usr/share/kit/kick.wav", "bass_drum", "cellar")


def unpack(package, paths, into):
    for path in paths:
        sound = np.zeros(RATE) if "rest" in path else 0.2 * np.sin(400 * np.pi * np.arange(RATE) / RATE)
        soundfile.write(into / "copy.wav", np.concatenate([np.zeros(RATE), sound]), RATE)
        yield path, into / "copy.wav"


def test_a_note_is_kept_without_the_silence_before_it_and_its_manifest_says_whose_it_is(tmp_path):
    told = make_studios(tmp_path, (CELLO, SILENT, KICK), unpack)
    rows = rows_of(tmp_path / "manifest.csv")
    assert tuple(rows[0]) == COLUMNS
    assert [(row["label"], row["studio"], row["role"]) for row in rows] == [
        ("cello", "attic", "judged"),
        ("bass_drum", "cellar", "judged"),
    ]
    assert rows[0]["file"] == "cello/attic-low_C-C2.flac"
    assert told.n_refused == {"npm:strings@1.0.0": 1}, "silence is no instrument"
    for row in rows:
        clip = load_clip(tmp_path / row["file"])
        assert clip.seconds == pytest.approx(1.0, abs=0.05)
        assert np.abs(clip.samples).max() == pytest.approx(0.9, abs=0.01)


def test_what_is_there_is_not_unpacked_again(tmp_path):
    make_studios(tmp_path, (CELLO, KICK), unpack)

    def nothing(package, paths, into):
        raise AssertionError("all of it is there")

    make_studios(tmp_path, (CELLO, KICK), nothing)
    assert len(rows_of(tmp_path / "manifest.csv")) == 2


def test_the_list_has_every_instrument_and_no_studio_more_of_one_than_it_must():
    listed = notes()
    assert len({note.file for note in listed}) == len(listed)
    assert {note.label for note in listed} == set(INSTRUMENTS.labels)
    studios = defaultdict(Counter)
    for note in listed:
        studios[note.label][note.studio] += 1
    for counts in studios.values():
        assert counts.total() <= 20
        # Only where the others have no more does one studio have more than they.
        assert max(counts.values()) <= 4 or counts.total() < 20 or min(counts.values()) <= 3
    drums = [studios[label] for label in ("bass_drum", "hi_hat", "snare_drum")]
    assert all(len(counts) >= 7 and max(counts.values()) <= 4 for counts in drums)
    assert len({note.studio for note in listed}) >= 12


def test_studios_are_judged_and_neither_learnt_from_nor_strangers(tmp_path):
    make_studios(tmp_path / "studios", (CELLO, KICK, replace(CELLO, label="viola")), unpack)
    (protocol,) = (p for p in INSTRUMENTS.protocols if p.other == "studios")
    judged = datasets.judged_elsewhere(INSTRUMENTS, protocol, tmp_path)
    assert [item.label for item in judged] == ["cello", "bass_drum"]
    for task in TASKS.values():
        extras = [*task.extras, *(extra for recipe in task.recipes.values() for extra in recipe.extras)]
        assert "studios" not in {extra.dataset for extra in extras}
        assert datasets.strangers(datasets.Dataset(task, ()), tmp_path) == {}
