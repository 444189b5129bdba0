"""A data set of synthetic speech: digits and other words by all voices that this machine has."""

import hashlib
import re
import subprocess
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from audioclf import audio
from audioclf.audio import keep_clip
from audioclf.data.manifest import write_manifest
from audioclf.data.trimming import MakingReport, trimmed
from audioclf.synthesis.tts_engines import ENGINES, Engine, Voice, settings
from audioclf.tasks import DIGITS
from audioclf.types import AudioError, Clip, DataError, Progress, no_progress

SAMPLE_RATE = 16_000
MAX_SECONDS = 1.5
EDGE_SECONDS = 0.05  # silence kept before and after the word
FLOOR = 0.01  # share of the peak; quieter samples before and after the word count as silence
SPEEDS = (0.75, 1.3)
PITCHES = (0.87, 1.18)
MARKS = (".", ".", "?", "!", ",")  # after the word; they vary the intonation
WORDS_PER_TAKE = 4  # in addition to the ten digits
TIMEOUT_SECONDS = 300  # for a busy machine; a word takes a second or two
COLUMNS = ("file", "label", "word", "speaker", "engine", "role", "sex")

# Words that are not digits, most of them similar to one. Words that sound like a digit (won, to, for, ate, nein)
# are in neither list. No word is in both lists: a model is tested on words that it was not trained on.
OTHER_WORDS = {
    "train": (
        "hero; arrow; oh; row; sun; gun; fun; run; wand; want; wine; line; pine; mine; nice; night; knife; "
        "boo; shoe; do; you; tool; tooth; too much; tea; tree; sea; key; me; threw; thread; three-ish; door; "
        "floor; more; fall; fork; for ever; fife; hive; dive; fight; fine; sick; sex; fix; sticks; mix; sever; "
        "seventy; heaven; eleven; lemon; hate; ape; late; wait; aid; ace; ten; twelve; twenty; hundred; "
        "thirteen; fourteen; nineteen; A; B; C; E; F; H; I; K; L; N; O; Q; S; V; W; X; yes; no; stop; go; left; "
        "right; up; down; hello; please; thank you; good morning; house; water; music; computer; question; "
        "paper; orange; money; people; open the door; wrong number; my name"
    ),
    "test": (
        "zebra; narrow; sorrow; bun; once; weven; wonder; why; nigh; sign; shine; lime; new; stew; true; tune; "
        "fee; tease; thirsty; throw; four-ish; store; war; force; life; drive; fire; fist; six-pack; silk; "
        "seal; severe; seventeen; event; bait; eighty; gate; great; ninety; million; thousand; D; G; J; M; P; "
        "R; Y; Z; off; on; cancel; goodbye; sorry; maybe; window; garden; yellow; coffee; see you later; "
        "all right; never mind"
    ),
}


@dataclass(frozen=True)
class Utterance:
    """One word to be spoken, with its voice, speed, pitch and punctuation mark."""

    engine: Engine
    voice: Voice
    word: str
    speed: float
    pitch: float
    mark: str

    def arguments(self, out: Path) -> list[str]:
        how = settings(self.voice, self.speed, self.pitch)
        return self.engine.arguments(self.voice, self.word + self.mark, how, out)

    @property
    def file(self) -> str:
        """Path of its clip; any change of the engine's input changes the name."""
        asked = (self.engine.command, self.voice, self.word, self.speed, self.pitch, self.mark)
        digest = hashlib.sha256(repr(asked).encode()).hexdigest()[:8]
        return f"{self.engine.name}/{_plain(self.voice.name)}/{_plain(self.word)}-{digest}.flac"

    @property
    def row(self) -> dict[str, str]:
        return {
            "file": self.file,
            "label": self.word if self.word in DIGITS.labels else "",
            "word": self.word,
            "speaker": f"{self.engine.name}-{self.voice.name}",
            "engine": self.engine.name,
            "role": self.engine.role,
            "sex": self.voice.sex,
        }


def make_voices(
    folder: str | Path,
    seed: int = 0,
    jobs: int = 2,
    engines: Sequence[Engine] = ENGINES,
    progress: Progress = no_progress,
) -> MakingReport:
    """Write clips and manifest.csv below `folder`, `jobs` at a time; existing clips are kept.

    Skips engines and voices that do not work. The same seed and the same versions of the engines give the same
    files, except for piper, which draws its own random numbers. DataError if no engine works.
    """
    folder = Path(folder)
    with ThreadPoolExecutor(jobs) as threads:
        pairs = [(e, v) for e in engines if e.installed() for v in e.voices]
        working = list(threads.map(_works, pairs))
        voices = [pair for pair, works in zip(pairs, working, strict=True) if works]
        if not voices:
            raise DataError("no speech synthesiser found; " + "; or ".join(e.packages for e in engines))
        lines = [line for engine, voice in voices for line in script(engine, voice, seed)]
        kept = []
        for usable in threads.map(partial(_record, folder), lines):
            kept.append(usable)
            progress(len(kept), len(lines), "voices")
    write_manifest(folder, COLUMNS, [line.row for line, usable in zip(lines, kept, strict=True) if usable])
    made, refused = (
        Counter(line.engine.name for line, usable in zip(lines, kept, strict=True) if usable is wanted)
        for wanted in (True, False)
    )
    return MakingReport(dict(made), dict(refused), _skipped(engines, voices))


def script(engine: Engine, voice: Voice, seed: int) -> Iterator[Utterance]:
    """All utterances of a voice: the ten digits and a few other words per take, each at its own speed and pitch."""
    for take in range(engine.takes):
        rng = np.random.default_rng([seed, take, zlib.crc32(f"{engine.name} {voice.name}".encode())])
        others = rng.choice(OTHER_WORDS[engine.role].split("; "), WORDS_PER_TAKE, replace=False)
        for word in (*DIGITS.labels, *map(str, others)):
            speed, pitch = (float(np.exp(rng.uniform(*np.log(limits)))) for limits in (SPEEDS, PITCHES))
            yield Utterance(engine, voice, word, round(speed, 3), round(pitch, 3), str(rng.choice(MARKS)))


def _works(pair: tuple[Engine, Voice]) -> bool:
    return _spoken(Utterance(*pair, "seven", 1.0, 1.0, ".")) is not None


def _skipped(engines: Sequence[Engine], voices: Sequence[tuple[Engine, Voice]]) -> dict[str, str]:
    """Engine -> a sentence that says which voices are missing and how to get them."""
    missing = {}
    for engine in engines:
        silent = [voice.name for voice in engine.voices if (engine, voice) not in voices]
        if silent:
            what = "all voices" if len(silent) == len(engine.voices) else ", ".join(silent)
            missing[engine.name] = f"{engine.name} skipped ({what}); {engine.packages}"
    return missing


def _record(folder: Path, line: Utterance) -> bool:
    """Make the line's file unless it exists; False if the engine gave nothing usable."""
    path = folder / line.file
    if path.is_file():
        return True
    clip = _spoken(line)
    if clip is None:
        return False
    keep_clip(path, clip)
    return True


def _spoken(line: Utterance) -> Clip | None:
    """The spoken word, trimmed; None if the program fails or its sound is silent, broken or too long."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "speech.wav"
        try:
            subprocess.run(
                line.arguments(out),
                input=line.word + line.mark,
                text=True,
                capture_output=True,
                check=True,
                timeout=TIMEOUT_SECONDS,
            )
            clip = audio.resample(audio.load_clip(out), SAMPLE_RATE)
        except (OSError, subprocess.SubprocessError, AudioError):
            return None
    if audio.is_silent(clip):
        return None
    clip = trimmed(clip, FLOOR, EDGE_SECONDS)
    return clip if clip.seconds <= MAX_SECONDS else None


def _plain(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name)
