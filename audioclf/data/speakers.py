"""People whose voices are compared: who is learnt from, who calibrates, who judges, and the trials among them.

The lists come with the program. A person stands in one of the ROLES, or is learnt from if he or she is of Speech
Commands and stands in none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from audioclf import audio
from audioclf.data.datasets import decoded
from audioclf.data.manifest import MANIFEST, listed, rows_of
from audioclf.data.people import HOME
from audioclf.types import Clip, DataError

ROLES = ("develop", "judge")


@dataclass(frozen=True)
class Person:
    """A speaker of a data set, named as its folder is, and one of ROLES."""

    dataset: str
    speaker: str
    role: str


@dataclass(frozen=True)
class Recording:
    """One side of a trial: takes of one person, joined in this order and cut to `seconds`; not cut if they are 0.

    kind: to enrol, "takes" (three) or "10 s"; to test, "word", "3 s" or "5 s". session: "" if it is not known.
    files: names in the folder `audio` of the data set, with spaces between them.
    """

    dataset: str
    speaker: str
    kind: str
    session: str
    seconds: str
    files: str

    def clip(self, root: Path, sample_rate: int) -> Clip:
        """The sound, from the data sets below `root`."""
        folder = root / self.dataset / "audio"
        takes = [decoded(folder / name, sample_rate).samples for name in self.files.split()]
        joined = Clip(np.concatenate(takes), sample_rate, self.files)
        seconds = float(self.seconds)
        return audio.cut(joined, 0.0, min(seconds, joined.seconds)) if seconds else joined


@cache
def roles() -> dict[tuple[str, str], str]:
    """(data set, speaker) -> role, of everybody who is not learnt from."""
    return {(p.dataset, p.speaker): p.role for p in listed("speaker_roles", Person)}


def recordings(side: str, role: str) -> tuple[Recording, ...]:
    """The recordings of one role. side: "enrol" or "test"."""
    found = listed(f"speaker_trials_{side}", Recording)
    return tuple(r for r in found if roles()[r.dataset, r.speaker] == role)


def trials(enrolled: tuple[Recording, ...], tested: tuple[Recording, ...]) -> Iterator[tuple[int, int]]:
    """Indices of an enrolment and a test: all pairs within a data set that share no take.

    A target trial is one of the same speaker; the others are impostor trials.
    """
    takes = [[frozenset(r.files.split()) for r in side] for side in (enrolled, tested)]
    for j, test in enumerate(tested):
        for i, enrolment in enumerate(enrolled):
            if enrolment.dataset == test.dataset and not takes[0][i] & takes[1][j]:
                yield i, j


def takes_to_learn(root: Path) -> dict[str, list[Path]]:
    """The takes of everybody who is learnt from, by speaker. DataError without the data set."""
    folder = root / HOME
    if not (folder / MANIFEST).is_file():
        raise DataError(
            f"there is no {HOME}/{MANIFEST} in {root}; name the folder of the data sets with --data"
        )
    takes: dict[str, list[Path]] = {}
    for row in rows_of(folder / MANIFEST):
        if row.get("speaker") and (HOME, row["speaker"]) not in roles():
            takes.setdefault(row["speaker"], []).append(folder / row["file"])
    return takes
