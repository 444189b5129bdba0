"""A data set small enough to train on in a test: each digit a diphthong of its own, from three "speakers"."""

import csv
from pathlib import Path

import numpy as np
import soundfile

from audioclf import effects
from audioclf.tasks import DIGITS
from audioclf.types import Clip

SPEAKERS = {"ann": 110, "bea": 180, "cem": 240}  # name -> pitch in Hz
TAKES = 2
VOWELS = ((300, 2300), (700, 1100), (300, 800), (550, 1800), (900, 3000))  # formants in Hz


def write_digits(root: Path) -> Path:
    """Write <root>/digits/{audio, manifest.csv}, synthetic voices and people; take 0 is the test split."""
    write_voices(root)
    write_people(root)
    folder = root / "digits"
    (folder / "audio").mkdir(parents=True)
    rows = [
        (label, speaker, take) for label in DIGITS.labels for speaker in SPEAKERS for take in range(TAKES)
    ]
    with open(folder / "manifest.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "label", "speaker", "split", "sample_rate", "n_samples"])
        for label, speaker, take in rows:
            clip = buzz(DIGITS.labels.index(label), SPEAKERS[speaker], take)
            name = f"audio/{label}_{speaker}_{take}.wav"
            soundfile.write(folder / name, clip.samples, clip.sample_rate)
            table.writerow([name, label, speaker, "test" if take == 0 else "train", 8000, len(clip.samples)])
    return root


def write_voices(root: Path) -> None:
    """Write <root>/voices: one voice to learn from, one to be judged on; words that are no digit are reversed."""
    folder = root / "voices"
    (folder / "audio").mkdir(parents=True)
    with open(folder / "manifest.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "label", "word", "speaker", "engine", "role", "sex"])
        for speaker, pitch, role in (("robot", 150, "train"), ("android", 200, "test")):
            for digit, label in enumerate(DIGITS.labels):
                clip = buzz(digit, pitch, TAKES)
                for known, word in ((label, label), ("", f"{label}-reversed")):
                    name = f"audio/{speaker}_{word}.wav"
                    samples = clip.samples if known else clip.samples[::-1]
                    soundfile.write(folder / name, samples, clip.sample_rate)
                    table.writerow([name, known, word, speaker, speaker, role, "m"])


def write_people(root: Path) -> None:
    """Write <root>/people: two who are only judged on, and of one a word that is no digit."""
    folder = root / "people"
    folder.mkdir(parents=True)
    rows = [("dan", 140, label, label) for label in DIGITS.labels[:5]]
    rows += [("eve", 220, label, label) for label in DIGITS.labels[5:]] + [("eve", 220, "ten", "ten")]
    with open(folder / "manifest.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "label", "speaker", "sex", "role"])
        for i, (speaker, pitch, label, word) in enumerate(rows):
            clip = buzz(i % 10, pitch, TAKES + 1)
            soundfile.write(folder / f"{speaker}_{word}.wav", clip.samples, clip.sample_rate)
            table.writerow([f"{speaker}_{word}.wav", label, speaker, "", "judged"])


def buzz(digit: int, pitch: float, take: int) -> Clip:
    rng = np.random.default_rng([digit, take])
    source = 0.01 * rng.standard_normal(3200).astype(np.float32)
    source[:: round(8000 / pitch)] = 1
    # Two vowels in a row: of one alone, taking out each recording's mean spectrum would leave nothing.
    first, second = VOWELS[digit % 5], VOWELS[(digit + 1 + digit // 5) % 5]
    halves = [
        effects.resonances(Clip(half, 8000), vowel, rng).samples
        for half, vowel in zip(np.split(source, 2), (first, second), strict=True)
    ]
    return Clip(np.concatenate(halves), 8000)
