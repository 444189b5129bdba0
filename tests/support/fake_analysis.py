"""An Analysis made up from nothing, for tests of what is drawn from one."""

import numpy as np
from fakes import DIGITS

from audioclf.inference.pooling import distribution
from audioclf.service.catalogue import Row
from audioclf.types import Analysis, Clip, Part, Picture, Prediction

RAMP = np.stack([np.arange(0, 256, 17)] * 3, axis=1).astype(np.uint8)
VIEWS = {
    "spectrogram": ("nobody", 1),
    "scalogram": ("nobody", 2),
    "waveform": ("every model", 0),
    "digits-gmm-bands": ("GMM", 3),
    "digits-gmm-input": ("GMM", 4),
    "digits-cnn-input": ("CNN", 5),
    "digits-rnn-input": ("RNN", 6),
}


def fake_prediction(
    family: str = "cnn", label: str = "seven", score: float = 0.9, known: bool = True, **changes
) -> Prediction:
    """score: of the label among the labels. unknown_score: probability of none of these, with known=False 0.9."""
    scores = changes.get("scores", np.full(len(DIGITS), (1 - score) / (len(DIGITS) - 1)))
    if "scores" not in changes:
        scores[DIGITS.index(label)] = score
    none = changes.get("unknown_score", 0.02 if known else 0.9)
    windows = changes.get("window_scores", scores[None])
    values = {
        "task": "digits",
        "model": f"digits-{family}",
        "family": family,
        "labels": DIGITS,
        "probabilities": distribution(scores[None], np.array([none]), 0.5)[0],
        "window_probabilities": distribution(windows, np.full(len(windows), none), 0.5),
        "window_seconds": np.array([[0.0, 1.0]]),
        "scores": scores,
        "window_scores": windows,
        "unknown_score": none,
        "clip_seconds": 1.0,
        "model_seconds": 0.0123,
        "focus": 0,
    }
    return Prediction(**{**values, **changes})


def fake_silence(family: str = "cnn") -> Prediction:
    return fake_prediction(
        family,
        scores=np.zeros(len(DIGITS)),
        window_scores=np.zeros((0, len(DIGITS))),
        window_seconds=np.zeros((0, 2)),
        known=False,
        unknown_score=1.0,
        focus=None,
    )


def fake_picture(name: str = "spectrogram", seconds: float = 1.0) -> Picture:
    seen_by, rank = VIEWS[name]
    rng = np.random.default_rng(rank)
    return Picture(
        name=name,
        title=name.replace("_", " ").capitalize(),
        seen_by=seen_by,
        rgb=rng.integers(0, 255, (40, 200, 3), dtype=np.uint8),
        start=0.0,
        end=seconds,
        y_label="Hz",
        ticks=((0.0, "0"), (0.5, "2000"), (1.0, "4000")),
        scale=None if name == "waveform" else ("−80", "0", RAMP),
        unit="dB",
        alt=f"The {name} of a clip of {seconds:.1f} s.",
        table=(("time", "level"), ("0.0 s", "−20 dB"), ("0.5 s", "−3 dB")),
        rows=() if name == "waveform" else (1000.0, 3000.0),
        spans=() if name == "waveform" else ((-80.0, 0.0, "dB"),),
    )


def fake_analysis(name: str = "seven.wav", seconds: float = 1.0, **changes) -> Analysis:
    clip = Clip(np.sin(np.arange(int(8000 * seconds)) * 0.3).astype(np.float32), 8000, name)
    values = {
        "clip": clip,
        "task": "digits",
        "predictions": tuple(
            fake_prediction(family, score=score)
            for family, score in (("gmm", 0.62), ("cnn", 0.97), ("rnn", 0.91))
        ),
        "verdict": "All three say seven; the CNN is surest.",
        "listened": (part(0.1 * seconds, 0.8 * seconds),),
        "pictures": tuple(fake_picture(view, seconds) for view in VIEWS),
    }
    return Analysis(**{**values, **changes})


def part(start: float, end: float, *families: str) -> Part:
    """A part of a clip that decided the answers of these families; of all three if none is named."""
    return Part(start, end, " and ".join(map(str.upper, families)), families or ("gmm", "cnn", "rnn"))


def fake_row(model: str, **changes) -> Row:
    """A model as the registry lists it; not measured, unless `changes` say so."""
    values = {
        "task": "digits",
        "family": model.rpartition("-")[2],
        "accuracy": None,
        "interval": None,
        "protocol": None,
        "bytes": 1_000_000,
        "n_parameters": 61_234,
        "license": "MIT",
        "dataset": "sounds",
        "sha256": "0" * 64,
        "where": "folder",
    }
    return Row(model, **{**values, **changes})
