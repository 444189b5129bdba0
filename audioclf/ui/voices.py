"""The voices of one visit: their takes, what was enrolled of them, and the sound that was tested last."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self

from audioclf.service.speakers import MAX_TAKES, MAX_VOICES, Take, Voices
from audioclf.types import AudioclfError
from audioclf.wording import text

MAX_NAME = 40  # characters


@dataclass(frozen=True, eq=False)
class Recording:
    """A take of a voice. path: the uploaded file. audio: a file that every browser plays; both are deleted by age.

    take: what is known of it; None until it is read. problem: why it cannot be read. copy_of: the number of an
    earlier take with the same recording.
    """

    path: str
    name: str
    audio: str = ""
    take: Take | None = None
    problem: str = ""
    copy_of: int | None = None

    @property
    def is_usable(self) -> bool:
        return self.take is not None and self.take.is_usable


@dataclass(eq=False)
class Speaker:
    """An enrolled person. recordings: in the order in which they came. enrolled: those that `voices` was made of."""

    recordings: tuple[Recording, ...] = ()
    enrolled: tuple[str, ...] = ()
    voices: Voices = field(default_factory=dict)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The files of the takes that can be part of the voice."""
        return tuple(one.path for one in self.recordings if one.is_usable)

    @property
    def is_due(self) -> bool:
        """Whether its takes have changed since it was enrolled."""
        return self.wanted != self.enrolled


class Visit:
    """All of it. It is kept in the session only, and gone with it; a new session begins with none.

    asked: files of the sound that is tested, or of the pair that is compared. Two events of a visitor may be
    handled at once, so takes are changed under a lock.
    """

    # No dataclass: Gradio would write the fields of one into the page's configuration.
    def __init__(self) -> None:
        self.speakers: dict[str, Speaker] = {}
        self.asked: tuple[str, ...] = ()
        self.is_pair = False
        self._lock = Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)()

    def add(self, name: str, recordings: Sequence[Recording]) -> None:
        """Add takes to the voice of this name. AudioclfError if there are too many voices or takes."""
        with self._lock:
            if name not in self.speakers and len(self.speakers) >= MAX_VOICES:
                raise AudioclfError(text("speakers.too_many_voices", n=MAX_VOICES))
            kept = self.speakers.get(name, Speaker()).recordings
            if len(kept) + len(recordings) > MAX_TAKES:
                raise AudioclfError(text("speakers.too_many_takes", n=MAX_TAKES, name=name))
            self.speakers.setdefault(name, Speaker()).recordings = (*kept, *recordings)

    def remove(self, name: str, at: int | None = None) -> None:
        """Remove a take by its place, or a voice; a voice without takes is removed. An unknown one is ignored."""
        with self._lock:
            speaker = self.speakers.get(name)
            if speaker is None:
                return
            left = () if at is None else (*speaker.recordings[:at], *speaker.recordings[at + 1 :])
            if left:
                speaker.recordings = left
            else:
                del self.speakers[name]

    def replace(self, speaker: Speaker, before: Recording, after: Recording) -> None:
        """Put what is known now of a take in the place of what was known before; nothing if it was removed."""
        with self._lock:
            speaker.recordings = tuple(after if one is before else one for one in speaker.recordings)

    def next_name(self) -> str:
        """A name for another voice."""
        names = (text("speakers.numbered", n=n) for n in range(1, MAX_VOICES + 2))
        return next(name for name in names if name not in self.speakers)

    def enrolled(self) -> Mapping[str, Voices]:
        """The voices that a sound can be compared with, by name."""
        return {name: one.voices for name, one in self.speakers.items() if one.voices}


def cleaned(name: str | None) -> str:
    """A name as a visitor typed it, in one line of at most MAX_NAME characters; empty if there is nothing left."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in name or "")).strip()[:MAX_NAME]
