"""Decode untrusted bytes to mono samples. Private to `audio`; the only user of libsndfile and FFmpeg.

libsndfile comes first (exact and strict); FFmpeg, through PyAV, reads the rest. Both decode in blocks and stop
at a limit: a small file that unpacks to hours of sound costs seconds, not memory.
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
MAX_PEAK = 100.0  # a float file may exceed full scale, 1; at a hundredfold it holds integers
MAX_BAD_PACKETS = 500
MIN_MIXED_ENERGY = 1e-4  # relative to the channels' mean energy; n uncorrelated channels keep 1 / n of it
BLOCK_SAMPLES = 1 << 18  # over all channels: 1 MB a block
FORMATS = "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, WebM or MP4"
# A search for sounds goes by these; decoding goes by the content of a file.
SUFFIXES = frozenset((
    ".3g2", ".3gp", ".aac", ".aif", ".aifc", ".aiff", ".amr", ".au", ".caf", ".flac", ".m4a", ".m4b", ".mka", ".mkv",
    ".mov", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".snd", ".w64", ".wav", ".wave", ".webm",
))  # fmt: skip

# Closed lists. libsndfile's readers of sample dumps and MP3 print to the terminal and cannot be silenced;
# FFmpeg also reads playlists and scripts, which would make it open other files and addresses.
SNDFILE_STARTS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b"caff", b".snd")
FFMPEG_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,amr,wav,w64,mp3,ogg,flac,aiff,caf,au"

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


class _Unreadable(Exception):
    """The current decoder cannot read the bytes; the next one may."""


@dataclass
class _Sink:
    """Collects decoded blocks, mixed down to mono.

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
        # NaN and infinity are reported later, by `samples`.
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
    """Decode the sound in `data`: mono samples (n_samples,) and their native rate in Hz.

    A truncated file, or one with a wrong length in its header, gives what can be decoded.
    Raises AudioError, with a message for the visitor, if nothing can be decoded or a limit is passed.
    """
    opened = False
    for reader in (_read_sndfile, _read_ffmpeg):
        sink = _Sink(name, max_seconds)
        try:
            reader(data, sink)
        except _Unreadable:
            continue
        if sink.n_samples:
            return sink.samples(), sink.sample_rate
        opened = True
    if opened:
        raise AudioError(f"{name} is a sound file without a single sample in it; record or export it again")
    raise AudioError(_why_unreadable(data, name))


def _read_sndfile(data: bytes, sink: _Sink) -> None:
    if not data.startswith(SNDFILE_STARTS):
        raise _Unreadable
    try:
        with soundfile.SoundFile(_Bytes(data)) as file:
            sink.start(file.samplerate)
            n_frames = max(1, BLOCK_SAMPLES // file.channels)
            while len(block := file.read(n_frames, dtype="float32", always_2d=True)):
                sink.add(block)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        if not sink.n_samples:  # else use what was decoded before the damage
            raise _Unreadable from error


class _Bytes(io.BytesIO):
    """Bytes as a file that ignores a seek to before its start instead of raising.

    A damaged header can make libsndfile seek there, and an exception inside its callback would be printed.
    """

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _read_ffmpeg(data: bytes, sink: _Sink) -> None:
    import av  # slow to import, and most sounds do not need it

    options = {"format_whitelist": FFMPEG_FORMATS}
    try:
        with av.open(
            io.BytesIO(data), "r", metadata_errors="replace", container_options=options
        ) as container:
            if not container.streams.audio:
                raise AudioError(f"{sink.name} has no audio track; choose a file with sound in it")
            # PyAV crashes the process when asked to decode a stream that FFmpeg has no decoder for.
            tracks = [track for track in container.streams.audio if track.codec_context is not None]
            if not tracks:
                raise AudioError(
                    f"{sink.name} uses an unknown audio codec, or its header is damaged; "
                    "export it as WAV, FLAC or MP3"
                )
            for frame in _ffmpeg_frames(container, tracks[0]):
                if not sink.sample_rate:
                    sink.start(frame.sample_rate)
                if frame.sample_rate != sink.sample_rate:
                    raise AudioError(
                        f"{sink.name} changes its sample rate midway; export it again at one rate"
                    )
                sink.add(_frame_samples(frame))
    except (av.FFmpegError, ValueError, MemoryError) as error:
        if not sink.n_samples:
            raise _Unreadable from error


def _ffmpeg_frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded frames of one track; up to MAX_BAD_PACKETS packets that cannot be decoded are skipped."""
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
    """Samples of one FFmpeg frame, (n_samples, n_channels); integers are scaled to full scale 1."""
    values = frame.to_ndarray()
    channels = len(frame.layout.channels)
    values = values.T if frame.format.is_planar else values.reshape(-1, channels)
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) / 128
    if values.dtype.kind == "i":
        return values / np.float64(2 ** (8 * values.itemsize - 1))
    return values


def _why_unreadable(data: bytes, name: str) -> str:
    """Error message for bytes that no decoder could read, judged by their first bytes."""
    for offset, signature, kind in SIGNATURES:
        if data[offset:].startswith(signature):
            return (
                f"{name} begins like {kind} file but is cut off or damaged and cannot be used; save it again"
            )
    if _is_text(data[:4096]):
        return f"{name} is text, not sound, whatever its name says; choose a {FORMATS} file"
    return f"{name} is not a sound file that can be read here; choose a {FORMATS} file"


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", errors="ignore")  # the last character may be cut in two
    lost = len(head) - len(text.encode())
    return lost < 4 and all(c.isprintable() or c in "\t\r\n\f" for c in text)
