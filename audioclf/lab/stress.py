"""Stresses: ways to degrade a sound, their levels, and the order in which they apply."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from audioclf import effects
from audioclf.audio import windows
from audioclf.effects import Babble, Codec, FullScale, Perturbation
from audioclf.effects.denoise import Denoise
from audioclf.types import AudioclfError, Clip

Settings = Mapping[str, float]  # stress id -> level
PLURALS = ("semitones", "octaves")  # units that have a singular
TELEPHONE_HZ = math.sqrt(300 * 3400)


@dataclass(frozen=True)
class Stress:
    """One slider: `steps` turns a level into the perturbations to apply.

    low, high: range of the level, in `unit`. clean: the level that leaves the sound unchanged, possibly outside the
    range; the further from it, the harder. levels: of a sweep, rising or falling. remedy: meant to help recognition.
    """

    title: str
    unit: str
    low: float
    high: float
    clean: float
    levels: tuple[float, ...]
    steps: Callable[[float], tuple[Perturbation, ...]]
    remedy: bool = False

    def words(self, *levels: float) -> str:
        """Levels with their unit: "−3 and +4 semitones"."""
        sign = "+" if self.low < 0 and self.clean == 0 else ""
        numbers = [f"{level:{sign}g}".replace("-", "−") for level in levels]
        unit = (
            self.unit.removesuffix("s")
            if self.unit in PLURALS and [abs(at) for at in levels] == [1]
            else self.unit
        )
        return " and ".join(numbers) + ("" if unit == "×" else " ") + unit


def _low_pass(high_hz: float) -> tuple[Perturbation, ...]:
    # As steep as a converter's filter: models recover what is only attenuated.
    return (effects.Response((high_hz, 2 * high_hz), (0.0, -90.0)),)


def _telephone(octaves: float) -> tuple[Perturbation, ...]:
    half = 2 ** (octaves / 2)
    low, high = TELEPHONE_HZ / half, TELEPHONE_HZ * half
    return (effects.Response((low / 2, low, high, 2 * high), (-90.0, 0.0, 0.0, -90.0)),)


SNR_DB = (40, 35, 30, 27, 24, 21, 18, 15, 12, 9, 6, 3, 0, -3, -6, -10)
G711_KBPS = (256, 192, 128, 96, 80, 64, 56, 48, 40, 36, 32, 28, 24, 20, 16, 12)
LOW_PASS_HZ = (12e3, 8000, 6000, 4000, 3400, 2800, 2300, 1900, 1600, 1300, 1000, 800, 650, 500, 400, 300)
OFF = math.inf

# In the order of a recording chain: voice, room and noise, microphone, line, denoising.
STRESSES: Mapping[str, Stress] = {
        "pitch": Stress(
            "Pitch", "semitones", -12, 12, 0,
            (-12, -9, -7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7, 9, 12),
            lambda level: (effects.Pitch(level),),
        ),
        "speed": Stress(
            "Playback speed", "×", 0.5, 2, 1,
            (0.5, 0.56, 0.62, 0.68, 0.75, 0.82, 0.88, 0.94, 1.07, 1.15, 1.25, 1.35, 1.5, 1.65, 1.8, 2),
            lambda level: (effects.Speed(level),),
        ),
        "reverb": Stress(
            "Reverberation", "s", 0, 4, 0,
            (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.2, 1.5, 1.8, 2.1, 2.5, 3, 3.5, 4),
            lambda level: (effects.Reverb(level, level_db=0.0),),
        ),
        "snr_babble": Stress(
            "Babble noise", "dB", -10, 40, OFF, SNR_DB, lambda level: (Babble(level),)
        ),
        "snr_pink": Stress(
            "Pink noise", "dB", -10, 40, OFF, SNR_DB, lambda level: (effects.Noise(level, "pink"),)
        ),
        "snr_white": Stress(
            "White noise", "dB", -10, 40, OFF, SNR_DB, lambda level: (effects.Noise(level, "white"),)
        ),
        "gain": Stress(
            "Gain", "dB", -60, 40, 0,
            (-60, -50, -40, -35, -30, -25, -20, -15, -10, -5, 5, 10, 15, 20, 30, 40),
            lambda level: (effects.Gain(level), FullScale()),
        ),
        "clipping": Stress(
            "Clipping", "dB", 0, 48, 0, tuple(range(3, 49, 3)), lambda level: (effects.Clipping(level),)
        ),
        "low_pass": Stress(
            "Low-pass", "Hz", 300, 12_000, OFF, LOW_PASS_HZ, _low_pass
        ),
        "telephone": Stress(
            "Band around 1 kHz", "octaves", 0.5, 7, OFF,  # a telephone has 3.5 octaves
            (7, 6, 5, 4.5, 4, 3.5, 3.2, 2.9, 2.6, 2.3, 2, 1.7, 1.4, 1.1, 0.8, 0.5), _telephone,
        ),
        "mp3": Stress(
            "MP3", "kbit/s", 8, 256, OFF,
            (256, 224, 192, 160, 128, 112, 96, 80, 64, 56, 48, 40, 32, 24, 16, 8),
            lambda level: (Codec("mp3", level),),
        ),
        "opus": Stress(
            "Opus", "kbit/s", 6, 128, OFF,
            (128, 96, 64, 48, 40, 32, 24, 20, 16, 14, 12, 10, 9, 8, 7, 6),
            lambda level: (Codec("opus", level),),
        ),
        "mulaw": Stress(
            "µ-law line", "kbit/s", 12, 256, OFF, G711_KBPS, lambda level: (Codec("mulaw", level),)
        ),
        "alaw": Stress(
            "A-law line", "kbit/s", 12, 256, OFF, G711_KBPS, lambda level: (Codec("alaw", level),)
        ),
        "denoise": Stress(
            "Wavelet denoising", "%", 0, 100, 0,
            (6, 13, 19, 25, 31, 38, 44, 50, 56, 63, 69, 75, 81, 88, 94, 100),
            lambda level: (Denoise(level),), remedy=True,
        ),
}  # fmt: skip


# "snr" alone means white noise in most papers.
ALIASES = {"snr": "snr_white"}


def find(name: str) -> str:
    """The id of a stress from its beginning, such as "snr_w". AudioclfError lists all ids."""
    name = ALIASES.get(name, name)
    matching = [key for key in STRESSES if key == name] or [key for key in STRESSES if key.startswith(name)]
    if len(matching) != 1:
        raise AudioclfError(f"no stress is called {name!r}; there are {', '.join(STRESSES)}")
    return matching[0]


def check(stress: str, level: float) -> None:
    """AudioclfError for a level out of range; the clean level is always allowed."""
    chosen = STRESSES[find(stress)]
    if not (chosen.low <= level <= chosen.high or level == chosen.clean):
        raise AudioclfError(
            f"{chosen.title} goes from {chosen.words(chosen.low)} to {chosen.words(chosen.high)}, "
            f"not to {level:g}"
        )


def checked(settings: Settings) -> dict[str, float]:
    """Settings by full stress id. AudioclfError for an unknown stress or a level out of range."""
    for name, level in settings.items():
        check(name, level)
    return {find(name): level for name, level in settings.items()}


def apply(clip: Clip, settings: Settings, seed: int = 0) -> Clip:
    """Apply all `settings` to the clip, in the order of STRESSES; a stress at its clean level is skipped.

    Each stress has its own random generator, so that moving one slider does not change the noise of another.
    """
    for key, level in settings.items():
        check(key, level)
    for i, (key, stress) in enumerate(STRESSES.items()):
        level = settings.get(key, stress.clean)
        # Noise relative to silence is silence, and codecs refuse a silent clip.
        if level != stress.clean and not windows.is_silent(clip):
            clip = effects.chain(clip, stress.steps(level), np.random.default_rng([seed, i]))
    return clip
