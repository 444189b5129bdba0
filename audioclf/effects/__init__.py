"""Clip -> Clip: other voices, rooms, microphones, noise, codecs. Chance comes from the caller's generator.

Imports audio and the values; for lab, training and evaluation.
"""

from audioclf.effects.channel import (
    NOISE_COLOURS,
    Clipping,
    Formants,
    Gain,
    Gate,
    Noise,
    Perturbation,
    Pitch,
    Response,
    Reverb,
    Shift,
    Speed,
    Telephone,
    Tempo,
    band_limit,
    chain,
    coloured_noise,
    mixed,
    resonances,
    sounding_power,
    voice,
)

__all__ = [
    "NOISE_COLOURS",
    "Clipping",
    "Formants",
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
