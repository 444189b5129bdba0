"""Make the example clips: `python -m audioclf.synthesis.examples [FOLDER]` writes the clips and their list.

Those with a button in the Upload tab are listed here, the others, one of each further label, in `label_examples`.

Speech comes from espeak-ng (1.51) and flite (2.2), instruments from fluidsynth (2.3) with the soundfont FluidR3 GM
(MIT licence): apt-get install espeak-ng flite fluidsynth fluid-soundfont-gm. All give the same samples on every
run; other versions may sound different. Everything else is computed here.
"""

import json
import sys
from pathlib import Path

import soundfile

from audioclf.audio import encode_wav
from audioclf.synthesis import nature
from audioclf.synthesis.label_examples import FURTHER, Example
from audioclf.synthesis.nature import outdoors
from audioclf.synthesis.spoken_words import alone, bell, flite, in_a_cafe, silence
from audioclf.synthesis.tunes import beats, melody, play
from audioclf.synthesis.voice_examples import VOICES
from audioclf.types import Clip

KEYS = ("file", "task", "title", "label", "expect", "origin", "has_button")

DIGITS = (
    Example(
        "seven.wav",
        "digits",
        "“seven”, a Scot",
        "seven",
        "An easy one: all three models should answer seven.",
        "flite, voice awb",
        lambda: alone(flite("seven", "awb")),
    ),
    Example(
        "three.wav",
        "digits",
        "“three”, a woman",
        "three",
        "Clear synthetic speech; all speakers of the data set are men.",
        "flite, voice slt",
        lambda: alone(flite("three", "slt")),
    ),
    Example(
        "one.wav",
        "digits",
        "“one”, a man",
        "one",
        "A low voice; nine and one are easily confused.",
        "flite, voice rms",
        lambda: alone(flite("one", "rms")),
    ),
    Example(
        "six-cafe.wav",
        "digits",
        "“six” in a busy café",
        "six",
        "Eight voices talk behind the word: see which models stay confident.",
        "flite, voice awb, over eight espeak-ng voices 20 dB below it",
        lambda: in_a_cafe(flite("six", "awb")),
    ),
    Example(
        "bell.wav",
        "digits",
        "A bell, not a digit",
        None,
        "No digit is spoken; the models should answer “none of these”.",
        "synthesised from eight decaying sine waves",
        bell,
    ),
    Example(
        "silence.wav",
        "digits",
        "Silence",
        None,
        "There is nothing to hear, and the answer should say so.",
        "all samples zero",
        silence,
    ),
)

INSTRUMENTS = (
    Example(
        "snare.flac",
        "instruments",
        "A snare drum",
        "snare_drum",
        "Short hits, each with the rattle of the wires.",
        "fluidsynth, FluidR3 GM, standard kit",
        lambda: play(beats(38, 0.0, 0.6, 1.2, 1.5, 1.8)),
    ),
    Example(
        "flute.flac",
        "instruments",
        "A flute",
        "flute",
        "Breath, and few overtones.",
        "fluidsynth, FluidR3 GM, flute",
        lambda: play(melody(73, (74, 0.6), (79, 0.3), (81, 0.3), (83, 1.3))),
    ),
    Example(
        "fiddle.flac",
        "instruments",
        "A violin",
        "violin_or_fiddle",
        "Four notes drawn with a bow, and many overtones.",
        "fluidsynth, FluidR3 GM, violin",
        lambda: play(melody(40, (69, 0.7), (74, 0.4), (76, 0.4), (78, 1.4))),
    ),
    Example(
        "bass.flac",
        "instruments",
        "A double bass, plucked",
        "double_bass",
        "Low and plucked. A cello plays low notes, too: do the models tell the two apart?",
        "fluidsynth, FluidR3 GM, acoustic bass",
        lambda: play(melody(32, (28, 0.5), (35, 0.5), (33, 0.5), (31, 0.5), (28, 1.0))),
    ),
    Example(
        "guitar.flac",
        "instruments",
        "A guitar, note by note",
        "acoustic_guitar",
        "Nylon strings, plucked and left to fade.",
        "fluidsynth, FluidR3 GM, nylon guitar",
        lambda: play(
            melody(24, (52, 0.35), (59, 0.35), (64, 0.35), (67, 0.35), (71, 0.35), (67, 0.35), (64, 0.9))
        ),
    ),
    Example(
        "harp.flac",
        "instruments",
        "A harp, not one of the ten",
        None,
        "Plucked strings, but not a guitar: no model was trained on harps.",
        "fluidsynth, FluidR3 GM, orchestral harp",
        lambda: play(melody(46, *((key, 0.2) for key in (48, 52, 55, 60, 64, 67, 72, 76, 79)), (84, 1.5))),
    ),
    Example(
        "violin-word.flac",
        "instruments",
        "Somebody says “violin”",
        None,
        "No instrument plays; the word is only spoken.",
        "flite, voice slt",
        lambda: alone(flite("violin", "slt"), 2.0),
    ),
)

ENVIRONMENT = (
    Example(
        "rooster.flac",
        "environment",
        "An imitated rooster",
        "rooster",
        "Four cries, the last one long and falling.",
        "a buzz that follows a pitch, through four resonances",
        lambda: outdoors(nature.rooster),
    ),
    Example(
        "dog.flac",
        "environment",
        "Four barks in pairs",
        "dog_bark",
        "Short, rough, rising and falling: an imitation, like all of these.",
        "a buzz that follows a pitch, through four resonances",
        lambda: outdoors(nature.dog_bark),
    ),
    Example(
        "fire.flac",
        "environment",
        "A crackling fire",
        "fire_crackling",
        "Snaps without a rhythm; a clock has one.",
        "bursts of noise at random times, over deep noise",
        lambda: outdoors(nature.crackling_fire),
    ),
    Example(
        "clock.flac",
        "environment",
        "A clock ticks",
        "clock_tick",
        "Two clicks a second, and almost nothing between them.",
        "clicks of four decaying sine waves each",
        lambda: outdoors(nature.clock_tick),
    ),
    Example(
        "wave.flac",
        "environment",
        "A wave breaks",
        "sea_waves",
        "Rain and rotors are noise, too; a wave differs in how it swells.",
        "noise in three bands that swell and fade",
        lambda: outdoors(nature.sea_waves),
    ),
    Example(
        "siren.flac",
        "environment",
        "A siren, not one of the ten",
        None,
        "Two notes in turn: no model was trained on sirens.",
        "two tones with six overtones each",
        lambda: outdoors(nature.siren),
    ),
    Example(
        "white-noise.flac",
        "environment",
        "White noise",
        None,
        "It sounds like rain, but it is only noise.",
        "a random number for every sample",
        lambda: outdoors(nature.white_noise),
    ),
)

EXAMPLES = (*DIGITS, *INSTRUMENTS, *ENVIRONMENT, *FURTHER, *VOICES)


def main(folder: Path) -> None:
    """Write every example and examples.json into an existing folder."""
    for example in EXAMPLES:
        write(example.make(), folder / example.file)
    rows = [{key: getattr(example, key) for key in KEYS} for example in EXAMPLES]
    text = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    (folder / "examples.json").write_text(text, encoding="utf-8")


def write(clip: Clip, path: Path) -> None:
    """Write 16-bit WAV or, by the suffix of `path`, FLAC, which is half as large."""
    if path.suffix == ".wav":
        encode_wav(clip, path)
    else:
        soundfile.write(path, clip.samples, clip.sample_rate, subtype="PCM_16")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "examples")
