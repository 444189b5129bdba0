"""The example clips agree with their list and can be made again."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from paths import EXAMPLES

from audioclf.audio import is_silent, load_clip
from audioclf.synthesis import examples, finishing, nature, spoken_words, tunes
from audioclf.tasks import TASKS

LISTED = json.loads((EXAMPLES / "examples.json").read_text("utf-8"))
FILES = [row["file"] for row in LISTED]
VERSIONS = {"espeak-ng": "1.51", "flite": "2.2", "fluidsynth": "2.3"}  # used to make the clips


def test_the_list_and_the_folder_agree():
    assert sorted(FILES) == sorted(
        path.name for path in EXAMPLES.iterdir() if path.suffix in {".wav", ".flac"}
    )
    assert [{key: getattr(example, key) for key in examples.KEYS} for example in examples.EXAMPLES] == LISTED
    assert len({Path(file).stem for file in FILES}) == len(FILES), "a link names an example by its stem"


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_all_of_its_labels_and_buttons_for_some_and_for_an_unknown_sound(task):
    labels = [row["label"] for row in LISTED if row["task"] == task]
    assert set(labels) - {None} == set(TASKS[task].labels)
    buttons = [row["label"] for row in LISTED if row["task"] == task and row["has_button"]]
    assert 5 <= len(buttons) <= 8 and buttons.count(None) >= 1
    assert len(set(buttons) - {None}) >= 4


def test_only_the_digits_have_a_silent_example():
    assert [row["task"] for row in LISTED if row["title"] == "Silence"] == ["digits"]


@pytest.mark.parametrize("row", LISTED, ids=FILES)
def test_an_example_is_short_small_and_complete(row):
    path = EXAMPLES / row["file"]
    clip = load_clip(path)
    assert path.stat().st_size < 150_000
    assert 1 <= clip.seconds <= 4 and 16_000 <= clip.sample_rate <= 32_000
    assert is_silent(clip) == (row["title"] == "Silence")
    assert np.abs(clip.samples).max() < 0.9
    assert row["title"] and row["expect"].endswith((".", "?")) and row["origin"]


def test_all_of_them_are_small():
    assert sum((EXAMPLES / file).stat().st_size for file in FILES) < 2_900_000


def test_the_cafe_is_twenty_decibels_below_the_word():
    rng = np.random.default_rng(0)
    word = rng.normal(0, 0.1, 4000) * np.hanning(4000)
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is missing: apt-get install espeak-ng")
    background = spoken_words.in_a_cafe(word).samples - spoken_words.alone(word).samples
    level = (finishing.PEAK * word / np.abs(word).max()).std()
    assert 20 * np.log10(level / background.std()) == pytest.approx(20, abs=0.1)


def test_a_wave_swells_and_a_clock_is_regular():
    power = np.square(nature.outdoors(nature.sea_waves).samples).reshape(10, -1).mean(1)
    assert power[4:6].mean() > 5 * max(power[0], power[-1])
    ticks = np.abs(nature.outdoors(nature.clock_tick).samples) > 0.3
    starts = (
        np.flatnonzero(ticks)[np.diff(np.flatnonzero(ticks), prepend=-9999) > 3200] / finishing.SAMPLE_RATE
    )
    assert len(starts) == 5 and np.diff(starts) == pytest.approx([0.5] * 4, abs=0.02)


# Music


def notes_of(song: bytes) -> list[tuple[int, int, int]]:
    """(start, end, key) of the notes of a one-track MIDI file, in ticks; reads only what `midi` writes."""
    assert song[:14] == b"MThd\0\0\0\x06\0\0\0\x01\x03\xe8"
    assert song[14:18] == b"MTrk" and int.from_bytes(song[18:22], "big") == len(song) - 22
    lengths = {0x9: 3, 0x8: 3, 0xC: 2}
    at, now, sounding, notes = 22, 0, {}, []
    while at < len(song):
        gap = 0
        while song[at] & 0x80:
            gap, at = (gap | song[at] & 0x7F) << 7, at + 1
        now, at = now + (gap | song[at]), at + 1
        kind, key = song[at] >> 4, song[at + 1]
        if kind == 0x9:
            assert key not in sounding
            sounding[key] = now
        elif kind == 0x8:
            notes.append((sounding.pop(key), now, key))
        at += 3 + song[at + 2] if kind == 0xF else lengths[kind]
    assert not sounding
    return notes


def test_a_midi_file_holds_the_notes_of_its_phrase():
    tune = tunes.melody(73, (60, 0.05), (60, 0.2), (67, 20.0))
    assert notes_of(tunes.midi(tune)) == [(0, 50, 60), (50, 250, 60), (250, 20250, 67)]
    hits = tunes.beats(38, 0.0, 0.5)
    assert notes_of(tunes.midi(hits)) == [(0, 200, 38), (500, 700, 38)]


@pytest.mark.skipif(
    not shutil.which("fluidsynth") or not tunes.SOUNDFONT.exists(),
    reason="needs fluidsynth and its soundfont: apt-get install fluidsynth fluid-soundfont-gm",
)
def test_a_flute_plays_its_note():
    clip = tunes.play(tunes.melody(73, (69, 2.0)))
    spectrum = np.abs(np.fft.rfft(clip.samples[: clip.sample_rate * 2]))
    assert spectrum.argmax() / 2 == pytest.approx(440, rel=0.01)


# Made again


def missing(origin: str) -> str:
    """Programs, in the version that made a clip of this origin, and soundfonts that are not installed here."""
    lacking = [
        f"{program} {version}"
        for program, version in VERSIONS.items()
        if program in origin and version not in version_text(program)
    ]
    if "FluidR3" in origin and not tunes.SOUNDFONT.exists():
        lacking.append(str(tunes.SOUNDFONT))
    return ", ".join(lacking)


def version_text(program: str) -> str:
    """Output of `program --version`; empty if it is not installed."""
    if shutil.which(program) is None:
        return ""
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout


@pytest.mark.parametrize("example", examples.EXAMPLES, ids=FILES)
def test_making_an_example_again_gives_the_same_sound(example, tmp_path):
    if lacking := missing(example.origin):
        pytest.skip(f"making {example.file} again needs {lacking}")
    examples.write(example.make(), tmp_path / example.file)
    old, new = load_clip(EXAMPLES / example.file), load_clip(tmp_path / example.file)
    assert new.sample_rate == old.sample_rate
    # Sums and sines may differ in their last bit between machines, and so by a step of 16 bits.
    np.testing.assert_allclose(new.samples, old.samples, atol=2 / 32768)
