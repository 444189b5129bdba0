"""From sound to scores: windows, pooling, calibration, and what counts as known."""

import io
from dataclasses import replace

import fakes
import numpy as np
import pytest
import soundfile
from fakes import joined, swell
from sounds import silence

import audioclf
from audioclf import audio
from audioclf.inference.classifier import Classifier
from audioclf.inference.pooling import clearest, output_probabilities, pool
from audioclf.types import AudioError, Clip, ZooError
from audioclf.zoo import checkpoint
from audioclf.zoo.memory import MAX_BATCH, MAX_BATCH_VALUES, batch_windows, window_values
from audioclf.zoo.registry import BUNDLED, Registry

LOW, HIGH = swell(hz=300.0), swell(hz=1900.0)


def classifier(family: str = "cnn", background: float = -5.0, **changes) -> Classifier:
    config = fakes.config(family, **changes)
    return Classifier(config, fakes.model(config, background))


def quiet(seconds: float) -> Clip:
    return silence(seconds, 8000)


def probabilities(c: Classifier, window: Clip) -> np.ndarray:
    """Straight from the definition: softmax of the logits over labels and background."""
    logits = c.model.logits(c.feature(window).values[None])[0] / c.config.calibration["temperature"]
    return np.exp(logits) / np.exp(logits).sum()


def test_silence_gets_no_label():
    prediction = classifier()(quiet(2.0))
    assert prediction.label is None
    assert not prediction.known
    assert not prediction.scores.any()
    assert prediction.window_scores.shape == (0, 10)
    assert prediction.window_seconds.shape == (0, 2)
    assert prediction.clip_seconds == 2.0


@pytest.mark.parametrize(
    "settings", [{"pooling": "loudest"}, {"pooling": "mean"}, {"pooling": "mean", "speeds": (0.9, 1.1)}]
)
def test_scores_are_probabilities_over_the_labels(settings):
    prediction = classifier(**settings)(joined(LOW, quiet(4.0), HIGH))
    assert prediction.scores.sum() == pytest.approx(1)
    assert (prediction.scores >= 0).all()
    sums = prediction.window_scores.sum(axis=1)
    assert np.isclose(sums[sums > 0], 1).all()
    assert (sums == 0).any(), "silent windows have no scores"


@pytest.mark.parametrize("give", [
    lambda c: c((8000, LOW.samples)),
    lambda c: c((LOW.samples, 8000)),
    lambda c: c(LOW.samples, 8000),
    lambda c: c(LOW.samples, sample_rate=8000),
    lambda c: c({"array": LOW.samples, "sampling_rate": 8000}),
    lambda c: c(audio.encode_exact(LOW)),
    lambda c: c(io.BytesIO(audio.encode_exact(LOW))),
])  # fmt: skip
def test_a_sound_in_any_form_gets_the_answer_of_its_clip(give):
    c = classifier()
    np.testing.assert_array_equal(give(c).scores, c(LOW).scores)


def test_a_short_clip_gets_the_softmax_of_its_logits():
    c = classifier(background=0.0)
    window = audio.cut(LOW, -0.25, 1.0)
    expected = probabilities(c, window)
    prediction = c(LOW)
    assert prediction.unknown_score == pytest.approx(expected[-1])
    np.testing.assert_allclose(prediction.scores, expected[:-1] / expected[:-1].sum())
    np.testing.assert_array_equal(prediction.window_seconds, [[-0.25, 0.75]])


def test_a_window_scored_at_several_speeds_gets_the_geometric_mean():
    speeds = (0.8, 1.0, 1.25)
    c = classifier(background=-50.0, speeds=speeds)
    window = audio.cut(LOW, -0.25, 1.0)
    each = np.array([probabilities(c, audio.at_speed(window, speed))[:-1] for speed in speeds])
    expected = np.exp(np.log(np.maximum(each / each.sum(1, keepdims=True), 1e-6)).mean(0))
    prediction = c(LOW)
    np.testing.assert_allclose(prediction.scores, expected / expected.sum(), rtol=1e-4)
    np.testing.assert_array_equal(prediction.window_scores[0], prediction.scores)
    assert len(prediction.window_seconds) == 1, "it is still one window"


def test_of_the_windows_with_sound_the_one_least_likely_none_of_these_decides():
    c = classifier()
    sounds = LOW, HIGH
    clip = joined(LOW, quiet(1.73), HIGH, quiet(1.0))
    prediction = c(clip)
    best = int(np.argmin([c(sound).none_of_these for sound in sounds]))
    middle = (LOW.seconds / 2, LOW.seconds + 1.73 + HIGH.seconds / 2)[best]
    start, end = prediction.window_seconds[prediction.focus]
    assert start < middle < end
    np.testing.assert_array_equal(prediction.window_scores[prediction.focus], prediction.scores)
    assert prediction.label == c(sounds[best]).label
    assert c.main_window(clip) == start
    assert c.batch([clip])[0].probabilities == pytest.approx(prediction.probabilities)


def test_the_clearest_window_does_not_depend_on_the_temperature():
    rng = np.random.default_rng(0)
    for _ in range(50):
        logits = rng.normal(0, 2, (4, 3, 6))
        found = {
            clearest(np.stack([output_probabilities(rows, t) for rows in logits])) for t in (0.5, 1.0, 3.0)
        }
        assert len(found) == 1


def test_windows_are_in_order_of_time_cover_the_clip_and_have_one_length():
    prediction = classifier()(joined(quiet(1.13), HIGH, quiet(2.0)))
    starts, ends = prediction.window_seconds.T
    assert (np.diff(starts) > 0).all()
    np.testing.assert_allclose(ends - starts, 1.0)
    assert starts[0] == 0
    assert ends[-1] == pytest.approx(3.63)


@pytest.mark.parametrize(("before", "after"), [(0.8, 0.0), (0.0, 0.8), (1.3, 0.4), (2.0, 2.0)])
def test_silence_around_a_sound_changes_nothing_but_its_place(before, after):
    c = classifier()
    alone, padded = c(LOW), c(joined(quiet(before + 0.5), LOW, quiet(after + 0.5)))
    assert padded.label == alone.label
    np.testing.assert_allclose(padded.scores, alone.scores, atol=0.02)
    shift = padded.window_seconds[padded.focus] - alone.window_seconds[alone.focus]
    np.testing.assert_allclose(shift, before + 0.5, atol=0.02)


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_a_file_and_a_clip_of_the_same_samples_agree(tmp_path, form):
    pcm = np.rint(swell(1.3).samples * 32767).astype(np.int16)
    path = tmp_path / f"sound.{form.lower()}"
    soundfile.write(path, pcm, 8000, format=form, subtype="PCM_16")
    c = classifier()
    expected = c(Clip(pcm.astype(np.float32) / 32768, 8000)).scores
    for source in (path, str(path), path.read_bytes()):
        np.testing.assert_allclose(c(source).scores, expected, atol=1e-6)


def test_the_rate_of_the_file_hardly_matters():
    c = classifier()
    np.testing.assert_allclose(c(swell(sample_rate=44_100)).scores, c(swell()).scores, atol=0.02)


def test_mean_pooling_is_the_geometric_mean_over_windows_that_are_not_silent():
    c = classifier(pooling="mean", background=0.0)
    clip = joined(*[swell(1.0, hz) for hz in (300.0, 900.0, 1900.0)], quiet(4.0))
    p = np.array([probabilities(c, w) for _, w in audio.sliding_windows(clip, 1.0) if not audio.is_silent(w)])
    among, weights = p[:, :-1] / p[:, :-1].sum(axis=1, keepdims=True), 1 - p[:, -1]
    product = np.prod(among ** (weights / weights.sum())[:, None], axis=0)
    prediction = c(clip)
    np.testing.assert_allclose(prediction.scores, product / product.sum())
    assert prediction.unknown_score == pytest.approx(p[:, -1].mean())
    assert prediction.focus is None


def test_pooling_keeps_the_confidence_of_equal_windows_and_no_window_has_a_veto():
    sure = np.array([[0.9, 0.1, 0.0], [0.9, 0.1, 0.0]])
    np.testing.assert_allclose(pool(sure, np.array([0]))[0], [[0.9, 0.1]])
    veto = np.array([[1.0, 0.0, 0.0], *[[0.0, 1.0, 0.0]] * 3])
    scores, _ = pool(veto, np.array([0]))
    assert scores[0].argmax() == 1
    assert np.isfinite(scores).all()


def test_a_window_that_is_mostly_background_counts_for_little():
    rows = np.array([[0.8, 0.2, 0.1], [0.1, 0.9, 0.999]])
    assert pool(rows, np.array([0]))[0][0].argmax() == 0
    several = pool(np.vstack([rows, rows]), np.array([0, 2]))
    np.testing.assert_array_equal(several[0][0], several[0][1])


def test_many_windows_are_scored_like_one():
    c = classifier(pooling="mean")
    tune = joined(*[swell(0.5, 200.0 + 10 * i) for i in range(MAX_BATCH + 9)])
    prediction = c(tune)
    assert len(prediction.window_scores) > MAX_BATCH
    for i, (_, window) in list(enumerate(audio.sliding_windows(tune, 1.0)))[:: MAX_BATCH // 2]:
        p = probabilities(c, window)[:-1]
        np.testing.assert_allclose(prediction.window_scores[i], p / p.sum())


@pytest.mark.parametrize("pooling", ["loudest", "mean"])
@pytest.mark.parametrize("speeds", [(1.0,), (0.9, 1.0, 1.1)])
def test_a_batch_of_clips_gets_the_same_predictions_as_single_clips(pooling, speeds):
    c = classifier(pooling=pooling, background=0.0, speeds=speeds)
    clips = [LOW, quiet(2.0), joined(quiet(1.7), HIGH, LOW, quiet(3.0)), HIGH]
    for together, clip in zip(c.batch(clips), clips, strict=True):
        alone = c(clip)
        # Sums over more rows round differently in the last digits of a single-precision number.
        np.testing.assert_allclose(together.scores, alone.scores, atol=1e-5)
        assert together.unknown_score == pytest.approx(alone.unknown_score, abs=1e-5)
        assert (together.label, together.known) == (alone.label, alone.known)
        if alone.focus is not None:
            np.testing.assert_allclose(
                together.window_seconds[together.focus], alone.window_seconds[alone.focus], atol=2e-4
            )


@pytest.mark.parametrize("speeds", [(1.0,), (0.9, 1.0, 1.1)])
def test_windows_can_be_scored_without_a_clip(speeds):
    c = classifier(pooling="mean", speeds=speeds)
    clip = joined(LOW, HIGH)
    scores, background = c.score_windows([window for _, window in audio.sliding_windows(clip, 1.0)])
    assert np.array_equal(scores, c(clip).window_scores)
    assert ((background >= 0) & (background <= 1)).all()


def test_temperature_softens_and_never_changes_the_answer():
    cold, warm = (classifier(calibration={"temperature": t, "known_threshold": 1.0})(LOW) for t in (0.5, 5.0))
    assert warm.scores.max() < cold.scores.max()
    assert warm.label == cold.label


@pytest.mark.parametrize(("threshold", "known"), [(0.0, False), (1.0, True)])
def test_known_is_a_threshold_on_the_background(threshold, known):
    c = classifier(calibration={"temperature": 1.0, "known_threshold": threshold}, background=2.0)
    prediction = c(LOW)
    assert 0 < prediction.unknown_score < 1
    assert prediction.known is known
    assert prediction.heard


@pytest.mark.parametrize("pooling", ["loudest", "mean"])
def test_a_sound_that_is_all_background_still_has_a_top_label(pooling):
    c = classifier(background=1e5, pooling=pooling)
    prediction = c(joined(LOW, HIGH, LOW))
    assert prediction.scores.sum() == pytest.approx(1)
    assert prediction.unknown_score == 1
    assert not prediction.known


def test_a_score_that_is_not_finite_is_an_error():
    c = classifier()
    c.model.arrays["bias"][3] = np.nan
    with pytest.raises(AudioError, match="no finite scores"):
        c(LOW)


def test_the_answer_names_its_model():
    prediction = classifier("rnn")(LOW)
    assert (prediction.task, prediction.model, prediction.family) == ("digits", "digits-rnn", "rnn")
    assert prediction.labels == fakes.DIGITS
    assert prediction.model_seconds > 0


def test_load_finds_a_model_by_id_and_by_folder(fake_zoo, monkeypatch):
    monkeypatch.setenv("AUDIOCLF_ZOO", str(fake_zoo.root))
    folder = fake_zoo.root / "digits-cnn"
    expected = audioclf.load("digits-cnn")(LOW).scores
    for same in (audioclf.load(folder), audioclf.load(str(folder)), audioclf.load("digits-cnn", fake_zoo)):
        np.testing.assert_array_equal(same(LOW).scores, expected)


def test_load_names_what_it_cannot_find(fake_zoo, tmp_path):
    with pytest.raises(ZooError, match="did you mean digits-cnn"):
        audioclf.load("digits-cn", fake_zoo)
    with pytest.raises(ZooError, match=r"nothing/config\.json cannot be read"):
        audioclf.load(tmp_path / "nothing")
    with pytest.raises(ZooError, match="hf-hub:someone/digits-cnn is not in the cache"):
        audioclf.load("hf-hub:someone/digits-cnn")


def test_a_config_with_an_unknown_feature_is_refused(fake_families, fake_zoo):
    config, model = fake_zoo.load("digits-cnn")
    with pytest.raises(ZooError, match="unknown feature"):
        Classifier(replace(config, feature={"type": "none"}), model)


def test_the_package_offers_its_few_names():
    assert all(hasattr(audioclf, name) for name in audioclf.__all__)
    assert not hasattr(audioclf, "nothing")


def test_a_batch_of_large_windows_has_fewer_of_them():
    c = classifier(feature={"type": "log_mel", "n_mels": 10, "hop_seconds": 0.002}, clip_seconds=2.0)
    shape = checkpoint.input_shape(c.config)
    assert batch_windows(c.config, shape) == MAX_BATCH
    wide = replace(c.config, model={"stages": [[512, 1]]})
    assert 1 < batch_windows(wide, shape) < MAX_BATCH
    assert batch_windows(wide, shape) * window_values(wide, shape) <= MAX_BATCH_VALUES


@pytest.mark.parametrize(
    "model_id", [name for task in Registry(BUNDLED).tasks() for name in Registry(BUNDLED).ids(task)]
)
def test_a_bundled_model_scores_as_many_windows_at_once_as_ever(model_id):
    """Another number of windows would change the last digits of its answers."""
    config = Registry(BUNDLED).config(model_id)
    assert batch_windows(config, checkpoint.input_shape(config)) == MAX_BATCH == 64
