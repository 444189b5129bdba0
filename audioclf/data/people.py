"""The people of Speech Commands: who may teach and who only judges, and which of their recordings are used."""

import zlib
from dataclasses import dataclass

from audioclf.data.manifest import listed

HOME = "speech-commands"
HALVES = ("dev", "test")


@dataclass(frozen=True)
class Person:
    """A speaker, the half that he or she is in (by a hash of the id), and the recordings, "word/take" each."""

    speaker: str
    half: str
    takes: str


def people(half: str) -> frozenset[str]:
    """Ids of the speakers in one of HALVES."""
    return frozenset(person.speaker for person in _people() if person.half == half)


def halves_of_takes() -> dict[tuple[str, str, str], str]:
    """(speaker, word, take) of every recording that is used -> the half of its speaker."""
    return {
        (person.speaker, word, take): person.half
        for person in _people()
        for word, _, take in (name.partition("/") for name in person.takes.split())
    }


def part(speaker: str, n_parts: int) -> int:
    """The part of the people that a speaker belongs to, in 0 … n_parts − 1; by a hash, so that it never changes."""
    return zlib.crc32(speaker.encode()) % n_parts


def _people() -> tuple[Person, ...]:
    return listed("speech_commands", Person)
