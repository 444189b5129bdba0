"""The example clips are what their list says they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import audioclf.examples
from audioclf.audio import is_silent, load_clip
from audioclf.examples import make

FOLDER = Path(audioclf.examples.__file__).parent
LISTED = json.loads((FOLDER / "examples.json").read_text("utf-8"))
DIGITS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}


def test_the_list_and_the_folder_agree():
    assert sorted(row["file"] for row in LISTED) == sorted(path.name for path in FOLDER.glob("*.wav"))
    keys = ("file", "task", "title", "label", "expect", "origin")
    assert [{key: getattr(example, key) for key in keys} for example in make.EXAMPLES] == LISTED


def test_the_list_has_speech_silence_and_something_foreign():
    labels = [row["label"] for row in LISTED]
    assert 5 <= len(LISTED) <= 8 and labels.count(None) >= 2
    assert set(labels) - {None} <= DIGITS


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row["file"])
def test_an_example_is_short_small_and_sounds_as_announced(row):
    path = FOLDER / row["file"]
    clip = load_clip(path)
    assert path.stat().st_size < 40_000
    assert clip.sample_rate == make.SAMPLE_RATE and clip.seconds == pytest.approx(make.CLIP_SECONDS)
    assert is_silent(clip) == (row["title"] == "Silence")
    assert np.abs(clip.samples).max() < 0.9
    assert row["expect"].endswith(".") and row["title"]


def test_the_cafe_is_twenty_decibels_below_the_word():
    rng = np.random.default_rng(0)
    word = rng.normal(0, 0.1, 4000) * np.hanning(4000)
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is missing: apt-get install espeak-ng")
    background = make.in_a_cafe(word) - make.on_air(word)
    level = (make.PEAK * word / np.abs(word).max()).std()
    assert 20 * np.log10(level / background.std()) == pytest.approx(20, abs=0.1)


def said_by(program: str) -> str:
    """What a speech program says of its version; empty if it is not installed."""
    if shutil.which(program) is None:
        return ""
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout


@pytest.mark.skipif(
    "1.51" not in said_by("espeak-ng") or "2.2" not in said_by("flite"),
    reason="making the examples again needs espeak-ng 1.51 and flite 2.2: apt-get install espeak-ng flite",
)
def test_making_them_again_makes_the_same_sound(tmp_path):
    make.main(tmp_path)
    assert (tmp_path / "examples.json").read_text("utf-8") == (FOLDER / "examples.json").read_text("utf-8")
    for row in LISTED:
        old, new = load_clip(FOLDER / row["file"]), load_clip(tmp_path / row["file"])
        # Sums and sines may differ in their last bit between machines, and so by a step of 16 bits.
        np.testing.assert_allclose(new.samples, old.samples, atol=2 / 32768)
