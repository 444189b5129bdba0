"""The denoising workshop: known white noise, three rules for the threshold, and what was gained."""

from collections.abc import Callable

import numpy as np
import pywt
from numpy.typing import NDArray

from audioclf.lessons.excerpt import Samples, excerpt, rms, samples_of, sound_of
from audioclf.lessons.packets import FAMILIES, snr_db
from audioclf.lessons.panels import time_axis, waveform
from audioclf.lessons.view import Axis, Curve, Panel, Sound, View, range_of, signed
from audioclf.types import Clip
from audioclf.wording import percent, text


def universal(details: NDArray, sigma: float, n: int) -> float:
    """σ √(2 ln n): almost no coefficient of pure noise passes (Donoho & Johnstone 1994)."""
    return sigma * float(np.sqrt(2 * np.log(n)))


def bayes(details: NDArray, sigma: float, n: int) -> float:
    """σ² / σ_x with σ_x² = mean d² − σ², at least 0 (Chang, Yu & Vetterli 2000); the largest size if that is 0."""
    variance = float(np.mean(details**2)) - sigma**2
    return float(np.abs(details).max()) if variance <= 0 else sigma**2 / variance**0.5


def sure(details: NDArray, sigma: float, n: int) -> float:
    """The threshold of least estimated risk, at most `universal` (SURE: Donoho & Johnstone 1995, eq. 11)."""
    if sigma == 0:
        return 0.0
    squares = np.sort((details / sigma) ** 2)
    count = len(squares)
    risk = count - 2 * np.arange(1, count + 1) + np.cumsum(squares) + squares * np.arange(count - 1, -1, -1)
    best = sigma * float(np.sqrt(squares[int(risk.argmin())]))
    return min(best, universal(details, sigma, n))


RULES: dict[str, Callable[[NDArray, float, int], float]] = {
    "universal": universal,
    "bayes": bayes,
    "sure": sure,
}


def shrink(values: NDArray, threshold: float, mode: str) -> NDArray:
    """Coefficients up to the threshold become 0; "soft" also moves the others towards 0 by it."""
    if mode == "hard":
        return np.where(np.abs(values) > threshold, values, 0.0)
    return np.sign(values) * np.maximum(np.abs(values) - threshold, 0.0)


def noise_level(details: NDArray) -> float:
    """Standard deviation of white noise from the finest details: median |d| / 0.6745."""
    return float(np.median(np.abs(details))) / 0.6745


def denoised(
    samples: NDArray, wavelet: str, level: int, rule: str, mode: str
) -> tuple[Samples, float, list[float]]:
    """Samples after thresholds on the details; the share of details set to 0, and the threshold of each level.

    level: of the transform, lowered where the sound is too short. Thresholds are given from coarse to fine.
    """
    level = min(level, pywt.dwt_max_level(len(samples), pywt.Wavelet(wavelet).dec_len))
    if level < 1:
        return samples, 0.0, []
    approximation, *details = pywt.wavedec(samples, wavelet, level=level)
    sigma = noise_level(details[-1])
    thresholds = [RULES[rule](one, sigma, len(samples)) for one in details]
    shrunk = [shrink(one, limit, mode) for one, limit in zip(details, thresholds, strict=True)]
    zeros = float(np.mean(np.concatenate(shrunk) == 0))
    return pywt.waverec([approximation, *shrunk], wavelet)[: len(samples)], zeros, thresholds


def noisy(samples: NDArray, snr: float) -> Samples:
    """Samples with white noise at this signal-to-noise ratio in dB; the noise is the same every time."""
    noise = np.random.default_rng(0).standard_normal(len(samples))
    return samples + noise * rms(samples) / rms(noise) * 10 ** (-snr / 20)


def denoise(clip: Clip, noise: float, wavelet: str, level: int, rule: str, mode: str) -> View:
    """Noise of a known level, removed by thresholds on wavelet details: before, after and what was taken away."""
    part = excerpt(clip)
    clean = samples_of(part)
    before = noisy(clean, noise)
    after, zeros, thresholds = denoised(before, FAMILIES[wavelet], level, rule, mode)
    gain = snr_db(clean, after) - snr_db(clean, before)
    said = text(
        "wavelets.denoise_said",
        before=signed(snr_db(clean, before)),
        after=signed(snr_db(clean, after)),
        gain=signed(gain),
        zeros=percent(zeros),
    )
    low, high = range_of(before)
    axis, rate = Axis(text("explore.amplitude"), low, high), part.sample_rate
    levels = np.arange(len(thresholds), 0, -1).astype(float)
    return View(
        panels=(
            Panel(
                text("wavelets.before_title"),
                time_axis(part),
                axis,
                said,
                (
                    waveform(before, rate, text("wavelets.noisy"), 7, part="y"),
                    waveform(after, rate, text("wavelets.denoised"), 1, part="x"),
                ),
            ),
            Panel(
                text("wavelets.residual_title"),
                time_axis(part),
                axis,
                text("wavelets.residual_alt", rms=f"{rms(before - after):.4f}"),
                (waveform(before - after, rate, text("wavelets.residual"), 2),),
                size="low",
            ),
            Panel(
                text("wavelets.thresholds_title"),
                Axis(
                    text("wavelets.level"), 0.4, max(len(thresholds), 1) + 0.6, ticks=_whole(len(thresholds))
                ),
                Axis(text("wavelets.threshold"), 0.0, 1.1 * max([*thresholds, 1e-6])),
                text("wavelets.thresholds_alt", n=len(thresholds)),
                (Curve(levels, np.array(thresholds), text("wavelets.threshold"), "bars", 3, part="t"),),
                size="low",
            ),
        ),
        said=said,
        facts=(
            (text("wavelets.snr_before"), f"{signed(snr_db(clean, before))} dB"),
            (text("wavelets.snr_after"), f"{signed(snr_db(clean, after))} dB"),
            (text("wavelets.gain"), f"{signed(gain)} dB"),
            (text("wavelets.zeros"), percent(zeros)),
        ),
        sounds=(
            Sound(text("wavelets.hear_noisy"), sound_of(before, rate)),
            Sound(text("wavelets.hear_denoised"), sound_of(after, rate)),
            Sound(text("wavelets.hear_residual"), sound_of(before - after, rate)),
            Sound(text("wavelets.hear_clean"), part),
        ),
        arrays={"noisy": before, "denoised": after, "thresholds": np.array(thresholds)},
    )


def _whole(n: int) -> tuple[tuple[float, str], ...]:
    return tuple((float(i), str(i)) for i in range(1, n + 1))
