"""Convert tensors by name to the bytes of a safetensors file and back. Other formats are refused."""

from collections.abc import Mapping

import numpy as np

from audioclf.models import Weights
from audioclf.types import ZooError
from audioclf.zoo.files import WEIGHTS

MAX_HEADER_BYTES = 1_000_000  # headers of these models take a few kilobytes
# First bytes of files by pickle, torch.save and numpy, which can run code or are not safetensors.
OTHER_FORMATS = {
    b"\x80": "a pickle",
    b"PK\x03\x04": "a zip as torch.save writes it",
    b"\x93NUMPY": "a NumPy file",
}


def unpack(data: bytes, origin: str) -> Weights:
    """Tensors by name from the bytes of a safetensors file. ZooError for anything else and for NaN or Inf."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    kind = next((kind for magic, kind in OTHER_FORMATS.items() if data.startswith(magic)), None)
    # A safetensors file begins with its header's length, which may be 0x80 too; then byte 8 opens the header.
    if kind and data[8:9] != b"{":
        raise ZooError(f"{origin}/{WEIGHTS} is {kind}, which could run code when read; refused")
    header = int.from_bytes(data[:8], "little")
    if header > MAX_HEADER_BYTES:
        raise ZooError(f"{origin}/{WEIGHTS}: a header of {header} bytes; at most {MAX_HEADER_BYTES}; refused")
    try:
        weights: Weights = load(data)
    except (SafetensorError, KeyError, ValueError) as error:
        raise ZooError(f"{origin}/{WEIGHTS} is no valid safetensors file ({error}); get it again") from error
    if broken := sorted(name for name, array in weights.items() if not np.isfinite(array).all()):
        raise ZooError(f"{origin}/{WEIGHTS}: {broken[0]} holds values that are not finite; train it again")
    return weights


def pack(weights: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of a safetensors file; equal tensors give equal bytes."""
    from safetensors.numpy import load, save

    # safetensors 0.8 silently writes Fortran-ordered and strided arrays wrongly: copy, save, read back.
    plain = {name: np.array(weights[name], order="C") for name in sorted(weights)}
    data: bytes = save(plain)
    for name, array in load(data).items():
        if not np.array_equal(array, plain[name]):
            raise ZooError(f"{name} changes when it is saved: are all its values finite and of a plain type?")
    return data
