"""The scalogram compared with PyWavelets, ssqueezepy and fCWT: 96 scales, 16 kHz, one Morlet, one thread each."""

import math
import os
from collections.abc import Callable

import numpy as np
import pywt
import scipy.fft

from audioclf.features.scalogram import Scalogram, make_plan
from audioclf.types import Clip
from benchmarks.measure import interleave, milliseconds, ratio, table

SAMPLE_RATE = 16_000
ROUNDS = {1.0: 25, 30.0: 5}
REFERENCE = "one real FFT of the clip"
OURS = "audioclf `Scalogram`"
FOLDED = "audioclf `Scalogram.coefficients` (folded, points in time)"


def _pywt(clip: Clip, feature: Scalogram, hz: np.ndarray) -> Callable[[], object]:
    scales = feature.centre * clip.sample_rate / hz
    wavelet = f"cmor{feature.bandwidth}-{feature.centre}"
    return lambda: pywt.cwt(clip.samples, scales, wavelet, method="fft")


def _ssqueezepy(clip: Clip, feature: Scalogram, hz: np.ndarray) -> Callable[[], object]:
    os.environ["SSQ_PARALLEL"] = "0"
    from ssqueezepy import Wavelet, cwt

    # ssqueezepy's Morlet exp(−(ω − μ)² / 2) is ours with ω = 2π √(B/2) f.
    centre = 2 * math.pi * feature.centre * math.sqrt(feature.bandwidth / 2)
    wavelet = Wavelet(("morlet", {"mu": centre}), dtype="float32")
    # It only takes whole numbers of scales per octave, so that these end a little above fmin.
    scales = centre * clip.sample_rate / (2 * math.pi * hz[-1]) * 2.0 ** (np.arange(len(hz)) / 14)
    samples = clip.samples.copy()
    return lambda: cwt(samples, wavelet, scales=scales, padtype="zero", fs=clip.sample_rate)


def _fcwt(clip: Clip, feature: Scalogram, hz: np.ndarray) -> Callable[[], object]:
    import fcwt

    # fCWT's Morlet exp(−2 π² σ² (f − 1)²) is ours with σ² = B / 2.
    morlet = fcwt.Morlet(math.sqrt(feature.bandwidth / 2))
    scales = fcwt.Scales(morlet, fcwt.FCWT_LOGSCALES, clip.sample_rate, float(hz[0]), float(hz[-1]), len(hz))
    transform = fcwt.FCWT(morlet, 1, False, False)
    found = np.zeros((len(hz), len(clip.samples)), dtype=np.csingle)
    samples = clip.samples.copy()
    # The transform keeps a bare pointer to the Morlet, so the Morlet must stay alive for the call.
    return lambda alive=morlet: transform.cwt(samples, scales, found)


PEERS = {'pywt.cwt(method="fft")': _pywt, "ssqueezepy.cwt": _ssqueezepy, "fCWT": _fcwt}


def report() -> str:
    """A Markdown section."""
    return "\n\n".join(["## The scalogram", *(_at(seconds) for seconds in ROUNDS)])


def _at(seconds: float) -> str:
    rng = np.random.default_rng(0)
    clip = Clip(rng.normal(0, 0.1, int(seconds * SAMPLE_RATE)).astype(np.float32), SAMPLE_RATE)
    feature = Scalogram()
    hz = make_plan(feature, len(clip.samples), SAMPLE_RATE).hz
    contestants: dict[str, Callable[[], object]] = {
        REFERENCE: lambda: scipy.fft.rfft(clip.samples),
        OURS: lambda: feature.energy(clip),
        FOLDED: lambda: feature.coefficients(clip),
    }
    missing = []
    for name, make in PEERS.items():
        try:
            contestants[name] = make(clip, feature, hz)
        except (ImportError, OSError) as error:
            missing.append((name, f"not measured: {error}", "", ""))
    timings = interleave(contestants, ROUNDS[seconds])
    rows = [
        (
            name,
            milliseconds(timing),
            f"{ratio(timing, timings[REFERENCE]):.1f}",
            f"{ratio(timing, timings[OURS]):.1f}",
        )
        for name, timing in timings.items()
    ]
    header = (f"{seconds:g} s at 16 kHz, 96 scales", "median", "in FFTs of the clip", "times ours")
    return table(header, [*rows, *missing])
