"""Sounds as Python programs hold them: arrays, tensors, pairs and dicts. Private to `audio`."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf.audio.readers import as_floats
from audioclf.types import AudioError

MAX_CHANNELS = 8  # the shorter axis of an array is its channels if it is no longer than this
ARRAY_KEYS = ("array", "raw", "waveform", "samples")  # datasets, transformers, pyannote
RATE_KEYS = ("sampling_rate", "sample_rate")
ACCEPTED = (
    "a path, the bytes of a sound file, an open binary file, or samples with their rate: "
    "(sample_rate, samples), (samples, sample_rate) or {'array': samples, 'sampling_rate': rate}"
)


def unpack(source: Any, name: str) -> tuple[Any, Any]:
    """A sound and its sample rate, None if it comes without: what a pair, a dict or an audio decoder holds."""
    if hasattr(source, "get_all_samples"):  # torchcodec, which datasets uses
        try:
            found = source.get_all_samples()
        except Exception as error:  # a decoder of others raises anything for a damaged file
            raise AudioError(f"{name} cannot be decoded ({type(error).__name__}); give {ACCEPTED}") from error
        return found.data, found.sample_rate
    if isinstance(source, Mapping):
        return _of_mapping(source, name)
    if isinstance(source, tuple | list) and len(source) == 2:
        long = [hasattr(part, "__len__") and getattr(part, "ndim", 1) != 0 for part in source]
        if long == [True, False]:
            return source[0], source[1]
        if long == [False, True]:
            return source[1], source[0]
    return source, None


def _of_mapping(source: Mapping, name: str) -> tuple[Any, Any]:
    values = next((source[key] for key in ARRAY_KEYS if source.get(key) is not None), None)
    if values is not None:
        return values, next((source[key] for key in RATE_KEYS if key in source), None)
    for key in ("bytes", "path"):
        if source.get(key) is not None:
            return source[key], None
    raise AudioError(f"{name} is a dict with the keys {', '.join(map(str, source))[:80]}; give {ACCEPTED}")


def is_file(source: Any) -> bool:
    """Whether the source is a file in any form: path, bytes or an open file."""
    return isinstance(source, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(source, "read")


def as_block(source: Any, name: str) -> NDArray:
    """Samples of shape (n_samples, n_channels), full scale 1.

    The longer axis is time. int8, int16, int32, uint8 and uint16 are taken as PCM; floats stay as they are.
    Raises AudioError for anything else: another type, another shape, no samples.
    """
    values = _numbers(source, name)
    if values.ndim > 2:
        values = values.squeeze()
    if values.size == 0:
        raise AudioError(f"{name} has no samples; record or load it again")
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or min(values.shape) > MAX_CHANNELS:
        raise AudioError(
            f"{name} has the shape {np.shape(values)}; samples have the shape (n_samples,), or "
            f"(n_samples, n_channels) with at most {MAX_CHANNELS} channels, or its transpose"
        )
    return as_floats(values if values.shape[0] >= values.shape[1] else values.T)


def _numbers(source: Any, name: str) -> NDArray:
    """The source as an array of a type whose full scale is known."""
    try:
        if hasattr(source, "detach"):  # a tensor of torch, which need not be imported for this
            source = source.detach().cpu()
            source = source.float() if source.is_floating_point() else source  # numpy has no bfloat16
        n_masked = int(np.ma.count_masked(source)) if isinstance(source, np.ma.MaskedArray) else 0
        values = np.asarray(source)
    except Exception as error:  # whatever the object raises, it is no sound
        raise AudioError(f"{name} is a {type(source).__name__}, not a sound; give {ACCEPTED}") from error
    if values.dtype.kind not in "fiu" or values.ndim == 0:
        raise AudioError(f"{name} is a {type(source).__name__}, not a sound; give {ACCEPTED}")
    if n_masked:
        raise AudioError(
            f"{name} has {n_masked:,} masked samples; fill them first, as with samples.filled(0)"
        )
    if values.dtype.kind in "iu" and values.dtype.itemsize not in (1, 2, 4):
        raise AudioError(
            f"{name} holds numbers of the type {values.dtype}, whose full scale is unknown; "
            "give them as int16, or as floats within ±1"
        )
    return values
