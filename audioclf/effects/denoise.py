"""Wavelet denoising: soft thresholds on the details of a discrete wavelet transform."""

from dataclasses import dataclass

import numpy as np
import pywt
from numpy.typing import NDArray

from audioclf.features.wavelet import check_wavelet
from audioclf.types import Clip

DENOISERS = ("universal", "bayes")


def denoise(clip: Clip, wavelet: str = "sym8", method: str = "universal") -> Clip:
    """Remove steady broadband noise by a soft threshold on DWT details.

    The noise is assumed to be white and measured in the finest band: σ = median |d| / 0.6745. Thresholds:
    "universal" (Donoho & Johnstone 1994): σ √(2 ln n) in every band; removes most noise, dulls the sound a little.
    "bayes" (Chang, Yu & Vetterli 2000): σ² / σ_x of each band, σ_x² = max(mean d² − σ², 0); keeps more sound.
    ValueError for another method or an unknown wavelet.
    """
    check_wavelet(wavelet)
    if method not in DENOISERS:
        raise ValueError(f"unknown denoising method {method!r}; use one of {', '.join(DENOISERS)}")
    n_samples = len(clip.samples)
    levels = pywt.dwt_max_level(n_samples, pywt.Wavelet(wavelet).dec_len)
    if levels == 0:
        return clip
    # A copy: PyWavelets does not take read-only arrays.
    approximation, *details = pywt.wavedec(clip.samples.copy(), wavelet, level=levels)
    sigma = float(np.median(np.abs(details[-1]))) / 0.6745
    universal = sigma * np.sqrt(2.0 * np.log(n_samples))
    shrunk = []
    for detail in details:
        limit = universal if method == "universal" else _bayes_threshold(detail, sigma)
        # Not pywt.threshold: it divides by the coefficient's size, which turns digital silence into NaN.
        shrunk.append(np.sign(detail) * np.maximum(np.abs(detail) - np.float32(limit), 0))
    samples = pywt.waverec([approximation, *shrunk], wavelet)[:n_samples]
    return Clip(samples.astype(np.float32), clip.sample_rate, clip.name)


def _bayes_threshold(details: NDArray[np.float32], sigma: float) -> float:
    signal_variance = float(np.square(details).mean()) - sigma**2
    return float(np.abs(details).max()) if signal_variance <= 0 else sigma**2 / signal_variance**0.5


@dataclass(frozen=True)
class Denoise:
    """Wavelet denoising (`denoise`, "bayes"), mixed with the noisy clip; 100 % is the denoised clip alone."""

    percent: float

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        share = np.float32(self.percent / 100)
        cleaned = denoise(clip, method="bayes").samples
        return Clip(clip.samples + share * (cleaned - clip.samples), clip.sample_rate, clip.name)
