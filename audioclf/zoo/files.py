"""The files of one model and of a registry, and how large each may be."""

import os
import stat
from pathlib import Path

from audioclf.types import ZooError

INDEX = "index.json"
CONFIG, WEIGHTS, CARD = REQUIRED = "config.json", "model.safetensors", "README.md"
PREDICTIONS = "predictions.json"  # optional: predictions for held-out recordings
MAX_BYTES = {CONFIG: 1_000_000, WEIGHTS: 256_000_000, CARD: 1_000_000, PREDICTIONS: 4_000_000}
MAX_INDEX_BYTES = 10_000_000


def limit_of(name: str) -> int:
    """The largest number of bytes that a file of this name may have."""
    return MAX_INDEX_BYTES if name == INDEX else MAX_BYTES[name]


def read_bounded(path: Path) -> bytes:
    """The content of a file. ZooError if it is missing, not a plain file, or larger than its limit."""
    name, limit = f"{path.parent.name}/{path.name}", limit_of(path.name)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ZooError(f"{name} is not a plain file; put a copy of the file there")
        with open(path, "rb", opener=_open_at_once) as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ZooError(f"{name} cannot be read ({error.strerror}); get the model again") from error
    if len(data) > limit:
        raise ZooError(too_large(name, limit))
    return data


def too_large(name: str, limit: int) -> str:
    """The sentence that refuses a large file."""
    return f"{name} is larger than the limit of {limit / 1e6:g} MB; refused"


def _open_at_once(path: str, flags: int) -> int:
    # A pipe may take the file's place after it was looked at; opening one would wait for its other end.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
