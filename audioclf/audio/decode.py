"""Bytes of unknown content -> mono samples. Private to `audio`; the only user of libsndfile and FFmpeg.

libsndfile reads first (exact, and strict about what it takes); FFmpeg, through PyAV, reads the rest. Both
decode in blocks and stop at a budget: a small file that unpacks to hours of sound costs seconds, not memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from numpy.typing import NDArray

from audioclf.types import AudioError

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream
    from av.container import InputContainer

MIN_SAMPLE_RATE = 4_000
MAX_SAMPLE_RATE = 192_000
MAX_CHANNEL_SAMPLES = 600 * 48_000 * 8  # ten minutes of 7.1 sound at 48 kHz, or of stereo at 192 kHz
MAX_PEAK = 100.0  # a float file may pass full scale; one that does so a hundredfold holds integers
MAX_BAD_PACKETS = 500
MIN_MIXED_ENERGY = 1e-4  # as a part of the channels' mean energy; n unrelated channels keep 1 / n of it
BLOCK_SAMPLES = 1 << 18  # over all channels: 1 MB a block
FORMATS = "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, WebM or MP4"
# Of the files that a search for sounds takes; what is decoded is decided by what a file holds.
SUFFIXES = frozenset((
    ".3g2", ".3gp", ".aac", ".aif", ".aifc", ".aiff", ".amr", ".au", ".caf", ".flac", ".m4a", ".m4b", ".mka", ".mkv",
    ".mov", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".snd", ".w64", ".wav", ".wave", ".webm",
))  # fmt: skip

# Closed lists. libsndfile also tries sample dumps and MP3, whose readers print to the terminal and cannot be
# told not to; FFmpeg also reads playlists and scripts, which would make it open other files and addresses.
SNDFILE_STARTS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b"caff", b".snd")
FFMPEG_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,amr,wav,w64,mp3,ogg,flac,aiff,caf,au"

# (offset, bytes found there, what such a file is called)
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


class _Unreadable(Exception):
    """The decoder at work cannot make sense of the bytes; the next one may."""


@dataclass
class _Take:
    """Collects decoded blocks, mixed down, until the sound is too long to be wanted.

    Raises AudioError as soon as the rate is out of range or a limit is passed.
    """

    name: str
    max_seconds: float
    sample_rate: int = 0
    n_samples: int = 0
    n_channel_samples: int = 0
    channel_energy: float = 0.0  # averaged over channels
    blocks: list[NDArray[np.float32]] = field(default_factory=list)

    def start(self, sample_rate: int) -> None:
        if not MIN_SAMPLE_RATE <= sample_rate <= MAX_SAMPLE_RATE:
            raise AudioError(
                f"{self.name} says its sample rate is {sample_rate} Hz; "
                f"{MIN_SAMPLE_RATE // 1000} to {MAX_SAMPLE_RATE // 1000} kHz can be used: "
                "export it at 44100 Hz"
            )
        self.sample_rate = sample_rate

    def add(self, block: NDArray) -> None:
        """Append a block of shape (n_frames, n_channels), full scale at 1."""
        self.n_samples += block.shape[0]
        self.n_channel_samples += block.size
        if self.n_samples > self.max_seconds * self.sample_rate:
            raise AudioError(
                f"{self.name} lasts more than {self.max_seconds / 60:.0f} minutes, the limit; "
                "cut out the part you want"
            )
        if self.n_channel_samples > MAX_CHANNEL_SAMPLES:
            raise AudioError(
                f"{self.name} unpacks to more than {MAX_CHANNEL_SAMPLES / 1e6:.0f} million samples over "
                f"its {block.shape[1]} channels, the limit; export it as mono at 48000 Hz"
            )
        # Not-a-number and infinity are reported by `samples`; until then they are only carried along.
        with np.errstate(invalid="ignore", over="ignore"):
            mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
            self.blocks.append(mono.astype(np.float32))
            self.channel_energy += float(np.vdot(block, block)) / block.shape[1]

    def samples(self) -> NDArray[np.float32]:
        samples = np.concatenate(self.blocks)
        self.blocks.clear()
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
        return samples


def decode(data: bytes, name: str, max_seconds: float) -> tuple[NDArray[np.float32], int]:
    """Decode whatever sound `data` holds: mono samples (n_samples,) and their native rate in Hz.

    A file cut short or with a wrong length in its header gives what can be decoded.
    Raises AudioError, in words meant for the visitor, when there is nothing to decode or a limit is passed.
    """
    opened = False
    for reader in (_read_sndfile, _read_ffmpeg):
        take = _Take(name, max_seconds)
        try:
            reader(data, take)
        except _Unreadable:
            continue
        if take.n_samples:
            return take.samples(), take.sample_rate
        opened = True
    if opened:
        raise AudioError(f"{name} is a sound file without a single sample in it; record or export it again")
    raise AudioError(_why_unreadable(data, name))


def _read_sndfile(data: bytes, take: _Take) -> None:
    if not data.startswith(SNDFILE_STARTS):
        raise _Unreadable
    try:
        with soundfile.SoundFile(_Bytes(data)) as file:
            take.start(file.samplerate)
            n_frames = max(1, BLOCK_SAMPLES // file.channels)
            while len(block := file.read(n_frames, dtype="float32", always_2d=True)):
                take.add(block)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        if not take.n_samples:  # damage further on: what came before it is used
            raise _Unreadable from error


class _Bytes(io.BytesIO):
    """Bytes as a file that answers a seek to before its start instead of raising.

    A damaged header can send libsndfile there, and an exception inside its callback would be printed.
    """

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _read_ffmpeg(data: bytes, take: _Take) -> None:
    import av  # costs more to import than all else here, and most sounds never need it

    options = {"format_whitelist": FFMPEG_FORMATS}
    try:
        with av.open(
            io.BytesIO(data), "r", metadata_errors="replace", container_options=options
        ) as container:
            if not container.streams.audio:
                raise AudioError(f"{take.name} has no audio track; choose a file with sound in it")
            # PyAV crashes the process when asked to decode a stream that FFmpeg has no decoder for.
            tracks = [track for track in container.streams.audio if track.codec_context is not None]
            if not tracks:
                raise AudioError(
                    f"{take.name} says its sound is in an unknown coding, or its header is damaged; "
                    "export it as WAV, FLAC or MP3"
                )
            for frame in _ffmpeg_frames(container, tracks[0]):
                if not take.sample_rate:
                    take.start(frame.sample_rate)
                if frame.sample_rate != take.sample_rate:
                    raise AudioError(
                        f"{take.name} changes its sample rate midway; export it again at one rate"
                    )
                take.add(_frame_samples(frame))
    except (av.FFmpegError, ValueError, MemoryError) as error:
        if not take.n_samples:
            raise _Unreadable from error


def _ffmpeg_frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded frames of one track; packets that cannot be decoded are passed over, up to a limit."""
    from av import FFmpegError

    n_bad = 0
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except FFmpegError:
            n_bad += 1
            if n_bad > MAX_BAD_PACKETS:
                return


def _frame_samples(frame: AudioFrame) -> NDArray:
    """One FFmpeg frame as (n_frames, n_channels), integers scaled to full scale 1."""
    values = frame.to_ndarray()
    channels = len(frame.layout.channels)
    values = values.T if frame.format.is_planar else values.reshape(-1, channels)
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) / 128
    if values.dtype.kind == "i":
        return values / np.float64(2 ** (8 * values.itemsize - 1))
    return values


def _why_unreadable(data: bytes, name: str) -> str:
    """The sentence for bytes that no decoder took, as exact as their first bytes allow."""
    for offset, signature, kind in SIGNATURES:
        if data[offset:].startswith(signature):
            return (
                f"{name} begins like {kind} file but is cut off or damaged and cannot be used; save it again"
            )
    if _is_text(data[:4096]):
        return f"{name} is text, not sound, whatever its name says; choose a {FORMATS} file"
    return f"{name} is not a sound file that can be read here; choose a {FORMATS} file"


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", errors="ignore")  # a character may be cut in two at the end
    lost = len(head) - len(text.encode())
    return lost < 4 and all(c.isprintable() or c in "\t\r\n\f" for c in text)
