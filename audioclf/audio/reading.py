"""Make Clips of files and arrays; an AudioError says why one cannot be used."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.arrays import as_block, is_file, unpack
from audioclf.audio.decode import SUFFIXES, decode, mix
from audioclf.types import AudioError, Clip, whole_rate

MAX_BYTES = 25 * 2**20
MAX_SECONDS = 600.0
MIN_SECONDS = 0.1
# Of files that are read now; None: MAX_SECONDS.
_LONGEST: ContextVar[float | None] = ContextVar("LONGEST", default=None)


@contextmanager
def files_up_to(seconds: float) -> Iterator[None]:
    """Meanwhile `load_clip` raises TooLong as soon as it has decoded more than so many seconds of a file."""
    before = _LONGEST.set(seconds)
    try:
        yield
    finally:
        _LONGEST.reset(before)


def is_sound_name(path: Path) -> bool:
    """Whether `path` has the suffix of a sound file."""
    return path.suffix.lower() in SUFFIXES


def load_clip(source: Any, name: str | None = None, sample_rate: int | None = None) -> Clip:
    """Make a Clip of a sound in any of the forms in which programs hold one.

    source: a file, decoded by its content and not by its name: a path, its bytes, or an open binary file, read from
    where it stands. Or samples with their rate: (sample_rate, samples) as Gradio gives them, (samples, sample_rate)
    as librosa, soundfile and torchaudio do, {"array": samples, "sampling_rate": rate} as datasets does, or samples
    with `sample_rate`, which also may stand in second place: load_clip(samples, 16000). Samples are an array, a list
    or a tensor of shape (n_samples,), (n_samples, n_channels) or (n_channels, n_samples) with at most 8 channels:
    floats with full scale 1, or PCM as int8, int16, int32, uint8 or uint16. A Clip is returned as it is.

    Channels are averaged; the sample rate stays the sound's own. `name` (default: the file's name without its
    folder, or "clip") is used in messages and results. Silence is a valid clip: see `is_silent`.
    Raises AudioError with a sentence for the visitor: missing, empty or larger than MAX_BYTES, not a sound,
    damaged, without an audio track, outside 4 to 192 kHz, not finite, shorter than MIN_SECONDS or longer than
    MAX_SECONDS. No message contains a folder.
    """
    if name is not None and not isinstance(name, str):
        name, sample_rate = None, name
    if sample_rate is None and isinstance(source, Clip):
        return source
    known = _display_name(name or "clip")
    source, own_rate = unpack(source, known)
    if isinstance(source, Clip) or (sample_rate is not None and (is_file(source) or own_rate is not None)):
        raise AudioError(f"{known} has its own sample rate; leave sample_rate away")
    if is_file(source):
        return _from_file(source, name)
    if sample_rate is None and own_rate is None:
        block = as_block(source, known)  # says so if it is no sound at all
        raise AudioError(
            f"{known} is {len(block)} samples without a sample rate; give (sample_rate, samples)"
        )
    rate = whole_rate(own_rate if sample_rate is None else sample_rate, known)
    return _clip(mix(as_block(source, known), rate, known, MAX_SECONDS), rate, known)


def _from_file(source: Any, name: str | None) -> Clip:
    given = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    name = _display_name(name or (str(given) if isinstance(given, str | os.PathLike) else "clip"))
    if isinstance(source, str | os.PathLike):
        data = _read(source, name)
    else:
        data = _read_open(source, name) if hasattr(source, "read") else bytes(source)
        _check_size(len(data), name)
    return _clip(*decode(data, name, MAX_SECONDS if (longest := _LONGEST.get()) is None else longest), name)


def _clip(samples: NDArray[np.float32], sample_rate: int, name: str) -> Clip:
    seconds = len(samples) / sample_rate
    if seconds < MIN_SECONDS:
        raise AudioError(
            f"{name} lasts {seconds * 1000:.0f} ms; at least {MIN_SECONDS * 1000:.0f} ms are needed: "
            "record a little longer"
        )
    return Clip(samples, sample_rate, name)


def _read_open(file: Any, name: str) -> bytes:
    """The bytes from where the file stands; all of them if it stands at its end, as it does after writing."""
    try:
        data = file.read(MAX_BYTES + 1)
        if not data and file.seekable():
            file.seek(0)
            data = file.read(MAX_BYTES + 1)
    except Exception as error:  # file objects are anybody's code
        raise AudioError(f"{name} cannot be read ({type(error).__name__}); open it again") from error
    if not isinstance(data, bytes | bytearray | memoryview):
        raise AudioError(
            f"{name} gives {type(data).__name__} when it is read, not bytes; open it with mode 'rb'"
        )
    return bytes(data)


def _display_name(name: str) -> str:
    """The last part of a path, printable, at most 80 characters long."""
    last = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    printable = "".join(c if c.isprintable() else "?" for c in last).strip()
    return (printable if len(printable) <= 80 else printable[:77] + "...") or "clip"


def _read(path: str | os.PathLike, name: str) -> bytes:
    try:
        path = Path(path)
        if path.is_dir():
            raise AudioError(f"{name} is a folder; choose a sound file in it")
        # Reading a pipe or a device could block for ever.
        if path.exists() and not path.is_file():
            raise AudioError(f"{name} is not an ordinary file; choose a sound file")
        _check_size(path.stat().st_size, name)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # the file may have grown since the check
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
