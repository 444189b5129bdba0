"""Write Clips as WAV and FLAC files."""

import io
import struct
import wave
from pathlib import Path

import numpy as np
import soundfile

from audioclf.atomic import unfinished
from audioclf.types import Clip


def encode_wav(clip: Clip, path: str | Path | None = None) -> bytes:
    """A 16-bit PCM WAV for playback, also written to `path` if given; samples are clipped at full scale."""
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
    """A WAV of 32-bit floats, from which `load_clip` gets the same samples up to MAX_BYTES."""
    data = clip.samples.astype("<f4").tobytes()
    float_format = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, clip.sample_rate, 4 * clip.sample_rate, 4, 32)
    chunks = b"WAVE" + float_format + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(chunks)) + chunks


def keep_clip(path: Path, clip: Clip) -> None:
    """Write a 16-bit FLAC file atomically: an interrupted run leaves no partial file."""
    with unfinished(path) as part:
        soundfile.write(part, clip.samples, clip.sample_rate, subtype="PCM_16", format="FLAC")
