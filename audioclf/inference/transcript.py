"""A string of labels that a model reads from a recording."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadLabel:
    """One label of a string that was read from a recording.

    start, end: seconds within the clip. probability: of this label for this part alone, over all labels and "none of
    these". others: the next labels for this part with their probabilities, most probable first.
    """

    label: str
    probability: float
    start: float
    end: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Alternative:
    """Another string for a recording. share: of the probability of all strings that were found, in [0, 1]."""

    labels: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Transcript:
    """The string that one model reads from a recording, such as spoken digits; empty if it finds none.

    share: as in Alternative. alternatives: the next strings, most probable first. clip_seconds: length of the clip;
    model_seconds: time from samples to string.
    """

    task: str
    model: str
    family: str
    parts: tuple[ReadLabel, ...]
    share: float
    alternatives: tuple[Alternative, ...]
    clip_seconds: float
    model_seconds: float

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(part.label for part in self.parts)
