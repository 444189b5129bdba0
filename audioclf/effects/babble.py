"""Babble noise: several synthesised voices that talk at once without words."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from audioclf.effects.base import Samples, mixed, resonances
from audioclf.types import Clip

# First three formants in Hz of the vowels of heed, head, had, hod, hawed, who'd and hud (Peterson and Barney, 1952).
VOWELS = (
    (270, 2290, 3010),
    (530, 1840, 2480),
    (660, 1720, 2410),
    (730, 1090, 2440),
    (570, 840, 2410),
    (300, 870, 2240),
    (640, 1190, 2390),
)
GLOTTIS_HZ = 200.0  # above it the spectrum of the voice source falls off
MAX_SECONDS = 4.0  # longer babble repeats itself, inaudibly


@dataclass(frozen=True)
class Babble:
    """Babble of `n_voices` synthesised voices, `snr_db` below the mean power of the clip's sounding part."""

    snr_db: float
    n_voices: int = 6

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        n = min(len(clip.samples), round(MAX_SECONDS * clip.sample_rate))
        talk = sum(murmur(n, clip.sample_rate, rng) for _ in range(self.n_voices))
        crowd = talk / max(np.sqrt(np.mean(np.square(talk))), 1e-9)
        return mixed(clip, np.resize(crowd, len(clip.samples)), self.snr_db)


def murmur(n_samples: int, sample_rate: int, rng: np.random.Generator) -> Samples:
    """One voice with a random pitch and vocal tract that utters random syllables; unit power."""
    longest = round(0.32 * sample_rate)
    talk = np.zeros(n_samples + 2 * longest, np.float32)
    pitch_hz, tract = 95.0 * 2 ** rng.uniform(0, 1.2), rng.uniform(0.92, 1.2)
    first = 0
    while first < n_samples + longest:
        n = max(round(rng.uniform(0.12, 0.32) * sample_rate), 2)
        formants = [hz * tract for hz in VOWELS[rng.integers(len(VOWELS))] if hz * tract < 0.45 * sample_rate]
        syllable = _syllable(n, sample_rate, pitch_hz * rng.uniform(0.85, 1.15), rng)
        vowel = resonances(Clip(syllable, sample_rate), formants, rng).samples
        # The next syllable starts early or late: people run words together, and breathe.
        part = talk[first : first + n]
        part += (vowel * np.hanning(n) * rng.uniform(0.3, 1.0))[: len(part)]
        first += round(n * rng.uniform(0.7, 1.5))
    cropped = talk[longest : longest + n_samples]
    return cropped / max(float(np.sqrt(np.mean(np.square(cropped)))), 1e-9)


def _syllable(n: int, sample_rate: int, pitch_hz: float, rng: np.random.Generator) -> Samples:
    """Input of the vocal tract: a consonant's noise, then glottal pulses of falling pitch."""
    noise = 0.3 * rng.standard_normal(n)
    glide = np.linspace(1.08, 0.92, n) * pitch_hz / sample_rate
    pulses = np.diff(np.floor(np.cumsum(glide) + rng.random()), prepend=0.0).clip(0, 1)
    pole = np.exp(-2 * np.pi * GLOTTIS_HZ / sample_rate)
    voice = lfilter([1], [1, -pole], pulses + 0.03 * noise)
    voiced = np.arange(n) > n * rng.uniform(0.1, 0.35)
    return np.where(voiced, voice - voice.mean(), 0.3 * noise).astype(np.float32)
