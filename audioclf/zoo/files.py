"""The files of one model, and how large each may be."""

from pathlib import Path

from audioclf.types import ZooError

CONFIG, WEIGHTS, CARD = REQUIRED = "config.json", "model.safetensors", "README.md"
PREDICTIONS = "predictions.json"  # optional: predictions for held-out recordings
MAX_BYTES = {CONFIG: 1_000_000, WEIGHTS: 256_000_000, CARD: 1_000_000, PREDICTIONS: 4_000_000}


def read_bounded(path: Path) -> bytes:
    """The content of a file of a model. ZooError if it is missing or larger than its limit."""
    name, limit = f"{path.parent.name}/{path.name}", MAX_BYTES[path.name]
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ZooError(f"{name} cannot be read ({error.strerror}); get the model again") from error
    if len(data) > limit:
        raise ZooError(f"{name} is larger than the limit of {limit / 1e6:g} MB; refused")
    return data
