"""The set of rendered instruments. Tests that need fluidsynth and a soundfont are skipped if these are missing."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fake_hub import files_of

from audioclf.audio import load_clip
from audioclf.data import soundfonts
from audioclf.data.manifest import rows_of
from audioclf.data.soundfonts import (
    COLUMNS,
    MAX_SECONDS,
    MIN_SECONDS,
    SOUNDFONTS,
    Rendering,
    Soundfont,
    make_renders,
    script,
)
from audioclf.data.trimming import PEAK
from audioclf.synthesis import midi
from audioclf.synthesis.midi import DRUMS, Control, Note, Phrase
from audioclf.synthesis.phrases import MAX_SECONDS as MAX_NOTES_SECONDS
from audioclf.synthesis.phrases import PARTS, VELOCITIES
from audioclf.tasks import INSTRUMENTS
from audioclf.types import Clip, DataError

RATE = soundfonts.SAMPLE_RATE
HELD_OUT = SOUNDFONTS[-1]
ABSENT = Soundfont("absent", "train", Path("no-such.sf2"), 1, 1, (0,), "apt-get install it", "free")
DRUM_LABELS = {"bass_drum", "hi_hat", "snare_drum"}

needs_fluidsynth = pytest.mark.skipif(
    not shutil.which(midi.PROGRAM) or not HELD_OUT.file.is_file(),
    reason=f"needs fluidsynth and a soundfont: apt-get install fluidsynth; {HELD_OUT.package}",
)


def clips_in(folder: Path) -> list[Clip]:
    return [load_clip(folder / row["file"]) for row in rows_of(folder / "manifest.csv")]


def tone(start: float, seconds: float, hz: float = 440) -> np.ndarray:
    """A tone within a slot of silence."""
    slot = np.zeros(round(soundfonts.SLOT_SECONDS * RATE))
    first, n = round(start * RATE), round(seconds * RATE)
    slot[first : first + n] = 0.3 * np.sin(2 * np.pi * hz * np.arange(n) / RATE)
    return slot


@pytest.fixture
def imitated(monkeypatch, tmp_path):
    """Soundfonts with 2 and 1 phrases per label, and the songs and slots of a fake fluidsynth.

    It plays a second of tone in each slot, at a pitch that depends on the slot.
    """
    asked: list[tuple[bytes, Path]] = []
    slots: dict[str, np.ndarray] = {}

    def perform(song, soundfont, out, sample_rate, *options):
        asked.append((song, soundfont))
        n = song.count(bytes([midi.ALL_SOUND_OFF, 0]))
        played = [slots.get("all", tone(0.5, 1.0, 200 + 10 * i)) for i in range(n)]
        soundfile.write(out, np.concatenate(played)[: -RATE // 2], sample_rate, subtype="FLOAT")

    monkeypatch.setattr(midi, "perform", perform)
    monkeypatch.setattr(midi, "PROGRAM", "sh")
    fonts = [
        Soundfont(name, role, tmp_path / f"{name}.sf2", n, n, (0,), f"get {name}", "free")
        for name, role, n in (("a", "train", 2), ("b", "test", 1))
    ]
    for font in fonts:
        font.file.touch()
    return fonts, asked, slots


def test_the_manifest_names_every_clip_and_what_it_holds(imitated, tmp_path):
    fonts, _, _ = imitated
    report = make_renders(tmp_path / "made", 1, soundfonts=fonts)
    rows = rows_of(tmp_path / "made" / "manifest.csv")
    assert tuple(rows[0]) == COLUMNS
    assert Counter(row["engine"] for row in rows) == report.n_clips == {"a": 22, "b": 11}
    assert not report.n_refused and not report.skipped
    assert {row["file"] for row in rows} | {"manifest.csv"} == set(files_of(tmp_path / "made"))
    assert {(row["engine"], row["role"]) for row in rows} == {("a", "train"), ("b", "test")}
    assert Counter(row["label"] for row in rows) == dict.fromkeys([*INSTRUMENTS.labels, ""], 3)


def test_a_clip_is_its_slot_without_the_silence_around_it(imitated, tmp_path):
    fonts, asked, _ = imitated
    make_renders(tmp_path / "made", jobs=1, soundfonts=fonts[:1])
    pitches = Counter()
    for path in (tmp_path / "made").rglob("*.flac"):
        info, clip = soundfile.info(path), load_clip(path)
        assert (info.samplerate, info.channels, info.subtype) == (RATE, 1, "PCM_16")
        assert clip.seconds == pytest.approx(1 + 2 * soundfonts.EDGE_SECONDS, abs=0.01)
        assert np.abs(clip.samples).max() == pytest.approx(PEAK, abs=0.001)
        pitches[round(peak_hz(clip.samples) / 10)] += 1
    assert pitches == {20: len(asked), 21: 22 - len(asked)}, "the first slots of all songs, and the second"


def test_a_long_sound_fades_out_and_a_short_one_is_padded(imitated, tmp_path):
    fonts, _, slots = imitated
    slots["all"] = tone(0.0, 5.9)
    make_renders(tmp_path / "long", soundfonts=fonts[1:])
    long = clips_in(tmp_path / "long")[0]
    assert MAX_SECONDS - 0.05 < long.seconds <= MAX_SECONDS
    assert np.abs(long.samples[-RATE // 100 :]).max() < 0.15 * PEAK
    slots["all"] = tone(0.0, 0.05)
    make_renders(tmp_path / "short", soundfonts=fonts[1:])
    assert clips_in(tmp_path / "short")[0].seconds == MIN_SECONDS


def test_silence_is_refused(imitated, tmp_path):
    fonts, _, slots = imitated
    slots["all"] = tone(0.0, 1.0) * 1e-4
    report = make_renders(tmp_path / "made", soundfonts=fonts)
    assert report.n_refused == {"a": 22, "b": 11} and not report.n_clips
    assert rows_of(tmp_path / "made" / "manifest.csv") == []


def test_existing_clips_are_kept_and_missing_ones_are_made(imitated, tmp_path):
    fonts, asked, _ = imitated
    make_renders(tmp_path / "made", soundfonts=fonts)
    before = files_of(tmp_path / "made")
    kept, lost, *_ = (row["file"] for row in rows_of(tmp_path / "made" / "manifest.csv"))
    (tmp_path / "made" / kept).write_bytes(b"kept")
    (tmp_path / "made" / lost).unlink()
    asked.clear()
    make_renders(tmp_path / "made", soundfonts=fonts)
    assert files_of(tmp_path / "made") == before | {kept: b"kept"}
    assert len(asked) == 1, "only the song that the lost clip is from is played again"


def test_progress_counts_to_the_end(imitated, tmp_path):
    seen = []
    make_renders(tmp_path / "made", soundfonts=imitated[0], progress=lambda *counts: seen.append(counts))
    assert seen == sorted(seen) and seen[-1] == (33, 33, "renders")


def test_a_missing_soundfont_is_skipped_with_a_hint(imitated, tmp_path):
    report = make_renders(tmp_path / "made", soundfonts=(ABSENT, imitated[0][1]))
    assert report.n_clips == {"b": 11} and report.skipped.keys() == {"absent"}
    assert "apt-get install it" in report.skipped["absent"]


def test_without_any_soundfont_or_fluidsynth_the_error_says_what_to_install(imitated, tmp_path, monkeypatch):
    with pytest.raises(DataError, match="apt-get install it"):
        make_renders(tmp_path / "none", soundfonts=(ABSENT,))
    monkeypatch.setattr(midi, "PROGRAM", "no-such-program")
    with pytest.raises(DataError, match="apt-get install no-such-program"):
        make_renders(tmp_path / "none", soundfonts=imitated[0])
    assert not (tmp_path / "none").exists()


# Phrases


@pytest.mark.parametrize("font", SOUNDFONTS, ids=lambda font: font.name)
def test_every_label_is_played_equally_often_and_no_take_twice(font):
    takes = list(script(font, 0))
    labels = Counter(take.part.label for take in takes)
    expected = DRUM_LABELS if font.drums_only else set(INSTRUMENTS.labels)
    assert labels.keys() == {*expected, ""}
    assert all(labels[label] >= 0.95 * font.n_phrases for label in expected)
    assert len({take.file for take in takes}) == len(takes)
    assert 0.1 < np.mean([take.wet for take in takes]) < 0.3


@pytest.mark.parametrize("font", SOUNDFONTS, ids=lambda font: font.name)
def test_a_phrase_keeps_to_its_instrument(font):
    for take in script(font, 3):
        assert {note.key for note in take.phrase.notes} <= set(take.part.keys) - set(font.lacks)
        assert take.phrase.program in (font.kits if take.part.drums else take.part.programs)
        assert take.phrase.channel == (DRUMS if take.part.drums and not font.drums_only else 0)
        assert all(note.start < MAX_NOTES_SECONDS and note.seconds > 0.01 for note in take.phrase.notes)
        assert all(VELOCITIES[0] <= note.velocity <= VELOCITIES[1] for note in take.phrase.notes)
        assert max(note.start + note.seconds for note in take.phrase.notes) < soundfonts.SLOT_SECONDS - 0.1


def test_the_seed_decides_what_is_played():
    a, again, b = ([take.file for take in script(HELD_OUT, seed)] for seed in (1, 1, 2))
    assert a == again and len(set(a) & set(b)) < 0.1 * len(a)


def test_no_instrument_is_a_label_and_background():
    used = [{(part.drums, x) for x in (part.keys if part.drums else part.programs)} for part in PARTS]
    labels, others = (
        set().union(*(u for u, part in zip(used, PARTS, strict=True) if bool(part.label) is labelled))
        for labelled in (True, False)
    )
    assert not labels & others
    assert {part.label for part in PARTS} == {*INSTRUMENTS.labels, ""}


def test_one_soundfont_is_held_out():
    assert [font.name for font in SOUNDFONTS if font.role == "test"] == [HELD_OUT.name]
    assert len({font.name for font in SOUNDFONTS}) == len(SOUNDFONTS)
    assert all(font.licence and font.package.startswith("apt-get install ") for font in SOUNDFONTS)


def test_a_song_holds_velocities_controllers_and_its_phrases_in_their_slots():
    shaken = Phrase(40, (Note(0.0, 0.5, 60, 77),), controls=(Control(0.1, midi.MODULATION, 99),))
    song = midi.midi(shaken, Phrase(0, (Note(0.25, 0.5, 36),), DRUMS), slot_seconds=2.0)
    body = song[song.index(b"\xc0\x28") :]
    expected = b"\xc0\x28 \0\x90\x3c\x4d d\xb0\x01\x63 \x83\x10\x80\x3c\0 \x8b\x5c\xc9\0 \x81\x7a\x99\x24\x64"
    assert body.startswith(expected.replace(b" ", b""))


# Sound


def peak_hz(samples: np.ndarray) -> float:
    """The loudest frequency."""
    padded = max(len(samples), 4 * RATE)
    return float(np.abs(np.fft.rfft(samples, padded)).argmax() * RATE / padded)


@needs_fluidsynth
def test_notes_have_their_pitch_and_do_not_ring_into_the_next_slot():
    flute = next(part for part in PARTS if part.label == "flute")
    keys = (69, 74, 60, 81, 93)
    takes = [Rendering(HELD_OUT, flute, Phrase(73, (Note(0.0, 1.0, key),)), wet=False) for key in keys]
    clips = list(soundfonts._played(takes))
    for key, clip in zip(keys, clips, strict=True):
        hz = 440 * 2 ** ((key - 69) / 12)
        partial = peak_hz(clip.samples[:RATE]) / hz
        assert partial == pytest.approx(max(1, round(partial)), rel=0.02) and partial < 3.1
        assert clip.seconds < 2.5


@needs_fluidsynth
def test_the_same_seed_gives_the_same_files(tmp_path):
    small = [replace(HELD_OUT, n_phrases=2, n_background=3)]
    for name, jobs in (("one", 1), ("two", 2)):
        report = make_renders(tmp_path / name, 5, jobs, soundfonts=small)
        assert report.n_clips == {HELD_OUT.name: 23} and not report.n_refused
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert {row["role"] for row in rows_of(tmp_path / "one" / "manifest.csv")} == {"test"}
    for clip in clips_in(tmp_path / "one"):
        assert MIN_SECONDS <= clip.seconds <= MAX_SECONDS
        assert np.abs(clip.samples).max() <= PEAK + 0.001
        assert np.flatnonzero(np.abs(clip.samples) > 0.01)[0] < 0.2 * RATE


@needs_fluidsynth
def test_a_bass_drum_is_darker_than_a_snare_and_a_snare_than_a_hi_hat(tmp_path):
    make_renders(tmp_path, soundfonts=[replace(HELD_OUT, n_phrases=4, n_background=1)])
    centroid = {}
    for label in ("bass_drum", "snare_drum", "hi_hat"):
        clips = [load_clip(path) for path in (tmp_path / HELD_OUT.name / label).iterdir()]
        powers = [np.abs(np.fft.rfft(clip.samples, 4 * RATE)) ** 2 for clip in clips]
        centroid[label] = np.median([np.average(np.arange(len(p)) / 4, weights=p) for p in powers])
    assert centroid["bass_drum"] < centroid["snare_drum"] < centroid["hi_hat"]
