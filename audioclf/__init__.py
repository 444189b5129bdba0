"""Three families of classifier on the same sound: a GMM on wavelets, a CNN on spectrograms, an RNN on MFCCs.

    import audioclf
    audioclf.load("digits-cnn")("seven.wav").label
    audioclf.transcribe("number.wav").labels
    audioclf.verify(["anna-1.wav", "anna-2.wav"], "who.wav")[0].same

Heavy packages are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from audioclf.inference.transcript import Transcript
from audioclf.types import AudioclfError, AudioError, Clip, Prediction, ZooError
from audioclf.version import __version__

if TYPE_CHECKING:
    from audioclf.audio import load_clip
    from audioclf.inference.classifier import Classifier
    from audioclf.inference.loading import load
    from audioclf.inference.transcribe import transcribe
    from audioclf.inference.verification import verify

__all__ = [
    "AudioError",
    "AudioclfError",
    "Classifier",
    "Clip",
    "Prediction",
    "Transcript",
    "ZooError",
    "__version__",
    "load",
    "load_clip",
    "transcribe",
    "verify",
]

LAZY = {
    "Classifier": "audioclf.inference.classifier",
    "load": "audioclf.inference.loading",
    "load_clip": "audioclf.audio",
    "transcribe": "audioclf.inference.transcribe",
    "verify": "audioclf.inference.verification",
}


def __getattr__(name: str) -> Any:
    if name not in LAZY:
        raise AttributeError(f"module 'audioclf' has no attribute {name!r}")
    return getattr(import_module(LAZY[name]), name)


def __dir__() -> list[str]:
    return __all__
