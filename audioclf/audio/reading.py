"""Read files and bytes as Clips; an AudioError says why one cannot be used."""

import re
from pathlib import Path

from audioclf.audio.decode import SUFFIXES, decode
from audioclf.types import AudioError, Clip

MAX_BYTES = 25 * 2**20
MAX_SECONDS = 600.0
MIN_SECONDS = 0.1


def is_sound_name(path: Path) -> bool:
    """Whether `path` has the suffix of a sound file."""
    return path.suffix.lower() in SUFFIXES


def load_clip(source: str | Path | bytes, name: str | None = None) -> Clip:
    """Decode a file or the bytes of one, by its content and not by its name.

    Channels are averaged; the sample rate stays the file's own. `name` (default: the file's name without its
    folder, or "clip") is used in messages and results. Silence is a valid clip: see `is_silent`.
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
    """The last part of a path, printable, at most 80 characters long."""
    last = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    printable = "".join(c if c.isprintable() else "?" for c in last).strip()
    return (printable if len(printable) <= 80 else printable[:77] + "...") or "clip"


def _read(path: str | Path, name: str) -> bytes:
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
