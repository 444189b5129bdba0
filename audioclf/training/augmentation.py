"""How a recording comes to be heard differently, by the kind of task: what every copy in a pool went through."""

from collections.abc import Callable

import numpy as np

from audioclf import audio, effects
from audioclf.types import Clip

Augmentation = Callable[
    [Clip, float, np.random.Generator], Clip
]  # (recording, window in seconds, rng) -> window

QUIET_DB = -35.0  # a stretch so far below its recording's loudest window says little of what it is


def spoken_word(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """A word, in another voice nine times of ten, in some place, over some channel."""
    return room_and_channel(other_voice(clip, rng), seconds, rng)


def synthetic_word(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """A word by a voice of many as it is, or half of the time a little higher or lower, faster or slower."""
    if rng.random() < 0.5:
        pitch = np.exp(rng.uniform(np.log(0.85), np.log(1.4)))
        formants = np.clip(pitch**0.25 * np.exp(rng.normal(0, 0.06)), 0.85, 1.2)
        clip = effects.chain(clip, effects.voice(pitch, formants, rng.uniform(0.8, 1.25)), rng)
    return room_and_channel(clip, seconds, rng)


def other_voice(clip: Clip, rng: np.random.Generator) -> Clip:
    """In another voice: pitch over more than an octave, formants that follow it as they do from men to children."""
    if rng.random() < 0.1:
        return clip
    pitch = np.exp(rng.uniform(np.log(0.8), np.log(2.2)))
    formants = np.clip(pitch**0.25 * np.exp(rng.normal(0, 0.07)), 0.8, 1.3)
    return effects.chain(clip, effects.voice(pitch, formants, rng.uniform(0.75, 1.35)), rng)


def room_and_channel(clip: Clip, seconds: float, rng: np.random.Generator) -> Clip:
    """Through a room, a microphone and a channel, somewhere in a window of `seconds` with noise all over it.

    Half of the time a recorder cuts off what is soft at both ends; then half of the noise ends with the word.
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
    """Some stretch of a longer sound, a little faster or slower, in another room, by another microphone."""
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
    """Any window in which something is to be heard; a shorter clip anywhere between zeros."""
    loudest = audio.cut(clip, audio.loudest_window(clip, seconds), seconds)
    spare = clip.seconds - seconds
    enough = np.square(loudest.samples).sum() * 10 ** (QUIET_DB / 10)
    for _ in range(5):
        window = audio.cut(clip, rng.uniform(min(spare, 0), max(spare, 0)), seconds)
        if np.square(window.samples).sum() > enough:
            return window
    return loudest


AUGMENTATIONS: dict[str, Augmentation] = {
    "speech": spoken_word,
    "voices": synthetic_word,
    "sound": any_sound,
}
