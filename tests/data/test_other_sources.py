"""Test-only recordings: how digits and notes are cut out, and that no model trains on them."""

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from fakes import joined
from sounds import frequency, noise, silence, tone

from audioclf.audio import load_clip
from audioclf.data import datasets, other_sounds
from audioclf.data.manifest import rows_of
from audioclf.data.other_sources import RecordedNote, SpokenDigit, make_judged, recordings
from audioclf.tasks import DIGITS, INSTRUMENTS, TASKS
from audioclf.types import AudioError, Clip

RATE = 16_000
SENTENCE = "usr/share/tiles/bamboo.wav"
FIVE = SpokenDigit("tiles-data", SENTENCE, "1.0", "2.0", "five", "tiler", "f")
SIX = SpokenDigit("tiles-data", SENTENCE, "3.0", "", "six", "tiler", "f")
NOTHING = SpokenDigit("tiles-data", SENTENCE, "2.0", "3.0", "nine", "tiler", "f")
STUDIO_RATE = 22_050
CELLO = RecordedNote("npm:strings@1.0.0", "package/low C/C2.wav", "cello", "attic")
SILENT = replace(CELLO, path="package/low C/rest.wav")
KICK = RecordedNote("kit-data", "usr/share/kit/kick.wav", "bass_drum", "cellar")


def sentence() -> Clip:
    """Four seconds: noise, a tone of 500 Hz, nothing, a quiet tone of 1,000 Hz."""
    return joined(noise(), tone(500), silence(), tone(1000, amplitude=0.02))


def unpack_sentence(package, paths, into):
    assert (package, tuple(paths)) == ("tiles-data", (SENTENCE,)), "each file of a package once"
    file = into / "0.wav"
    soundfile.write(file, sentence().samples, RATE)
    yield SENTENCE, file


def test_each_digit_is_cut_out_of_its_sentence_and_all_are_equally_loud(tmp_path):
    report = make_judged("people", tmp_path, (FIVE, SIX, NOTHING), unpack_sentence)
    rows = rows_of(tmp_path / "manifest.csv")
    assert tuple(rows[0]) == ("file", "label", "speaker", "sex", "role")
    assert [row["label"] for row in rows] == ["five", "six"], "silence is reported as refused"
    assert report.n_clips == {"tiles-data": 2} and report.n_refused == {"tiles-data": 1}
    five, six = (load_clip(tmp_path / row["file"]) for row in rows)
    assert frequency(five) == pytest.approx(500, abs=2) and frequency(six) == pytest.approx(1000, abs=2)
    for clip in (five, six):
        assert clip.seconds == pytest.approx(1.0, abs=0.05)
        assert np.abs(clip.samples).max() == pytest.approx(0.9, abs=0.01)


def test_the_rest_of_a_sentence_is_cut_when_half_of_it_is_there(tmp_path):
    make_judged("people", tmp_path, (FIVE,), unpack_sentence)
    before = (tmp_path / FIVE.file).stat().st_mtime_ns
    report = make_judged("people", tmp_path, (FIVE, SIX), unpack_sentence)
    assert report.n_clips == {"tiles-data": 2}
    assert (tmp_path / FIVE.file).stat().st_mtime_ns == before, "the existing clip stays"


def test_other_bounds_give_another_clip(tmp_path):
    make_judged("people", tmp_path, (FIVE,), unpack_sentence)
    make_judged("people", tmp_path, (replace(FIVE, end="1.5"),), unpack_sentence)
    (row,) = rows_of(tmp_path / "manifest.csv")
    assert load_clip(tmp_path / row["file"]).seconds == pytest.approx(0.5, abs=0.05)


def test_a_silent_cut_is_refused_with_its_place():
    with pytest.raises(AudioError, match=r"usr/share/tiles/bamboo\.wav is silent after 2 seconds"):
        NOTHING.cut(sentence())


def test_the_list_has_every_digit_women_among_the_speakers_and_no_file_twice():
    listed = recordings("people")
    assert {digit.label for digit in listed} == set(DIGITS.labels)
    assert len({digit.file for digit in listed}) == len(listed)
    sexes = {digit.speaker: digit.sex for digit in listed}
    assert Counter(sexes.values())["f"] >= 3 and Counter(sexes.values())["m"] >= 3
    assert all(not s.end or float(s.start) < float(s.end) for s in listed if s.start)


def unpack_notes(package, paths, into):
    for path in paths:
        sound = tone(200, 1.0, STUDIO_RATE, amplitude=0.0 if "rest" in path else 0.2).samples
        soundfile.write(into / "copy.wav", np.pad(sound, (STUDIO_RATE, 0)), STUDIO_RATE)
        yield path, into / "copy.wav"


def test_a_note_is_trimmed_and_the_manifest_names_its_studio(tmp_path):
    report = make_judged("studios", tmp_path, (CELLO, SILENT, KICK), unpack_notes)
    rows = rows_of(tmp_path / "manifest.csv")
    assert tuple(rows[0]) == ("file", "label", "studio", "role")
    assert [(row["label"], row["studio"], row["role"]) for row in rows] == [
        ("cello", "attic", "judged"),
        ("bass_drum", "cellar", "judged"),
    ]
    assert rows[0]["file"] == "cello/attic-low_C-C2.flac"
    assert report.n_refused == {"npm:strings@1.0.0": 1}, "silence is refused"
    for row in rows:
        clip = load_clip(tmp_path / row["file"])
        assert clip.seconds == pytest.approx(1.0, abs=0.05)
        assert np.abs(clip.samples).max() == pytest.approx(0.9, abs=0.01)


JUDGED = {
    "people": ((FIVE, SIX), unpack_sentence, DIGITS),
    "studios": ((CELLO, KICK), unpack_notes, INSTRUMENTS),
}


@pytest.mark.parametrize("name", JUDGED)
def test_existing_clips_are_not_unpacked_again(tmp_path, name):
    wanted, unpack, _ = JUDGED[name]
    make_judged(name, tmp_path, wanted, unpack)
    make_judged(name, tmp_path, wanted, lambda *_: pytest.fail("all clips exist"))
    assert len(rows_of(tmp_path / "manifest.csv")) == 2


@pytest.mark.parametrize("name", JUDGED)
def test_they_are_test_sounds_but_neither_training_nor_unknown_sounds(tmp_path, name):
    wanted, unpack, task = JUDGED[name]
    make_judged(name, tmp_path / name, (*wanted, replace(wanted[-1], label="no label")), unpack)
    (protocol,) = (p for p in task.protocols if p.other == name)
    judged = other_sounds.other_test_items(task, protocol, tmp_path)
    assert [item.label for item in judged] == [one.label for one in wanted]
    for task in TASKS.values():
        extras = [*task.extras, *(extra for recipe in task.recipes.values() for extra in recipe.extras)]
        assert name not in {extra.dataset for extra in extras}
        assert other_sounds.unknown_files(datasets.Dataset(task, ()), tmp_path) == {}


def test_the_list_has_every_instrument_and_balances_the_studios():
    listed = recordings("studios")
    assert len({note.file for note in listed}) == len(listed)
    assert {note.label for note in listed} == set(INSTRUMENTS.labels)
    studios = defaultdict(Counter)
    for note in listed:
        studios[note.label][note.studio] += 1
    for counts in studios.values():
        assert counts.total() <= 20
        # One studio has more notes than the others only if the others have no more.
        assert max(counts.values()) <= 4 or counts.total() < 20 or min(counts.values()) <= 3
    drums = [studios[label] for label in ("bass_drum", "hi_hat", "snare_drum")]
    assert all(len(counts) >= 7 and max(counts.values()) <= 4 for counts in drums)
    assert len({note.studio for note in listed}) >= 12
