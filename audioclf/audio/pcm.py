"""Sound that arrives bit by bit: a WAV or raw PCM from a pipe, and a change of rate that goes on."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import soxr
from numpy.typing import NDArray

from audioclf.types import AudioError, whole_rate

READ_SECONDS = 0.1  # of sound that is read at once
MAX_HEADER = 1 << 20  # bytes before the samples
MAX_CHANNELS = 8
MIN_RATE, MAX_RATE = 4_000, 192_000  # Hz, as for files
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
FORMATS = {(PCM, 16): "<i2", (PCM, 32): "<i4", (FLOAT, 32): "<f4"}
HOW = "give a WAV of 16 or 32 bits, or raw 16-bit samples with --rate"

Samples = NDArray[np.float32]


def pcm16(data: bytes) -> Samples:
    """(n_samples,) float32 in [-1, 1) of mono 16-bit PCM, little endian, of an even number of bytes."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)


class Resampler:
    """The next samples at another rate, again and again; as smooth as if all came at once."""

    def __init__(self, sample_rate: int, wanted: int) -> None:
        self._soxr = soxr.ResampleStream(sample_rate, wanted, 1, "float32") if sample_rate != wanted else None

    def __call__(self, samples: Samples, last: bool = False) -> Samples:
        """(n_samples,) at the wanted rate; some of them come with the next call. last: no further call follows."""
        return samples if self._soxr is None else self._soxr.resample_chunk(samples, last)


def read_stream(file: BinaryIO, raw_rate: int | None = None) -> tuple[int, Iterator[Samples]]:
    """The sample rate of a stream, and its mono float32 samples as they arrive.

    raw_rate: in Hz, of raw mono 16-bit little-endian PCM; without, a WAV header is expected. AudioError for anything
    else.
    """
    if raw_rate is not None:
        rate = stream_rate(raw_rate)
        return rate, _pieces(file, rate, "<i2", 1)
    kind, n_channels, rate, bits = _header(file)
    if (kind, bits) not in FORMATS or not 0 < n_channels <= MAX_CHANNELS:
        raise AudioError(f"the stream is a WAV of {bits} bits and {n_channels} channels; {HOW}")
    return stream_rate(rate), _pieces(file, rate, FORMATS[kind, bits], n_channels)


def stream_rate(rate: object) -> int:
    """A sample rate of a stream in Hz. AudioError if it is none, or outside MIN_RATE to MAX_RATE."""
    whole = whole_rate(rate, "the stream")
    if not MIN_RATE <= whole <= MAX_RATE:
        raise AudioError(f"the stream has a rate of {rate} Hz; give one from {MIN_RATE} to {MAX_RATE} Hz")
    return whole


def _pieces(file: BinaryIO, rate: int, dtype: str, n_channels: int) -> Iterator[Samples]:
    frame = np.dtype(dtype).itemsize * n_channels
    wanted, rest = frame * max(1, int(READ_SECONDS * rate)), b""
    read = getattr(file, "read1", file.read)  # what has arrived, instead of all that was asked for
    while data := read(wanted):
        data = rest + data
        whole = len(data) // frame * frame
        rest = data[whole:]
        block = np.frombuffer(data[:whole], dtype).reshape(-1, n_channels)
        full = -float(np.iinfo(block.dtype).min) if block.dtype.kind == "i" else 1.0
        samples = (block.mean(axis=1, dtype=np.float64) / full).astype(np.float32)
        if not np.isfinite(samples).all():
            raise AudioError(f"the stream holds samples that are not finite numbers; {HOW}")
        yield samples


def _header(file: BinaryIO) -> tuple[int, int, int, int]:
    """Format, channels, rate and bits of a WAV; the file then stands at its first sample."""
    riff = _exactly(file, 12)
    if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        raise AudioError(f"the stream does not begin like a WAV; {HOW}")
    found: tuple[int, int, int, int] | None = None
    n_read = 12
    while True:
        name, size = struct.unpack("<4sI", _exactly(file, 8))
        if name == b"data" and found:
            return found
        n_read += 8 + size
        if name == b"data" or n_read > MAX_HEADER:
            raise AudioError(f"the stream has no format before its samples; {HOW}")
        part = _exactly(file, size + size % 2)
        if name == b"fmt " and size >= 16:
            kind, n_channels, rate, _, _, bits = struct.unpack("<HHIIHH", part[:16])
            if kind == EXTENSIBLE and size >= 26:
                (kind,) = struct.unpack("<H", part[24:26])
            found = kind, n_channels, rate, bits


def _exactly(file: BinaryIO, n: int) -> bytes:
    data = b""
    while len(data) < n:
        more = file.read(n - len(data))
        if not more:
            raise AudioError(f"the stream ends before its first sample; {HOW}")
        data += more
    return data
