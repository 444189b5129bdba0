"""Imitations of environmental sounds, made of noise, clicks and pitch glides."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from audioclf.synthesis.finishing import SAMPLE_RATE, SECONDS, Samples, record
from audioclf.types import Clip

N_SAMPLES = round(SECONDS * SAMPLE_RATE)

Maker = Callable[[np.random.Generator], Samples]
Formants = Sequence[tuple[float, float]]  # frequency in Hz and level of each


def outdoors(make: Maker, seed: int = 7) -> Clip:
    """One of the sounds below as a finished clip: see `recorder.record`."""
    return record(make(np.random.default_rng(seed)))


def sea_waves(rng: np.random.Generator) -> Samples:
    """A breaking wave: noise that grows brighter as it grows louder, then fades."""
    t = np.arange(N_SAMPLES) / SAMPLE_RATE
    swell, breaking = (np.exp(-(((t - at) / width) ** 2)) for at, width in ((1.2, 0.8), (1.4, 0.45)))
    levels = (0.25 + 0.3 * swell, 0.06 + 0.5 * swell, 0.03 + 0.35 * breaking)
    bands = ((40, 250), (150, 1500), (1200, 8000))
    return np.sum([a * _noise(N_SAMPLES, band, rng) for a, band in zip(levels, bands, strict=True)], axis=0)


def clock_tick(rng: np.random.Generator) -> Samples:
    """Tick and tock, twice a second: pairs of clicks through four resonances."""
    sound = np.zeros(N_SAMPLES)
    partials = ((1850, 0.5), (3100, 1.0), (4700, 0.7), (7300, 0.5))
    for i in range(5):
        at = 0.1 + 0.5 * i
        for delay, level in ((0.0, 0.5), (0.012, 1.0)):
            for hz, part in partials:
                _add(sound, level * part * _ping(hz * (1 - 0.06 * (i % 2)), 0.004), at + delay)
            _add(sound, 0.6 * level * rng.normal(0, 1, 60) * np.linspace(1, 0, 60), at + delay)
    return sound


def crackling_fire(rng: np.random.Generator) -> Samples:
    """Low noise of flames and snaps of wood, a few of them loud."""
    sound = 0.06 * _noise(N_SAMPLES, (50, 500), rng) + 0.012 * rng.normal(0, 1, N_SAMPLES)
    for _ in range(110):
        n = round(SAMPLE_RATE * np.exp(rng.uniform(np.log(0.0006), np.log(0.006))))
        snap = _noise(4 * n, (700, 9000), rng) * np.exp(-np.arange(4 * n) / n)
        _add(sound, 0.12 * min(rng.pareto(1.3), 12) * snap, rng.uniform(0, SECONDS))
    return sound


def dog_bark(rng: np.random.Generator) -> Samples:
    """Two pairs of barks: a rough voice of rising and falling pitch, through formants."""
    sound = np.zeros(N_SAMPLES)
    for at, pitch in ((0.25, 1.0), (0.72, 0.95), (1.6, 1.03), (2.05, 0.93)):
        x = _ramp(0.17)
        hz = (
            pitch * (330 + 330 * np.exp(-(((x - 0.25) / 0.25) ** 2))) * (1 + 0.04 * _wobble(len(x), 200, rng))
        )
        bark = _throat(hz, 0.35, ((750, 1.0), (1350, 0.8), (2600, 0.35), (3900, 0.15)), rng)
        _add(sound, bark * np.clip(8 * x, 0, 1) * (1 - x) ** 1.2, at)
    return _echo(sound, 0.25, rng)


def rooster(rng: np.random.Generator) -> Samples:
    """Cock-a-doodle-doo: four cries of a rough voice; the last is the longest and falls."""
    sound = np.zeros(N_SAMPLES)
    for at, seconds, first, last in (
        (0.1, 0.22, 480, 700),
        (0.4, 0.2, 720, 820),
        (0.63, 0.4, 800, 1000),
        (1.1, 1.2, 980, 560),
    ):
        x = _ramp(seconds)
        hz = (first + (last - first) * x**1.5) * (1 + 0.02 * _wobble(len(x), 60, rng))
        cry = _throat(hz, 0.15, ((1000, 1.0), (1800, 0.9), (3000, 0.5), (4200, 0.25)), rng)
        _add(sound, cry * np.clip(20 * x, 0, 1) * np.clip(6 * (1 - x), 0, 1), at)
    return _echo(sound, 0.4, rng)


def rain(rng: np.random.Generator) -> Samples:
    """Steady noise, and drops: short bursts in bands of their own."""
    sound = 0.1 * _noise(N_SAMPLES, (300, 12_000), rng)
    for _ in range(900):
        n, hz = round(SAMPLE_RATE * rng.uniform(0.0008, 0.003)), rng.uniform(900, 3000)
        drop = _noise(6 * n, (hz, 3.5 * hz), rng) * np.exp(-np.arange(6 * n) / n)
        _add(sound, 0.1 * min(rng.pareto(2.0), 5) * drop, rng.uniform(0, SECONDS))
    return sound


def helicopter(rng: np.random.Generator) -> Samples:
    """Thirteen beats of a rotor a second: noise, the lower the louder."""
    beat = np.exp(-((np.arange(N_SAMPLES) / SAMPLE_RATE * 13 % 1 - 0.3) ** 2) / 0.02)
    low, middle, high = (_noise(N_SAMPLES, band, rng) for band in ((30, 180), (150, 900), (800, 5000)))
    return (0.25 + beat) * (low + 0.35 * middle) + (0.05 + 0.05 * beat) * high


def chainsaw(rng: np.random.Generator) -> Samples:
    """An engine whose speed rises and falls: a rough voice of 100 to 210 Hz, through five resonances."""
    speed = 1 + 0.6 * np.clip(np.sin(2 * np.pi * 1.3 * _ramp(SECONDS)), -0.3, 1)
    hz = 130 * speed * (1 + 0.02 * _wobble(N_SAMPLES, 40, rng))
    formants = ((500, 0.6), (1100, 1.0), (2200, 1.0), (3800, 0.9), (6000, 0.6))
    engine = _throat(hz, 0.4, formants, rng) * (1 + 0.1 * _wobble(N_SAMPLES, 100, rng).clip(-2, 2))
    return engine + 0.02 * _noise(N_SAMPLES, (1000, 9000), rng)


def baby_cry(rng: np.random.Generator) -> Samples:
    """Two cries, each rising and falling by half an octave, with a trembling voice."""
    sound = np.zeros(N_SAMPLES)
    for at, seconds in ((0.1, 0.9), (1.25, 1.0)):
        x = _ramp(seconds)
        trembling = 1 + 0.004 * _wobble(len(x), 30, rng) + 0.01 * np.sin(2 * np.pi * 6 * x * seconds)
        hz = (350 + 200 * np.sin(np.pi * x) ** 0.7) * trembling
        cry = _throat(hz, 0.02, ((900, 1.0), (1400, 0.8), (2800, 0.5), (4000, 0.3), (6000, 0.2)), rng)
        _add(sound, cry * np.clip(12 * x, 0, 1) * np.clip(5 * (1 - x), 0, 1), at)
    return _echo(sound, 0.25, rng)


def sneeze(rng: np.random.Generator) -> Samples:
    """Breath drawn in, a short rising voice, a burst of noise and a falling voice under it."""
    sound = np.zeros(N_SAMPLES)
    formants = ((650, 1.0), (1250, 0.7), (2550, 0.4))
    breath, rise, burst, fall = map(_ramp, (0.45, 0.1, 0.5, 0.35))
    _add(sound, 0.12 * _noise(len(breath), (600, 4000), rng) * breath**2, 0.35)
    _add(sound, 0.7 * _throat(220 + 180 * rise, 0.3, formants, rng) * rise**0.5, 0.8)
    loudness = np.clip(60 * burst, 0, 1) * np.exp(-6 * burst)
    _add(sound, 0.3 * _noise(len(burst), (1500, 9000), rng) * loudness, 0.89)
    voice = _throat(300 * (1 - 0.4 * fall), 0.4, formants, rng)
    _add(sound, 0.5 * voice * np.clip(30 * fall, 0, 1) * np.exp(-5 * fall), 0.9)
    return _echo(sound, 0.2, rng)


def siren(rng: np.random.Generator) -> Samples:
    """Two notes in turn, each with six overtones; not random."""
    hz = np.where(np.arange(N_SAMPLES) / SAMPLE_RATE % 1.0 < 0.5, 440, 585)
    phase = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE
    return np.sum([np.sin(k * phase) / k for k in range(1, 8)], axis=0)


def white_noise(rng: np.random.Generator) -> Samples:
    """White Gaussian noise."""
    return rng.normal(0, 1, N_SAMPLES)


def _add(sound: Samples, part: Samples, at: float) -> None:
    """Add `part` to `sound` in place from `at` seconds on; the end that does not fit is dropped."""
    first = round(at * SAMPLE_RATE)
    part = part[: len(sound) - first]
    sound[first : first + len(part)] += part


def _ramp(seconds: float) -> Samples:
    """Linear ramp from 0 to 1."""
    return np.linspace(0, 1, round(seconds * SAMPLE_RATE))


def _ping(hz: float, seconds: float) -> Samples:
    """A decaying sine that falls to 1/e in `seconds`."""
    t = np.arange(round(8 * seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * np.pi * hz * t) * np.exp(-t / seconds)


def _noise(n: int, band: tuple[float, float], rng: np.random.Generator) -> Samples:
    """Noise of unit power in a band, given in Hz."""
    sound = sosfilt(butter(2, band, "bandpass", fs=SAMPLE_RATE, output="sos"), rng.normal(0, 1, n))
    return sound / sound.std()


def _wobble(n: int, hz: float, rng: np.random.Generator) -> Samples:
    """Noise of unit power below `hz`, which makes a pitch rough."""
    sound = sosfilt(butter(1, hz, fs=SAMPLE_RATE, output="sos"), rng.normal(0, 1, n))
    return sound / sound.std()


def _throat(hz: Samples, breath: float, formants: Formants, rng: np.random.Generator) -> Samples:
    """A sawtooth of pitch `hz` plus noise (`breath`), through resonances 200 Hz wide; peak 1."""
    buzz = 2 * (np.cumsum(hz) / SAMPLE_RATE % 1) - 1 + breath * rng.normal(0, 1, len(hz))
    cry = np.sum([level * _ring(buzz, at) for at, level in formants], axis=0)
    return cry / np.abs(cry).max()


def _ring(sound: Samples, hz: float, width_hz: float = 200.0) -> Samples:
    """Filter by a two-pole resonator."""
    r = np.exp(-np.pi * width_hz / SAMPLE_RATE)
    turn = np.cos(2 * np.pi * hz / SAMPLE_RATE)
    return lfilter([1 - r, 0, r - 1], [1, -2 * r * turn, r * r], sound)


def _echo(sound: Samples, level: float, rng: np.random.Generator) -> Samples:
    """Add reverberation: noise that decays in a third of a second."""
    n = round(SAMPLE_RATE / 3)
    tail = rng.normal(0, 1, n) * np.exp(-6.9 * np.arange(n) / n)
    echoes = np.convolve(sound, tail / np.sqrt(np.sum(tail**2)))[: len(sound)]
    return sound + level * echoes
