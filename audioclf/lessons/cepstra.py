"""Cepstrum, MFCCs and the spectrogram: what is kept, and what can be heard of it."""

import numpy as np
from numpy.typing import NDArray

from audioclf.features.frames import mel_centres
from audioclf.features.spectral import Mfcc
from audioclf.lessons.excerpt import Samples, excerpt, like, power_db, repeated, samples_of, sound_of
from audioclf.lessons.mel import hz_to_mel
from audioclf.lessons.panels import hz_axis, time_axis, whole
from audioclf.lessons.resynthesis import (
    PITCH_HZ,
    VOICED,
    cepstrum,
    excitation,
    griffin_lim,
    mel_envelopes,
    pitch,
    shaped,
)
from audioclf.lessons.spectrum import frame_at, spectrum_of, window
from audioclf.lessons.view import Axis, Curve, Field, Mark, Panel, Sound, View, range_of
from audioclf.types import Clip
from audioclf.wording import text

FRAME_SECONDS = 0.040  # holds two periods of the lowest pitch
ENVELOPE_SECONDS = 0.002  # quefrencies below belong to the envelope, those above to the pitch
MAX_COLUMNS = 500
N_ROWS = 160  # of a spectrogram on a mel or logarithmic axis


def quefrency(clip: Clip, position: float) -> View:
    """The cepstrum of one frame, with its envelope and the peak of its pitch."""
    part = excerpt(clip)
    rate = part.sample_rate
    start, cut = frame_at(part, position, FRAME_SECONDS)
    framed = cut * window("hann", len(cut))
    values = cepstrum(framed)
    hz, height = pitch(framed, rate)
    voiced = height >= VOICED
    frequencies, power = spectrum_of(framed, rate, 4)
    smooth = _envelope(values, round(ENVELOPE_SECONDS * rate), len(power))
    log_db = power_db(power, 70.0)
    smooth_db = smooth * (20.0 / np.log(10.0))
    smooth_db += float(np.mean(log_db - smooth_db))
    key = text("signal.voiced", hz=f"{hz:.0f}") if voiced else text("signal.unvoiced")
    said = text("signal.cepstrum_said", at=f"{start:.2f}", what=key, height=f"{height:.2f}")
    ms = 1000 * np.arange(len(values)) / rate
    near = (ms >= 0.4) & (ms <= 1000 / PITCH_HZ[0])
    low, high = range_of(values[near])
    peak = (Mark(f"{1000 / hz:.1f} ms = {hz:.0f} Hz", x=1000 / hz),) if voiced else ()
    sounds = [Sound(text("signal.hear_frame"), repeated(framed, part))]
    if voiced:
        times = np.arange(rate) / rate
        harmonics = sum(np.sin(2 * np.pi * k * hz * times) / k for k in range(1, 9) if k * hz < rate / 2)
        sounds.append(
            Sound(text("signal.hear_pitch", hz=f"{hz:.0f}"), sound_of(0.2 * np.asarray(harmonics), rate))
        )
    return View(
        panels=(
            whole(part, start, FRAME_SECONDS),
            Panel(
                text("signal.log_spectrum_title"),
                hz_axis(rate / 2),
                Axis("dB", -70.0, 5.0, "dB"),
                text("signal.log_spectrum_alt", ms=f"{1000 * ENVELOPE_SECONDS:g}"),
                (
                    Curve(frequencies, log_db, text("signal.log_spectrum"), tone=7, part="X"),
                    Curve(frequencies, smooth_db, text("signal.envelope"), tone=2, part="low"),
                ),
            ),
            Panel(
                text("signal.cepstrum_title"),
                Axis(text("signal.quefrency"), 0.0, 1000 / PITCH_HZ[0], "ms"),
                Axis(text("signal.cepstrum"), low, high),
                said,
                (Curve(ms[near], values[near], text("signal.cepstrum"), tone=1, part="c"),),
                marks=(Mark(text("signal.lifter"), x=1000 * ENVELOPE_SECONDS), *peak),
            ),
        ),
        said=said,
        facts=(
            (text("signal.pitch"), f"{hz:.0f} Hz" if voiced else text("signal.none")),
            (text("signal.peak_height"), f"{height:.2f}"),
        ),
        sounds=sounds,
        arrays={"cepstrum": values, "log_spectrum_db": log_db, "envelope_db": smooth_db},
    )


def _envelope(values: NDArray, n_kept: int, n_bins: int) -> Samples:
    """(n_bins,) log magnitude from the first n_kept quefrencies alone."""
    both = np.zeros(2 * (n_bins - 1))
    both[:n_kept] = values[:n_kept]
    both[-n_kept + 1 :] = values[1:n_kept][::-1]
    return np.fft.rfft(both).real


def mfcc(clip: Clip, coefficients: int, source: str = "") -> View:
    """MFCCs, the envelope that they keep of the loudest frame, and a sound built from them."""
    part = excerpt(clip)
    n_mels = max(26, coefficients)
    full, kept, _ = mel_envelopes(part, n_mels, coefficients)
    values = Mfcc(n_mfcc=coefficients, n_mels=n_mels)(part).values
    frame = int(full.max(axis=0).argmax())
    hz = mel_centres(n_mels, 0.0, part.sample_rate / 2)
    error = float(np.sqrt(np.mean((full[:, frame] - kept[:, frame]) ** 2)))
    scaled = _by_row(values)
    said = text(
        "signal.mfcc_said",
        n=coefficients,
        frames=values.shape[1],
        size=f"{values.size:,}",
        of=f"{len(part.samples):,}",
        db=f"{error:.1f}",
    )
    return View(
        panels=(
            Panel(
                text("signal.mfcc_title", n=coefficients, frames=values.shape[1]),
                time_axis(part),
                Axis(text("signal.coefficient"), -0.5, coefficients - 0.5),
                text("signal.mfcc_alt", n=coefficients, frames=values.shape[1]),
                field=Field(scaled, -3.0, 3.0, "σ", diverging=True),
            ),
            Panel(
                text("signal.kept_title"),
                Axis("mel", 0.0, float(hz_to_mel(part.sample_rate / 2)), "mel"),
                Axis("dB", -80.0, 5.0, "dB"),
                text("signal.kept_alt", n=coefficients, db=f"{error:.1f}"),
                (
                    Curve(
                        hz_to_mel(hz),
                        full[:, frame],
                        text("signal.all_bands", n=n_mels),
                        "stems",
                        7,
                        part="E",
                    ),
                    Curve(
                        hz_to_mel(hz), kept[:, frame], text("signal.from_n", n=coefficients), tone=1, part="c"
                    ),
                ),
            ),
        ),
        said=said,
        facts=(
            (text("signal.shape"), f"{coefficients} × {values.shape[1]}"),
            (text("signal.numbers"), f"{values.size:,} / {len(part.samples):,}"),
            (text("signal.envelope_error"), f"{error:.1f} dB"),
        ),
        sounds=(Sound(text("explore.original"), part),),
        arrays={"mfcc": values, "log_mel_db": full, "kept_db": kept},
    )


def mfcc_sounds(clip: Clip, coefficients: int, source: str) -> tuple[Sound, ...]:
    """A sound built from the coefficients alone."""
    part = excerpt(clip)
    _, kept, _ = mel_envelopes(part, max(26, coefficients), coefficients)
    built = shaped(excitation(part, source), kept, part)
    return (Sound(text("signal.hear_mfcc", n=coefficients), built),)


def _by_row(values: NDArray) -> NDArray:
    """Each row minus its mean, in standard deviations, so that the first row does not hide the others."""
    centred = values - values.mean(axis=1, keepdims=True)
    return centred / np.maximum(values.std(axis=1, keepdims=True), 0.3)


def spectrogram(clip: Clip, n_fft: int, overlap: float, shape: str, axis: str) -> View:
    """The spectrogram with any window length, hop, window and axis; and the sound of its magnitudes alone."""
    part = excerpt(clip)
    rate, hop = part.sample_rate, max(1, round(n_fft * (1 - overlap)))
    padded = np.pad(samples_of(part), (n_fft // 2, n_fft))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    frames = frames[: -(-len(part.samples) // hop)]
    magnitudes = np.abs(np.fft.rfft(frames * window(shape, n_fft), axis=1))
    db = power_db(magnitudes.T**2, 70.0)
    rows, scale = _on_axis(db, axis, rate / 2)
    step_hz, ms = rate / n_fft, 1000 * n_fft / rate
    said = text(
        "signal.spectrogram_said", ms=f"{ms:.1f}", hz=f"{step_hz:.1f}", frames=len(frames), bins=len(db)
    )
    loud = np.unravel_index(int(db.argmax()), db.shape)
    return View(
        panels=(
            Panel(
                text("signal.spectrogram_title"),
                time_axis(part),
                scale,
                text(
                    "signal.spectrogram_alt",
                    hz=f"{loud[0] * step_hz:.0f}",
                    at=f"{loud[1] * hop / rate:.2f}",
                    said=said,
                ),
                field=Field(rows[:, :: -(-rows.shape[1] // MAX_COLUMNS)], -70.0, 0.0, "dB"),
                size="tall",
            ),
        ),
        said=said,
        facts=(
            (text("signal.window_length"), f"{ms:.1f} ms"),
            (text("signal.bin_distance"), f"{step_hz:.1f} Hz"),
            (text("signal.hop"), f"{1000 * hop / rate:.2f} ms"),
            (text("signal.shape"), f"{len(db)} × {len(frames)}"),
        ),
        sounds=(Sound(text("explore.original"), part),),
        arrays={"db": db},
    )


def spectrogram_sounds(clip: Clip, n_fft: int, **others: object) -> tuple[Sound, ...]:
    """The sound of the magnitudes alone."""
    return (Sound(text("signal.hear_phaseless"), phaseless(excerpt(clip), n_fft)),)


def phaseless(part: Clip, n_fft: int) -> Clip:
    """The clip from its magnitudes alone, with frames of n_fft samples, a quarter apart; see `griffin_lim`."""
    from audioclf.lessons.resynthesis import stft

    hop = n_fft // 4
    magnitudes = np.abs(stft(samples_of(part), n_fft, hop))
    return like(griffin_lim(magnitudes, len(part.samples), n_fft, hop), part)


def _on_axis(db: NDArray, axis: str, top: float) -> tuple[NDArray, Axis]:
    """Rows of a spectrogram spaced evenly on the axis."""
    if axis == "linear":
        return db, hz_axis(top)
    low = 50.0 if axis == "log" else 0.0
    if axis == "log":
        hz = np.geomspace(low, top, N_ROWS)
        scale = Axis("Hz", low, top, "Hz", is_log=True)
    else:
        mels = np.linspace(0.0, float(hz_to_mel(top)), N_ROWS)
        hz = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
        marks = tuple((float(hz_to_mel(f)), f"{f:,}") for f in (0, 500, 1000, 2000, 4000) if f <= top)
        scale = Axis("Hz", 0.0, float(hz_to_mel(top)), "mel", ticks=marks)
    return db[np.clip(np.rint(hz / top * (len(db) - 1)).astype(int), 0, len(db) - 1)], scale
