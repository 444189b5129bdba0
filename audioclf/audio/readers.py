"""Read untrusted bytes with libsndfile and with FFmpeg. Private to `audio`; the only user of both.

Each reader yields (track, sample rate in Hz, samples of shape (n_frames, n_channels) with full scale 1) in
blocks. A reader raises whatever its library raises for a damaged file.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import soundfile
from numpy.typing import NDArray

from audioclf.audio.codebooks import asks_too_much
from audioclf.types import AudioError

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream
    from av.container import InputContainer

MAX_BAD_PACKETS = 500
MAX_TRACKS = 8  # that are searched for sound; each costs a walk through the file
# Packets of any track, and the frames in them: sound has at most 400 of each in a second (Opus). More would cost
# minutes of work in a few megabytes.
SPARE_PACKETS, PACKETS_PER_SECOND = 50_000, 2_000
BLOCK_SAMPLES = 1 << 18  # over all channels: 1 MB a block
# A header of a few bytes can ask FFmpeg for gigabytes. The index of ten minutes of sound takes less than 1 MB,
# a picture of 8K video 50 MB.
MAX_ALLOCATION = 64 * 2**20

# Closed lists. libsndfile's readers of sample dumps and MP3 print to the terminal and cannot be silenced;
# FFmpeg also reads playlists and scripts, which would make it open other files and addresses.
SNDFILE_STARTS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b"caff", b".snd")
FFMPEG_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,amr,wav,w64,mp3,ogg,flac,aiff,caf,au"

Block: TypeAlias = tuple[int, int, NDArray]


def sndfile_blocks(data: bytes, name: str) -> Iterator[Block]:
    """What libsndfile reads: exact, and strict about headers."""
    if data.startswith(b"OggS") and asks_too_much(data):
        raise ValueError("codebooks too large")  # FFmpeg's allocations are limited
    with soundfile.SoundFile(_Bytes(data)) as file:
        n_frames = max(1, BLOCK_SAMPLES // file.channels)
        while len(block := file.read(n_frames, dtype="float32", always_2d=True)):
            yield 0, file.samplerate, block


class _Bytes(io.BytesIO):
    """Bytes as a file that ignores a seek to before its start instead of raising.

    A damaged header can make libsndfile seek there, and an exception inside its callback would be printed.
    """

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def ffmpeg_blocks(data: bytes, name: str) -> Iterator[Block]:
    """What FFmpeg reads: one audio track after the other.

    Raises AudioError if there is no audio track, or none that FFmpeg has a decoder for.
    """
    import av  # slow to import, and most sounds do not need it

    _limit_allocations(av.buffer.__file__)
    options = {"format_whitelist": FFMPEG_FORMATS}
    with av.open(io.BytesIO(data), "r", metadata_errors="replace", container_options=options) as container:
        if not container.streams.audio:
            raise AudioError(f"{name} has no audio track; choose a file with sound in it")
        # PyAV crashes the process when asked to decode a stream that FFmpeg has no decoder for.
        tracks = [track for track in container.streams.audio if track.codec_context is not None]
        if not tracks:
            raise AudioError(
                f"{name} uses an unknown audio codec, or its header is damaged; export it as WAV, FLAC or MP3"
            )
        n_packets, seconds = 0, 0.0
        for n, track in enumerate(tracks[:MAX_TRACKS]):
            if n:
                container.seek(0)
            for frames in _frames(container, track):
                n_packets += 1 + len(frames)
                if n_packets > SPARE_PACKETS + PACKETS_PER_SECOND * seconds:
                    raise AudioError(
                        f"{name} is cut into more than {PACKETS_PER_SECOND} packets a second, the limit; "
                        "export it as WAV, FLAC or MP3"
                    )
                for frame in frames:
                    seconds += frame.samples / max(1, frame.sample_rate)
                    yield n, frame.sample_rate, frame_samples(frame)


def _limit_allocations(library: str) -> None:
    """Let FFmpeg allocate at most MAX_ALLOCATION at a time.

    PyAV does not offer this setting. `library`: one of its own, linked to FFmpeg's; Windows does not look there.
    """
    limit = getattr(ctypes.CDLL(library), "av_max_alloc", None)
    if limit is not None:
        limit(ctypes.c_size_t(MAX_ALLOCATION))


def _frames(container: InputContainer, track: AudioStream) -> Iterator[list[AudioFrame]]:
    """The frames in each packet of the file; none in those of other tracks.

    Up to MAX_BAD_PACKETS packets that cannot be decoded count as empty.
    """
    from av import FFmpegError

    n_bad = 0
    for packet in container.demux():
        frames: list[AudioFrame] = []
        try:
            if packet.stream.index == track.index:
                frames = cast("list[AudioFrame]", packet.decode())
        except FFmpegError:
            n_bad += 1
            if n_bad > MAX_BAD_PACKETS:
                return
        yield frames


def frame_samples(frame: AudioFrame) -> NDArray:
    """Samples of one FFmpeg frame, (n_samples, n_channels); integers are scaled to full scale 1."""
    values = frame.to_ndarray()
    channels = len(frame.layout.channels)
    values = values.T if frame.format.is_planar else values.reshape(-1, channels)
    return as_floats(values)


def as_floats(values: NDArray) -> NDArray:
    """PCM of any integer type, scaled to full scale 1; floats in at least 32 bits."""
    if values.dtype.kind == "f":
        return values.astype(np.float32) if values.dtype.itemsize < 4 else values
    half = 2.0 ** (8 * values.dtype.itemsize - 1)
    return values / half - 1 if values.dtype.kind == "u" else values / half
