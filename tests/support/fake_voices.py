"""Voices made of harmonics, and a quick model that tells them apart by their pitch."""

from types import SimpleNamespace

import numpy as np
from sounds import frequency

from audioclf.inference.verification import FrameEvidence, Score, Voice
from audioclf.types import Clip

CONDITION = {
    "det": [[3.0, 0.1, 0.3], [-2.0, 0.5, 0.01], [0.0, 0.2, 0.1]],
    "edges": [-10.0, -5.0, 0.0, 5.0, 10.0],
    "targets": [0.0, 0.1, 0.4, 0.5],
    "impostors": [0.5, 0.4, 0.1, 0.0],
    "eer": 0.15,
    "n_targets": 200,
    "n_impostors": 4000,
}


def voice(hz: float = 120.0, seconds: float = 1.5, seed: int = 0, level: float = 0.3) -> Clip:
    """Syllables of 0.2 s whose loudest harmonic is the first, in faint noise. seed: of lengths and noise.

    The pitch moves a little, as that of a voice does and that of a note does not.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * 16_000)) / 16_000
    turns = 2 * np.pi * hz * t + 0.015 * hz / 6 * np.sin(2 * np.pi * 6 * t)
    harmonics = sum(np.sin(k * turns + k) / k**1.5 for k in range(1, 12))
    envelope = np.abs(np.sin(np.pi * t / 0.2 + rng.uniform(0, 3))) * (
        1 + rng.uniform(0, 0.5) * np.sin(9 * t + seed)
    )
    samples = level * harmonics * envelope / np.abs(harmonics).max() + rng.normal(0, 1e-4, len(t))
    return Clip(samples.astype(np.float32), 16_000, f"voice of {hz:g} Hz, {seed}")


class FakeVerifier:
    """Ratio 8 for the same pitch, one less for every 5 Hz. Its threshold is 1; within 0.5 it cannot tell."""

    def __init__(self, family: str) -> None:
        conditions = {
            f"all · {enrol} · {test} · same channel": CONDITION | {"n_targets": i}
            for i, (enrol, test) in enumerate(
                (e, t) for e in ("takes", "10 s") for t in ("word", "3 s", "5 s")
            )
        }
        metrics = {"verification": {"conditions": conditions}}
        self.config = SimpleNamespace(id=f"speakers-{family}", family=family, metrics=metrics)
        self.enrolled: list[int] = []

    def enrol(self, takes):
        self.enrolled.append(len(takes))
        hz = np.mean([frequency(clip) for clip in takes])
        return Voice(self.config.id, {"hz": np.array([hz])}, sum(clip.seconds for clip in takes), len(takes))

    def score(self, voice, clip):
        ratio = 8 - abs(float(voice.vectors["hz"][0]) - frequency(clip)) / 5
        same = None if abs(ratio - 1) < 0.5 else ratio > 1
        moments = np.arange(0.05, clip.seconds, 0.01)
        frames = FrameEvidence(moments, np.sin(moments)) if self.config.family == "gmm" else None
        return Score(self.config.id, ratio, 1.0, 0.5, same, clip.seconds, voice.seconds, frames)


def fake_verifiers(monkeypatch) -> dict[str, FakeVerifier]:
    """From now on, every registry has these models of voices, by id."""
    found = {f"speakers-{family}": FakeVerifier(family) for family in ("gmm", "cnn", "rnn")}
    monkeypatch.setattr("audioclf.inference.verification.load_verifier", lambda registry, name: found[name])
    monkeypatch.setattr("audioclf.service.speakers.models", lambda registry: list(found))
    return found
