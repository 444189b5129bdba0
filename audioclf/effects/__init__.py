"""Clip -> Clip: voices, rooms, microphones, noise, codecs, denoising. Randomness comes from the caller's generator.

Imports features and types. For lab, training and evaluation. effects.denoise is imported by its own name.
"""

from audioclf.effects.babble import Babble
from audioclf.effects.base import Perturbation, chain, mixed, resonances, sounding_power
from audioclf.effects.channel import (
    Clipping,
    FullScale,
    Gain,
    Gate,
    Response,
    Reverb,
    Shift,
    Telephone,
    band_limit,
)
from audioclf.effects.codec import Codec
from audioclf.effects.noise import NOISE_COLOURS, Noise, coloured_noise
from audioclf.effects.voice import Formants, Pitch, Speed, Tempo, voice

__all__ = [
    "NOISE_COLOURS",
    "Babble",
    "Clipping",
    "Codec",
    "Formants",
    "FullScale",
    "Gain",
    "Gate",
    "Noise",
    "Perturbation",
    "Pitch",
    "Response",
    "Reverb",
    "Shift",
    "Speed",
    "Telephone",
    "Tempo",
    "band_limit",
    "chain",
    "coloured_noise",
    "mixed",
    "resonances",
    "sounding_power",
    "voice",
]
