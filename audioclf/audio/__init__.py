"""Read and write sound files; the only package that decodes them.

Imports types and atomic. For every package above.
"""

from audioclf.audio.decode import FORMATS, SUFFIXES, TooLong
from audioclf.audio.reading import (
    MAX_BYTES,
    MAX_SECONDS,
    MIN_SECONDS,
    files_up_to,
    is_sound_name,
    load_clip,
)
from audioclf.audio.windows import at_speed, cut, is_silent, loudest_window, resample, sliding_windows
from audioclf.audio.writing import encode_exact, encode_wav, keep_clip

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_SECONDS",
    "MIN_SECONDS",
    "SUFFIXES",
    "TooLong",
    "at_speed",
    "cut",
    "encode_exact",
    "encode_wav",
    "files_up_to",
    "is_silent",
    "is_sound_name",
    "keep_clip",
    "load_clip",
    "loudest_window",
    "resample",
    "sliding_windows",
]
