"""Background sounds with none of a task's labels, which teach a model to reject unknown sounds.

Speech-like kinds are made from parts of the task's own recordings; the others are synthesised.
"""

from collections.abc import Callable, Sequence

import numpy as np

from audioclf import effects
from audioclf.types import Clip

Maker = Callable[[Sequence[Clip], int, float, np.random.Generator], Clip]


def backwards(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """A recording played in reverse: the right voice and spectrum, the wrong order."""
    clip = recordings[0]
    return effects.chain(
        Clip(clip.samples[::-1].copy(), rate), effects.voice(rng.uniform(0.8, 2.0), 1.1, 1.0), rng
    )


def shuffled(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """Three or four pieces of a recording in another order."""
    pieces = np.array_split(recordings[0].samples, rng.integers(3, 5))
    order = np.roll(np.arange(len(pieces))[:: rng.choice([-1, 1])], rng.integers(1, len(pieces)))
    return _other_voice(_join([pieces[i] for i in order], rate), rng)


def spliced(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """The end of one recording before the beginning of another."""
    a, b = (clip.samples for clip in recordings)
    return _other_voice(_join([a[len(a) // 2 :], b[: len(b) // 2]], rate), rng)


def chorus(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """Two recordings at once, one of them backwards: babble."""
    a, b = (clip.samples for clip in recordings)
    n = max(len(a), len(b))
    mixed = _fit(a, n) / _peak(a) + _fit(b[::-1], n) / _peak(b)
    return _other_voice(Clip(mixed.astype(np.float32), rate), rng)


def hiss(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """Noise of any colour, steady, swelling or in bursts."""
    noise = effects.coloured_noise(round(seconds * rate), rng.uniform(0, 2.5), rng)
    return Clip((noise * _envelope(len(noise), rate, rng)).astype(np.float32), rate)


def murmur(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """Noise or a buzz through vowel-like resonances, with a syllable's envelope."""
    n = round(rng.uniform(0.15, 1.0) * seconds * rate)
    buzz = np.zeros(n, np.float32)
    buzz[:: int(rate / rng.uniform(80, 300))] = 1
    source = buzz if rng.random() < 0.5 else effects.coloured_noise(n, 1.0, rng)
    formants = sorted(rng.uniform(200, 3400, rng.integers(1, 4)))
    clip = effects.resonances(Clip(source, rate), formants, rng)
    return Clip((clip.samples * _envelope(n, rate, rng)).astype(np.float32), rate)


def tones(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """One to three notes with harmonics, gliding or still, struck or sustained; a square wave now and then."""
    t = np.arange(round(rng.uniform(0.2, 1.0) * seconds * rate)) / rate
    x: np.ndarray = np.zeros(len(t))
    for _ in range(rng.integers(1, 4)):
        f0, glide = np.exp(rng.uniform(np.log(80), np.log(2500))), rng.choice([0.0, rng.uniform(-1, 1)])
        phase = 2 * np.pi * f0 * (t + glide * t**2 / 2)
        n_harmonics = rng.integers(1, 1 + max(1, min(12, int(rate / 2 / f0))))
        tilt = rng.uniform(0.3, 2)
        x += sum(np.sin(k * phase) / k**tilt for k in range(1, n_harmonics + 1))
    if rng.random() < 0.15:
        x = np.sign(x)
    decay = np.exp(-t * rng.choice([0.0, rng.uniform(1, 15)]))
    return Clip((x * decay / _peak(x)).astype(np.float32), rate)


def knocks(recordings: Sequence[Clip], rate: int, seconds: float, rng: np.random.Generator) -> Clip:
    """Clicks, taps and drum-like thuds: short decaying noise, a few of them."""
    x = np.zeros(round(seconds * rate), np.float32)
    for at in rng.integers(len(x), size=rng.integers(1, 6)):
        n = int(min(round(rng.uniform(0.003, 0.2) * rate), len(x) - at))
        hit = effects.coloured_noise(max(n, 2), rng.uniform(0, 2), rng)[:n]
        x[at : at + n] += hit * np.exp(-5 * np.arange(n) / max(n, 1)) * rng.uniform(0.3, 1)
    return Clip(x / _peak(x), rate)


KINDS: dict[str, Maker] = {
    "backwards": backwards,
    "shuffled": shuffled,
    "spliced": spliced,
    "chorus": chorus,
    "hiss": hiss,
    "murmur": murmur,
    "tones": tones,
    "knocks": knocks,
}
FROM_RECORDINGS = frozenset({"backwards", "shuffled", "spliced", "chorus"})


def _other_voice(clip: Clip, rng: np.random.Generator) -> Clip:
    pitch = rng.uniform(0.8, 2.0)
    return effects.chain(clip, effects.voice(pitch, pitch**0.25, rng.uniform(0.8, 1.3)), rng)


def _join(pieces: Sequence[np.ndarray], rate: int, fade_seconds: float = 0.01) -> Clip:
    """Concatenate pieces, with short fades so that the seams do not click."""
    n = round(fade_seconds * rate)
    ramp = np.minimum(1, np.arange(1, n + 1) / n)
    faded = [np.array(piece) for piece in pieces if len(piece) > 2 * n] or [np.array(pieces[0])]
    for piece in faded:
        k = min(n, len(piece))
        piece[:k] *= ramp[:k]
        piece[len(piece) - k :] *= ramp[:k][::-1]
    return Clip(np.concatenate(faded), rate)


def _fit(samples: np.ndarray, n: int) -> np.ndarray:
    return np.pad(samples, (0, max(n - len(samples), 0)))[:n]


def _peak(samples: np.ndarray) -> float:
    return float(max(np.abs(samples).max(), 1e-6))


def _envelope(n: int, rate: int, rng: np.random.Generator) -> np.ndarray:
    """Constant, or one to four swells of 50 ms to a second."""
    if rng.random() < 0.3:
        return np.ones(n)
    t = np.arange(n) / rate
    swells = np.zeros(n)
    for _ in range(rng.integers(1, 5)):
        width = np.exp(rng.uniform(np.log(0.03), np.log(0.5)))
        swells += np.exp(-(((t - rng.uniform(0, n / rate)) / width) ** 2))
    return swells / max(swells.max(), 1e-6)
