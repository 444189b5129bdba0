"""Signals and files for the tests: made here, never read from disk."""

import ctypes
import io

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audioclf.types import Clip


def tone(hz: float = 440.0, seconds: float = 1.0, sample_rate: int = 16_000, amplitude: float = 0.5) -> Clip:
    t = np.arange(round(seconds * sample_rate)) / sample_rate
    return Clip((amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32), sample_rate, f"tone {hz:g} Hz")


def square(hz: float = 440.0, seconds: float = 1.0, sample_rate: int = 16_000) -> Clip:
    """Full scale all the time, as an overdriven input gives it."""
    wave = np.sign(np.sin(2 * np.pi * hz * (np.arange(round(seconds * sample_rate)) + 0.5) / sample_rate))
    return Clip(wave.astype(np.float32), sample_rate, "square")


def chirp(low: float = 200.0, high: float = 4000.0, seconds: float = 1.0, sample_rate: int = 16_000) -> Clip:
    """Frequency rises linearly from low to high Hz."""
    t = np.arange(round(seconds * sample_rate)) / sample_rate
    phase = 2 * np.pi * (low * t + (high - low) * t**2 / (2 * seconds))
    return Clip((0.5 * np.sin(phase)).astype(np.float32), sample_rate, "chirp")


def noise(seconds: float = 1.0, sample_rate: int = 16_000, rms: float = 0.1, seed: int = 0) -> Clip:
    samples = np.random.default_rng(seed).normal(0, rms, round(seconds * sample_rate))
    return Clip(samples.astype(np.float32), sample_rate, "noise")


def silence(seconds: float = 1.0, sample_rate: int = 16_000) -> Clip:
    return Clip(np.zeros(round(seconds * sample_rate), np.float32), sample_rate, "silence")


def burst(start: float, length: float = 0.4, seconds: float = 3.0, sample_rate: int = 16_000) -> Clip:
    """Speech-like: a voiced sound with harmonics of 120 Hz and a syllable's envelope, in faint noise."""
    t = np.arange(round(length * sample_rate)) / sample_rate
    voice = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 20)) * np.hanning(len(t))
    samples = np.array(noise(seconds, sample_rate, rms=1e-3).samples)
    first = round(start * sample_rate)
    samples[first : first + len(t)] += (0.3 * voice).astype(np.float32)
    return Clip(samples, sample_rate, "burst")


def frequency(clip: Clip) -> float:
    """The loudest frequency in Hz, to within a bin of 1 / clip.seconds."""
    spectrum = np.abs(np.fft.rfft(clip.samples * np.hanning(len(clip.samples))))
    return float(spectrum.argmax() * clip.sample_rate / len(clip.samples))


def sndfile_bytes(samples: NDArray, sample_rate: int, format: str, subtype: str | None = None) -> bytes:
    """Encode (n,) or (n, n_channels) samples with libsndfile."""
    buffer = io.BytesIO()
    n_channels = 1 if samples.ndim == 1 else samples.shape[1]
    with soundfile.SoundFile(buffer, "w", sample_rate, n_channels, subtype, format=format) as file:
        # In blocks: libsndfile's Vorbis encoder keeps all it is given at once on the stack.
        for first in range(0, len(samples), 1 << 16):
            file.write(samples[first : first + (1 << 16)])
    return buffer.getvalue()


def ffmpeg_bytes(
    samples: NDArray, sample_rate: int, container: str, codec: str, encoded_rate: int = 0
) -> bytes:
    """Encode mono samples with FFmpeg; `encoded_rate` for codecs that take only some rates."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream(codec, rate=encoded_rate or sample_rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = sample_rate
        fit = av.AudioResampler(format=stream.format.name, layout="mono", rate=stream.rate)
        for part in [*fit.resample(frame), *fit.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def remuxed(data: bytes, container: str) -> bytes:
    """The same encoded sound in another container."""
    buffer = io.BytesIO()
    with av.open(io.BytesIO(data)) as old, av.open(buffer, "w", format=container) as new:
        stream = new.add_stream_from_template(old.streams.audio[0])
        for packet in old.demux(old.streams.audio[0]):
            if packet.dts is not None:  # the last one is empty
                packet.stream = stream
                new.mux(packet)
    return buffer.getvalue()


def video_bytes(container: str = "mp4") -> bytes:
    """A third of a second of black, and no audio track."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(8):
            black = np.zeros((64, 64, 3), np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(black, format="rgb24")))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def printed(capfd: pytest.CaptureFixture[str]) -> str:
    """All that was printed so far, by Python or by a library in C."""
    ctypes.CDLL(None).fflush(None)  # C keeps what it prints back when it does not go to a terminal
    return "".join(capfd.readouterr())


# name -> (extension, maker of the file's bytes from mono samples at 16 kHz)
CONTAINERS = {
    "wav u8": ("wav", lambda x: sndfile_bytes(x, 16_000, "WAV", "PCM_U8")),
    "wav 16": ("wav", lambda x: sndfile_bytes(x, 16_000, "WAV", "PCM_16")),
    "wav 24": ("wav", lambda x: sndfile_bytes(x, 16_000, "WAV", "PCM_24")),
    "wav 32": ("wav", lambda x: sndfile_bytes(x, 16_000, "WAV", "PCM_32")),
    "wav float32": ("wav", lambda x: sndfile_bytes(x, 16_000, "WAV", "FLOAT")),
    "wav float64": ("wav", lambda x: sndfile_bytes(x, 16_000, "WAV", "DOUBLE")),
    "flac": ("flac", lambda x: sndfile_bytes(x, 16_000, "FLAC", "PCM_16")),
    "ogg flac": ("oga", lambda x: remuxed(sndfile_bytes(x, 16_000, "FLAC", "PCM_16"), "ogg")),
    "w64": ("w64", lambda x: sndfile_bytes(x, 16_000, "W64", "PCM_16")),
    "aiff": ("aiff", lambda x: sndfile_bytes(x, 16_000, "AIFF", "PCM_16")),
    "vorbis": ("ogg", lambda x: sndfile_bytes(x, 16_000, "OGG", "VORBIS")),
    "opus": ("opus", lambda x: sndfile_bytes(x, 16_000, "OGG", "OPUS")),
    "mp3": ("mp3", lambda x: sndfile_bytes(x, 16_000, "MP3")),
    "m4a": ("m4a", lambda x: ffmpeg_bytes(x, 16_000, "ipod", "aac")),
    "mp4": ("mp4", lambda x: ffmpeg_bytes(x, 16_000, "mp4", "aac")),
    "caf": ("caf", lambda x: sndfile_bytes(x, 16_000, "CAF", "PCM_16")),
    "au": ("au", lambda x: sndfile_bytes(x, 16_000, "AU", "PCM_16")),
    "3gp": ("3gp", lambda x: ffmpeg_bytes(x, 16_000, "3gp", "aac")),
    "mov": ("mov", lambda x: ffmpeg_bytes(x, 16_000, "mov", "pcm_s16le")),
    "amr": ("amr", lambda x: ffmpeg_bytes(x, 16_000, "amr", "libopencore_amrnb", 8_000)),
    "mkv": ("mkv", lambda x: remuxed(sndfile_bytes(x, 16_000, "FLAC", "PCM_16"), "matroska")),
    "aac": ("aac", lambda x: ffmpeg_bytes(x, 16_000, "adts", "aac")),
    "webm": ("webm", lambda x: ffmpeg_bytes(x, 16_000, "webm", "libopus", 48_000)),
}
