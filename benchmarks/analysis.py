"""The whole analysis of a clip, compared with the plain chain that a notebook would use.

Ours: decode, resample, features, three models, four pictures with alt texts and tables; on one thread, as when
serving. The plain chain: loading, mel spectrogram and MFCCs with librosa, PyWavelets' transform, a matplotlib figure
as a PNG, and one network as large as wav2vec2-base (random weights: only its time counts) on all cores.
"""

import io
import os
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import interleave, milliseconds, ratio, table

SAMPLE_RATE = 16_000
ROUNDS = {1.0: 7, 30.0: 3}
GOALS = {1.0: 5, 30.0: 15}


def speech_like(seconds: float) -> np.ndarray:
    """A voice at 120 Hz in syllables of a quarter of a second, with faint noise."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    voice = (
        np.sin(2 * np.pi * 120 * t) + 0.5 * np.sin(2 * np.pi * 600 * t) + 0.3 * np.sin(2 * np.pi * 1900 * t)
    )
    rng = np.random.default_rng(0)
    return (0.2 * voice * np.sin(2 * np.pi * 2 * t) ** 2 + rng.normal(0, 1e-3, len(t))).astype(np.float32)


class PlainChain:
    """The baseline; like ours, it is loaded before the clock starts."""

    def __init__(self) -> None:
        import torch
        import torchaudio

        self.network = torchaudio.models.wav2vec2_base(aux_num_out=32).eval()
        self.torch = torch

    def __call__(self, path: Path) -> bytes:
        """The figure's PNG."""
        import librosa
        import pywt

        samples, _ = librosa.load(path, sr=SAMPLE_RATE)
        mel = librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=SAMPLE_RATE), ref=np.max)
        mfcc = librosa.feature.mfcc(y=samples, sr=SAMPLE_RATE, n_mfcc=13)
        mfcc = np.concatenate([mfcc, librosa.feature.delta(mfcc), librosa.feature.delta(mfcc, order=2)])
        scales = SAMPLE_RATE / np.geomspace(60.0, 7600.0, 96)
        cwt, _ = pywt.cwt(samples, scales, "cmor1.5-1.0", method="fft")
        threads = self.torch.get_num_threads()
        self.torch.set_num_threads(os.cpu_count() or 1)
        with self.torch.inference_mode():
            self.network(self.torch.from_numpy(samples)[None])
        self.torch.set_num_threads(threads)
        return self.draw(samples, mel, np.abs(cwt), mfcc)

    def draw(self, samples: np.ndarray, *images: np.ndarray) -> bytes:
        """Four stacked axes as a PNG."""
        import matplotlib as mpl

        mpl.use("Agg")
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(4, 1, figsize=(9, 8), layout="constrained")
        axes[0].plot(np.arange(len(samples)) / SAMPLE_RATE, samples)
        for axis, image in zip(axes[1:], images, strict=True):
            figure.colorbar(axis.imshow(image, aspect="auto", origin="lower"), ax=axis)
        file = io.BytesIO()
        figure.savefig(file, format="png")
        plt.close(figure)
        return file.getvalue()


def report() -> str:
    """A Markdown section."""
    import soundfile

    from audioclf.inference.loading import Selection
    from audioclf.service.analysis import analyse, preload
    from audioclf.types import ZooError
    from audioclf.zoo.registry import open_registry

    try:
        models = Selection(open_registry())
        preload(models)
    except ZooError as error:
        return f"## The whole analysis\n\nNot measured: {error}"
    plain, rows = PlainChain(), []
    with tempfile.TemporaryDirectory() as folder:
        for seconds, rounds in ROUNDS.items():
            path = Path(folder) / f"{seconds:g}.wav"
            soundfile.write(path, speech_like(seconds), SAMPLE_RATE)
            timings = interleave(
                {
                    "ours": lambda path=path: analyse(path, models),
                    "plain": lambda path=path: plain(path),
                },
                rounds,
            )
            stages = analyse(path, models).timings
            rows.append(
                (
                    f"{seconds:g} s",
                    milliseconds(timings["ours"]),
                    milliseconds(timings["plain"]),
                    f"{ratio(timings['plain'], timings['ours']):.1f} (goal {GOALS[seconds]})",
                    ", ".join(
                        f"{name} {1e3 * value:.1f}" for name, value in stages.items() if name != "total"
                    ),
                )
            )
    header = ("clip", "`service.analyse`", "plain chain", "times faster", "our stages, ms")
    return "## The whole analysis\n\n" + table(header, rows)
