"""Tables of docs/speakers.md: how well the bundled models compare voices."""

from collections.abc import Iterator
from typing import Any

from audioclf.wording import family_name
from audioclf.zoo.registry import BUNDLED, Registry

ZOO = Registry(BUNDLED)
ENROLMENTS = {"takes": "3 takes", "10 s": "10 s"}
TESTS = {"word": "one word", "3 s": "3 s", "5 s": "5 s"}
CHANNELS = {"same": "same channel", "other": "other channel"}
# Rows of single data sets, 10 s to enrol and 3 s to test: title -> the beginning and the end of a condition's name.
DATA_SETS = {
    "speech-commands": ("speech-commands", ""),
    "audiomnist": ("audiomnist", ""),
    "FSDD": ("digits", ""),
    "LibriSpeech": ("speaker-verification", ""),
    "LibriSpeech, other session": ("speaker-verification", " · other session"),
}

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


def _conditions() -> dict[str, dict[str, Any]]:
    """Family -> the measured conditions by name."""
    found = {}
    for name in ZOO.verifiers():
        config = ZOO.config(name)
        found[family_name(config.family)] = config.metrics["verification"]["conditions"]
    return found


def _error(condition: dict[str, Any]) -> str:
    low, high = (100 * end for end in condition["interval"])
    return f"{100 * condition['eer']:.1f} ({low:.1f} to {high:.1f})"


def errors() -> Table:
    """EER with its interval of every family and channel; the data sets together, and each of them."""
    found = _conditions()
    names = {
        f"{enrolled} · {tested}": (f"all · {e} · {t}", "")
        for e, enrolled in ENROLMENTS.items()
        for t, tested in TESTS.items()
    }
    names |= {
        f"{title}, 10 s · 3 s": (f"{first} · 10 s · 3 s", last) for title, (first, last) in DATA_SETS.items()
    }
    rows = [
        (
            title,
            *(
                _error(own[f"{first} · {channel} channel{last}"])
                for own in found.values()
                for channel in CHANNELS
            ),
        )
        for title, (first, last) in names.items()
    ]
    return ("enrolment · test", *_heads(found)), rows


def thresholds() -> Table:
    """FAR, FRR and undecided share at the shipped thresholds, of every family and channel."""
    found = _conditions()
    rows = [
        (
            f"{enrolled} · {tested}",
            *(
                _answers(own[f"all · {e} · {t} · {channel} channel"])
                for own in found.values()
                for channel in CHANNELS
            ),
        )
        for e, enrolled in ENROLMENTS.items()
        for t, tested in TESTS.items()
    ]
    return ("enrolment · test", *_heads(found)), rows


def _answers(condition: dict[str, Any]) -> str:
    return " · ".join(f"{100 * condition[key]:.1f}" for key in ("far", "frr", "unsure"))


def _heads(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    return (f"{family}, {channel}" for family in found for channel in CHANNELS.values())
