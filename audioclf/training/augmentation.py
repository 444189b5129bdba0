"""Augmentations of the recordings in a pool, by kind of task: voices, rooms, microphones, channels and noise."""

from collections.abc import Callable

import numpy as np

from audioclf import audio, effects
from audioclf.types import Clip

# (recording, window in seconds, rng) -> window
Augmentation = Callable[[Clip, float, np.random.Generator], Clip]

QUIET_DB = -35.0  # of the loudest window; quieter windows of a recording are not used for training


def spoken_word(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """Augment a spoken word: another voice in 90 % of the copies, then a room and a channel."""
    return room_and_channel(other_voice(clip, rng), seconds, rng)


def as_recorded(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """The window around the loudest sound, unchanged."""
    return audio.cut(clip, audio.loudest_window(clip, seconds), seconds)


def synthetic_word(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """Augment synthetic speech of many voices: half of the copies change pitch and speed a little."""
    if rng.random() < 0.5:
        pitch = np.exp(rng.uniform(np.log(0.85), np.log(1.4)))
        formants = np.clip(pitch**0.25 * np.exp(rng.normal(0, 0.06)), 0.85, 1.2)
        clip = effects.chain(clip, effects.voice(pitch, formants, rng.uniform(0.8, 1.25)), rng)
    return room_and_channel(clip, seconds, rng)


def other_voice(clip: Clip, rng: np.random.Generator) -> Clip:
    """Change the voice: pitch over more than an octave, and formants that follow it as from men to children."""
    if rng.random() < 0.1:
        return clip
    pitch = np.exp(rng.uniform(np.log(0.8), np.log(2.2)))
    formants = np.clip(pitch**0.25 * np.exp(rng.normal(0, 0.07)), 0.8, 1.3)
    return effects.chain(clip, effects.voice(pitch, formants, rng.uniform(0.75, 1.35)), rng)


def room_and_channel(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """Add a room, a microphone, a channel and noise, and place the sound in a window of `seconds`.

    In half of the copies a gate cuts off soft beginnings and ends; in half of these, the noise ends with the sound.
    """
    steps: list[effects.Perturbation] = []
    if rng.random() < 0.15:
        steps.append(effects.Shift(-rng.uniform(0, 0.05)))
    if rng.random() < 0.4:
        steps.append(effects.Reverb(rng.uniform(0.1, 0.7), rng.uniform(-15, 0)))
    if rng.random() < 0.7:
        steps.append(effects.Response((100, 300, 900, 2000, 3600), tuple(rng.normal(0, 5, 5))))
    if rng.random() < 0.3:
        steps.append(effects.band_limit(rng.uniform(80, 400), rng.uniform(2400, 3700)))
    if rng.random() < 0.15:
        steps.append(effects.Clipping(rng.uniform(0, 15)))
    if rng.random() < 0.1:
        steps.append(effects.Telephone())
    clip = effects.chain(clip, steps, rng)
    colour = str(rng.choice(list(effects.NOISE_COLOURS)))
    noise = [effects.Noise(rng.uniform(3, 45), colour)] if rng.random() < 0.8 else []
    if rng.random() < 0.5:
        clip = effects.Gate(rng.uniform(6, 35))(clip, rng)
        if rng.random() < 0.5:
            clip, noise = effects.chain(clip, noise, rng), []
    start = audio.loudest_window(clip, seconds) + np.clip(rng.normal(0, 0.04), -0.1, 0.1)
    return effects.chain(audio.cut(clip, start, seconds), noise, rng)


def any_sound(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """Augment a random window of a longer sound: speed, room, microphone, band, clipping and noise."""
    clip = random_window(clip, 1.5 * seconds, rng)
    steps: list[effects.Perturbation] = []
    if rng.random() < 0.8:
        steps.append(effects.Speed(float(np.exp(rng.uniform(np.log(0.8), np.log(1.25))))))
    if rng.random() < 0.25:
        steps.append(effects.Reverb(rng.uniform(0.1, 1.0), rng.uniform(-20, -3)))
    if rng.random() < 0.8:
        hz = (60, 200, 600, 1800, 5000, 13000)
        steps.append(effects.Response(hz, tuple(rng.normal(0, 4, len(hz)))))
    if rng.random() < 0.15:
        steps.append(effects.band_limit(rng.uniform(30, 200), rng.uniform(5000, 12000)))
    if rng.random() < 0.1:
        steps.append(effects.Clipping(rng.uniform(0, 10)))
    clip = random_window(effects.chain(clip, steps, rng), seconds, rng)
    if rng.random() < 0.5:
        colour = str(rng.choice(list(effects.NOISE_COLOURS)))
        clip = effects.Noise(rng.uniform(10, 50), colour)(clip, rng)
    return clip


def random_window(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """A random window that is not quiet (see QUIET_DB); a shorter clip is placed at random between zeros."""
    loudest = audio.cut(clip, audio.loudest_window(clip, seconds), seconds)
    spare = clip.seconds - seconds
    enough = np.square(loudest.samples).sum() * 10 ** (QUIET_DB / 10)
    for _ in range(5):
        window = audio.cut(clip, rng.uniform(min(spare, 0), max(spare, 0)), seconds)
        if np.square(window.samples).sum() > enough:
            return window
    return loudest


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": as_recorded,
    "speech": spoken_word,
    "voices": synthetic_word,
    "sound": any_sound,
}
