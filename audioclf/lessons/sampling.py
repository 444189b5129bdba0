"""Samples and their level: sampling with and without the anti-alias filter, amplitude in dBFS, clipping."""

import numpy as np
import soxr
from numpy.typing import NDArray

from audioclf.lessons.excerpt import Samples, excerpt, level_db, loudest_at, rms, samples_of, sound_of
from audioclf.lessons.panels import hz_axis, waveform
from audioclf.lessons.spectrum import psd
from audioclf.lessons.view import Axis, Curve, Mark, Panel, Sound, View, range_of, signed
from audioclf.types import Clip
from audioclf.wording import percent, text

BASE_RATE = 48_000  # a multiple of every rate of the lesson
ZOOM_SECONDS = 0.008
PLAYED_RATE = 16_000
LEVEL_SECONDS = 0.025


def sampled(clip: Clip, rate: int, is_filtered: bool) -> NDArray[np.float64]:
    """The clip at `rate` Hz, which divides BASE_RATE, as a converter would sample it.

    is_filtered: whether a low-pass filter removes what is above rate / 2 first. Without it, a frequency f appears at
    the distance of f from the nearest multiple of the rate (Shannon 1949).
    """
    dense = soxr.resample(samples_of(clip), clip.sample_rate, BASE_RATE, quality="HQ")
    if is_filtered:
        return soxr.resample(dense, BASE_RATE, rate, quality="HQ")
    return dense[:: BASE_RATE // rate]


def sampling(clip: Clip, rate: int, alias_filter: bool) -> View:
    """Samples at a lower rate: a few milliseconds with the sound they were taken from, and both spectra."""
    part = excerpt(clip)
    taken = sampled(part, rate, alias_filter)
    heard = sound_of(soxr.resample(taken, rate, PLAYED_RATE, quality="HQ"), PLAYED_RATE)
    hz, before = psd(samples_of(part), part.sample_rate, 1024)
    new_hz, after = psd(taken, rate, max(64, 1024 * rate // part.sample_rate))
    above = float(before[hz > rate / 2].sum() / max(before.sum(), 1e-300))
    folded = 0.0 if alias_filter else above
    key = text("signal.filtered") if alias_filter else text("signal.unfiltered")
    said = text(
        "signal.sampling_said", rate=f"{rate:,}", half=f"{rate // 2:,}", share=percent(above), what=key
    )
    return View(
        panels=(_samples(part, taken, rate), _spectra(part, rate, (hz, before), (new_hz, after), said)),
        said=said,
        facts=(
            (text("signal.rate"), f"{rate:,} Hz"),
            (text("signal.nyquist"), f"{rate // 2:,} Hz"),
            (text("signal.above"), percent(above)),
            (text("signal.folded"), percent(folded)),
        ),
        sounds=(Sound(text("explore.original"), part), Sound(text("signal.hear_sampled"), heard)),
        arrays={"samples": taken, "hz": new_hz, "psd": after, "original_hz": hz, "original_psd": before},
    )


def _samples(part: Clip, taken: Samples, rate: int) -> Panel:
    middle = loudest_at(part, ZOOM_SECONDS) / part.sample_rate
    end = middle + ZOOM_SECONDS
    dense = soxr.resample(samples_of(part), part.sample_rate, BASE_RATE, quality="HQ")
    times, points = np.arange(len(dense)) / BASE_RATE, np.arange(len(taken)) / rate
    near, kept = (times >= middle) & (times <= end), (points >= middle) & (points <= end)
    low, high = range_of(dense[near], taken[kept])
    n = int(kept.sum())
    return Panel(
        text("signal.samples_title", n=n, ms=f"{1000 * ZOOM_SECONDS:g}"),
        Axis(text("explore.ms"), 0.0, 1000 * ZOOM_SECONDS, "ms"),
        Axis(text("explore.amplitude"), low, high),
        text("signal.samples_alt", n=n, ms=f"{1000 * ZOOM_SECONDS:g}", step=f"{1e6 / rate:.1f}"),
        (
            Curve(1000 * (times[near] - middle), dense[near], text("signal.continuous"), tone=7, part="x"),
            Curve(1000 * (points[kept] - middle), taken[kept], text("signal.sample"), "stems", 1, part="xn"),
        ),
    )


def _spectra(part: Clip, rate: int, before: tuple, after: tuple, said: str) -> Panel:
    top = part.sample_rate / 2
    reference = max(float(before[1].max()), 1e-300)

    def db(power: NDArray) -> NDArray:
        return 10 * np.log10(np.maximum(power / reference, 1e-9))

    curves = [Curve(before[0], db(before[1]), text("explore.original"), tone=7, part="f")]
    inside = after[0] <= min(rate / 2, top)
    curves.append(Curve(after[0][inside], db(after[1][inside]), text("signal.sampled"), tone=1, part="alias"))
    marks = (Mark(text("signal.nyquist"), x=rate / 2),) if rate / 2 < top else ()
    return Panel(
        text("signal.spectra_title"),
        hz_axis(top),
        Axis("dB", -80.0, 6.0, "dB"),
        said,
        curves,
        marks=marks,
    )


def amplified(samples: Samples, gain_db: float) -> Samples:
    """Samples with more gain, cut off at full scale as by a converter."""
    return np.clip(samples * 10.0 ** (gain_db / 20.0), -1.0, 1.0)


def levels(samples: Samples, sample_rate: int) -> Samples:
    """RMS level in dBFS of each LEVEL_SECONDS: (n_frames,)."""
    n = max(1, round(LEVEL_SECONDS * sample_rate))
    frames = samples[: len(samples) // n * n].reshape(-1, n)
    return np.array([level_db(rms(frame)) for frame in frames])


def amplitude(clip: Clip, gain: float) -> View:
    """Level and clipping: the waveform after a gain in dB, and the level of each 25 ms."""
    part = excerpt(clip)
    before, after = samples_of(part), amplified(samples_of(part), gain)
    peak, average = float(np.abs(after).max()), rms(after)
    wanted = np.abs(before) * 10.0 ** (gain / 20.0)
    cut = float(np.mean(wanted > 1.0))
    facts = (
        (text("signal.peak"), f"{signed(level_db(peak))} dBFS"),
        (text("signal.rms"), f"{signed(level_db(average))} dBFS"),
        (text("signal.crest"), f"{level_db(peak) - level_db(average):.1f} dB"),
        (text("signal.clipped"), percent(cut)),
    )
    said = text(
        "signal.amplitude_said",
        gain=signed(gain, 0),
        peak=facts[0][1],
        level=facts[1][1],
        cut=percent(cut),
    )
    rows = levels(after, part.sample_rate)
    seconds = (np.arange(len(rows)) + 0.5) * LEVEL_SECONDS
    return View(
        panels=(
            Panel(
                text("signal.wave_title"),
                Axis(text("explore.seconds"), 0.0, part.seconds, "s"),
                Axis(text("explore.amplitude"), -1.05, 1.05),
                said,
                (waveform(after, part.sample_rate, tone=1, part="x"),),
                marks=(Mark(text("signal.full_scale"), y=1.0), Mark(y=-1.0)),
            ),
            Panel(
                text("signal.level_title"),
                Axis(text("explore.seconds"), 0.0, part.seconds, "s"),
                Axis("dBFS", -80.0, 3.0, "dB"),
                text("signal.level_alt", low=signed(float(rows.min()), 0), high=signed(float(rows.max()), 0)),
                (Curve(seconds, rows, text("signal.frame_level"), tone=2, part="rms"),),
                marks=(Mark(text("signal.whole_level"), y=level_db(average)),),
            ),
        ),
        said=said,
        facts=facts,
        sounds=(
            Sound(text("explore.original"), part),
            Sound(text("signal.hear_gain"), sound_of(after, part.sample_rate)),
        ),
        arrays={"samples": after, "level_dbfs": rows},
    )
