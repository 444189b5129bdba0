"""A data set of rendered instruments: random phrases as several soundfonts play them, one of which is held out."""

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
from audioclf.data.making import EDGE_SECONDS, FLOOR, MakingReport, trimmed
from audioclf.data.manifest import write_manifest
from audioclf.synthesis import midi
from audioclf.synthesis.midi import ALL_SOUND_OFF, RESET, Control, Phrase
from audioclf.synthesis.phrases import PARTS, Part, phrase
from audioclf.tasks import INSTRUMENTS
from audioclf.types import Clip, DataError, Progress, no_progress

SAMPLE_RATE = 32_000
MIN_SECONDS, MAX_SECONDS = 0.3, 4.0
SLOT_SECONDS = 6.0  # a phrase, and time for it to die away
FADE_SECONDS = 0.1
WET = 0.2  # share of the phrases that are played in fluidsynth's room and chorus
COLUMNS = ("file", "label", "program", "engine", "role")
OTHERS = "other"  # folder of the background's clips

GM_KITS = (0, 8, 16, 24, 25, 32, 40, 48)
MORE_KITS = (*range(20), 24, 25, *range(32, 37), 40, 41, 42, 48)


@dataclass(frozen=True)
class Soundfont:
    """Instruments in a file. n_phrases: of each label. kits: programs of the channel of the drums.

    drums_only: whether the file holds one kit and nothing else, as an instrument of an ordinary channel.
    lacks: keys of drums that it has not, or that are another drum than in General MIDI.
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
    # Held out: it has another maker. MuseScore General grew out of FluidR3, so that the two are no strangers.
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
        """What plays: the number of the program, or the kit and the drums of it."""
        if not self.part.drums:
            return str(self.phrase.program)
        drums = sorted({note.key for note in self.phrase.notes})
        return f"kit{self.phrase.program}-" + "-".join(map(str, drums))

    @property
    def file(self) -> str:
        """Where it is kept. The name changes with everything that is asked of the soundfont."""
        digest = hashlib.sha256(repr((self.phrase, self.wet)).encode()).hexdigest()[:8]
        return f"{self.font.name}/{self.part.label or OTHERS}/{self.program}-{digest}.flac"

    @property
    def row(self) -> dict[str, str]:
        """Its row of the manifest."""
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
    """Write clips and manifest.csv below `folder`, `jobs` at a time; clips that are there already are kept.

    Soundfonts that are not installed are skipped. The same seed, soundfonts and version of fluidsynth give the
    same files. DataError without fluidsynth or any soundfont, or if fluidsynth fails.
    """
    folder = Path(folder)
    if shutil.which(midi.PROGRAM) is None:
        raise DataError(f"{midi.PROGRAM} is missing: apt-get install {midi.PROGRAM}")
    there = [font for font in soundfonts if font.file.is_file()]
    if not there:
        raise DataError("no soundfont found; " + "; or ".join(font.package for font in soundfonts))
    takes = [take for font in there for take in script(font, seed)]
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
    skipped = {font.name: f"{font.name} skipped; {font.package}" for font in soundfonts if font not in there}
    return MakingReport(dict(made), dict(refused), skipped)


def script(font: Soundfont, seed: int) -> Iterator[Rendering]:
    """All that a soundfont plays, label by label and the background last; of each label first what is dry."""
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
    """Make the files that are missing of takes that sound alike; False where nothing usable was played."""
    paths = [folder / take.file for take in batch]
    if all(path.is_file() for path in paths):
        return [True] * len(batch)
    for path, clip in zip(paths, _played(batch), strict=True):
        if clip is not None and not path.is_file():
            keep_clip(path, clip)
    return [path.is_file() for path in paths]


def _played(batch: Sequence[Rendering]) -> Iterator[Clip | None]:
    """A clip of each take, or None; all in one song, for a soundfont takes longer to load than to play."""
    song = midi.midi(*(_alone(take.phrase) for take in batch), slot_seconds=SLOT_SECONDS)
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
    """The WAV file slot by slot, mono; silence after its end."""
    n = round(SLOT_SECONDS * SAMPLE_RATE)
    with soundfile.SoundFile(song) as file:
        while True:
            yield file.read(n, dtype="float32", always_2d=True, fill_value=0.0).mean(axis=1)


def _alone(phrase: Phrase) -> Phrase:
    """The phrase with nothing left of what was before it in the song, and nothing left for what comes after."""
    end = SLOT_SECONDS - 2 * EDGE_SECONDS
    return replace(
        phrase, controls=(Control(0.0, RESET, 0), *phrase.controls, Control(end, ALL_SOUND_OFF, 0))
    )


def _usable(samples: NDArray[np.float32]) -> Clip | None:
    """The sound alone, faded out where it is too long; None for silence."""
    cut, fade = samples[: round(MAX_SECONDS * SAMPLE_RATE)].copy(), round(FADE_SECONDS * SAMPLE_RATE)
    cut[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    clip = Clip(cut, SAMPLE_RATE)
    if audio.is_silent(clip):
        return None
    clip = trimmed(clip, FLOOR, EDGE_SECONDS)
    lacking = max(0, round(MIN_SECONDS * SAMPLE_RATE) - len(clip.samples))
    return Clip(np.pad(clip.samples, (0, lacking)), SAMPLE_RATE)
