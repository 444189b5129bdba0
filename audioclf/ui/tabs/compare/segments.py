"""The answers over time as files: a table for spreadsheets, and a label track that Audacity imports."""

from collections.abc import Sequence

from audioclf.service.records import to_csv
from audioclf.types import Prediction
from audioclf.ui.markup.comparison import runs
from audioclf.wording import model_names, readable


def segment_table(predictions: Sequence[Prediction]) -> bytes:
    """CSV with a row for every part in which a model gives one answer; seconds, and the mean probability."""
    rows = [
        [p.model, f"{start:.3f}", f"{end:.3f}", label or "", repr(share)]
        for p in predictions
        for start, end, label, share in runs(p)
    ]
    return to_csv([["model", "start", "end", "label", "probability"], *rows]).encode()


def label_track(predictions: Sequence[Prediction]) -> bytes:
    """Audacity's format: start, end and text in a line, separated by tabs; silence is left out."""
    names = model_names((p.model, p.family) for p in predictions)
    lines = sorted(
        (start, end, f"{name}: {readable(label)}")
        for name, p in zip(names, predictions, strict=True)
        for start, end, label, _ in runs(p)
        if label is not None
    )
    return "".join(f"{start:.6f}\t{end:.6f}\t{words}\n" for start, end, words in lines).encode()
