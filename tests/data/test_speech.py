"""The set of synthetic voices, made here by copying tones: no synthesiser is needed."""

import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from fake_hub import files_of

from audioclf.audio import load_clip
from audioclf.data.manifest import rows_of
from audioclf.data.speech import COLUMNS, EDGE_SECONDS, MAX_SECONDS, OTHER_WORDS, make_voices, script
from audioclf.data.trimming import PEAK
from audioclf.synthesis.tts_engines import ENGINES, Engine, Voice, settings
from audioclf.tasks import DIGITS
from audioclf.types import DataError

RATE = 8000
ABSENT = Engine(
    "absent", "train", 1, ("no-such-program", "{out}"), (Voice("v", "f"),), "apt-get install it", ""
)


@pytest.fixture(scope="module")
def copying(tmp_path_factory):
    """Two engines that copy recordings: a tone between silences, silence, and a tone that is too long."""
    recordings = tmp_path_factory.mktemp("recordings")
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE * 4 // 10) / RATE)
    sounds = {
        "ann": np.pad(tone, RATE // 2),
        "bob": np.pad(-0.1 * tone, RATE // 2),
        "mute": np.zeros(RATE),
        "slow": np.tile(tone, 5),
    }
    for name, samples in sounds.items():
        soundfile.write(recordings / f"{name}.wav", samples, RATE)
    command = ("cp", f"{recordings}/{{voice}}.wav", "{out}")
    train = Engine("copy", "train", 1, command, (Voice("ann", "f"), Voice("bob", "m")), "get a", "free")
    return train, replace(train, name="copy2", role="test", voices=(Voice("ann", "f"),))


@pytest.fixture(scope="module")
def made(tmp_path_factory, copying):
    """A folder with the clips of both engines for seed 1, and the report of `make_voices`."""
    folder = tmp_path_factory.mktemp("made")
    return folder, make_voices(folder, 1, engines=copying)


def test_the_manifest_names_every_clip_and_what_it_holds(made):
    folder, report = made
    rows = rows_of(folder / "manifest.csv")
    assert tuple(rows[0]) == COLUMNS
    assert Counter(row["engine"] for row in rows) == report.n_clips == {"copy": 28, "copy2": 14}
    assert {row["file"] for row in rows} | {"manifest.csv"} == set(files_of(folder))
    assert {(row["speaker"], row["sex"]) for row in rows} == {
        ("copy-ann", "f"),
        ("copy-bob", "m"),
        ("copy2-ann", "f"),
    }
    for row in rows:
        assert row["label"] == (row["word"] if row["word"] in DIGITS.labels else "")


def test_train_and_test_share_neither_engine_nor_other_words(made):
    rows = rows_of(made[0] / "manifest.csv")
    for column, those in (("engine", rows), ("word", [row for row in rows if not row["label"]])):
        train, test = ({row[column] for row in those if row["role"] == role} for role in ("train", "test"))
        assert train and test and not train & test


def test_a_clip_is_the_word_alone_at_one_level(made):
    for row in rows_of(made[0] / "manifest.csv"):
        clip = load_clip(made[0] / row["file"])
        loud = np.flatnonzero(np.abs(clip.samples) > 0.01)
        assert np.abs(clip.samples).max() == pytest.approx(PEAK, abs=0.001)
        for silence in (loud[0], len(clip.samples) - 1 - loud[-1]):
            assert silence / clip.sample_rate == pytest.approx(EDGE_SECONDS, abs=0.002)


def test_the_same_seed_gives_the_same_files(tmp_path, copying, made):
    make_voices(tmp_path, 1, jobs=1, engines=copying)
    assert files_of(tmp_path) == files_of(made[0])


def test_another_seed_gives_other_utterances(copying):
    engine = copying[0]
    a, b = ([line.file for line in script(engine, engine.voices[0], seed)] for seed in (1, 2))
    assert not set(a) & set(b)


def test_existing_clips_are_kept_and_missing_ones_are_made(tmp_path, copying, made):
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    kept, lost, *_ = (row["file"] for row in rows_of(tmp_path / "manifest.csv"))
    (tmp_path / kept).write_bytes(b"kept")
    (tmp_path / lost).unlink()
    make_voices(tmp_path, 1, engines=copying)
    assert files_of(tmp_path) == files_of(made[0]) | {kept: b"kept"}


@pytest.mark.parametrize("voice", ["mute", "slow"])
def test_silence_and_long_clips_are_refused(tmp_path, copying, voice):
    """The voice passes the check of the engine, which uses the word "seven", but fails on all other words."""
    flaky = replace(copying[0], command=_says_seven_only(copying[0].command, voice))
    report = make_voices(tmp_path, engines=(replace(flaky, voices=(Voice("ann", "f"),)),))
    assert report.n_refused["copy"] == 13 and report.n_clips == {"copy": 1}
    assert [row["word"] for row in rows_of(tmp_path / "manifest.csv")] == ["seven"]


def _says_seven_only(copy: tuple[str, ...], otherwise: str) -> tuple[str, ...]:
    recording = copy[1].replace("{voice}", "$who")
    choose = f"case $0 in seven*) who=ann;; *) who={otherwise};; esac"
    return ("sh", "-c", f'{choose}; cp "{recording}" "$1"', "{text}", "{out}")


def test_missing_engines_and_voices_are_skipped_with_a_hint(tmp_path, copying):
    train, _ = copying
    report = make_voices(
        tmp_path, engines=(ABSENT, replace(train, voices=(Voice("ann", "f"), Voice("cat", "f"))))
    )
    assert report.n_clips == {"copy": 14}
    assert report.skipped.keys() == {"absent", "copy"}
    assert "apt-get install it" in report.skipped["absent"] and "cat" in report.skipped["copy"]


def test_an_engine_needs_its_program_and_its_package():
    there = replace(ABSENT, command=("{python}",))
    assert there.installed() and not ABSENT.installed()
    assert not replace(there, holder="no_such_package").installed()


def test_without_any_engine_the_error_says_what_to_install(tmp_path):
    with pytest.raises(DataError, match="apt-get install it"):
        make_voices(tmp_path / "none", engines=(ABSENT,))
    assert not (tmp_path / "none").exists()


def test_progress_counts_to_the_end(copying, made):
    seen = []
    make_voices(made[0], 1, engines=copying, progress=lambda *counts: seen.append(counts))
    assert seen == [(n, 42, "voices") for n in range(1, 43)]


def test_every_voice_speaks_every_digit_equally_often_and_no_line_twice():
    for engine in ENGINES:
        lines = list(script(engine, engine.voices[0], seed=0))
        digits = Counter(line.word for line in lines if line.word in DIGITS.labels)
        assert digits == dict.fromkeys(DIGITS.labels, engine.takes)
        assert len({line.file for line in lines}) == len(lines)


def test_the_table_of_engines_is_balanced_and_holds_one_out():
    share = Counter(
        {engine.name: engine.takes * len(engine.voices) for engine in ENGINES if engine.role == "train"}
    )
    assert max(share.values()) / share.total() < 0.35
    assert [engine.name for engine in ENGINES if engine.role == "test"] == ["rhvoice"]
    for engine in ENGINES:
        assert engine.licence and engine.packages and {voice.sex for voice in engine.voices} <= {"f", "m"}
        assert len({voice.name for voice in engine.voices}) == len(engine.voices)


def test_other_words_are_no_digits_and_are_listed_once():
    words = [word for role in OTHER_WORDS for word in OTHER_WORDS[role].split("; ")]
    assert len(set(words)) == len(words)
    assert not set(words) & {*DIGITS.labels, "won", "to", "too", "for", "ate", "nein"}


def test_faster_and_higher_mean_the_same_to_every_program():
    slow, fast = (settings(Voice("v", "f", 200), speed, 1.0) for speed in (0.8, 1.25))
    assert slow["words_per_minute"] < fast["words_per_minute"] and slow["stretch"] > fast["stretch"]
    low, high = (settings(Voice("v", "f", 200), 1.0, pitch) for pitch in (0.9, 1.1))
    assert low["hz"] == 180 and high["hz"] == 220
    assert low["pitch_of_99"] < 50 < high["pitch_of_99"]


def test_espeak_speaks(tmp_path):
    espeak = ENGINES[0]
    if shutil.which("espeak-ng") is None:
        pytest.skip(f"espeak-ng is missing: {espeak.packages}")
    report = make_voices(tmp_path, engines=(replace(espeak, voices=espeak.voices[:1]),))
    rows = rows_of(tmp_path / "manifest.csv")
    seconds = [load_clip(tmp_path / row["file"]).seconds for row in rows]
    assert report.n_clips == {"espeak-ng": 14} and not report.n_refused and not report.skipped
    assert min(seconds) > 0.1 and max(seconds) < MAX_SECONDS
