"""The door for sound: paths and bytes become Clips here and only here; windows, resampling, WAV out too."""

from __future__ import annotations

import io
import re
import struct
import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from audioclf.audio.decode import SUFFIXES, decode
from audioclf.types import AudioError, Clip

MAX_BYTES = 25 * 2**20
MAX_SECONDS = 600.0
MIN_SECONDS = 0.1
FRAME_SECONDS = 0.025  # the frame of speech analysis, long enough for two periods of a low voice
# 16-bit rounding makes noise near -98 dBFS and the quietest rooms and microphones leave -75; a word spoken
# far too softly still reaches -50. Nothing anyone means to be heard is below -60.
SILENCE_DBFS = -60.0


def is_sound_file(path: Path) -> bool:
    """Whether a search for sounds takes a file, by the end of its name."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def load_clip(source: str | Path | bytes, name: str | None = None) -> Clip:
    """Decode a file or the bytes of one, by what it holds and not by what it is called.

    All channels are averaged; the sample rate stays the file's own. `name` (default: the file's name without
    its folder, or "clip") is how messages and results call it. Silence is a valid clip: see `is_silent`.
    Raises AudioError with a sentence for the visitor: missing, empty or larger than MAX_BYTES, not a sound,
    damaged, without an audio track, outside 4 to 192 kHz, not finite, shorter than MIN_SECONDS or longer than
    MAX_SECONDS. No message contains a folder.
    """
    if isinstance(source, bytes):
        name = _display_name(name or "clip")
        _check_size(len(source), name)
        data = source
    else:
        name = _display_name(name or str(source))
        data = _read(source, name)
    samples, sample_rate = decode(data, name, MAX_SECONDS)
    seconds = len(samples) / sample_rate
    if seconds < MIN_SECONDS:
        raise AudioError(
            f"{name} lasts {seconds * 1000:.0f} ms; at least {MIN_SECONDS * 1000:.0f} ms are needed: "
            "record a little longer"
        )
    return Clip(samples, sample_rate, name)


def _display_name(name: str) -> str:
    """The last part of a path, printable and short enough for a sentence."""
    last = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    printable = "".join(c if c.isprintable() else "?" for c in last).strip()
    return (printable if len(printable) <= 80 else printable[:77] + "...") or "clip"


def _read(path: str | Path, name: str) -> bytes:
    try:
        path = Path(path)
        if path.is_dir():
            raise AudioError(f"{name} is a folder; choose a sound file in it")
        # Reading a pipe or a device could wait for ever.
        if path.exists() and not path.is_file():
            raise AudioError(f"{name} is not an ordinary file; choose a sound file")
        _check_size(path.stat().st_size, name)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # the file may have grown since it was measured
    except (FileNotFoundError, ValueError) as error:
        raise AudioError(f"there is no file {name}; check its name") from error
    except OSError as error:
        raise AudioError(f"{name} cannot be read ({error.strerror}); check that you may open it") from error
    _check_size(len(data), name)
    return data


def _check_size(n_bytes: int, name: str) -> None:
    if n_bytes == 0:
        raise AudioError(f"{name} is empty (0 bytes); record or export it again")
    if n_bytes > MAX_BYTES:
        raise AudioError(
            f"{name} is larger than {MAX_BYTES / 2**20:.0f} MB, the limit; "
            "shorten it, or save it as FLAC, MP3 or M4A"
        )


def encode_wav(clip: Clip, path: str | Path | None = None) -> bytes:
    """A 16-bit PCM WAV for playing back, also written to `path` if given; full scale is the ceiling."""
    pcm = np.clip(np.rint(clip.samples * 32768.0), -32768, 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.sample_rate)
        file.writeframes(pcm.tobytes())
    data = buffer.getvalue()
    if path is not None:
        Path(path).write_bytes(data)
    return data


def encode_exact(clip: Clip) -> bytes:
    """A WAV of 32-bit floats: `load_clip` reads back the very samples, as long as MAX_BYTES allows."""
    data = clip.samples.astype("<f4").tobytes()
    float_format = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, clip.sample_rate, 4 * clip.sample_rate, 4, 32)
    chunks = b"WAVE" + float_format + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(chunks)) + chunks


def resample(clip: Clip, sample_rate: int) -> Clip:
    """The same sound at another rate in Hz (soxr HQ: flat to 0.91 of the lower Nyquist frequency)."""
    if sample_rate == clip.sample_rate:
        return clip
    samples = soxr.resample(clip.samples, clip.sample_rate, sample_rate, quality="HQ")
    if not len(samples):  # only a clip of a few samples can round to none
        samples = clip.samples[:1]
    return Clip(samples, sample_rate, clip.name)


def is_silent(clip: Clip) -> bool:
    """True when even the loudest 25 ms are below SILENCE_DBFS; a constant offset is not sound."""
    # The standard deviation within a frame is its RMS without the offset, even one that drifts.
    frames = _frames(clip.samples, max(2, round(FRAME_SECONDS * clip.sample_rate)))
    return bool(frames.std(axis=1, dtype=np.float64).max() < 10 ** (SILENCE_DBFS / 20))


def loudest_window(clip: Clip, seconds: float) -> float:
    """Start in seconds of the window of `seconds` with most energy, that energy in its middle where possible.

    The window lies inside the clip, but for a clip shorter than it: then the clip is in its middle, as in
    `windows`, and the start is below zero.
    """
    if clip.seconds <= seconds:
        return (clip.seconds - seconds) / 2
    hop = max(1, round(0.01 * clip.sample_rate))
    energy = _frames(clip.samples, hop).var(axis=1, dtype=np.float64)
    # Without its steady part, background noise, the energy is that of the event alone.
    energy = np.maximum(energy - np.percentile(energy, 20), 0)
    n = min(len(energy), max(1, round(seconds * clip.sample_rate / hop)))
    total = np.concatenate([[0.0], np.cumsum(energy)])
    best = int(np.argmax(total[n:] - total[:-n]))
    middle = best + n / 2
    # A sound shorter than the window fits it in many places: walk to the one centred on it.
    for _ in range(5):
        first = int(np.clip(round(middle - n / 2), 0, len(energy) - n))
        part = energy[first : first + n]
        if not part.sum():
            break
        middle = first + np.average(np.arange(n) + 0.5, weights=part)
    start = middle * hop / clip.sample_rate - seconds / 2
    return float(np.clip(start, 0, clip.seconds - seconds))


def cut(clip: Clip, start: float, seconds: float) -> Clip:
    """Exactly `seconds` of the clip from `start` on; zeros where the window reaches outside it."""
    n = max(1, round(seconds * clip.sample_rate))
    first = round(start * clip.sample_rate)
    window = np.zeros(n, np.float32)
    inside = clip.samples[max(first, 0) : max(first + n, 0)]
    offset = max(-first, 0)
    window[offset : offset + len(inside)] = inside
    return Clip(window, clip.sample_rate, clip.name)


def at_speed(window: Clip, speed: float) -> Clip:
    """Played `speed` times as fast, as a tape is, and as long as before: cut or filled with zeros at both ends."""
    if speed == 1:
        return window
    samples = soxr.resample(window.samples, speed, 1.0, quality="HQ")
    first = (len(samples) - len(window.samples)) / 2 / window.sample_rate
    return cut(Clip(samples, window.sample_rate, window.name), first, window.seconds)


def windows(clip: Clip, seconds: float, hop_seconds: float | None = None) -> list[tuple[float, Clip]]:
    """Windows of exactly `seconds` as (start in seconds, clip), every `hop_seconds` (default: half a window).

    The last window ends where the clip ends. A clip shorter than `seconds` gives one window, itself in the
    middle between zeros, with a start below zero.
    """
    n = max(1, round(seconds * clip.sample_rate))
    hop = max(1, round((seconds / 2 if hop_seconds is None else hop_seconds) * clip.sample_rate))
    last = len(clip.samples) - n
    firsts = [-(-last // 2)] if last < 0 else [*range(0, last, hop), last]
    starts = [first / clip.sample_rate for first in firsts]
    return [(start, cut(clip, start, seconds)) for start in starts]


def _frames(samples: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """(n_frames, n) of whole frames; the rest is left out, but a clip shorter than a frame is one frame."""
    if len(samples) <= n:
        return samples[None]
    return samples[: len(samples) // n * n].reshape(-1, n)
