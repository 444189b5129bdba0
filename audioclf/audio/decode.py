"""Decode untrusted bytes to mono samples. Private to `audio`.

libsndfile comes first (exact and strict); FFmpeg, through PyAV, reads the rest. Both decode in blocks and stop
at a limit: a small file that unpacks to hours of sound costs seconds, not memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

import numpy as np
import soxr
from numpy.typing import NDArray

from audioclf.audio.joined import separate
from audioclf.audio.readers import SNDFILE_STARTS, Block, ffmpeg_blocks, sndfile_blocks
from audioclf.types import AudioError

MIN_SAMPLE_RATE = 4_000
MAX_SAMPLE_RATE = 192_000
MAX_CHANNEL_SAMPLES = 600 * 48_000 * 8  # ten minutes of 7.1 sound at 48 kHz, or of stereo at 192 kHz
MAX_PEAK = 100.0  # a float file may exceed full scale, 1; at a hundredfold it holds integers
MIN_MIXED_ENERGY = 1e-4  # relative to the channels' mean energy; n uncorrelated channels keep 1 / n of it
FORMATS = "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, WebM, MP4, MOV or 3GP"
# A search for sounds goes by these; decoding goes by the content of a file.
SUFFIXES = frozenset((
    ".3g2", ".3gp", ".3gpp", ".aac", ".adts", ".aif", ".aifc", ".aiff", ".amr", ".au", ".awb", ".caf", ".flac",
    ".m4a", ".m4b", ".m4r", ".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpga", ".oga", ".ogg", ".ogv",
    ".ogx", ".opus", ".qt", ".rf64", ".snd", ".spx", ".w64", ".wav", ".wave", ".weba", ".webm",
))  # fmt: skip

# (offset, bytes found there, name of the file type)
SIGNATURES = (
    (0, b"RIFF", "a WAV"),
    (0, b"RF64", "a WAV"),
    (0, b"fLaC", "a FLAC"),
    (0, b"OggS", "an OGG"),
    (0, b"ID3", "an MP3"),
    (0, b"FORM", "an AIFF"),
    (4, b"ftyp", "an MP4"),
    (0, b"\x1a\x45\xdf\xa3", "a WebM"),
    (0, b"\xff\xfb", "an MP3"),
    (0, b"\xff\xf1", "an AAC"),
)


class TooLong(AudioError):
    """The sound lasts longer than was asked for."""


class _Unreadable(Exception):
    """The current reader cannot read on; the next one may."""


@dataclass
class _Sink:
    """Collects decoded blocks, mixed down to mono.

    Raises AudioError as soon as a rate is out of range or a limit is passed.
    """

    name: str
    max_seconds: float
    seconds: float = 0.0
    n_channel_samples: int = 0
    channel_energy: float = 0.0  # averaged over channels
    blocks: list[tuple[int, NDArray[np.float32]]] = field(default_factory=list)  # (sample rate, samples)

    def add(self, sample_rate: int, block: NDArray) -> None:
        """Append a block of shape (n_frames, n_channels), full scale at 1."""
        self._count(sample_rate, block)
        # NaN and infinity are reported later, by `samples`.
        with np.errstate(invalid="ignore", over="ignore"):
            mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
            self.blocks.append((sample_rate, mono.astype(np.float32)))
            self.channel_energy += float(np.vdot(block, block)) / block.shape[1]

    def _count(self, sample_rate: int, block: NDArray) -> None:
        if not MIN_SAMPLE_RATE <= sample_rate <= MAX_SAMPLE_RATE:
            raise AudioError(
                f"{self.name} says its sample rate is {sample_rate} Hz; "
                f"{MIN_SAMPLE_RATE // 1000} to {MAX_SAMPLE_RATE // 1000} kHz can be used: "
                "export it at 44100 Hz"
            )
        self.seconds += block.shape[0] / sample_rate
        self.n_channel_samples += block.size
        if self.seconds > self.max_seconds + 1e-6:  # a sum of many lengths is rounded
            raise TooLong(
                f"{self.name} lasts more than {self.max_seconds / 60:.0f} minutes, the limit; "
                "cut out the part you want"
            )
        if self.n_channel_samples > MAX_CHANNEL_SAMPLES:
            raise AudioError(
                f"{self.name} unpacks to more than {MAX_CHANNEL_SAMPLES / 1e6:.0f} million samples over "
                f"its {block.shape[1]} channels, the limit; export it as mono at 48000 Hz"
            )

    def samples(self) -> tuple[NDArray[np.float32], int]:
        """All samples (n_samples,) and their rate in Hz: the highest, to which the others are resampled."""
        highest = max(rate for rate, _ in self.blocks)
        parts = [
            _at_rate(np.concatenate([samples for _, samples in blocks]), rate, highest)
            for rate, blocks in groupby(self.blocks, key=itemgetter(0))
        ]
        self.blocks.clear()
        samples = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if not np.isfinite(samples).all():
            raise AudioError(
                f"{self.name} holds samples that are not finite numbers (NaN or infinity); export it again"
            )
        if (peak := max(float(samples.max()), -float(samples.min()))) > MAX_PEAK:
            raise AudioError(
                f"{self.name} holds samples as large as {peak:.3g} where full scale is 1; "
                "divide them by 32768 if they were 16-bit numbers, or export it again"
            )
        if float(samples @ samples) < MIN_MIXED_ENERGY * self.channel_energy:
            raise AudioError(
                f"{self.name} has channels that cancel each other out when they are mixed; "
                "export one of them as mono"
            )
        return samples, highest


def _at_rate(samples: NDArray[np.float32], old: int, new: int) -> NDArray[np.float32]:
    return samples if old == new else soxr.resample(samples, old, new, quality="HQ")


def mix(block: NDArray, sample_rate: int, name: str, max_seconds: float) -> NDArray[np.float32]:
    """Mono samples of a block (n_samples, n_channels), within the same limits as a file. Raises AudioError."""
    sink = _Sink(name, max_seconds)
    sink.add(sample_rate, block)
    return sink.samples()[0]


def decode(data: bytes, name: str, max_seconds: float) -> tuple[NDArray[np.float32], int]:
    """Decode the sound in `data`: mono samples (n_samples,) and their native rate in Hz.

    A truncated file, or one with a wrong length in its header, gives what can be decoded; files that stand one
    after the other give one sound. Raises AudioError, with a message for the visitor, if nothing can be decoded
    or a limit is passed.
    """
    sink = _Sink(name, max_seconds)
    opened = [_read(part, sink) for part in separate(data, name)]
    if sink.seconds:
        return sink.samples()
    if any(opened):
        raise AudioError(f"{name} is a sound file without a single sample in it; record or export it again")
    raise AudioError(_why_unreadable(data, name))


def _read(data: bytes, sink: _Sink) -> bool:
    """Add what the first reader that finds a sample reads; whether any could open the file."""
    opened, before = False, sink.seconds
    for read in (sndfile_blocks, ffmpeg_blocks) if data.startswith(SNDFILE_STARTS) else (ffmpeg_blocks,):
        opened |= _drain(read(data, sink.name), sink)
        if sink.seconds > before:
            break
    return opened


def _drain(blocks: Iterator[Block], sink: _Sink) -> bool:
    """Add the blocks of the first track that is not all zeros; False if the reader failed.

    What was read before the failure stays: a damaged file gives what can be decoded.
    """
    n_blocks, seconds, energy = len(sink.blocks), sink.seconds, sink.channel_energy
    first = 0
    try:
        for track, sample_rate, block in _named_failures(blocks):
            if track != first and sink.channel_energy > energy:
                break
            if track != first:
                first = track
                del sink.blocks[n_blocks:]
                sink.seconds = seconds
            sink.add(sample_rate, block)
    except _Unreadable:
        return False
    return True


def _named_failures(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same blocks; whatever a library raises for a damaged file becomes _Unreadable.

    Only `blocks` runs inside the `try`: an error of the code that uses them stays what it is.
    """
    try:
        yield from blocks
    except AudioError:
        raise
    except Exception as error:
        raise _Unreadable from error


def _why_unreadable(data: bytes, name: str) -> str:
    """Error message for bytes that no decoder could read, judged by their first bytes."""
    for offset, signature, kind in SIGNATURES:
        if data[offset:].startswith(signature):
            return (
                f"{name} begins like {kind} file but is cut off or damaged and cannot be used; save it again"
            )
    if _is_text(data[:4096]):
        return f"{name} is text, not sound; choose a {FORMATS} file"
    return f"{name} is not a sound file that can be read here; choose a {FORMATS} file"


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", errors="ignore")  # the last character may be cut in two
    lost = len(head) - len(text.encode())
    return lost < 4 and all(c.isprintable() or c in "\t\r\n\f" for c in text)
