"""A data set of rendered instruments: random phrases played by several soundfonts; one soundfont is held out."""

import hashlib
import shutil
import subprocess
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from audioclf import audio
from audioclf.audio import keep_clip
from audioclf.data.manifest import write_manifest
from audioclf.data.trimming import EDGE_SECONDS, FLOOR, MakingReport, trimmed
from audioclf.synthesis import midi
from audioclf.synthesis.midi import ALL_SOUND_OFF, RESET, Control, Phrase
from audioclf.synthesis.phrases import PARTS, Part, phrase
from audioclf.tasks import INSTRUMENTS
from audioclf.types import Clip, DataError, Progress, no_progress

SAMPLE_RATE = 32_000
MIN_SECONDS, MAX_SECONDS = 0.3, 4.0
SLOT_SECONDS = 6.0  # a phrase and the time it takes to die away
FADE_SECONDS = 0.1
WET = 0.2  # share of the phrases with fluidsynth's reverb and chorus
COLUMNS = ("file", "label", "program", "engine", "role")
OTHERS = "other"  # folder of the background clips

GM_KITS = (0, 8, 16, 24, 25, 32, 40, 48)
MORE_KITS = (*range(20), 24, 25, *range(32, 37), 40, 41, 42, 48)


@dataclass(frozen=True)
class Soundfont:
    """A soundfont file. n_phrases: per label. kits: programs of the drum channel.

    drums_only: whether the file holds only one drum kit, as an instrument of an ordinary channel.
    lacks: drum keys that are missing or differ from General MIDI.
    """

    name: str
    role: str
    file: Path
    n_phrases: int
    n_background: int
    kits: tuple[int, ...]
    package: str
    licence: str
    drums_only: bool = False
    lacks: tuple[int, ...] = ()


SF2, SF3 = Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3")
AVL = "apt-get install avldrums.lv2-soundfont"
SOUNDFONTS = (
    Soundfont(
        "fluidr3",
        "train",
        SF2 / "FluidR3_GM.sf2",
        60,
        160,
        MORE_KITS,
        "apt-get install fluid-soundfont-gm",
        "MIT",
    ),
    Soundfont(
        "musescore",
        "train",
        SF3 / "MuseScore_General.sf3",
        60,
        160,
        MORE_KITS,
        "apt-get install musescore-general-soundfont",
        "MIT",
    ),
    Soundfont(
        "blackpearl", "train", SF2 / "Black_Pearl_4_LV2.sf2", 30, 20, (0,), AVL, "CC-BY-SA-3.0", True, (35,)
    ),
    Soundfont(
        "redzeppelin", "train", SF2 / "Red_Zeppelin_4_LV2.sf2", 30, 20, (0,), AVL, "CC-BY-SA-3.0", True, (35,)
    ),
    Soundfont(
        "generaluser",
        "train",
        Path("/usr/share/minuet/soundfonts/GeneralUser-v1.47.sf2"),
        60,
        100,
        GM_KITS,
        "apt-get install minuet-data",
        "GeneralUser GS 2.0",
    ),
    # Held out, as it has another maker. MuseScore General is derived from FluidR3: they are not independent.
    Soundfont(
        "timgm6mb",
        "test",
        SF2 / "TimGM6mb.sf2",
        40,
        100,
        GM_KITS,
        "apt-get install timgm6mb-soundfont",
        "GPL-2.0",
    ),
)


@dataclass(frozen=True)
class Rendering:
    """A phrase to be rendered. wet: with reverb and chorus."""

    font: Soundfont
    part: Part
    phrase: Phrase
    wet: bool

    @property
    def program(self) -> str:
        """The program number, or the kit and its drums."""
        if not self.part.drums:
            return str(self.phrase.program)
        drums = sorted({note.key for note in self.phrase.notes})
        return f"kit{self.phrase.program}-" + "-".join(map(str, drums))

    @property
    def file(self) -> str:
        """Path of its clip; any change of the rendering changes the name."""
        digest = hashlib.sha256(repr((self.phrase, self.wet)).encode()).hexdigest()[:8]
        return f"{self.font.name}/{self.part.label or OTHERS}/{self.program}-{digest}.flac"

    @property
    def row(self) -> dict[str, str]:
        return {
            "file": self.file,
            "label": self.part.label,
            "program": self.program,
            "engine": self.font.name,
            "role": self.font.role,
        }


def make_renders(
    folder: str | Path,
    seed: int = 0,
    jobs: int = 1,
    soundfonts: Sequence[Soundfont] = SOUNDFONTS,
    progress: Progress = no_progress,
) -> MakingReport:
    """Write clips and manifest.csv below `folder`, `jobs` at a time; existing clips are kept.

    Skips soundfonts that are not installed. The same seed, soundfonts and version of fluidsynth give the same
    files. DataError without fluidsynth or any soundfont, or if fluidsynth fails.
    """
    folder = Path(folder)
    if shutil.which(midi.PROGRAM) is None:
        raise DataError(f"{midi.PROGRAM} is missing: apt-get install {midi.PROGRAM}")
    found = [font for font in soundfonts if font.file.is_file()]
    if not found:
        raise DataError("no soundfont found; " + "; or ".join(font.package for font in soundfonts))
    takes = [take for font in found for take in script(font, seed)]
    batches = [
        list(batch) for _, batch in groupby(takes, lambda take: (take.font, take.part.label, take.wet))
    ]
    kept: list[bool] = []
    with ThreadPoolExecutor(jobs) as threads:
        for batch in threads.map(partial(_record, folder), batches):
            kept += batch
            progress(len(kept), len(takes), "renders")
    write_manifest(folder, COLUMNS, [take.row for take, usable in zip(takes, kept, strict=True) if usable])
    made, refused = (
        Counter(take.font.name for take, usable in zip(takes, kept, strict=True) if usable is wanted)
        for wanted in (True, False)
    )
    skipped = {font.name: f"{font.name} skipped; {font.package}" for font in soundfonts if font not in found}
    return MakingReport(dict(made), dict(refused), skipped)


def script(font: Soundfont, seed: int) -> Iterator[Rendering]:
    """All renderings of a soundfont, label by label, the background last; in each label the dry ones come first."""
    for label in (*INSTRUMENTS.labels, ""):
        parts = [part for part in PARTS if part.label == label and (part.drums or not font.drums_only)]
        if not parts:
            continue
        rng = np.random.default_rng([seed, zlib.crc32(f"{font.name} {label}".encode())])
        takes = [
            _take(font, parts[i % len(parts)], i // len(parts), rng)
            for i in range(font.n_phrases if label else font.n_background)
        ]
        yield from sorted(dict.fromkeys(takes), key=lambda take: take.wet)


def _take(font: Soundfont, part: Part, i: int, rng: np.random.Generator) -> Rendering:
    """The i-th take of a part: its programs take turns."""
    programs = part.programs if not part.drums else [kit for kit in font.kits if kit in part.programs]
    keys = [key for key in part.keys if not part.drums or key not in font.lacks]
    played = phrase(part, programs[i % len(programs)], keys, rng)
    if font.drums_only:
        played = replace(played, channel=0)
    return Rendering(font, part, played, bool(rng.random() < WET))


def _record(folder: Path, batch: Sequence[Rendering]) -> list[bool]:
    """Make the missing files of takes that form one song; False where nothing usable was played."""
    paths = [folder / take.file for take in batch]
    if all(path.is_file() for path in paths):
        return [True] * len(batch)
    for path, clip in zip(paths, _played(batch), strict=True):
        if clip is not None and not path.is_file():
            keep_clip(path, clip)
    return [path.is_file() for path in paths]


def _played(batch: Sequence[Rendering]) -> Iterator[Clip | None]:
    """A clip of each take, or None. All are played in one song: loading a soundfont takes longer than playing."""
    song = midi.midi(*(_isolated(take.phrase) for take in batch), slot_seconds=SLOT_SECONDS)
    switch = str(int(batch[0].wet))
    options = ("-g", "1", "-R", switch, "-C", switch, "-o", "synth.dynamic-sample-loading=1")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "song.wav"
        try:
            midi.perform(song, batch[0].font.file, out, SAMPLE_RATE, *options)
        except subprocess.CalledProcessError as error:
            words = error.stderr.decode(errors="replace").strip()
            raise DataError(f"{midi.PROGRAM} cannot play {batch[0].font.file.name}: {words}") from error
        for _, block in zip(batch, _slots(out), strict=False):
            yield _usable(block)


def _slots(song: Path) -> Iterator[NDArray[np.float32]]:
    """Slots of the WAV file, mono, without end: silence follows the file."""
    n = round(SLOT_SECONDS * SAMPLE_RATE)
    with soundfile.SoundFile(song) as file:
        while True:
            yield file.read(n, dtype="float32", always_2d=True, fill_value=0.0).mean(axis=1)


def _isolated(phrase: Phrase) -> Phrase:
    """The phrase with a reset before it and silence after it, so that phrases of a song do not affect each other."""
    end = SLOT_SECONDS - 2 * EDGE_SECONDS
    return replace(
        phrase, controls=(Control(0.0, RESET, 0), *phrase.controls, Control(end, ALL_SOUND_OFF, 0))
    )


def _usable(samples: NDArray[np.float32]) -> Clip | None:
    """The trimmed sound, faded out at MAX_SECONDS and padded to MIN_SECONDS; None for silence."""
    cut, fade = samples[: round(MAX_SECONDS * SAMPLE_RATE)].copy(), round(FADE_SECONDS * SAMPLE_RATE)
    cut[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    clip = Clip(cut, SAMPLE_RATE)
    if audio.is_silent(clip):
        return None
    clip = trimmed(clip, FLOOR, EDGE_SECONDS)
    lacking = max(0, round(MIN_SECONDS * SAMPLE_RATE) - len(clip.samples))
    return Clip(np.pad(clip.samples, (0, lacking)), SAMPLE_RATE)
