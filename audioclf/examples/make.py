"""Make the example clips from nothing: `python -m audioclf.examples.make [FOLDER]` writes clips and list.

The voices are those of espeak-ng (the clips were made with 1.51) and flite (2.2). Both give the same samples
on every run; other versions may speak differently. The rest is computed here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf.audio import encode_wav, load_clip, resample
from audioclf.types import Clip

SAMPLE_RATE = 16_000
CLIP_SECONDS = 1.2
PEAK = 0.6

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """One clip of the list: its true label (None: no label fits), what to expect, and how it is made."""

    file: str
    task: str
    title: str
    label: str | None
    expect: str
    origin: str
    make: Callable[[], Samples]


def espeak(text: str, voice: str, words_per_minute: int = 140) -> Samples:
    """Speech by espeak-ng, without the silence around it."""
    return _spoken(["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-w", "{out}", text])


def flite(text: str, voice: str) -> Samples:
    """Speech by flite, without the silence around it."""
    return _spoken(["flite", "-voice", voice, "-t", text, "-o", "{out}"])


def _spoken(command: list[str]) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/speech.wav"
        subprocess.run([part.replace("{out}", out) for part in command], check=True, capture_output=True)
        clip = resample(load_clip(out), SAMPLE_RATE)
    loud = np.flatnonzero(np.abs(clip.samples) > 0.01 * np.abs(clip.samples).max())
    return clip.samples[loud[0] : loud[-1] + 1].astype(np.float64)


def on_air(sound: Samples, noise_db: float = -60.0) -> Samples:
    """The sound at PEAK in the middle of CLIP_SECONDS, over the faint noise that every real recording has."""
    n = round(CLIP_SECONDS * SAMPLE_RATE)
    samples = np.random.default_rng(1).normal(0, 10 ** (noise_db / 20), n)
    first = (n - len(sound)) // 2
    samples[first : first + len(sound)] += PEAK * sound / np.abs(sound).max()
    return samples


def in_a_cafe(speech: Samples, snr_db: float = 20.0) -> Samples:
    """The word among eight voices that talk about something else, `snr_db` below it while it sounds."""
    lines = ("the train was late again this morning", "would you like some more coffee with that")
    voices = ("en-gb+m1", "en-us+m3", "en-gb+f2", "en-us+f4")
    n = round(CLIP_SECONDS * SAMPLE_RATE)
    talk = [
        espeak(line, voice, 160)[5000 + 700 * i :][:n] for line in lines for i, voice in enumerate(voices)
    ]
    babble = np.sum([part / part.std() for part in talk], axis=0)
    clean = on_air(speech)
    word = PEAK * speech / np.abs(speech).max()
    return clean + babble / babble.std() * word.std() * 10 ** (-snr_db / 20)


def bell(hz: float = 660.0) -> Samples:
    """A struck bell: partials at the classic ratios of a church bell, the higher the sooner gone."""
    seconds = np.arange(round(1.0 * SAMPLE_RATE)) / SAMPLE_RATE
    ratios = (0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0)
    return np.sum([np.sin(2 * np.pi * hz * r * seconds) * np.exp(-3 * r * seconds) for r in ratios], axis=0)


def silence() -> Samples:
    """Digital silence: every sample zero."""
    return np.zeros(round(CLIP_SECONDS * SAMPLE_RATE))


EXAMPLES = (
    Example(
        "seven.wav",
        "digits",
        "“seven”, a Scot",
        "seven",
        "An easy one: all three should hear seven.",
        "flite, voice awb",
        lambda: on_air(flite("seven", "awb")),
    ),
    Example(
        "three.wav",
        "digits",
        "“three”, a woman",
        "three",
        "Clear speech of a voice that no model was trained on.",
        "flite, voice slt",
        lambda: on_air(flite("three", "slt")),
    ),
    Example(
        "one.wav",
        "digits",
        "“one”, a man",
        "one",
        "A low voice; nine and one are easily confused.",
        "flite, voice rms",
        lambda: on_air(flite("one", "rms")),
    ),
    Example(
        "six-cafe.wav",
        "digits",
        "“six” in a busy café",
        "six",
        "Eight voices talk behind the word: see who is still sure.",
        "flite, voice awb, over eight espeak-ng voices 20 dB below it",
        lambda: in_a_cafe(flite("six", "awb")),
    ),
    Example(
        "bell.wav",
        "digits",
        "A bell, no digit at all",
        None,
        "No digit is spoken; a careful model says that it does not know this sound.",
        "synthesised from eight decaying sine waves",
        lambda: on_air(bell()),
    ),
    Example(
        "silence.wav",
        "digits",
        "Silence",
        None,
        "Nothing to hear, and no model should claim otherwise.",
        "all samples zero",
        silence,
    ),
)


def main(folder: Path) -> None:
    """Write every example and examples.json into an existing folder."""
    rows = []
    for example in EXAMPLES:
        samples = example.make()
        encode_wav(Clip(samples.astype(np.float32), SAMPLE_RATE), folder / example.file)
        keys = ("file", "task", "title", "label", "expect", "origin")
        rows.append({key: getattr(example, key) for key in keys})
    text = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    (folder / "examples.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
