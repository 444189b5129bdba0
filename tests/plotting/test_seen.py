"""The picture under a model's name is that of its own feature, with its values."""

import numpy as np
import pytest
import sounds

from audioclf import audio
from audioclf.features import FEATURES
from audioclf.plotting import clip as plots
from audioclf.plotting.panels import ramp_of
from audioclf.plotting.seen import PARTS, Seen
from audioclf.service.examples import list_examples
from audioclf.types import Clip, Picture
from audioclf.zoo.checkpoint import make_feature
from audioclf.zoo.registry import open_registry

BUNDLED = open_registry()


def own(clip: Clip, *models: Seen) -> list[Picture]:
    return list(plots.pictures(clip, models=models)[3:])


def values_of(picture: Picture) -> np.ndarray:
    """(n_rows, n_columns): what the colours stand for."""
    assert picture.levels is not None and picture.palette is not None
    np.testing.assert_array_equal(picture.rgb, picture.palette[picture.levels])
    low, high = (np.array([[span[i]] for span in picture.spans]) for i in (0, 1))
    return low + picture.levels[::-1] / 255 * (high - low)


def test_every_feature_of_a_checkpoint_has_a_picture():
    assert set(PARTS) == set(FEATURES.values())


@pytest.mark.parametrize("name", sorted(name for name in BUNDLED.ids()))
def test_a_bundled_model_is_shown_its_own_feature(name):
    config = BUNDLED.config(name)
    feature = make_feature(config)
    clip = audio.resample(audio.load_clip(list_examples(config.task)[0].path), config.sample_rate)
    shown = own(clip, Seen(name, config.family, config.sample_rate, feature))
    last = shown[-1]
    found = feature(clip)
    assert len(last.rows) == len(found.values), "every row, the slopes too"
    assert last.family == config.family
    values = values_of(last)
    columns = ((np.arange(values.shape[1]) + 0.5) * clip.seconds / values.shape[1])[:, None]
    nearest = np.abs(columns - found.seconds).argmin(axis=1)
    expected = found.values[:, nearest]
    low, high = (np.array([[span[i]] for span in last.spans]) for i in (0, 1))
    if found.values.shape[1] <= 800:  # a column shows one frame
        inside = (expected > low) & (expected < high)
        assert inside.mean() > 0.5
        step = np.broadcast_to((high - low) / 255, expected.shape)
        assert (np.abs(values - expected)[inside] <= 0.51 * step[inside] + 1e-3).mean() > 0.99


def test_the_mixtures_picture_is_of_packets_and_its_bands_stand_before_it():
    config = BUNDLED.config("digits-gmm")
    feature = make_feature(config)
    bands, cepstra = own(sounds.tone(1000.0), Seen("digits-gmm", "gmm", 8000, feature))
    assert "sym8" in bands.title and "24" in bands.title
    hz = np.array(bands.rows)
    assert abs(hz[values_of(bands).mean(axis=1).argmax()] - 1000) < 150
    assert cepstra.rows[0] == "energy" and cepstra.spans[0] == (-60.0, 0.0, "dB")
    assert cepstra.rows[1:3] == ("c0", "c1") and cepstra.rows[17] == "Δc0"
    assert len(cepstra.rows) == 1 + 3 * 16


def test_models_with_one_feature_share_its_picture_and_others_are_named():
    one = make_feature(BUNDLED.config("digits-cnn"))
    other = make_feature(BUNDLED.config("digits-rnn"))
    shown = own(
        sounds.noise(1.0),
        Seen("a-cnn", "cnn", 8000, one),
        Seen("b-cnn", "cnn", 8000, one),
        Seen("c-rnn", "rnn", 8000, other),
    )
    assert len(shown) == 2
    assert "a-cnn" in shown[0].seen_by and "b-cnn" in shown[0].seen_by and "c-rnn" in shown[1].seen_by


def test_only_a_models_own_feature_stands_under_its_name():
    for picture in plots.pictures(sounds.noise(0.5))[:2]:
        assert picture.family == "" and "no model" in picture.seen_by


@pytest.mark.parametrize("ramp", ["magma", "viridis", "cividis"])
def test_a_colour_stands_for_one_level_or_two_neighbours(ramp):
    colours = [tuple(colour) for colour in ramp_of(ramp).tolist()]
    levels = {colour: [i for i, one in enumerate(colours) if one == colour] for colour in colours}
    assert all(max(found) - min(found) <= 1 for found in levels.values())
