"""Recordings of people that no bundled digit model learnt from: which of them choose, and which judge.

The people of Speech Commands are split once, by a hash of their id, and listed in `lists/speech_commands.csv`. The
half "dev" may choose thresholds and methods; the half "test" only judges, as the sets of QUIET and OTHERS do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audioclf.data.datasets import Item
from audioclf.data.manifest import MANIFEST, listed, rows_of
from audioclf.data.published import LAYOUTS
from audioclf.tasks import DIGITS

HOME, QUIET, OTHERS = "speech-commands", "audiomnist", "other-speech"
HALVES = ("dev", "test")


@dataclass(frozen=True)
class Person:
    """A speaker of Speech Commands, and the half that he or she is in."""

    speaker: str
    half: str


def people(half: str) -> frozenset[str]:
    """Ids of the speakers of Speech Commands in one of HALVES."""
    return frozenset(person.speaker for person in listed("speech_commands", Person) if person.half == half)


def strangers(root: Path, name: str, half: str = "test") -> tuple[Item, ...]:
    """Recordings of the data set `name` below `root`; the label is "" for a word that is no digit.

    Of HOME, those of the people in `half`; the other sets only judge, so that their half "dev" is empty. Empty
    without the data set.
    """
    items = tuple(_items(root / name))
    if name != HOME:
        return items if half == "test" else ()
    chosen = people(half)
    return tuple(item for item in items if item.row.get("speaker") in chosen)


def _items(folder: Path) -> Iterator[Item]:
    """From a manifest, else from a set of digits as it was published."""
    if (folder / MANIFEST).is_file():
        for row in rows_of(folder / MANIFEST):
            label = row.get("label", "")
            yield Item(folder / row["file"], label if label in DIGITS.labels else "", row)
        return
    for layout in LAYOUTS[DIGITS.name]:
        if (folder / layout.sign).exists():
            yield from (Item(path, row["label"], row) for path, row in layout.rows(DIGITS, folder))
