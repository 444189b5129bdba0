"""Sound from what a feature keeps: mel envelopes on noise and pulses, and magnitudes without phases."""

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from audioclf.features.frames import dct_matrix, mel_centres
from audioclf.features.spectral import Mfcc
from audioclf.lessons.excerpt import Samples, like, samples_of
from audioclf.types import Clip

SIZE, HOP = 512, 128  # samples of a frame and between frames
PITCH_HZ = (60.0, 400.0)
VOICED = 0.08  # height of the cepstral peak from which a frame counts as periodic


def stft(samples: NDArray, size: int = SIZE, hop: int = HOP) -> NDArray[np.complex128]:
    """(n_frames, size / 2 + 1) spectra of Hann-windowed frames; the samples lie within padding of one frame."""
    padded = np.pad(samples, (size, size + -len(samples) % hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    return scipy.fft.rfft(frames * _hann(size), axis=1)


def istft(spectra: NDArray, n_samples: int, size: int = SIZE, hop: int = HOP) -> Samples:
    """Samples whose `stft` is closest to these spectra in the least squares (Griffin & Lim 1984, eq. 6)."""
    frames = scipy.fft.irfft(spectra, size, axis=1) * _hann(size)
    # size is a whole number of hops: each of these parts of the frames adds up without overlap.
    total = np.zeros((len(frames) + size // hop - 1, hop))
    weight = np.zeros(total.shape)
    for i in range(size // hop):
        part = slice(i * hop, (i + 1) * hop)
        total[i : i + len(frames)] += frames[:, part]
        weight[i : i + len(frames)] += _hann(size)[part] ** 2
    return (total.ravel() / np.maximum(weight.ravel(), 1e-6))[size : size + n_samples]


def _hann(size: int) -> Samples:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def griffin_lim(magnitudes: NDArray, n_samples: int, size: int, hop: int, n_rounds: int = 16) -> Samples:
    """Samples with about these STFT magnitudes; phases found by iteration from random ones (Griffin & Lim 1984)."""
    rng = np.random.default_rng(0)
    spectra = magnitudes * np.exp(2j * np.pi * rng.random(magnitudes.shape))
    for _ in range(n_rounds):
        found = stft(istft(spectra, n_samples, size, hop), size, hop)
        spectra = magnitudes * np.exp(1j * np.angle(found))
    return istft(spectra, n_samples, size, hop)


def cepstrum(frame: NDArray, fine: int = 4) -> Samples:
    """(fine · n / 2,) real cepstrum of a frame by quefrency in samples, the transform of log |X| (Bogert 1963)."""
    size = fine * len(frame)
    power = np.abs(scipy.fft.rfft(frame, size)) ** 2
    floor = max(float(power.max()), 1e-300) * 1e-7
    return scipy.fft.irfft(0.5 * np.log(power + floor))[: size // 2]


def pitch(frame: NDArray, sample_rate: int) -> tuple[float, float]:
    """Pitch in Hz at the highest cepstral peak of PITCH_HZ, and its height; the frame is windowed by the caller."""
    values = cepstrum(frame)
    low, high = int(sample_rate / PITCH_HZ[1]), min(int(sample_rate / PITCH_HZ[0]), len(frame) - 2)
    at = low + int(values[low:high].argmax())
    left, middle, right = values[at - 1 : at + 2]
    bend = left - 2 * middle + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return sample_rate / (at + float(np.clip(shift, -0.5, 0.5))), float(middle)


def mel_envelopes(part: Clip, n_mels: int, n_kept: int) -> tuple[Samples, Samples, Samples]:
    """Log-mel energies in dB, the same from the first n_kept cepstra alone, and all cepstra; each (n, n_frames)."""
    found = Mfcc(n_mfcc=n_mels, n_mels=n_mels, pre_emphasis=0.0)(part).values.astype(float)
    matrix = dct_matrix(n_mels, n_mels).astype(float)
    return matrix.T @ found, matrix[:n_kept].T @ found[:n_kept], found


def excitation(part: Clip, kind: str) -> Samples:
    """(n_samples,) a flat source: noise, or pulses at the sound's pitch where the cepstrum finds one, else noise."""
    n, rate = len(part.samples), part.sample_rate
    source = np.random.default_rng(0).standard_normal(n)
    if kind == "noise":
        return source
    size = round(0.04 * rate)
    samples = np.pad(samples_of(part), (size // 2, size))
    window, hop = np.hanning(size), max(1, rate // 100)
    phase = 0.0
    for first in range(0, n, hop):
        hz, height = pitch(samples[first : first + size] * window, rate)
        if height < VOICED:
            continue
        end = min(first + hop, n)
        steps = phase + np.arange(1, end - first + 1) * hz / rate
        source[first:end] = np.diff(np.floor(np.concatenate([[phase], steps]))) * np.sqrt(rate / hz)
        phase = float(steps[-1] % 1.0)
    return source


def shaped(source: NDArray, envelope_db: NDArray, part: Clip) -> Clip:
    """A flat source with the spectral envelope of each frame, as loud as the clip.

    envelope_db: (n_mels, n_frames), 10 ms apart. The filters have the least phase of their magnitude.
    """
    spectra = stft(source)
    hz = np.arange(SIZE // 2 + 1) * part.sample_rate / SIZE
    centres = mel_centres(len(envelope_db), 0.0, part.sample_rate / 2)
    widths = np.gradient(centres)
    # A triangle sums over its width; the envelope is what is left per Hz.
    level = envelope_db - 10 * np.log10(widths / widths[0])[:, None]
    seconds = (np.arange(len(spectra)) * HOP - SIZE / 2) / part.sample_rate
    at = np.clip(np.rint((seconds - 0.0125) / 0.010).astype(int), 0, level.shape[1] - 1)
    curves = np.stack([np.interp(hz, centres, level[:, frame]) for frame in range(level.shape[1])])
    return like(istft(spectra * _least_phase(curves)[at], len(source)), part)


def _least_phase(curves_db: NDArray) -> NDArray[np.complex128]:
    """(n, n_bins) responses with these magnitudes and minimum phase: the cepstrum folded to positive quefrencies."""
    logs = curves_db * (np.log(10.0) / 20.0)
    folded = scipy.fft.irfft(logs, axis=1)
    half = folded.shape[1] // 2
    folded[:, 1:half] *= 2.0
    folded[:, half + 1 :] = 0.0
    return np.exp(scipy.fft.rfft(folded, axis=1))


def noise_like(part: Clip, n_mels: int) -> Clip:
    """Noise with the mel-band energies of a clip."""
    whole, _, _ = mel_envelopes(part, n_mels, n_mels)
    return shaped(excitation(part, "noise"), whole, part)
