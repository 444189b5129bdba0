"""Latency of a model on this machine."""

from statistics import median

import numpy as np

from audioclf.inference.classifier import Classifier
from audioclf.models import use_one_thread
from audioclf.types import Clip

N_TIMED = 30


def latency(classifier: Classifier) -> dict[str, float]:
    """Median milliseconds per window of noise on one thread, and the window's length in seconds."""
    use_one_thread()
    config = classifier.config
    n_samples = round(config.clip_seconds * config.sample_rate)
    noise = 0.1 * np.random.default_rng(0).standard_normal(n_samples)
    clip = Clip(noise.astype(np.float32), config.sample_rate)
    seconds = [classifier(clip).model_seconds for _ in range(N_TIMED)]
    return {"latency_ms": 1000 * median(seconds), "latency_clip_seconds": config.clip_seconds}
