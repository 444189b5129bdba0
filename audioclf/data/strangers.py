"""Recordings of strangers: which of them may teach and choose, and which only judge.

The people of Speech Commands are split once, by a hash of their id, and listed in `lists/speech_commands.csv`. The
half "dev" may teach, and choose thresholds and methods; the half "test" only judges, as the sets of QUIET and
OTHERS do.
"""

from pathlib import Path

from audioclf.data.datasets import Item, recordings_of
from audioclf.data.people import HOME, people
from audioclf.tasks import DIGITS

QUIET, OTHERS = "audiomnist", "other-speech"


def strangers(root: Path, name: str, half: str = "test") -> tuple[Item, ...]:
    """Recordings of the data set `name` below `root`; the label is "" for a word that is no digit.

    Of HOME, those of the people in `half`; the other sets only judge, so that their half "dev" is empty. Empty
    without the data set.
    """
    items = tuple(recordings_of(DIGITS, root / name))
    if name != HOME:
        return items if half == "test" else ()
    chosen = people(half)
    return tuple(item for item in items if item.row.get("speaker") in chosen)
