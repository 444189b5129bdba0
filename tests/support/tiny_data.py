"""A data set small enough to train on in a test: each digit a diphthong of its own, from three "speakers"."""

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import soundfile

from audioclf import effects
from audioclf.data.people import halves_of_takes
from audioclf.tasks import DIGITS
from audioclf.types import Clip

SPEAKERS = {"ann": 110, "bea": 180, "cem": 240}  # name -> pitch in Hz
TAKES = 2
VOWELS = ((300, 2300), (700, 1100), (300, 800), (550, 1800), (900, 3000))  # formants in Hz


def write_digits(root: Path) -> Path:
    """Write <root>/digits, its sounds in audio/, synthetic voices and people; take 0 is the test split."""
    write_voices(root)
    write_people(root)
    write_home(root)
    rows = []
    for label, speaker, take in product(DIGITS.labels, SPEAKERS, range(TAKES)):
        clip = buzz(DIGITS.labels.index(label), SPEAKERS[speaker], take)
        split = "test" if take == 0 else "train"
        rows.append((clip, f"audio/{label}_{speaker}_{take}.wav", label, speaker, split))
    write_set(root / "digits", ("label", "speaker", "split"), rows)
    return root


def write_voices(root: Path) -> None:
    """Write <root>/voices: one voice to learn from, one to be judged on; words that are no digit are reversed."""
    rows = []
    for speaker, pitch, role in (("robot", 150, "train"), ("android", 200, "test")):
        for digit, label in enumerate(DIGITS.labels):
            clip = buzz(digit, pitch, TAKES)
            backwards = Clip(clip.samples[::-1], clip.sample_rate)
            for sound, known, word in ((clip, label, label), (backwards, "", f"{label}-reversed")):
                rows.append((sound, f"audio/{speaker}_{word}.wav", known, word, speaker, speaker, role, "m"))
    write_set(root / "voices", ("label", "word", "speaker", "engine", "role", "sex"), rows)


def write_home(root: Path) -> None:
    """Write <root>/speech-commands: every digit and two other words, by people who may teach."""
    known = [key for key, half in halves_of_takes().items() if half == "dev"]
    rows = []
    for i, word in enumerate((*DIGITS.labels, "bed", "happy")):
        speaker, _, take = next(key for key in known if key[1] == word)
        kind = "digit" if word in DIGITS.labels else "other_word"
        rows.append((buzz(i % 10, 160, TAKES + 2), f"{word}_{speaker}.wav", word, speaker, kind, take))
    write_set(root / "speech-commands", ("label", "speaker", "kind", "take"), rows)


def write_people(root: Path) -> None:
    """Write <root>/people: two who are only judged on, and of one a word that is no digit."""
    words = [("dan", 140, label) for label in DIGITS.labels[:5]]
    words += [("eve", 220, word) for word in (*DIGITS.labels[5:], "ten")]
    rows = [
        (buzz(i % 10, pitch, TAKES + 1), f"{speaker}_{word}.wav", word, speaker, "", "judged")
        for i, (speaker, pitch, word) in enumerate(words)
    ]
    write_set(root / "people", ("label", "speaker", "sex", "role"), rows)


def write_set(folder: Path, columns: Sequence[str], rows: Iterable[tuple]) -> None:
    """Write sounds and the manifest that lists them. A row: a clip, its file, and the values of the columns."""
    lines = [",".join(("file", *columns))]
    for clip, file, *values in rows:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / file, clip.samples, clip.sample_rate)
        lines.append(",".join((file, *values)))
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", "utf-8")


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
