"""Synthesised words, and the clips of the digits task without a word: a bell and silence."""

import subprocess
import tempfile

import numpy as np

from audioclf.audio import load_clip, resample
from audioclf.synthesis.finishing import PEAK, Samples, record
from audioclf.types import Clip

SAMPLE_RATE = 16_000
SECONDS = 1.2
NOISE_DB = -60.0


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


def alone(speech: Samples, seconds: float = SECONDS) -> Clip:
    """The speech without background."""
    return record(speech, SAMPLE_RATE, seconds, NOISE_DB)


def in_a_cafe(speech: Samples, snr_db: float = 20.0) -> Clip:
    """The word over eight other voices, whose level is `snr_db` below the word's."""
    lines = ("the train was late again this morning", "would you like some more coffee with that")
    voices = ("en-gb+m1", "en-us+m3", "en-gb+f2", "en-us+f4")
    clean = alone(speech)
    talk = [
        espeak(line, voice, 160)[5000 + 700 * i :][: len(clean.samples)]
        for line in lines
        for i, voice in enumerate(voices)
    ]
    babble = np.sum([part / part.std() for part in talk], axis=0)
    level = PEAK * speech.std() / np.abs(speech).max() * 10 ** (-snr_db / 20)
    return Clip((clean.samples + babble / babble.std() * level).astype(np.float32), SAMPLE_RATE)


def bell(hz: float = 660.0) -> Clip:
    """A bell: partials at the ratios of a church bell; higher ones decay faster."""
    seconds = np.arange(round(1.0 * SAMPLE_RATE)) / SAMPLE_RATE
    ratios = (0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0)
    partials = [np.sin(2 * np.pi * hz * r * seconds) * np.exp(-3 * r * seconds) for r in ratios]
    return alone(np.sum(partials, axis=0))


def silence() -> Clip:
    """Digital silence: every sample zero."""
    return Clip(np.zeros(round(SECONDS * SAMPLE_RATE), np.float32), SAMPLE_RATE)
