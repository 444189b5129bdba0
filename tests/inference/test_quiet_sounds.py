"""The bundled models answer a soft sound as they answer the loud one."""

from functools import cache

import numpy as np
import pytest
import sounds
from paths import EXAMPLES

import audioclf
from audioclf.audio import load_clip
from audioclf.types import Clip

SURE = [("digits-cnn", "seven.wav"), ("instruments-cnn", "flute.flac"), ("environment-cnn", "dog.flac")]


@cache
def model(id: str):
    return audioclf.load(id)


@pytest.mark.parametrize("id, file", SURE)
@pytest.mark.parametrize(
    "subtype, peak_db", [("PCM_16", -50), ("PCM_24", -49), ("PCM_24", -80), ("FLOAT", -75)]
)
def test_a_soft_copy_gets_the_answer_of_the_loud_one(id, file, subtype, peak_db):
    loud = load_clip(EXAMPLES / file)
    samples = loud.samples / np.abs(loud.samples).max() * 10 ** (peak_db / 20)
    soft = load_clip(sounds.sndfile_bytes(samples, loud.sample_rate, "WAV", subtype))
    expected, found = model(id)(loud), model(id)(soft)
    assert (found.label, found.certainty) == (expected.label, expected.certainty)
    assert found.label is not None


def test_pauses_of_a_soft_clip_are_left_out_as_those_of_a_loud_one():
    dog = load_clip(EXAMPLES / "dog.flac")
    pause = np.zeros(6 * dog.sample_rate, np.float32)
    loud = Clip(np.concatenate([dog.samples, pause, dog.samples]), dog.sample_rate)
    soft = Clip(loud.samples * np.float32(1e-3), dog.sample_rate)
    expected, found = (model("environment-cnn")(clip).window_scores for clip in (loud, soft))
    assert (found.any(axis=1) == expected.any(axis=1)).all() and not found.any(axis=1).all()
    np.testing.assert_allclose(found, expected, atol=0.02)  # the models' features have floors


def test_dither_gets_no_label():
    rng = np.random.default_rng(0)
    dither = np.rint(rng.uniform(-0.5, 0.5, 32_000) + rng.uniform(-0.5, 0.5, 32_000)) / 32768
    assert not model("environment-cnn")((16_000, dither)).heard
