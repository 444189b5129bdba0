"""Models of voices in a registry: what their config.json must hold, how they are built, and their self-test.

They share ModelConfig with the classifiers. The task decides: its models have the one label "same", and a calibration
of their own.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from audioclf.models import SPEAKER_FAMILIES, SpeakerModel, all_settings, make_speaker_model
from audioclf.types import ZooError
from audioclf.zoo.checkpoint import SELF_TEST_TOLERANCE, input_shape, make_feature, probe
from audioclf.zoo.config import SPEAKERS, ModelConfig
from audioclf.zoo.memory import MAX_CELLS, MAX_WINDOW_VALUES
from audioclf.zoo.weights import unpack

MAX_VOICE_VALUES = 1_000_000  # numbers in one enrolled voice


def verifies(config: ModelConfig) -> bool:
    """Whether a model compares voices, and so is no classifier."""
    return config.task == SPEAKERS


def build_verifier(config: ModelConfig, data: bytes) -> SpeakerModel:
    """The model of a config, with weights from `data`, a safetensors file. ZooError unless all of them fit."""
    if not verifies(config):
        raise ZooError(f"{config.id} is a classifier and compares no voices; use it with `audioclf classify`")
    weights = unpack(data, config.id)
    try:
        settings = all_settings(config.family, config.model, SPEAKER_FAMILIES)
        shape = input_shape(config)
        _check_memory(config.id, config.family, settings, shape)
        model = make_speaker_model(config.family, n_bins=shape[0], unfilled=True, **config.model)
        model.load_weights(weights)
    except (TypeError, ValueError, LookupError, RuntimeError, ArithmeticError, MemoryError) as error:
        raise ZooError(f"{config.id}: weights do not fit config.json: {error}; get it again") from error
    return model


def _check_memory(model_id: str, family: str, settings: Mapping[str, Any], shape: tuple[int, int]) -> None:
    """ZooError for a model that would take too much memory for the longest speech that it takes at once."""
    n_bins, n_frames = shape
    widths = {
        name: settings.get(name, 0) for name in ("n_components", "channels", "hidden", "n_dims", "n_cohort")
    }
    if any(isinstance(width, bool) or not isinstance(width, int) or width < 0 for width in widths.values()):
        raise ZooError(f"{model_id}: its sizes {widths} are no whole numbers; train it again")
    n_held = n_frames * (
        n_bins + 2 * widths["n_components"] + 12 * widths["channels"] + 12 * widths["hidden"]
    )
    n_voice = widths["n_components"] * n_bins + widths["n_dims"]
    for needs, limit, words in (
        (n_bins * n_frames, MAX_CELLS, f"input of {n_bins} bins and {n_frames} frames"),
        (n_held, MAX_WINDOW_VALUES, f"{family} layers"),
        (n_voice, MAX_VOICE_VALUES, "enrolled voices"),
    ):
        if needs > limit:
            raise ZooError(
                f"{model_id}: its {words} would hold {needs:,} numbers, and {limit:,} is the limit; "
                "make it smaller and train it again"
            )


def self_test(config: ModelConfig, model: SpeakerModel) -> tuple[float, ...]:
    """Logistic of the raw scores of `probe` and of `probe` with its bins upside down against a voice of `probe`.

    Empty if not finite.
    """
    x = make_feature(config)(probe(config)).values
    voice = model.enrol([x])
    with np.errstate(all="ignore"):
        scores = [1 / (1 + np.exp(-model.scores([voice], y)[0] / 4)) for y in (x, x[::-1])]
    return tuple(round(float(s), 6) for s in scores) if np.isfinite(scores).all() else ()


def check_verifier(config: ModelConfig, model: SpeakerModel) -> None:
    """ZooError if a model gives unusable scores for `probe`, or others than when it was saved."""
    found, stored = self_test(config, model), config.self_test
    if not found:
        raise ZooError(f"{config.id}: its self-test gives scores that are not finite; train it again")
    if stored and not np.allclose(found, stored, rtol=0, atol=SELF_TEST_TOLERANCE):
        raise ZooError(
            f"{config.id} does not answer its self-test as it did when it was saved: weights, settings "
            "or this installation have changed; get the model again or update audioclf"
        )
