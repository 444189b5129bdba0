"""Accuracy of the bundled digit models on synthetic voices, and rejection of other words."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

import audioclf
from audioclf.synthesis.finishing import Samples
from audioclf.synthesis.spoken_words import SAMPLE_RATE, alone, espeak, flite
from audioclf.tasks import DIGITS

OTHER_WORDS = [
    "apple",
    "banana",
    "coffee",
    "computer",
    "door",
    "eleven",
    "garden",
    "hello",
    "house",
    "kitchen",
    "letter",
    "maybe",
    "monday",
    "mother",
    "music",
    "never",
    "ocean",
    "orange",
    "paper",
    "people",
    "please",
    "question",
    "river",
    "sorry",
    "table",
    "thank",
    "tomorrow",
    "water",
    "window",
    "yellow",
]
Speak = Callable[[str], Samples]

# Group of voices -> a function per voice that speaks a word.
VOICES: Mapping[str, tuple[Speak, ...]] = {
    "flite, men (awb, rms, kal16)": tuple(
        lambda word, voice=voice: flite(word, voice) for voice in ("awb", "rms", "kal16")
    ),
    "flite, a woman (slt)": (lambda word: flite(word, "slt"),),
    "espeak-ng, men (en-us, en-gb, m3)": tuple(
        lambda word, voice=voice: espeak(word, voice) for voice in ("en-us", "en-gb", "en-us+m3")
    ),
    "espeak-ng, women (f2, f3, f4)": tuple(
        lambda word, voice=voice: espeak(word, voice) for voice in ("en-us+f2", "en-us+f3", "en-us+f4")
    ),
}


def report() -> str:
    """A Markdown table: digits correct, digits accepted as known, other words rejected; per group and model."""
    models = [audioclf.load(f"{DIGITS.name}-{family}") for family in DIGITS.recipes]
    rows = [
        "## Synthetic voices\n\nEach cell: digits correct / digits accepted as known / other words rejected.\n",
        "| voices | clips | " + " | ".join(model.config.id for model in models) + " |",
        "|---" * (2 + len(models)) + "|",
    ]
    for group, voices in VOICES.items():
        digits = [(label, clip) for label, clip in _spoken(voices, DIGITS.labels)]
        others = [clip for _, clip in _spoken(voices, OTHER_WORDS)]
        cells = [_cell(model, digits, others) for model in models]
        rows.append(f"| {group} | {len(digits)} + {len(others)} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _spoken(voices: Iterable[Speak], words: Iterable[str]) -> list[tuple[str, audioclf.Clip]]:
    return [(word, alone(_short(speak(word)))) for speak in voices for word in words]


def _short(speech: Samples) -> Samples:
    return speech[: SAMPLE_RATE + SAMPLE_RATE // 8]  # longest speech that fits into a clip


def _cell(
    model: audioclf.Classifier, digits: list[tuple[str, audioclf.Clip]], others: list[audioclf.Clip]
) -> str:
    answers = [(label, model(clip)) for label, clip in digits]
    right = np.mean([answer.label == label for label, answer in answers])
    accepted = np.mean([answer.known for _, answer in answers])
    rejected = np.mean([not model(clip).known for clip in others])
    return f"{right:.0%} / {accepted:.0%} / {rejected:.0%}"
