"""Train a model of voices."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioclf import audio, effects
from audioclf.data.datasets import decoded
from audioclf.data.speakers import takes_to_learn
from audioclf.models import SPEAKER_FAMILIES, all_settings, make_speaker_model
from audioclf.tasks import speakers as task
from audioclf.types import AudioclfError, Clip, Progress, no_progress
from audioclf.version import __version__
from audioclf.zoo.checkpoint import make_feature
from audioclf.zoo.config import CALIBRATION_DEFAULTS, SAME, ModelConfig, parse_config
from audioclf.zoo.registry import root_of
from audioclf.zoo.writing import build_index, save_model

# The score as the model gives it, and an answer to everything.
UNCALIBRATED = {
    **CALIBRATION_DEFAULTS,
    "scale": 1.0,
    "offset": 0.0,
    "per_log_second": 0.0,
    "per_log_enrolled": 0.0,
    "threshold": 0.0,
    "band": 0.0,
    "least_seconds": 0.0,
}


def family_of(model_id: str) -> str:
    """The family of an id "speakers-<family>". AudioclfError lists all ids."""
    name, _, family = model_id.rpartition("-")
    if name != task.NAME or family not in task.RECIPES:
        known = ", ".join(f"{task.NAME}-{family}" for family in task.RECIPES)
        raise AudioclfError(f"there is no recipe for {model_id!r}; there are {known}")
    return family


def train(
    model_id: str,
    data: Path,
    out: str | Path | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Path:
    """Train on the people who neither calibrate nor judge, save into the registry `out`, return the model's folder.

    The model is not calibrated: `evaluation.verification.evaluate` does that.
    """
    config = make_config(family_of(model_id), seed)
    utterances, targets = learnt(config, data, seed, progress)
    model = make_speaker_model(config.family, n_bins=len(utterances[0]), **config.model)
    model.fit(utterances, targets, seed=seed, progress=progress)
    n_parameters = sum(array.size for array in model.weights().values())
    root = root_of(out)
    save_model(root / model_id, make_config(config.family, seed, n_parameters), model)
    build_index(root)
    return root / model_id


def make_config(family: str, seed: int, n_parameters: int = 0) -> ModelConfig:
    """The config of a model that has not been calibrated or measured."""
    recipe = task.RECIPES[family]
    config = ModelConfig(
        id=f"{task.NAME}-{family}",
        task=task.NAME,
        family=family,
        labels=SAME,
        sample_rate=task.SAMPLE_RATE,
        clip_seconds=task.LONGEST_SECONDS,
        pooling="mean",
        feature=recipe.feature,
        model=all_settings(family, recipe.model, SPEAKER_FAMILIES),
        calibration=UNCALIBRATED,
        dataset=task.DATASET,
        license=task.LICENSE,
        seed=seed,
        n_parameters=n_parameters,
        library_version=__version__,
        training={"copies": recipe.copies, "speeds": list(recipe.speeds)},
    )
    return parse_config(config.to_json().encode(), config.id)


def learnt(
    config: ModelConfig, data: Path, seed: int, progress: Progress
) -> tuple[list[NDArray[np.float32]], NDArray[np.intp]]:
    """Frames of speech of every take and its copies, (n_bins, n_frames) each, and the voices as ints."""
    from audioclf.audio.speech import speech_frames

    recipe = task.RECIPES[config.family]
    takes = [(who, file) for who, own in takes_to_learn(data).items() for file in own]
    feature, rng = make_feature(config), np.random.default_rng(seed)
    found, voices = [], []
    for done, (speaker, file) in enumerate(takes):
        clip = decoded(file, config.sample_rate)
        for speed in recipe.speeds:
            plain = played(clip, speed)
            for copy in range(1 + recipe.copies):
                heard = elsewhere(plain, rng) if copy else plain
                if audio.is_silent(heard):
                    continue
                values = feature(heard)
                found.append(values.values[:, speech_frames(heard, values.seconds)])
                voices.append(f"{speaker} at {speed:g}")
        progress(done + 1, len(takes), "reading takes")
    return found, np.unique(voices, return_inverse=True)[1]


def played(clip: Clip, speed: float) -> Clip:
    """The clip played faster, like a tape, which also changes its length."""
    return clip if speed == 1 else effects.Speed(speed)(clip, np.random.default_rng(0))


def elsewhere(clip: Clip, rng: np.random.Generator) -> Clip:
    """The same words in another room and channel, with noise; the networks' training adds a microphone."""
    steps: list[effects.Perturbation] = []
    if rng.random() < 0.4:
        steps.append(effects.Reverb(rng.uniform(0.1, 0.6), rng.uniform(-15, -2)))
    if rng.random() < 0.4:
        steps.append(effects.band_limit(rng.uniform(60, 400), rng.uniform(2400, 3900)))
    if rng.random() < 0.2:
        steps.append(effects.Telephone())
    if rng.random() < 0.15:
        steps.append(effects.Clipping(rng.uniform(0, 10)))
    if rng.random() < 0.8:
        colour = str(rng.choice(list(effects.NOISE_COLOURS)))
        steps.append(effects.Noise(rng.uniform(8, 40), colour))
    return effects.chain(clip, steps, rng)
