"""Listen to a sound that goes on: windows to score while something sounds, and each sound once it has ended.

Nothing here knows where the sound comes from or who scores it, and what is found does not depend on the sizes of the
pieces in which the sound arrives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.windows import FRAME_SECONDS, is_silent
from audioclf.inference.pooling import FLOOR
from audioclf.types import Clip, Prediction

QUIETEST_DB = -100.0  # of a level
MOST_ENDED = 4  # sounds that wait to be scored; the oldest is dropped first
NAME = "stream"


@dataclass(frozen=True)
class Hearing:
    """How a stream is listened to. Levels are in dB relative to full scale.

    hop_seconds: between the ends of two windows. n_pooled: windows whose answers are pooled. follows: whether the
    gate follows the background, which may grow by rise_db a second: for words, not for rain. open_db: above the
    background, opens the gate, never below least_db; close_db: less than that above it closes the gate, after
    hold_seconds. before_seconds, after_seconds: of the stream that a sound has before the gate opened and after it
    fell quiet. longest_seconds: of a sound; then it is answered, and a new one begins. whole_window: a sound is at
    least as long as a window, by what was before it.
    """

    hop_seconds: float = 0.25
    n_pooled: int = 1
    follows: bool = True
    open_db: float = 12.0
    close_db: float = 6.0
    least_db: float = -52.0
    rise_db: float = 6.0
    hold_seconds: float = 0.2
    before_seconds: float = 0.15
    after_seconds: float = 0.1
    longest_seconds: float = 2.0
    whole_window: bool = False


def hearing_of(pooling: str) -> Hearing:
    """The way to listen for models of this pooling: for words with "loudest", for sounds that last with "mean"."""
    if pooling == "loudest":
        return Hearing()
    return Hearing(n_pooled=2, follows=False, longest_seconds=5.0, whole_window=True)


@dataclass(eq=False)
class Gate:
    """An energy gate with hysteresis. It opens well above the background and closes a little above it."""

    hearing: Hearing
    is_open: bool = False
    level_db: float = QUIETEST_DB
    _floor: float = -60.0
    _quiet: float = 0.0

    @property
    def threshold_db(self) -> float:
        """The level that opens the gate, or keeps it open."""
        margin = self.hearing.close_db if self.is_open else self.hearing.open_db
        lowest = self.hearing.least_db - (self.hearing.open_db - margin)
        return max(self._floor + margin if self.hearing.follows else lowest, lowest)

    def hear(self, frame: NDArray[np.float32]) -> bool:
        """Whether the frame, FRAME_SECONDS of samples, is part of a sound; quiet of up to hold_seconds is."""
        level = max(QUIETEST_DB, 10 * float(np.log10(frame.var(dtype=np.float64) + 1e-12)))
        self.level_db = level if self.level_db == QUIETEST_DB else 0.5 * (self.level_db + level)
        self._floor = min(self.level_db, self._floor + self.hearing.rise_db * FRAME_SECONDS)
        if self.level_db > self.threshold_db:
            self.is_open, self._quiet = True, 0.0
        elif self.is_open:
            self._quiet += FRAME_SECONDS
            self.is_open = self._quiet < self.hearing.hold_seconds
        return self.is_open


@dataclass(eq=False)
class Tail:
    """The last samples of a stream, n_kept of them at least; zeros before its beginning."""

    n_kept: int
    _samples: NDArray[np.float32] = field(init=False)
    _end: int = field(init=False)

    def __post_init__(self) -> None:
        self._samples = np.zeros(2 * self.n_kept, np.float32)
        self._end = self.n_kept

    def add(self, samples: NDArray[np.float32]) -> None:
        """Append at most n_kept samples."""
        if self._end + len(samples) > len(self._samples):
            self._samples[: self.n_kept] = self.last(self.n_kept)
            self._end = self.n_kept
        self._samples[self._end : self._end + len(samples)] = samples
        self._end += len(samples)

    def last(self, n: int) -> NDArray[np.float32]:
        """A copy of the last n samples, at most n_kept."""
        return self._samples[self._end - n : self._end].copy()


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound that has ended. start: seconds from the beginning of the stream. clip: the sound."""

    start: float
    clip: Clip

    @property
    def end(self) -> float:
        return self.start + self.clip.seconds


@dataclass(frozen=True, eq=False)
class Look:
    """What is to be scored at one moment. end: seconds from the beginning of the stream, the end of all windows.

    windows: one for each length asked for; None where the gate was closed all the time, or for silence. level_db,
    threshold_db, is_open: of the gate. n_dropped: looks before this one that nobody took.
    """

    end: float
    windows: tuple[Clip | None, ...]
    level_db: float
    threshold_db: float
    is_open: bool
    n_dropped: int = 0


@dataclass(eq=False)
class Stream:
    """A mono stream that is fed piece by piece; only the newest look is kept. lengths: of the windows, in seconds."""

    sample_rate: int
    lengths: tuple[float, ...]
    hearing: Hearing = field(default_factory=Hearing)
    n_samples: int = 0
    _gate: Gate = field(init=False)
    _kept: Tail = field(init=False)
    _rest: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _look: Look | None = None
    _ended: list[Sound] = field(default_factory=list)
    _began: int | None = None
    _loud: int = -1  # the end of the latest frame with the gate open

    def __post_init__(self) -> None:
        self._gate = Gate(self.hearing)
        seconds = self.hearing.longest_seconds + self.hearing.before_seconds + max(self.lengths) + 1
        self._kept = Tail(round(seconds * self.sample_rate))

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Listen to the next samples, (n_samples,) float32 at sample_rate, any number of them."""
        waiting, n = np.concatenate([self._rest, samples]), self._frame
        for first in range(0, len(waiting) - n + 1, n):
            self._hear(waiting[first : first + n])
        self._rest = waiting[len(waiting) // n * n :]

    def take(self) -> Look | None:
        """The newest look, if it was not taken yet."""
        look, self._look = self._look, None
        return look

    def take_sounds(self) -> tuple[Sound, ...]:
        """The sounds that have ended since they were last taken, MOST_ENDED of them at most."""
        sounds, self._ended = tuple(self._ended), []
        return sounds

    def finish(self) -> None:
        """End the stream; a sound that still goes on ends with it."""
        if self._began is not None:
            self._end(self.n_samples)
            self._began = None

    @property
    def _frame(self) -> int:
        return max(2, round(FRAME_SECONDS * self.sample_rate))

    def _hear(self, frame: NDArray[np.float32]) -> None:
        hearing, rate = self.hearing, self.sample_rate
        self._kept.add(frame)
        self.n_samples += len(frame)
        if self._gate.hear(frame):
            self._loud = self.n_samples
            if self._began is None:
                self._began = max(0, self.n_samples - len(frame) - int(hearing.before_seconds * rate))
            elif self.n_samples - self._began >= hearing.longest_seconds * rate:
                self._end(self.n_samples)
                self._began = self.n_samples
        elif self._began is not None:
            self._end(self.n_samples - int((hearing.hold_seconds - hearing.after_seconds) * rate))
            self._began = None
        hop = max(1, round(hearing.hop_seconds / FRAME_SECONDS)) * len(frame)
        if self.n_samples % hop == 0:
            self._look = self._newest()

    def _newest(self) -> Look:
        made = {seconds: self._window(seconds) for seconds in self.lengths}
        return Look(
            self.n_samples / self.sample_rate,
            tuple(made[seconds] for seconds in self.lengths),
            self._gate.level_db,
            self._gate.threshold_db,
            self._gate.is_open,
            self._look.n_dropped + 1 if self._look else 0,
        )

    def _window(self, seconds: float) -> Clip | None:
        n = round(seconds * self.sample_rate)
        if self._loud <= self.n_samples - n:
            return None
        window = Clip(self._kept.last(n), self.sample_rate, NAME)
        return None if is_silent(window) else window

    def _end(self, end: int) -> None:
        """Keep the sound from `_began` to this sample."""
        start = self._began or 0
        if self.hearing.whole_window:
            start = max(0, min(start, end - round(max(self.lengths) * self.sample_rate)))
        after = self.n_samples - end
        samples = self._kept.last(self.n_samples - start)
        clip = Clip(samples[: len(samples) - after], self.sample_rate, NAME)
        self._ended = [*self._ended, Sound(start / self.sample_rate, clip)][-MOST_ENDED:]


def pieces(samples: NDArray[np.float32], sample_rate: int, hearing: Hearing) -> Iterator[NDArray[np.float32]]:
    """The samples of a whole recording in pieces that are short enough for no look to be dropped."""
    n = max(1, int(hearing.hop_seconds / 2 * sample_rate))
    for first in range(0, len(samples), n):
        yield samples[first : first + n]


def pooled(recent: Sequence[Prediction]) -> Prediction:
    """The newest prediction with the geometric mean of the distributions of the last windows, with equal weight.

    Windows in which nothing was heard do not count. A single window keeps its distribution.
    """
    heard = np.array([one.probabilities for one in recent if one.heard])
    if len(heard) < 2:
        return recent[-1]
    logs = np.log(np.maximum(heard, FLOOR)).mean(axis=0)
    shares = np.exp(logs - logs.max())
    labels = shares[:-1] / shares[:-1].sum()
    return replace(recent[-1], probabilities=shares / shares.sum(), scores=labels)
