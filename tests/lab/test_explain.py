"""Occlusion maps point at what matters: silencing the region lowers the score more than silencing other parts."""

from itertools import product

import fakes
import numpy as np
import paths
import pytest
import sounds
from paths import EXAMPLES

from audioclf import audio
from audioclf.inference import loading
from audioclf.inference.classifier import Classifier
from audioclf.lab import explain
from audioclf.lab.occlusion import Grid, Occluder, grid
from audioclf.models import make_model
from audioclf.types import AudioError, Clip
from audioclf.wording import text
from audioclf.zoo.registry import Registry

ZOO = Registry(paths.ZOO)
SPOKEN = ("seven", "three", "one")


@pytest.fixture(scope="module")
def models():
    return loading.load_models(fakes.asked(ZOO))


@pytest.fixture(scope="module")
def explained(models):
    """(clip, classifier, explanation) for every model and some spoken digits."""
    clips = [audio.load_clip(EXAMPLES / f"{word}.wav") for word in SPOKEN]
    return [(clip, model, explain.explain(clip, model)) for clip, model in product(clips, models)]


def power(clip, start, end):
    part = clip.samples[round(start * clip.sample_rate) : round(end * clip.sample_rate)]
    return float(np.mean(np.square(part)))


# Taking parts out


def two_tones():
    """500 Hz and then, from the middle on, 2 kHz; a quiet moment around each."""
    low, high = (sounds.tone(hz, 0.3, 8000).samples for hz in (500, 2000))
    gap = np.zeros(800, np.float32)
    return Clip(np.concatenate([gap, low, gap, gap, high, gap]), 8000)


def test_silencing_nothing_gives_the_sound_back():
    clip = two_tones()
    occluder = Occluder(clip, grid(0, 1, 8000))
    (same,) = occluder.without(np.zeros((1, *occluder.grid.shape), bool))
    np.testing.assert_allclose(same.samples, clip.samples, atol=1e-6)


def test_silencing_everything_leaves_the_quiet_moments():
    clip = two_tones()
    occluder = Occluder(clip, grid(0, 1, 8000))
    (rest,) = occluder.without(np.ones((1, *occluder.grid.shape), bool))
    assert power(rest, 0, 1) < 1e-4 * power(clip, 0, 1)


@pytest.mark.parametrize(
    ("seconds", "hz", "first", "second"),
    [
        ((0.0, 0.5), (0, 1000), 0.0, 1.0),
        ((0.5, 1.0), (1000, 4000), 1.0, 0.0),
        ((0.0, 0.5), (1000, 4000), 1.0, 1.0),
    ],
)
def test_a_cell_covers_only_its_own_time_and_band(seconds, hz, first, second):
    clip = two_tones()
    region = explain.Region(*seconds, *hz)
    rest, kept = explain.part(clip, region, keep=False), explain.part(clip, region)
    for (start, end), left in (((0.15, 0.35), first), ((0.65, 0.85), second)):
        whole = power(clip, start, end)
        assert power(rest, start, end) / whole == pytest.approx(left, abs=0.02)
        assert power(kept, start, end) / whole == pytest.approx(1 - left, abs=0.02)
    np.testing.assert_allclose(rest.samples + kept.samples, clip.samples, atol=1e-6)


# Explaining


def high_tone_model() -> Classifier:
    """A model of two labels for which only the band around 2 kHz is evidence for "high"."""
    config = fakes.config("cnn", labels=("low", "high"))
    model = fakes.FakeModel(2, fakes.n_bins(config), scale=1.0)
    model.arrays["bias"][:] = (0.0, 13.0, -20.0)
    hz = Classifier(config, model).feature(two_tones()).hz
    model.arrays["weight"][1, int(np.abs(hz - 2000).argmin())] = 0.2
    return Classifier(config, model)


def test_the_map_points_at_the_only_band_that_the_model_uses():
    found = explain.explain(two_tones(), high_tone_model(), "high")
    assert found.values.shape == found.scores.shape == found.grid.shape == (8, 16)
    assert found.region is not None
    assert found.region.start == pytest.approx(0.6, abs=0.13)
    assert found.region.end == pytest.approx(0.9, abs=0.13)
    assert 1000 < found.region.low_hz < 2000 < found.region.high_hz < 3200
    early = found.values[:, found.grid.seconds[1:] < 0.5]
    assert np.abs(early).max() < 0.1 * found.values.max()
    assert found.score_without < found.scores.min() < found.score
    assert f"{found.region.start:.2f}–{found.region.end:.2f} s" in found.sentence


def test_a_short_clip_is_explained_where_there_is_sound(models):
    clip = audio.cut(audio.load_clip(EXAMPLES / "seven.wav"), 0.4, 0.5)
    found = explain.explain(clip, models[1])
    assert found.grid.seconds[0] == pytest.approx(0, abs=0.01)
    assert found.grid.seconds[-1] == pytest.approx(0.5, abs=0.01)


def test_errors_for_silence_and_an_unknown_label(models):
    with pytest.raises(AudioError, match="nothing to explain"):
        explain.explain(sounds.silence(1.0, 8000), models[0])
    with pytest.raises(AudioError, match=r"no label 'ten'; it has zero, one"):
        explain.explain(two_tones(), models[0], "ten")


def test_it_can_be_stopped(models):
    class Cancelled(Exception):
        pass

    def cancel(done, total, words):
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        explain.explain(two_tones(), models[0], progress=cancel)


def test_the_answer_is_explained_unless_another_label_is_asked_for(models):
    clip = audio.load_clip(EXAMPLES / "seven.wav")
    plain, other = explain.explain(clip, models[1]), explain.explain(clip, models[1], "five")
    assert (plain.label, other.label) == ("seven", "five")
    p = models[1](clip)
    assert plain.score == pytest.approx(p.probability, abs=1e-3)
    assert other.score < 0.1


def test_the_sentence_writes_probabilities_as_every_other_part_of_the_page_does():
    region = explain.Region(0.1, 0.2, 100.0, 500.0)
    assert "nine goes from >99 % to <1 %" in explain._sentence("cnn", "nine", region, 0.997, 0.003)
    assert "nine goes from 98 % to 1 %" in explain._sentence("cnn", "nine", region, 0.98, 0.01)


@pytest.mark.parametrize(("without", "words"), [(0.999, "stays at >99 %"), (0.98, "goes from >99 % to 98 %")])
def test_an_effect_that_nobody_would_notice_is_not_told_as_a_finding(without, words):
    sentence = explain._sentence("cnn", "nine", explain.Region(0.1, 0.2, 100.0, 500.0), 0.9995, without)
    assert "no single part" in sentence and f"nine {words}" in sentence


def left(clip, classifier, explanation, taken):
    """Probabilities of the explained label without each set of cells; taken: (n_sets, n_cells)."""
    sound = audio.resample(clip, classifier.config.sample_rate)
    window = audio.cut(sound, explanation.start, classifier.config.clip_seconds)
    occluder = Occluder(window, Grid(explanation.grid.seconds - explanation.start, explanation.grid.hz))
    sounds_left = occluder.without(np.reshape(taken, (-1, *explanation.grid.shape)))
    row = classifier.config.labels.index(explanation.label)
    return [p.probabilities[row] for p in classifier.batch(sounds_left)]


def faithfulness(clip, classifier, explanation, n_steps=16):
    """Lead of the map over random orders, in probability, as cells are deleted or inserted (Petsiuk et al., 2018)."""
    rng, n = np.random.default_rng(0), explanation.values.size
    counts = np.unique(np.linspace(0, n, n_steps + 1).round().astype(int))
    orders = [np.argsort(-explanation.values, axis=None), *(rng.permutation(n) for _ in range(5))]
    taken = np.stack([np.argsort(order) < count for order in orders for count in counts])
    found = left(clip, classifier, explanation, np.concatenate([taken, ~taken]))
    deletion, insertion = np.reshape(found, (2, len(orders), len(counts))).mean(axis=2)
    return ((insertion[0] - insertion[1:].mean()) + (deletion[1:].mean() - deletion[0])) / 2


def test_maps_beat_chance(explained):
    """Bundled models, cells removed and put back in the map's order against random orders.

    The mean lead is about a third; some single maps lead by little, since two cells can stand in for each other.
    """
    margins = [faithfulness(*each) for each in explained]
    assert np.mean(margins) > 0.2
    assert min(margins) > 0


def test_silencing_the_region_hurts_more_than_silencing_others_of_its_size(explained):
    drops, random_drops = [], []
    rng = np.random.default_rng(0)
    for clip, model, found in explained:
        assert found.region is not None
        drops.append(found.score - found.score_without)
        n = int(explain.most_important(found.values).sum())
        others = [rng.permutation(found.values.size) < n for _ in range(4)]
        random_drops.append(found.score - np.mean(left(clip, model, found, others)))
    # A robust model loses little whatever is silenced, so the test compares ratios.
    assert np.mean(drops) > max(0.02, 10 * np.mean(random_drops))
    assert np.greater(drops, random_drops).all()


# Each family's own view


def made(family, n_bins=20, n_frames=37, **settings):
    rng = np.random.default_rng(0)
    model = make_model(family, n_labels=3, n_bins=n_bins, **settings)
    x = rng.normal(size=(n_bins, n_frames)).astype(np.float32)
    return model, x


def test_a_class_activation_map_adds_up_to_the_logit():
    model, x = made("cnn", stages=[[8, 1], [12, 2]])
    for output in range(4):
        (view,) = model.views(x, output)
        logit = model.logits(x[None])[0, output]
        bias = model.weights()["head.bias"][output]
        assert view.values.sum() + bias == pytest.approx(logit, abs=1e-4)
        assert view.values.shape == (-(-20 // view.bin_step), -(-37 // view.frame_step))


def test_attention_is_a_share_of_every_second_frame():
    model, x = made("rnn", channels=8, hidden=4, layers=1, dropout=0.0)
    (view,) = model.views(x, 0)
    assert view.values.shape == (1, -(-37 // view.frame_step))
    assert view.values.sum() == pytest.approx(1)
    assert (view.values >= 0).all()


@pytest.fixture
def seen(models):
    """What the mixture sees of a spoken digit."""
    clip = audio.resample(audio.load_clip(EXAMPLES / "one.wav"), 8000)
    return models[0].feature(audio.cut(clip, 0.1, 1.0)).values


def test_log_likelihood_ratios_average_to_the_evidence_and_shares_to_one(models, seen):
    gmm, x = models[0], seen
    ratio, share = gmm.model.views(x, 1)
    looked = np.flatnonzero(~np.isnan(ratio.values[0]))
    assert np.array_equal(looked, np.flatnonzero(x[0] >= -gmm.model.gate_db))
    np.testing.assert_allclose(share.values[:, looked].sum(0), 1, atol=1e-5)
    n = gmm.model.stages * gmm.model.n_outputs  # further evidence may follow
    evidence = gmm.model.evidence(x[None])[:, :n].reshape(gmm.model.stages, -1)[:, 1]
    stage = np.arange(len(looked)) * gmm.model.stages // len(looked)
    means = [ratio.values[0, looked[stage == s]].mean() for s in range(gmm.model.stages)]
    np.testing.assert_allclose(means, evidence, atol=1e-3)


def test_the_mixture_s_view_is_relative_to_the_background_model_as_the_page_says(models, seen):
    """A label whose mixture is the background model itself has a log-likelihood ratio of 0 everywhere."""
    gmm = models[0]
    model = make_model("gmm", n_labels=10, n_bins=len(seen), **gmm.config.model)
    arrays = gmm.model.weights()
    arrays["means"], arrays["log_weights"] = arrays["means"].copy(), arrays["log_weights"].copy()
    arrays["means"][:, 1], arrays["log_weights"][:, 1] = arrays["ubm_means"], arrays["ubm_log_weights"]
    model.load_weights(arrays)
    ratio, _ = model.views(seen, 1)
    np.testing.assert_allclose(ratio.values[~np.isnan(ratio.values)], 0, atol=1e-4)
    assert "than under the background model" in text("explain.own_key")


def test_views_lie_on_the_clip_s_own_time(explained):
    for _, _, found in explained:
        assert found.views
        for _, view in found.views:
            assert view.values.shape[1] == len(view.seconds)
            assert found.start <= view.seconds[0] < view.seconds[-1] <= found.end
            assert view.hz is None or len(view.hz) == len(view.values)
